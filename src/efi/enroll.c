/* The program that a machine in Setup Mode boots to enrol this site's keys by itself: it looks at
 * the state of Secure Boot, gives each signed variable of its section to SetVariable (PK last,
 * which ends Setup Mode), reads back what the firmware made of it, and starts the machine again. It
 * never deletes a key and does nothing outside Setup Mode but say what a person has to do.
 * Freestanding: no library, no allocation; all it knows of the firmware is in uefi.h. */
#include "efi/enroll.h"

#include "efi/keys_section.h"

#define VARIABLE_BYTES  65536 /* the largest key variable that is looked at */
#define LIST_HEAD_BYTES 28
#define AUTH_TIME_BYTES 16 /* EFI_TIME in front of the certificate */
#define CERT_HEAD_BYTES 24 /* of WIN_CERTIFICATE_UEFI_GUID, with its GUID */
#define ATTRIBUTES                                                                                 \
    (EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS |   \
     EFI_VARIABLE_TIME_BASED_AUTHENTICATED_WRITE_ACCESS)
#define OS_INDICATION_SETUP 1u /* EFI_OS_INDICATIONS_BOOT_TO_FW_UI */
#define WAIT_BEFORE_S       10
#define WAIT_AFTER_S        5
#define WAIT_FAILED_S       60

static EFI_GUID global_variable = {
    0x8be4df61, 0x93ca, 0x11d2, { 0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c }
};
static EFI_GUID image_security_database = {
    0xd719b2cb, 0x3d3a, 0x4596, { 0xa3, 0xbc, 0xda, 0xd0, 0x0e, 0x67, 0x65, 0x6f }
};

/* One variable to enrol: a record of the section. */
struct record {
    const char *name; /* in the section; not ended when it fills its field */
    const uint8_t *value;
    uint32_t len;
};

static uint8_t found[VARIABLE_BYTES];
static uint8_t wanted[KEYS_SECTION_BYTES]; /* SetVariable takes what it may write to */

/* --- the screen ---------------------------------------------------------------------------- */

static void say_part(EFI_SYSTEM_TABLE *system, const char *text, size_t most)
{
    CHAR16 wide[128];
    size_t n = 0;

    for (size_t i = 0; i < most && text[i] != 0; i++) {
        if (text[i] == '\n')
            wide[n++] = '\r';
        wide[n++] = (CHAR16)text[i];
        if (n + 3 > sizeof wide / sizeof wide[0]) {
            wide[n] = 0;
            (void)system->ConOut->OutputString(system->ConOut, wide);
            n = 0;
        }
    }
    wide[n] = 0;
    (void)system->ConOut->OutputString(system->ConOut, wide);
}

static void say(EFI_SYSTEM_TABLE *system, const char *text)
{
    say_part(system, text, SIZE_MAX);
}

static void say_number(EFI_SYSTEM_TABLE *system, size_t number)
{
    char digits[24];
    size_t at = sizeof digits;

    digits[--at] = 0;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    say(system, digits + at);
}

/* Wait for a key, with the seconds left on the screen; 0 when none was pressed. */
static CHAR16 wait_key(EFI_SYSTEM_TABLE *system, size_t seconds)
{
    EFI_INPUT_KEY key = { 0, 0 };

    /* What was typed before the question is no answer to it. */
    for (size_t i = 0; system->ConIn && i < 64; i++)
        if (system->ConIn->ReadKeyStroke(system->ConIn, &key) != EFI_SUCCESS)
            break;
    for (size_t left = seconds * 10; left > 0; left--) {
        if (left % 10 == 0)
            say(system, ".");
        (void)system->BootServices->Stall(100000);
        if (system->ConIn && system->ConIn->ReadKeyStroke(system->ConIn, &key) == EFI_SUCCESS) {
            say(system, "\n");
            return key.UnicodeChar != 0 ? key.UnicodeChar : 1;
        }
    }
    say(system, "\n");
    return 0;
}

static void say_status(EFI_SYSTEM_TABLE *system, EFI_STATUS status)
{
    static const struct {
        EFI_STATUS status;
        const char *text;
    } rows[] = {
        { EFI_SECURITY_VIOLATION,
          "the firmware does not take the signature (EFI_SECURITY_VIOLATION). Either it left Setup "
          "Mode meanwhile, or it holds a newer version of these keys, or its clock is wrong." },
        { EFI_WRITE_PROTECTED,
          "the firmware protects its variables (EFI_WRITE_PROTECTED): look in its menu for a lock "
          "of the Secure Boot keys, or for a BIOS password." },
        { EFI_OUT_OF_RESOURCES,
          "its memory for variables is full (EFI_OUT_OF_RESOURCES): delete old keys and boot "
          "entries in its menu." },
        { EFI_INVALID_PARAMETER,
          "the firmware does not understand this form (EFI_INVALID_PARAMETER): enrol the .der or "
          ".esl files from a USB stick, by its menu." },
        { EFI_UNSUPPORTED, "the firmware cannot do this (EFI_UNSUPPORTED)." },
        { EFI_DEVICE_ERROR, "its memory for variables is broken (EFI_DEVICE_ERROR)." },
        { EFI_NOT_FOUND, "it is not there after it was written (EFI_NOT_FOUND)." },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].status == status) {
            say(system, rows[i].text);
            return;
        }
    say(system, "status ");
    say_number(system, status & ~EFI_ERROR_BIT);
    say(system, ".");
}

/* --- variables ----------------------------------------------------------------------------- */

static bool name_is(const char *name, const char *known)
{
    size_t i = 0;
    for (; i < KEYS_NAME_BYTES && known[i] != 0; i++)
        if (name[i] != known[i])
            return false;
    return i == KEYS_NAME_BYTES || name[i] == 0;
}

/* The lists db, dbx, dbt and dbr have a vendor of their own; all else used here is global. */
static EFI_GUID *vendor_of(const char *name)
{
    bool is_list = name[0] == 'd' && name[1] == 'b' && (name[2] == 0 || name[3] == 0);
    return is_list ? &image_security_database : &global_variable;
}

static EFI_STATUS get(EFI_SYSTEM_TABLE *system, const char *name, void *data, size_t *len)
{
    CHAR16 wide[32];
    uint32_t attributes = 0;
    size_t n = 0;

    for (; n < 31 && name[n] != 0; n++)
        wide[n] = (CHAR16)name[n];
    wide[n] = 0;
    return system->RuntimeServices->GetVariable(wide, vendor_of(name), &attributes, len, data);
}

/* A variable of one byte, or -1 when there is none. */
static int get_flag(EFI_SYSTEM_TABLE *system, const char *name)
{
    uint8_t value = 0;
    size_t len = sizeof value;
    return get(system, name, &value, &len) == EFI_SUCCESS && len == 1 ? value : -1;
}

static uint32_t le32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* How many entries these signature lists hold.                               UEFI 2.10 32.4.1 */
static size_t count_entries(const uint8_t *lists, size_t len)
{
    size_t count = 0;
    while (len >= LIST_HEAD_BYTES) {
        size_t list = le32(lists + 16), head = le32(lists + 20), entry = le32(lists + 24);
        if (list > len || list < LIST_HEAD_BYTES || head > list - LIST_HEAD_BYTES || entry == 0)
            break;
        count += (list - LIST_HEAD_BYTES - head) / entry;
        lists += list;
        len -= list;
    }
    return count;
}

/* What the firmware holds now: read into found[]; its length, 0 when there is nothing. */
static size_t read_found(EFI_SYSTEM_TABLE *system, const char *name)
{
    size_t len = sizeof found;
    return get(system, name, found, &len) == EFI_SUCCESS ? len : 0;
}

static void say_holdings(EFI_SYSTEM_TABLE *system)
{
    static const char *const names[] = { "PK", "KEK", "db", "dbx" };
    say(system, "It holds now:");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t len = read_found(system, names[i]);
        say(system, i > 0 ? ", " : " ");
        say(system, names[i]);
        say(system, " ");
        if (len > 0)
            say_number(system, count_entries(found, len));
        else
            say(system, "none");
    }
    say(system, ".\n");
}

/* The keys the machine came with, into found[]: what the firmware would restore, else what it holds
 * now. Their length, 0 when it shows none.                                    UEFI 2.10 table 3.1
 */
static size_t read_factory(EFI_SYSTEM_TABLE *system, const char *name)
{
    char restored[KEYS_NAME_BYTES + 8] = { 0 };
    static const char end[] = "Default";
    size_t n = 0;
    for (; n < KEYS_NAME_BYTES && name[n] != 0; n++)
        restored[n] = name[n];
    for (size_t i = 0; i < sizeof end - 1; i++)
        restored[n + i] = end[i];
    n = read_found(system, restored);
    return n > 0 ? n : read_found(system, name);
}

/* --- the section --------------------------------------------------------------------------- */

/* The record at *at, which moves on; false at the end, and where the section is cut. */
static bool next_record(const uint8_t *section, size_t len, size_t *at, struct record *ret_record)
{
    if (len - *at < KEYS_HEAD_BYTES || section[*at] == 0)
        return false;
    const uint8_t *head = section + *at;
    uint32_t size = le32(head + KEYS_NAME_BYTES);
    *at += KEYS_HEAD_BYTES;
    if (size > len - *at)
        return false;
    *ret_record = (struct record){ (const char *)head, section + *at, size };
    *at += size;
    return true;
}

static size_t count_records(const uint8_t *section, size_t len)
{
    struct record record;
    size_t count = 0, at = KEYS_MARK_BYTES;
    for (size_t i = 0; i < KEYS_MARK_BYTES; i++)
        if (len < KEYS_MARK_BYTES || section[i] != (uint8_t)KEYS_SECTION_MARK[i])
            return 0;
    while (next_record(section, len, &at, &record))
        count += name_is(record.name, KEYS_KEEP) ? 0 : 1;
    return count;
}

/* The record of this name; false when there is none. */
static bool find_record(const uint8_t *section, size_t len, const char *name,
                        struct record *ret_record)
{
    size_t at = KEYS_MARK_BYTES;
    while (next_record(section, len, &at, ret_record))
        if (name_is(ret_record->name, name))
            return true;
    return false;
}

/* The signature lists behind the authentication header of a record; *ret_len 0 when it has none.
 *                                                                             UEFI 2.10 8.2.2 */
static const uint8_t *lists_of(const struct record *record, size_t *ret_len)
{
    size_t head = AUTH_TIME_BYTES;
    *ret_len = 0;
    if (record->len < head + 4)
        return record->value;
    size_t certificate = le32(record->value + head);
    if (certificate > record->len - head)
        return record->value;
    *ret_len = record->len - head - certificate;
    return record->value + head + certificate;
}

/* Does the firmware hold exactly our Platform Key? */
static bool is_ours(EFI_SYSTEM_TABLE *system, const uint8_t *section, size_t len)
{
    struct record record;
    size_t ours, i = 0;
    if (!find_record(section, len, "PK", &record))
        return false;
    const uint8_t *lists = lists_of(&record, &ours);
    if (ours == 0 || ours != read_found(system, "PK"))
        return false;
    while (i < ours && lists[i] == found[i])
        i++;
    return i == ours;
}

/* --- the deeds ----------------------------------------------------------------------------- */

static size_t put(size_t at, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len && at < sizeof wanted; i++)
        wanted[at++] = bytes[i];
    return at;
}

/* Into wanted[]: the record's time, no signature, its lists, and `kept` bytes of found[] behind
 * them. In Setup Mode nobody asks for the signature. 0 when it does not fit. UEFI 2.10 32.3 */
static size_t join_kept(const struct record *record, size_t kept)
{
    /* clang-format off */
    static const uint8_t head[CERT_HEAD_BYTES] = {
        CERT_HEAD_BYTES, 0, 0, 0, 0x00, 0x02, 0xf1, 0x0e, /* length, revision, EFI_GUID */
        0x9d, 0xd2, 0xaf, 0x4a, 0xdf, 0x68, 0xee, 0x49,   /* EFI_CERT_TYPE_PKCS7 */
        0x8a, 0xa9, 0x34, 0x7d, 0x37, 0x56, 0x65, 0xa7,
    };
    /* clang-format on */
    size_t own, at = 0;
    const uint8_t *lists = lists_of(record, &own);
    if (record->len < AUTH_TIME_BYTES || own + kept > sizeof wanted - AUTH_TIME_BYTES - sizeof head)
        return 0;
    at = put(at, record->value, AUTH_TIME_BYTES);
    at = put(at, head, sizeof head);
    at = put(at, lists, own);
    return put(at, found, kept);
}

/* Give `len` bytes of wanted[] to the firmware, and read back what it made of them. */
static EFI_STATUS set_wanted(EFI_SYSTEM_TABLE *system, const char *name, size_t len)
{
    CHAR16 wide[KEYS_NAME_BYTES + 1];
    uint32_t attributes;
    size_t n = 0;

    for (; n < KEYS_NAME_BYTES && name[n] != 0; n++)
        wide[n] = (CHAR16)name[n];
    wide[n] = 0;
    EFI_STATUS status =
        system->RuntimeServices->SetVariable(wide, vendor_of(name), ATTRIBUTES, len, wanted);
    if (status != EFI_SUCCESS)
        return status;
    len = sizeof found;
    status = system->RuntimeServices->GetVariable(wide, vendor_of(name), &attributes, &len, found);
    if (status != EFI_SUCCESS)
        return status;
    say(system, "enrolled, ");
    say_number(system, count_entries(found, len));
    say(system, " in it.\n");
    return EFI_SUCCESS;
}

static EFI_STATUS enroll_one(EFI_SYSTEM_TABLE *system, const struct record *record, bool keep)
{
    size_t kept = keep && !name_is(record->name, "PK") ? read_factory(system, record->name) : 0;
    size_t len = kept > 0 ? join_kept(record, kept) : put(0, record->value, record->len);
    return len > 0 ? set_wanted(system, record->name, len) : EFI_OUT_OF_RESOURCES;
}

/* Where all keys were deleted, what the machine was to refuse went with them: bring it back, unless
 * a record does. */
static EFI_STATUS restore_dbx(EFI_SYSTEM_TABLE *system, const uint8_t *section, size_t len)
{
    struct record record;
    size_t lists, kept;

    if (find_record(section, len, "dbx", &record) || !find_record(section, len, "db", &record) ||
        read_found(system, "dbx") > 0)
        return EFI_SUCCESS;
    kept = read_factory(system, "dbx");
    if (kept == 0)
        return EFI_SUCCESS;
    (void)lists_of(&record, &lists);
    record.len -= (uint32_t)lists; /* its time alone */
    size_t size = join_kept(&record, kept);
    say(system, "  dbx: ");
    return size > 0 ? set_wanted(system, "dbx", size) : EFI_OUT_OF_RESOURCES;
}

static EFI_STATUS enroll_all(EFI_SYSTEM_TABLE *system, const uint8_t *section, size_t len)
{
    struct record record;
    size_t at = KEYS_MARK_BYTES, number = 0, count = count_records(section, len);
    bool keep = find_record(section, len, KEYS_KEEP, &record);
    EFI_STATUS status = keep ? restore_dbx(system, section, len) : EFI_SUCCESS;

    while (status == EFI_SUCCESS && next_record(section, len, &at, &record)) {
        if (name_is(record.name, KEYS_KEEP))
            continue;
        say(system, "  ");
        say_number(system, ++number);
        say(system, "/");
        say_number(system, count);
        say(system, " ");
        say_part(system, record.name, KEYS_NAME_BYTES);
        say(system, ": ");
        status = enroll_one(system, &record, keep);
    }
    if (status != EFI_SUCCESS) {
        say(system, "not enrolled: ");
        say_status(system, status);
        say(system, "\n");
    }
    return status;
}

/* Ask the firmware to open its menu at the next start; only where it says that it can. */
static void open_menu(EFI_SYSTEM_TABLE *system)
{
    static CHAR16 name[] = { 'O', 's', 'I', 'n', 'd', 'i', 'c', 'a', 't', 'i', 'o', 'n', 's', 0 };
    uint64_t can = 0, want = 0;
    size_t len = sizeof can;

    if (get(system, "OsIndicationsSupported", &can, &len) != EFI_SUCCESS ||
        (can & OS_INDICATION_SETUP) == 0)
        return;
    len = sizeof want;
    if (get(system, "OsIndications", &want, &len) != EFI_SUCCESS)
        want = 0;
    want |= OS_INDICATION_SETUP;
    (void)system->RuntimeServices->SetVariable(
        name, &global_variable,
        EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS,
        sizeof want, &want);
    system->RuntimeServices->ResetSystem(EfiResetCold, EFI_SUCCESS, 0, NULL);
}

static EFI_STATUS refuse(EFI_SYSTEM_TABLE *system, EFI_STATUS status, const char *text)
{
    say(system, text);
    say(system, "Nothing was changed. M: open the firmware's menu. Any other key: go on booting ");
    CHAR16 key = wait_key(system, WAIT_FAILED_S);
    if (key == 'm' || key == 'M')
        open_menu(system);
    return status;
}

static EFI_STATUS finish(EFI_SYSTEM_TABLE *system)
{
    say(system, get_flag(system, "SetupMode") == 0
                    ? "All keys are enrolled, and the machine has left Setup Mode.\n"
                    : "All keys are enrolled. The firmware leaves Setup Mode at its next start.\n");
    say(system, "Secure Boot is on from the next start; where it is not, switch it on in the "
                "firmware's menu.\n"
                "Starting the machine again. Any key: go on booting instead ");
    if (wait_key(system, WAIT_AFTER_S) == 0)
        system->RuntimeServices->ResetSystem(EfiResetCold, EFI_SUCCESS, 0, NULL);
    return EFI_SUCCESS;
}

EFI_STATUS enroll_run(EFI_SYSTEM_TABLE *system, const uint8_t *section, size_t len)
{
    /* The firmware starts the machine again after five minutes of silence. */
    (void)system->BootServices->SetWatchdogTimer(0, 0, 0, NULL);
    int setup_mode = get_flag(system, "SetupMode"), secure_boot = get_flag(system, "SecureBoot");
    struct record record;

    say(system, "\ntugboot: enrolling own keys for Secure Boot\n");
    if (count_records(section, len) == 0)
        return refuse(system, EFI_NOT_FOUND,
                      "This program carries no keys: 'tugboot keys enroll-media' makes one that "
                      "does.\n");
    if (setup_mode < 0)
        return refuse(system, EFI_UNSUPPORTED,
                      "This firmware does not know Secure Boot (it has no variable SetupMode).\n");
    say(system, secure_boot == 1 ? "Secure Boot is on" : "Secure Boot is off");
    say(system, setup_mode == 1 ? ", and the machine is in Setup Mode.\n"
                                : ", and the machine is not in Setup Mode.\n");
    say_holdings(system);
    if (setup_mode == 0 && is_ours(system, section, len)) {
        say(system, secure_boot == 1
                        ? "These very keys are enrolled already. Nothing to do.\n"
                        : "These very keys are enrolled already. Nothing to do here; Secure Boot "
                          "is switched on in the firmware's menu.\n");
        return EFI_SUCCESS;
    }
    if (setup_mode == 0)
        return refuse(
            system, EFI_ABORTED,
            "Only a machine in Setup Mode takes new keys from a program. In the firmware's menu, "
            "mostly\nunder Security or Boot, Secure Boot, Key Management: delete the Platform Key "
            "(it may be called\n\"Reset to Setup Mode\", \"Clear Secure Boot Keys\" or \"Delete all "
            "Secure Boot variables\"),\nsave, and start this program again. README.txt of the enrol "
            "media has it per vendor.\n");
    if (find_record(section, len, KEYS_KEEP, &record) && read_factory(system, "db") == 0)
        return refuse(system, EFI_NOT_FOUND,
                      "It is to keep the keys it came with, and shows none (no dbDefault). Restore "
                      "the factory keys\nin the firmware's menu and delete the Platform Key alone; "
                      "or make media with the certificates\nit needs: 'tugboot keys enroll-media "
                      "--with FILE'.\n");
    say(system, find_record(section, len, KEYS_KEEP, &record)
                    ? "The keys it came with are kept beside the new ones. Any key: stop "
                    : "Enrolling replaces what it holds. Any key: stop ");
    if (wait_key(system, WAIT_BEFORE_S) != 0) {
        say(system, "Stopped. Nothing was changed.\n");
        return EFI_ABORTED;
    }
    EFI_STATUS status = enroll_all(system, section, len);
    if (status == EFI_SUCCESS)
        return finish(system);
    say(system, "The rest was not tried. As long as the Platform Key (PK) is not enrolled, the "
                "machine stays in\nSetup Mode and boots as before. Any key: go on booting ");
    (void)wait_key(system, WAIT_FAILED_S);
    return status;
}
