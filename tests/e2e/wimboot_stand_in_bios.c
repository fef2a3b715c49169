/* Stands in for wimboot under BIOS, at 1 MiB behind wimboot_stand_in_setup.S: tells on the serial
 * line how it was started, and name, length and digest (FNV-1a, 64 bits) of every file of the
 * archives (cpio, "newc") in the initial ramdisk, then halts. */
#include <stdint.h>

/* The first bytes of the program. */
__asm__("    .text\n"
        "    movw $16, %ax\n"
        "    movw %ax, %ds\n"
        "    movw %ax, %es\n"
        "    movw %ax, %ss\n"
        "    movl $0x90000, %esp\n"
        "    pushl %esi\n"
        "    call tell\n"
        "1:  hlt\n"
        "    jmp 1b\n");

#define PORT     0x3f8
#define HEAD     110
#define NAME_LEN 94
#define FILE_LEN 54

void tell(const uint8_t *header);

static uint8_t in_byte(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static void say_char(char c)
{
    while (!(in_byte(PORT + 5) & 0x20))
        ;
    __asm__ volatile("outb %0, %1" : : "a"(c), "Nd"((uint16_t)PORT));
}

static void say(const char *text)
{
    for (; *text; text++)
        say_char(*text);
}

static void say_hex(uint64_t value)
{
    for (int shift = 60; shift >= 0; shift -= 4) {
        unsigned digit = (unsigned)(value >> shift) & 15;
        say_char((char)(digit < 10 ? '0' + digit : 'a' + digit - 10));
    }
}

static void say_number(uint32_t value)
{
    char digits[12];
    int count = 0;
    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    while (count > 0)
        say_char(digits[--count]);
}

static uint32_t word_at(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static uint32_t hex_at(const uint8_t *at)
{
    uint32_t value = 0;
    for (int i = 0; i < 8; i++) {
        uint8_t c = at[i] | 0x20;
        value = value << 4 | (uint32_t)(c >= 'a' ? c - 'a' + 10 : c - '0');
    }
    return value;
}

static int is_head(const uint8_t *at)
{
    return at[0] == '0' && at[1] == '7' && at[2] == '0' && at[3] == '7' && at[4] == '0' &&
           at[5] == '1';
}

static void tell_file(const uint8_t *name, const uint8_t *data, uint32_t len)
{
    uint64_t digest = 0xcbf29ce484222325u;
    for (uint32_t i = 0; i < len; i++)
        digest = (digest ^ data[i]) * 0x100000001b3u;
    say("\r\nHANDED ");
    say((const char *)name);
    say(" ");
    say_number(len);
    say(" ");
    say_hex(digest);
    say(".\r\n");
}

void tell(const uint8_t *header)
{
    uint32_t at = word_at(header + 0x218), end = at + word_at(header + 0x21c);

    say("\r\nSTARTED ");
    say((const char *)word_at(header + 0x228));
    say(".\r\n");
    while (end - at >= HEAD && at < end) {
        const uint8_t *head = (const uint8_t *)at;
        if (!is_head(head)) { /* what fills up between two archives */
            at++;
            continue;
        }
        uint32_t name_len = hex_at(head + NAME_LEN), len = hex_at(head + FILE_LEN);
        uint32_t data = (at + HEAD + name_len + 3) & ~3u;
        if (name_len > 4096 || len > end - data)
            break;
        if (len > 0)
            tell_file(head + HEAD, (const uint8_t *)data, len);
        at = data + len;
    }
    say("\r\nALL TOLD.\r\n");
}
