/* What a boot loader starts of the BIOS stand-in for wimboot: the header of the Linux x86 boot
 * protocol (Documentation/arch/x86/boot.rst), and the way from real mode to the program at 1 MiB. */
    .code16
    .text
    .globl _start
_start:
    .org 0x1f1
    .byte 1                     /* setup_sects: one besides the boot sector */
    .word 0
    .long 0x400                 /* syssize: 16 KiB */
    .word 0, 0, 0
    .word 0xaa55
    .byte 0xeb, entry - 0x202   /* jump over the header */
    .ascii "HdrS"
    .word 0x0206                /* version */
    .long 0
    .word 0, 0
    .byte 0xff                  /* type_of_loader */
    .byte 1                     /* loadflags: loaded high */
    .word 0
    .long 0x100000              /* code32_start */
    .long 0, 0                  /* ramdisk_image, ramdisk_size */
    .long 0
    .word 0, 0                  /* heap_end_ptr */
    .long 0                     /* cmd_line_ptr */
    .long 0x7fffffff            /* initrd_addr_max */
    .long 0x1000                /* kernel_alignment */
    .byte 0, 0
    .word 0
    .long 255                   /* cmdline_size */
entry:
    cli
    cld
    xorl %esi, %esi
    movw %ds, %si
    shll $4, %esi               /* where the header lies */
    leal gdt(%esi), %eax
    movl %eax, gdt_address
    lgdtl gdt_pointer
    movl %cr0, %eax
    orb $1, %al
    movl %eax, %cr0
    ljmpl $8, $0x100000

    .balign 8
gdt:
    .quad 0
    .quad 0x00cf9a000000ffff    /* code: all memory */
    .quad 0x00cf92000000ffff    /* data */
gdt_pointer:
    .word 23
gdt_address:
    .long 0
    .org 0x400
