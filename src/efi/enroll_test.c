/* The enrol program against a firmware of paper: variables in a table, a screen and a keyboard, and
 * rules like those of Setup Mode. What it says is looked for by single phrases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "efi/enroll.h"
#include "efi/keys_section.h"

#include <cmocka.h>

#define VARIABLES_MAX 8

struct variable {
    char name[32];
    uint8_t data[512];
    size_t len;
};

/* What this firmware is like, and what was done to it. */
static struct {
    struct variable variables[VARIABLES_MAX];
    EFI_STATUS refuses_db; /* what SetVariable says to db */
    char typed;            /* the key that is pressed at question number typed_at, 0 = none */
    unsigned typed_at, questions, polls;
    bool drained;
    char screen[8192];
    size_t screen_len;
    char order[64]; /* names given to SetVariable */
    unsigned resets;
} firmware;

/* The variable, or NULL. The table ends where names do. */
static struct variable *find(const char *name)
{
    for (size_t i = 0; i < VARIABLES_MAX; i++)
        if (strcmp(firmware.variables[i].name, name) == 0)
            return &firmware.variables[i];
    return NULL;
}

static void set(const char *name, const void *data, size_t len)
{
    size_t i = 0;
    while (i + 1 < VARIABLES_MAX && firmware.variables[i].name[0] != 0 &&
           strcmp(firmware.variables[i].name, name) != 0)
        i++;
    struct variable *v = &firmware.variables[i];
    assert_in_range(len, 0, sizeof v->data);
    strncpy(v->name, name, sizeof v->name - 1);
    memcpy(v->data, data, len);
    v->len = len;
}

static void narrow(const CHAR16 *wide, char out[32])
{
    size_t i = 0;
    for (; wide[i] != 0 && i < 31; i++)
        out[i] = (char)wide[i];
    out[i] = 0;
}

static bool is_vendor_of(const char *name, const EFI_GUID *vendor)
{
    bool is_list = strcmp(name, "db") == 0 || strcmp(name, "dbx") == 0;
    return vendor->Data1 == (is_list ? 0xd719b2cb : 0x8be4df61);
}

static EFI_STATUS EFIAPI get_variable(CHAR16 *wide, EFI_GUID *vendor, uint32_t *attributes,
                                      size_t *size, void *data)
{
    char name[32];
    narrow(wide, name);
    struct variable *v = find(name);
    assert_true(is_vendor_of(name, vendor));
    if (!v)
        return EFI_NOT_FOUND;
    if (*size < v->len)
        return EFI_BUFFER_TOO_SMALL;
    memcpy(data, v->data, v->len);
    *size = v->len;
    *attributes = 7;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_variable(CHAR16 *wide, EFI_GUID *vendor, uint32_t attributes,
                                      size_t size, void *data)
{
    char name[32];
    const uint8_t *bytes = data;
    narrow(wide, name);
    assert_true(is_vendor_of(name, vendor));
    strncat(firmware.order, name, sizeof firmware.order - strlen(firmware.order) - 1);
    strncat(firmware.order, " ", sizeof firmware.order - strlen(firmware.order) - 1);
    if (strcmp(name, "OsIndications") == 0) {
        set(name, data, size);
        return EFI_SUCCESS;
    }
    assert_int_equal(attributes, 0x27);
    if (strcmp(name, "db") == 0 && firmware.refuses_db != EFI_SUCCESS)
        return firmware.refuses_db;
    const struct variable *setup_mode = find("SetupMode");
    if (!setup_mode || setup_mode->data[0] == 0)
        return EFI_SECURITY_VIOLATION;
    size_t head = 16 + (size_t)bytes[16]; /* EFI_TIME, and a certificate under 256 bytes */
    set(name, bytes + head, size - head);
    if (strcmp(name, "PK") == 0)
        set("SetupMode", "\0", 1);
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI output(struct EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL *self, CHAR16 *string)
{
    (void)self;
    for (; *string != 0 && firmware.screen_len + 1 < sizeof firmware.screen; string++) {
        firmware.screen[firmware.screen_len++] = (char)*string;
        if (*string == '\n')
            firmware.drained = false; /* the next reading belongs to another question */
    }
    return EFI_SUCCESS;
}

/* A key lies in the buffer before each question; it must not count as the answer. */
static EFI_STATUS EFIAPI read_key(struct EFI_SIMPLE_TEXT_INPUT_PROTOCOL *self, EFI_INPUT_KEY *key)
{
    (void)self;
    *key = (EFI_INPUT_KEY){ 0, 'x' };
    if (!firmware.drained) {
        firmware.drained = true;
        firmware.questions++;
        return EFI_SUCCESS;
    }
    if (firmware.typed && firmware.questions == firmware.typed_at) {
        /* The first reading after the drained buffer ends the draining. */
        if (++firmware.polls == 2) {
            key->UnicodeChar = (CHAR16)firmware.typed;
            return EFI_SUCCESS;
        }
    }
    return EFI_NOT_READY;
}

static size_t stalled;
static EFI_STATUS EFIAPI stall(size_t microseconds)
{
    stalled += microseconds;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_watchdog(size_t seconds, uint64_t code, size_t size, CHAR16 *data)
{
    (void)code;
    (void)size;
    (void)data;
    assert_int_equal(seconds, 0);
    return EFI_SUCCESS;
}

static void EFIAPI reset(EFI_RESET_TYPE type, EFI_STATUS status, size_t size, void *data)
{
    (void)size;
    (void)data;
    assert_int_equal(type, EfiResetCold);
    assert_int_equal(status, EFI_SUCCESS);
    firmware.resets++;
}

static EFI_SIMPLE_TEXT_INPUT_PROTOCOL keyboard = { .ReadKeyStroke = read_key };
static EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL screen = { .OutputString = output };
static EFI_RUNTIME_SERVICES runtime = { .GetVariable = get_variable,
                                        .SetVariable = set_variable,
                                        .ResetSystem = reset };
static EFI_BOOT_SERVICES boot = { .Stall = stall, .SetWatchdogTimer = set_watchdog };
static EFI_SYSTEM_TABLE table = {
    .ConIn = &keyboard, .ConOut = &screen, .RuntimeServices = &runtime, .BootServices = &boot
};

/* A list with one entry of four bytes, and an update with it: time, 24 bytes of certificate. */
#define LIST(byte)                                                                                 \
    "XXXXXXXXXXXXXXXX"                                                                             \
    "\x20\0\0\0\0\0\0\0\x04\0\0\0" byte byte byte byte
#define UPDATE(byte)       "tttttttttttttttt\x18\0\0\0cccccccccccccccccccc" LIST(byte)
#define RECORD(name, byte) name "\x48\0\0\0" UPDATE(byte)

static const char section[] = KEYS_SECTION_MARK "\0" RECORD("db\0\0\0\0\0\0", "d")
    RECORD("KEK\0\0\0\0\0", "k") RECORD("PK\0\0\0\0\0\0", "p") "\0\0\0\0\0\0\0\0\0\0\0\0";
#define KEEP "keep\0\0\0\0\0\0\0\0"
static const char keeping[] = KEYS_SECTION_MARK "\0" KEEP RECORD("db\0\0\0\0\0\0", "d")
    RECORD("KEK\0\0\0\0\0", "k") RECORD("PK\0\0\0\0\0\0", "p") "\0\0\0\0\0\0\0\0\0\0\0\0";
static const char empty[] = KEYS_SECTION_MARK "\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

struct row {
    const char *name;
    int setup_mode, secure_boot; /* -1: no such variable */
    const char *pk;              /* what PK holds already; NULL: nothing */
    const char *keys;
    size_t keys_len;
    EFI_STATUS refuses_db;
    char typed;
    unsigned typed_at;
    bool has_menu;
    EFI_STATUS want;
    const char *order;
    unsigned resets;
    const char *said;
};

static const struct row rows[] = {
    { "enrols and starts again", 1, 0, NULL, section, sizeof section, 0, 0, 0, false, EFI_SUCCESS,
      "db KEK PK ", 1, "3/3 PK: enrolled, 1 in it" },
    { "leaves Setup Mode", 1, 0, NULL, section, sizeof section, 0, 0, 0, false, EFI_SUCCESS,
      "db KEK PK ", 1, "has left Setup Mode" },
    { "a key goes on instead", 1, 0, NULL, section, sizeof section, 0, 'q', 2, false, EFI_SUCCESS,
      "db KEK PK ", 0, "has left Setup Mode" },
    { "a key stops it", 1, 0, NULL, section, sizeof section, 0, 'q', 1, false, EFI_ABORTED, "", 0,
      "Stopped. Nothing was changed" },
    { "not in Setup Mode", 0, 1, LIST("v"), section, sizeof section, 0, 0, 0, true, EFI_ABORTED, "",
      0, "delete the Platform Key" },
    { "menu opened", 0, 1, LIST("v"), section, sizeof section, 0, 'm', 1, true, EFI_ABORTED,
      "OsIndications ", 1, "open the firmware's menu" },
    { "no menu to open", 0, 1, LIST("v"), section, sizeof section, 0, 'm', 1, false, EFI_ABORTED,
      "", 0, "open the firmware's menu" },
    { "ours already", 0, 1, LIST("p"), section, sizeof section, 0, 0, 0, false, EFI_SUCCESS, "", 0,
      "enrolled already. Nothing to do" },
    { "ours, switched off", 0, 0, LIST("p"), section, sizeof section, 0, 0, 0, false, EFI_SUCCESS,
      "", 0, "switched on in the firmware's menu" },
    { "firmware without Secure Boot", -1, -1, NULL, section, sizeof section, 0, 0, 0, false,
      EFI_UNSUPPORTED, "", 0, "does not know Secure Boot" },
    { "no keys in it", 1, 0, NULL, empty, sizeof empty, 0, 0, 0, false, EFI_NOT_FOUND, "", 0,
      "carries no keys" },
    { "no section", 1, 0, NULL, "", 0, 0, 0, 0, false, EFI_NOT_FOUND, "", 0, "carries no keys" },
    { "another mark", 1, 0, NULL, "tugboot keys 2\n\0db\0\0\0\0\0\0\1\0\0\0x", 29, 0, 0, 0, false,
      EFI_NOT_FOUND, "", 0, "carries no keys" },
    { "a cut record is none", 1, 0, NULL, section, sizeof section - 80, 0, 0, 0, false, EFI_SUCCESS,
      "db KEK ", 1, "2/2 KEK: enrolled" },
    { "signature refused", 1, 0, NULL, section, sizeof section, EFI_SECURITY_VIOLATION, 0, 0, false,
      EFI_SECURITY_VIOLATION, "db ", 0, "EFI_SECURITY_VIOLATION" },
    { "memory full", 1, 0, NULL, section, sizeof section, EFI_OUT_OF_RESOURCES, 0, 0, false,
      EFI_OUT_OF_RESOURCES, "db ", 0, "delete old keys" },
    { "an unknown refusal", 1, 0, NULL, section, sizeof section, EFI_ERROR_BIT | 33, 0, 0, false,
      EFI_ERROR_BIT | 33, "db ", 0, "status 33." },
};

static void every_situation(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        memset(&firmware, 0, sizeof firmware);
        stalled = 0;
        firmware.refuses_db = row->refuses_db;
        firmware.typed = row->typed;
        firmware.typed_at = row->typed_at;
        if (row->setup_mode >= 0)
            set("SetupMode", row->setup_mode ? "\1" : "\0", 1);
        if (row->secure_boot >= 0)
            set("SecureBoot", row->secure_boot ? "\1" : "\0", 1);
        if (row->pk)
            set("PK", row->pk, 32);
        if (row->has_menu)
            set("OsIndicationsSupported", "\1\0\0\0\0\0\0\0", 8);
        EFI_STATUS got = enroll_run(&table, (const uint8_t *)row->keys, row->keys_len);
        if (got != row->want || strcmp(firmware.order, row->order) != 0 ||
            firmware.resets != row->resets || !strstr(firmware.screen, row->said))
            fail_msg("%s: status %zx, set \"%s\", %u resets; the screen:\n%s", row->name, got,
                     firmware.order, firmware.resets, firmware.screen);
        if (stalled > 75000000)
            fail_msg("%s: %zu us of waiting", row->name, stalled);
    }
}

static void machine_without_keyboard(void **state)
{
    (void)state;
    memset(&firmware, 0, sizeof firmware);
    set("SetupMode", "\1", 1);
    table.ConIn = NULL;
    assert_int_equal(enroll_run(&table, (const uint8_t *)section, sizeof section), EFI_SUCCESS);
    table.ConIn = &keyboard;
    assert_string_equal(firmware.order, "db KEK PK ");
    assert_int_equal(firmware.resets, 1);
}

/* What is enrolled of each variable when factory keys are kept. */
static void factory_keys_are_kept(void **state)
{
    static const struct {
        const char *name;
        const char *restored, *held; /* dbDefault and db */
        const char *db;              /* what is in db then; NULL: it refuses */
        size_t db_len;
    } cases[] = {
        { "restored ones win", LIST("m"), LIST("x"), LIST("d") LIST("m"), 64 },
        { "those it holds", NULL, LIST("x"), LIST("d") LIST("x"), 64 },
        { "none to keep", NULL, NULL, NULL, 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memset(&firmware, 0, sizeof firmware);
        set("SetupMode", "\1", 1);
        if (cases[i].restored)
            set("dbDefault", cases[i].restored, 32);
        if (cases[i].held)
            set("db", cases[i].held, 32);
        EFI_STATUS got = enroll_run(&table, (const uint8_t *)keeping, sizeof keeping);
        const struct variable *db = find("db"), *pk = find("PK"), *kek = find("KEK");
        if (!cases[i].db) {
            if (got != EFI_NOT_FOUND || firmware.order[0] || !strstr(firmware.screen, "dbDefault"))
                fail_msg("%s: %zx, set \"%s\"", cases[i].name, got, firmware.order);
            continue;
        }
        if (got != EFI_SUCCESS || !db || db->len != cases[i].db_len ||
            memcmp(db->data, cases[i].db, cases[i].db_len) != 0)
            fail_msg("%s: %zx; the screen:\n%s", cases[i].name, got, firmware.screen);
        /* Nothing to keep in KEK, and never in PK: the signed updates as they are. */
        assert_true(kek && kek->len == 32 && memcmp(kek->data, LIST("k"), 32) == 0);
        assert_true(pk && pk->len == 32 && memcmp(pk->data, LIST("p"), 32) == 0);
        assert_non_null(strstr(firmware.screen, "kept beside"));
        assert_non_null(strstr(firmware.screen, "1/3 db: enrolled, 2 in it"));
    }
}

static void deleted_refusals_come_back(void **state)
{
    static const struct {
        const char *name;
        const char *restored, *held; /* dbxDefault and dbx */
        const char *order;
    } cases[] = {
        { "deleted", LIST("r"), NULL, "dbx db KEK PK " },
        { "still there", LIST("r"), LIST("r"), "db KEK PK " },
        { "never were", NULL, NULL, "db KEK PK " },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memset(&firmware, 0, sizeof firmware);
        set("SetupMode", "\1", 1);
        set("dbDefault", LIST("m"), 32);
        if (cases[i].restored)
            set("dbxDefault", cases[i].restored, 32);
        if (cases[i].held)
            set("dbx", cases[i].held, 32);
        assert_int_equal(enroll_run(&table, (const uint8_t *)keeping, sizeof keeping), EFI_SUCCESS);
        if (strcmp(firmware.order, cases[i].order) != 0)
            fail_msg("%s: set \"%s\"; the screen:\n%s", cases[i].name, firmware.order,
                     firmware.screen);
        const struct variable *dbx = find("dbx");
        if (cases[i].restored)
            assert_true(dbx && dbx->len == 32 && memcmp(dbx->data, LIST("r"), 32) == 0);
        else
            assert_null(dbx);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_situation),
        cmocka_unit_test(machine_without_keyboard),
        cmocka_unit_test(factory_keys_are_kept),
        cmocka_unit_test(deleted_refusals_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
