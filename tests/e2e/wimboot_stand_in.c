/* Stands in for wimboot under UEFI: tells on the console how it was started, and name, length and
 * digest (FNV-1a, 64 bits) of every file its loader handed to it, then ends. */
#include "efi/uefi.h"

typedef struct {
    uint32_t Revision;
    EFI_HANDLE ParentHandle;
    EFI_SYSTEM_TABLE *SystemTable;
    EFI_HANDLE DeviceHandle;
    void *FilePath, *Reserved;
    uint32_t LoadOptionsSize;
    CHAR16 *LoadOptions;
} EFI_LOADED_IMAGE_PROTOCOL;

typedef struct EFI_FILE_PROTOCOL {
    uint64_t Revision;
    EFI_STATUS(EFIAPI *Open)
    (struct EFI_FILE_PROTOCOL *self, struct EFI_FILE_PROTOCOL **file, CHAR16 *name, uint64_t mode,
     uint64_t attributes);
    EFI_STATUS(EFIAPI *Close)(struct EFI_FILE_PROTOCOL *self);
    void *Delete;
    EFI_STATUS(EFIAPI *Read)(struct EFI_FILE_PROTOCOL *self, size_t *size, void *data);
} EFI_FILE_PROTOCOL;

typedef struct EFI_SIMPLE_FILE_SYSTEM_PROTOCOL {
    uint64_t Revision;
    EFI_STATUS(EFIAPI *OpenVolume)
    (struct EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *self, EFI_FILE_PROTOCOL **root);
} EFI_SIMPLE_FILE_SYSTEM_PROTOCOL;

typedef struct {
    uint64_t Size, FileSize, PhysicalSize;
    uint8_t Times[48];
    uint64_t Attribute;
    CHAR16 FileName[256];
} EFI_FILE_INFO;

typedef EFI_STATUS(EFIAPI *handle_protocol)(EFI_HANDLE handle, EFI_GUID *protocol, void **ret);

static EFI_GUID loaded_image_guid = {
    0x5b1b31a1, 0x9562, 0x11d2, { 0x8e, 0x3f, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b }
};
static EFI_GUID file_system_guid = {
    0x964e5b22, 0x6459, 0x11d2, { 0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b }
};
static EFI_SYSTEM_TABLE *table;
static uint8_t buffer[65536];

static void say(const char *text)
{
    CHAR16 line[2] = { 0, 0 };
    for (; *text; text++) {
        line[0] = (CHAR16)*text;
        table->ConOut->OutputString(table->ConOut, line);
    }
}

static void say_hex(uint64_t value)
{
    for (int shift = 60; shift >= 0; shift -= 4) {
        char digit[2] = { "0123456789abcdef"[value >> shift & 15], 0 };
        say(digit);
    }
}

static void say_number(uint64_t value)
{
    char digits[24];
    int at = 23;
    digits[at] = 0;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    say(digits + at);
}

static void tell_file(EFI_FILE_PROTOCOL *root, CHAR16 *name)
{
    EFI_FILE_PROTOCOL *file;
    uint64_t digest = 0xcbf29ce484222325u, length = 0;
    size_t size;

    if (root->Open(root, &file, name, 1, 0) & EFI_ERROR_BIT)
        return;
    do {
        size = sizeof buffer;
        if (file->Read(file, &size, buffer) & EFI_ERROR_BIT)
            size = 0;
        for (size_t i = 0; i < size; i++)
            digest = (digest ^ buffer[i]) * 0x100000001b3u;
        length += size;
    } while (size > 0);
    file->Close(file);
    say("\r\nHANDED ");
    table->ConOut->OutputString(table->ConOut, name);
    say(" ");
    say_number(length);
    say(" ");
    say_hex(digest);
    say(".\r\n");
}

EFI_STATUS EFIAPI efi_main(EFI_HANDLE handle, EFI_SYSTEM_TABLE *system)
{
    union {
        void *table;
        handle_protocol call;
    } handle_protocol = { .table = system->BootServices->HandleProtocol };
    EFI_LOADED_IMAGE_PROTOCOL *image;
    EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *files;
    EFI_FILE_PROTOCOL *root;
    static EFI_FILE_INFO info;

    table = system;
    if (handle_protocol.call(handle, &loaded_image_guid, (void **)&image) & EFI_ERROR_BIT ||
        handle_protocol.call(image->DeviceHandle, &file_system_guid, (void **)&files) &
            EFI_ERROR_BIT ||
        files->OpenVolume(files, &root) & EFI_ERROR_BIT) {
        say("\r\nSTAND-IN has no files\r\n");
        return EFI_NOT_FOUND;
    }
    say("\r\nSTARTED ");
    if (image->LoadOptions)
        table->ConOut->OutputString(table->ConOut, image->LoadOptions);
    say(".\r\n");
    for (;;) {
        size_t size = sizeof info;
        if (root->Read(root, &size, &info) & EFI_ERROR_BIT || size == 0)
            break;
        tell_file(root, info.FileName);
    }
    say("\r\nALL TOLD.\r\n");
    for (;;)
        system->BootServices->Stall(1000000);
}
