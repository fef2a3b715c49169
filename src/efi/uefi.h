/* What the enrol program uses of the UEFI specification, by its own names: the tables' layout up to
 * the last service that is called. Services that are not called are void pointers, which keep the
 * others in their place.                                              UEFI 2.10 4.3-4.5, 7, 8, 12
 */
#ifndef EFI_UEFI_H
#define EFI_UEFI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The calling convention of x64 firmware is not that of Linux; arm64 knows only one. */
#ifdef __x86_64__
#define EFIAPI __attribute__((ms_abi))
#else
#define EFIAPI
#endif

typedef uint16_t CHAR16;
typedef size_t EFI_STATUS;
typedef void *EFI_HANDLE;

#define EFI_ERROR_BIT          ((EFI_STATUS)1 << (sizeof(EFI_STATUS) * 8 - 1))
#define EFI_SUCCESS            ((EFI_STATUS)0)
#define EFI_INVALID_PARAMETER  (EFI_ERROR_BIT | 2)
#define EFI_UNSUPPORTED        (EFI_ERROR_BIT | 3)
#define EFI_BUFFER_TOO_SMALL   (EFI_ERROR_BIT | 5)
#define EFI_NOT_READY          (EFI_ERROR_BIT | 6)
#define EFI_DEVICE_ERROR       (EFI_ERROR_BIT | 7)
#define EFI_WRITE_PROTECTED    (EFI_ERROR_BIT | 8)
#define EFI_OUT_OF_RESOURCES   (EFI_ERROR_BIT | 9)
#define EFI_NOT_FOUND          (EFI_ERROR_BIT | 14)
#define EFI_ABORTED            (EFI_ERROR_BIT | 21)
#define EFI_SECURITY_VIOLATION (EFI_ERROR_BIT | 26)

typedef struct {
    uint32_t Data1;
    uint16_t Data2, Data3;
    uint8_t Data4[8];
} EFI_GUID;

typedef struct {
    uint64_t Signature;
    uint32_t Revision, HeaderSize, CRC32, Reserved;
} EFI_TABLE_HEADER;

typedef struct {
    uint16_t ScanCode;
    CHAR16 UnicodeChar;
} EFI_INPUT_KEY;

typedef struct EFI_SIMPLE_TEXT_INPUT_PROTOCOL {
    EFI_STATUS(EFIAPI *Reset)(struct EFI_SIMPLE_TEXT_INPUT_PROTOCOL *self, uint8_t extended);
    EFI_STATUS(EFIAPI *ReadKeyStroke)
    (struct EFI_SIMPLE_TEXT_INPUT_PROTOCOL *self, EFI_INPUT_KEY *key);
    void *WaitForKey;
} EFI_SIMPLE_TEXT_INPUT_PROTOCOL;

typedef struct EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL {
    void *Reset;
    EFI_STATUS(EFIAPI *OutputString)
    (struct EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL *self, CHAR16 *string);
} EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL;

typedef enum {
    EfiResetCold,
    EfiResetWarm,
    EfiResetShutdown,
} EFI_RESET_TYPE;

/* Attributes of a variable, and the ones every key variable has. */
#define EFI_VARIABLE_NON_VOLATILE                          0x01u
#define EFI_VARIABLE_BOOTSERVICE_ACCESS                    0x02u
#define EFI_VARIABLE_RUNTIME_ACCESS                        0x04u
#define EFI_VARIABLE_TIME_BASED_AUTHENTICATED_WRITE_ACCESS 0x20u

typedef struct {
    EFI_TABLE_HEADER Hdr;
    void *GetTime, *SetTime, *GetWakeupTime, *SetWakeupTime;
    void *SetVirtualAddressMap, *ConvertPointer;
    EFI_STATUS(EFIAPI *GetVariable)
    (CHAR16 *name, EFI_GUID *vendor, uint32_t *attributes, size_t *size, void *data);
    void *GetNextVariableName;
    EFI_STATUS(EFIAPI *SetVariable)
    (CHAR16 *name, EFI_GUID *vendor, uint32_t attributes, size_t size, void *data);
    void *GetNextHighMonotonicCount;
    void(EFIAPI *ResetSystem)(EFI_RESET_TYPE type, EFI_STATUS status, size_t size, void *data);
} EFI_RUNTIME_SERVICES;

typedef struct {
    EFI_TABLE_HEADER Hdr;
    void *RaiseTPL, *RestoreTPL;
    void *AllocatePages, *FreePages, *GetMemoryMap, *AllocatePool, *FreePool;
    void *CreateEvent, *SetTimer, *WaitForEvent, *SignalEvent, *CloseEvent, *CheckEvent;
    void *InstallProtocolInterface, *ReinstallProtocolInterface, *UninstallProtocolInterface;
    void *HandleProtocol, *Reserved, *RegisterProtocolNotify, *LocateHandle, *LocateDevicePath;
    void *InstallConfigurationTable;
    void *LoadImage, *StartImage, *Exit, *UnloadImage, *ExitBootServices;
    void *GetNextMonotonicCount;
    EFI_STATUS(EFIAPI *Stall)(size_t microseconds);
    EFI_STATUS(EFIAPI *SetWatchdogTimer)
    (size_t seconds, uint64_t code, size_t size, CHAR16 *data);
} EFI_BOOT_SERVICES;

typedef struct {
    EFI_TABLE_HEADER Hdr;
    CHAR16 *FirmwareVendor;
    uint32_t FirmwareRevision;
    EFI_HANDLE ConsoleInHandle;
    EFI_SIMPLE_TEXT_INPUT_PROTOCOL *ConIn;
    EFI_HANDLE ConsoleOutHandle;
    EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL *ConOut;
    EFI_HANDLE StandardErrorHandle;
    EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL *StdErr;
    EFI_RUNTIME_SERVICES *RuntimeServices;
    EFI_BOOT_SERVICES *BootServices;
} EFI_SYSTEM_TABLE;

_Static_assert(offsetof(EFI_RUNTIME_SERVICES, SetVariable) == 24 + 8 * sizeof(void *), "table 4.5");
_Static_assert(offsetof(EFI_BOOT_SERVICES, Stall) == 24 + 28 * sizeof(void *), "table 4.4");
_Static_assert(offsetof(EFI_SYSTEM_TABLE, RuntimeServices) == 24 + 8 * sizeof(void *), "table 4.3");

#endif
