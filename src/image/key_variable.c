/* See key_variable.h. The times in updates are whole seconds of UTC: firmware refuses any other
 * field of EFI_TIME that is not zero. */
#include "image/key_variable.h"

#include "base/text.h"

#define CERTIFICATE_REVISION 0x0200 /* WIN_CERTIFICATE.wRevision */
#define CERTIFICATE_EFI_GUID 0x0EF1 /* WIN_CERT_TYPE_EFI_GUID */
#define CERTIFICATE_HEAD     24u    /* length, revision, type and GUID in front of the signature */
#define LIST_HEAD            28u
/* NON_VOLATILE, BOOTSERVICE_ACCESS, RUNTIME_ACCESS, TIME_BASED_AUTHENTICATED_WRITE_ACCESS */
#define ATTRIBUTES 0x27u

const struct guid GUID_MICROSOFT = { { 0xbd, 0x9a, 0xfa, 0x77, 0x59, 0x03, 0x32, 0x4d, 0xbd, 0x60,
                                       0x28, 0xf4, 0xe7, 0x8f, 0x78, 0x4b } };
/* EFI_CERT_X509_GUID, EFI_CERT_SHA256_GUID, EFI_CERT_TYPE_PKCS7_GUID */
static const struct guid cert_x509 = { { 0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a, 0x87, 0xb5,
                                         0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72 } };
static const struct guid cert_sha256 = { { 0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40, 0xac,
                                           0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43, 0x28 } };
static const struct guid cert_pkcs7 = { { 0x9d, 0xd2, 0xaf, 0x4a, 0xdf, 0x68, 0xee, 0x49, 0x8a,
                                          0xa9, 0x34, 0x7d, 0x37, 0x56, 0x65, 0xa7 } };
/* EFI_GLOBAL_VARIABLE, EFI_IMAGE_SECURITY_DATABASE_GUID */
static const struct guid global = { { 0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93, 0xd2, 0x11, 0xaa, 0x0d,
                                      0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c } };
static const struct guid security_database = { { 0xcb, 0xb2, 0x19, 0xd7, 0x3a, 0x3d, 0x96, 0x45,
                                                 0xa3, 0xbc, 0xda, 0xd0, 0x0e, 0x67, 0x65, 0x6f } };

static const struct {
    const char *name;
    const struct guid *vendor;
} variables[KEY_VARIABLES] = {
    [KEY_VARIABLE_PK] = { "PK", &global },
    [KEY_VARIABLE_KEK] = { "KEK", &global },
    [KEY_VARIABLE_DB] = { "db", &security_database },
    [KEY_VARIABLE_DBX] = { "dbx", &security_database },
};

/* Where byte i of the text stands in the stored form; both ways. */
static const uint8_t places[GUID_BYTES] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };

const char *key_variable_name(enum key_variable variable)
{
    return variables[variable].name;
}

void key_variable_vendor(enum key_variable variable, char out[37])
{
    guid_format(variables[variable].vendor, out);
}

static bool hex_digit(uint8_t c, uint8_t *value)
{
    c = ascii_lower(c);
    if (c >= '0' && c <= '9')
        *value = (uint8_t)(*value << 4 | (c - '0'));
    else if (c >= 'a' && c <= 'f')
        *value = (uint8_t)(*value << 4 | (c - 'a' + 10));
    else
        return false;
    return true;
}

bool guid_parse(struct guid *guid, struct span text)
{
    struct guid read = { 0 };
    if (text.len != 36)
        return false;
    for (size_t i = 0, digit = 0; i < text.len; i++) {
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_dash ? text.data[i] != '-'
                    : !hex_digit(text.data[i], &read.bytes[places[digit++ / 2]]))
            return false;
    }
    *guid = read;
    return true;
}

void guid_format(const struct guid *guid, char out[37])
{
    struct text t = text_over(out, 37);
    for (size_t i = 0; i < GUID_BYTES; i++)
        text_addf(&t, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
                  guid->bytes[places[i]]);
}

static void add_guid(struct writer *w, const struct guid *guid)
{
    writer_bytes(w, span_of(guid->bytes, sizeof guid->bytes));
}

/* Lengths are kept in 32 bits; a writer that holds more than that has no room for it. */
static void add_length(struct writer *w, size_t length)
{
    if (length > UINT32_MAX)
        w->failed = true;
    else
        writer_le32(w, (uint32_t)length);
}

static void add_list_head(struct writer *w, const struct guid *type, size_t entry, size_t count)
{
    add_guid(w, type);
    add_length(w, LIST_HEAD + entry * count);
    writer_le32(w, 0); /* no header of the list's own */
    add_length(w, entry);
}

void signature_list_add_certificate(struct writer *w, const struct guid *owner, struct span der)
{
    if (der.len > writer_left(w)) {
        w->failed = true;
        return;
    }
    add_list_head(w, &cert_x509, GUID_BYTES + der.len, 1);
    add_guid(w, owner);
    writer_bytes(w, der);
}

void signature_list_add_sha256(struct writer *w, const struct guid *owner, struct span digests)
{
    const size_t digest = 32;
    if (digests.len == 0 || digests.len % digest != 0 || digests.len > writer_left(w)) {
        w->failed = true;
        return;
    }
    add_list_head(w, &cert_sha256, GUID_BYTES + digest, digests.len / digest);
    for (size_t at = 0; at < digests.len; at += digest) {
        add_guid(w, owner);
        writer_bytes(w, span_slice(digests, at, digest));
    }
}

/* EFI_TIME: days by the civil calendar, counted from 0000-03-01 so that the leap day ends a year.
 */
static void add_time(struct writer *w, struct calendar time)
{
    int64_t seconds = time.ms / 1000, days = seconds / 86400, rest = seconds % 86400;
    if (rest < 0) {
        rest += 86400;
        days--;
    }
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097, of_era = days - era * 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153, day = day_of_year - (153 * month + 2) / 5 + 1;
    month = month < 10 ? month + 3 : month - 9;
    writer_le16(w, (uint16_t)(year_of_era + era * 400 + (month <= 2 ? 1 : 0)));
    writer_u8(w, (uint8_t)month);
    writer_u8(w, (uint8_t)day);
    writer_u8(w, (uint8_t)(rest / 3600));
    writer_u8(w, (uint8_t)(rest / 60 % 60));
    writer_u8(w, (uint8_t)(rest % 60));
    writer_fill(w, 0, 9); /* pad, nanosecond, time zone, daylight, pad */
}

void key_update_add_signed_bytes(struct writer *w, enum key_variable variable, struct calendar time,
                                 struct span lists)
{
    for (const char *c = variables[variable].name; *c != 0; c++)
        writer_le16(w, (uint16_t)*c); /* without its NUL */
    add_guid(w, variables[variable].vendor);
    writer_le32(w, ATTRIBUTES);
    add_time(w, time);
    writer_bytes(w, lists);
}

void key_update_add(struct writer *w, struct calendar time, struct span signature,
                    struct span lists)
{
    add_time(w, time);
    add_length(w, CERTIFICATE_HEAD + signature.len);
    writer_le16(w, CERTIFICATE_REVISION);
    writer_le16(w, CERTIFICATE_EFI_GUID);
    add_guid(w, &cert_pkcs7);
    writer_bytes(w, signature);
    writer_bytes(w, lists);
}
