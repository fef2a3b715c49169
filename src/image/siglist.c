/* EFI_SIGNATURE_LIST and EFI_SIGNATURE_DATA (UEFI 2.10 32.4.1), EFI_VARIABLE_AUTHENTICATION_2
 * (8.2.2). The signature of an update is not verified: whoever gives us a list means it. */
#include "image/siglist.h"

#include <assert.h>

#include "base/reader.h"

#define LIST_HEADER 28 /* type, list size, header size, signature size */
#define EFI_TIME    16
#define CERT_HEADER 8 /* WIN_CERTIFICATE */
#define CERT_REV    0x0200
#define CERT_TYPE   0x0ef1 /* WIN_CERT_TYPE_EFI_GUID */
#define ATTRIBUTES  4

/* GUIDs as they lie in memory: the first three parts little-endian. */
static const struct {
    uint8_t guid[SIGLIST_GUID];
    enum siglist_kind kind;
    enum digest_kind digest;
} types[] = {
    /* EFI_CERT_X509_GUID a5c059a1-94e4-4aa7-87b5-ab155c2bf072 */
    { { 0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a, 0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0,
        0x72 },
      SIGLIST_X509,
      DIGEST_SHA256 },
    /* EFI_CERT_SHA256_GUID c1c41626-504c-4092-aca9-41f936934328 */
    { { 0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40, 0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43,
        0x28 },
      SIGLIST_DIGEST,
      DIGEST_SHA256 },
    /* EFI_CERT_SHA1_GUID 826ca512-cf10-4ac9-b187-be01496631bd */
    { { 0x12, 0xa5, 0x6c, 0x82, 0x10, 0xcf, 0xc9, 0x4a, 0xb1, 0x87, 0xbe, 0x01, 0x49, 0x66, 0x31,
        0xbd },
      SIGLIST_DIGEST,
      DIGEST_SHA1 },
    /* EFI_CERT_SHA384_GUID ff3e5307-9fd0-48c9-85f1-8ad56c701e01 */
    { { 0x07, 0x53, 0x3e, 0xff, 0xd0, 0x9f, 0xc9, 0x48, 0x85, 0xf1, 0x8a, 0xd5, 0x6c, 0x70, 0x1e,
        0x01 },
      SIGLIST_DIGEST,
      DIGEST_SHA384 },
    /* EFI_CERT_SHA512_GUID 093e0fae-a6c4-4f50-9f1b-d41e2b89c19a */
    { { 0xae, 0x0f, 0x3e, 0x09, 0xc4, 0xa6, 0x50, 0x4f, 0x9f, 0x1b, 0xd4, 0x1e, 0x2b, 0x89, 0xc1,
        0x9a },
      SIGLIST_DIGEST,
      DIGEST_SHA512 },
    /* EFI_CERT_X509_SHA256_GUID 3bd2a492-96c0-4079-b420-fcf98ef103ed */
    { { 0x92, 0xa4, 0xd2, 0x3b, 0xc0, 0x96, 0x79, 0x40, 0xb4, 0x20, 0xfc, 0xf9, 0x8e, 0xf1, 0x03,
        0xed },
      SIGLIST_X509_DIGEST,
      DIGEST_SHA256 },
    /* EFI_CERT_X509_SHA384_GUID 7076876e-80c2-4ee6-aad2-28b349a6865b */
    { { 0x6e, 0x87, 0x76, 0x70, 0xc2, 0x80, 0xe6, 0x4e, 0xaa, 0xd2, 0x28, 0xb3, 0x49, 0xa6, 0x86,
        0x5b },
      SIGLIST_X509_DIGEST,
      DIGEST_SHA384 },
    /* EFI_CERT_X509_SHA512_GUID 446dbf63-2502-4cda-bcfa-2465d2b0fe9d */
    { { 0x63, 0xbf, 0x6d, 0x44, 0x02, 0x25, 0xda, 0x4c, 0xbc, 0xfa, 0x24, 0x65, 0xd2, 0xb0, 0xfe,
        0x9d },
      SIGLIST_X509_DIGEST,
      DIGEST_SHA512 },
};

/* EFI_CERT_TYPE_PKCS7_GUID 4aafd29d-68df-49ee-8aa9-347d375665a7 */
static const uint8_t pkcs7_guid[SIGLIST_GUID] = { 0x9d, 0xd2, 0xaf, 0x4a, 0xdf, 0x68, 0xee, 0x49,
                                                  0x8a, 0xa9, 0x34, 0x7d, 0x37, 0x56, 0x65, 0xa7 };

const char *siglist_flaw_text(enum siglist_flaw flaw)
{
    static const char *const texts[] = {
        [SIGLIST_SOUND] = "it is sound",
        [SIGLIST_EMPTY] = "there is no signature list in it",
        [SIGLIST_CUT] = "a list in it is cut off, or it is no signature list",
        [SIGLIST_SIZES] = "the sizes of a list in it contradict each other",
        [SIGLIST_DATA_SIZE] = "a digest in it has not the length of its kind",
    };
    static_assert(sizeof texts / sizeof texts[0] == SIGLIST_FLAWS, "a phrase for each flaw");
    return texts[flaw];
}

static bool is_known_type(struct span guid)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (span_equals(guid, span_of(types[i].guid, SIGLIST_GUID)))
            return true;
    return false;
}

/* How long EFI_VARIABLE_AUTHENTICATION_2 is, when the file begins with one; else 0. */
static size_t header_len(struct span file)
{
    struct reader r = reader_over(file);
    reader_skip(&r, EFI_TIME);
    uint32_t len = reader_le32(&r);
    uint16_t revision = reader_le16(&r);
    uint16_t type = reader_le16(&r);
    struct span guid = reader_take(&r, SIGLIST_GUID);
    if (r.failed || revision != CERT_REV || type != CERT_TYPE ||
        !span_equals(guid, span_of(pkcs7_guid, SIGLIST_GUID)) || len < CERT_HEADER + SIGLIST_GUID ||
        len > file.len - EFI_TIME)
        return 0;
    return EFI_TIME + len;
}

struct span siglist_of_file(struct span file)
{
    size_t skip = header_len(file);
    if (skip > 0)
        return span_from(file, skip);
    if (!is_known_type(span_slice(file, 0, SIGLIST_GUID)) &&
        is_known_type(span_slice(file, ATTRIBUTES, SIGLIST_GUID)))
        return span_from(file, ATTRIBUTES);
    return file;
}

/* An entry of a list of this type; false when its data cannot be that. */
static bool shape_entry(struct span guid, struct span owner, struct span data,
                        struct siglist_entry *out)
{
    *out = (struct siglist_entry){ .kind = SIGLIST_OTHER, .owner = owner, .data = data };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (!span_equals(guid, span_of(types[i].guid, SIGLIST_GUID)))
            continue;
        size_t len = digest_bytes(types[i].digest);
        out->kind = types[i].kind;
        out->digest = types[i].digest;
        if (out->kind == SIGLIST_DIGEST)
            return data.len == len;
        if (out->kind == SIGLIST_X509_DIGEST) {
            /* EFI_CERT_X509_SHA256: the digest, then an EFI_TIME that is zero for "always". */
            static const uint8_t always[EFI_TIME];
            out->data = span_slice(data, 0, len);
            out->has_time = !span_equals(span_from(data, len), span_of(always, EFI_TIME));
            return data.len == len + EFI_TIME;
        }
    }
    return true;
}

enum siglist_flaw siglist_each(struct span lists,
                               bool (*entry)(void *context, const struct siglist_entry *entry),
                               void *context)
{
    struct reader r = reader_over(lists);

    if (lists.len == 0)
        return SIGLIST_EMPTY;
    while (reader_left(&r) > 0) {
        struct span guid = reader_take(&r, SIGLIST_GUID);
        uint32_t list_len = reader_le32(&r);
        uint32_t header_size = reader_le32(&r);
        uint32_t entry_len = reader_le32(&r);
        if (r.failed)
            return SIGLIST_CUT;
        if (list_len < LIST_HEADER || header_size > list_len - LIST_HEADER)
            return SIGLIST_SIZES;
        struct span body = reader_take(&r, list_len - LIST_HEADER);
        if (r.failed)
            return SIGLIST_CUT;
        body = span_from(body, header_size);
        if (body.len > 0 && (entry_len <= SIGLIST_GUID || body.len % entry_len != 0))
            return SIGLIST_SIZES;
        struct reader entries = reader_over(body);
        while (reader_left(&entries) > 0) {
            struct siglist_entry one;
            struct span owner = reader_take(&entries, SIGLIST_GUID);
            struct span data = reader_take(&entries, entry_len - SIGLIST_GUID);
            if (!shape_entry(guid, owner, data, &one))
                return SIGLIST_DATA_SIZE;
            if (!entry(context, &one))
                return SIGLIST_SOUND;
        }
    }
    return SIGLIST_SOUND;
}
