/* The digest's ranges: PE/COFF specification, "Authenticode", and EDK2's HashPeImage, which takes
 * the place of the data behind the sections from the SUM of the sections' sizes. The certificate
 * table: PE/COFF 5.7 and UEFI 2.10 32.2.4, walked as EDK2's DxeImageVerificationHandler walks it.
 */
#include "image/authenticode.h"

#include <errno.h>

#include "base/reader.h"

#define CHUNK_BYTES      65536
#define HEADER_BYTES     8 /* of a WIN_CERTIFICATE */
#define GUID_BYTES       16
#define TYPE_PKCS_SIGNED 0x0002
#define TYPE_EFI_GUID    0x0ef1

/* EFI_CERT_TYPE_PKCS7_GUID 4aafd29d-68df-49ee-8aa9-347d375665a7, as it lies in a file. */
static const uint8_t pkcs7_guid[GUID_BYTES] = { 0x9d, 0xd2, 0xaf, 0x4a, 0xdf, 0x68, 0xee, 0x49,
                                                0x8a, 0xa9, 0x34, 0x7d, 0x37, 0x56, 0x65, 0xa7 };

static void add_range(struct authenticode_ranges *out, uint64_t at, uint64_t end)
{
    if (end > at)
        out->items[out->count++] = (struct authenticode_range){ .at = at, .len = end - at };
}

/* Sections by their place in the file, those at one place as they stand in the table. */
static void sort_sections(const struct pe *pe, const struct pe_section **sorted)
{
    for (unsigned i = 0; i < pe->section_count; i++) {
        unsigned at = i;
        for (; at > 0 && pe->sections[i].raw_at < sorted[at - 1]->raw_at; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = &pe->sections[i];
    }
}

bool authenticode_ranges_of(const struct pe *pe, struct authenticode_ranges *out)
{
    const struct pe_section *sorted[PE_SECTIONS_MAX];
    uint64_t hashed = pe->headers_bytes;
    uint64_t behind_checksum = (uint64_t)pe->checksum_at + 4;

    *out = (struct authenticode_ranges){ 0 };
    add_range(out, 0, pe->checksum_at);
    if (pe->security_at > 0) {
        add_range(out, behind_checksum, pe->security_at);
        add_range(out, (uint64_t)pe->security_at + 8, pe->headers_bytes);
    } else {
        add_range(out, behind_checksum, pe->headers_bytes);
    }
    sort_sections(pe, sorted);
    for (unsigned i = 0; i < pe->section_count; i++) {
        add_range(out, sorted[i]->raw_at, (uint64_t)sorted[i]->raw_at + sorted[i]->raw_size);
        hashed += sorted[i]->raw_size;
    }
    if (pe->file_bytes > hashed) {
        if (pe->file_bytes - hashed < pe->certificate_bytes)
            return false;
        add_range(out, hashed, pe->file_bytes - pe->certificate_bytes);
    }
    return true;
}

static int add_from_file(const struct image_source *source, const char *path,
                         const struct authenticode_range *range, struct digest_stream *stream)
{
    uint8_t chunk[CHUNK_BYTES];
    for (uint64_t done = 0; done < range->len;) {
        uint64_t left = range->len - done;
        size_t len = left < sizeof chunk ? (size_t)left : sizeof chunk;
        if (!image_source_read_all(source, path, range->at + done, chunk, len))
            return -EIO;
        digest_stream_add(stream, span_of(chunk, len));
        done += len;
    }
    return 0;
}

int authenticode_digest(const struct image_source *source, const char *path, const struct pe *pe,
                        enum digest_kind kind, struct digest *ret)
{
    struct authenticode_ranges ranges;
    struct digest_stream *stream;

    if (!authenticode_ranges_of(pe, &ranges))
        return -EBADMSG;
    int r = digest_stream_new(kind, &stream);
    if (r < 0)
        return r;
    for (size_t i = 0; i < ranges.count && r == 0; i++)
        r = add_from_file(source, path, &ranges.items[i], stream);
    if (r == 0)
        r = digest_stream_finish(stream, ret);
    digest_stream_free(stream);
    return r;
}

/* The header of the entry at `at`, of which `left` bytes of the table remain; false when firmware
 * would stop here. */
static bool read_entry(const struct image_source *source, const char *path, uint64_t at,
                       uint64_t left, struct authenticode_entry *out, uint32_t *ret_len)
{
    uint8_t head[HEADER_BYTES + GUID_BYTES];
    size_t head_len = left < sizeof head ? (size_t)left : sizeof head;

    if (left <= HEADER_BYTES || !image_source_read_all(source, path, at, head, head_len))
        return false;
    struct reader r = reader_over(span_of(head, head_len));
    *ret_len = reader_le32(&r);
    *out = (struct authenticode_entry){ .kind = AUTHENTICODE_OTHER };
    out->revision = reader_le16(&r);
    out->type = reader_le16(&r);
    uint32_t skip = HEADER_BYTES;
    if (*ret_len > left || *ret_len < HEADER_BYTES)
        return false;
    if (out->type == TYPE_PKCS_SIGNED) {
        out->kind = AUTHENTICODE_PKCS7;
    } else if (out->type == TYPE_EFI_GUID) {
        skip += GUID_BYTES;
        if (span_equals(reader_take(&r, GUID_BYTES), span_of(pkcs7_guid, GUID_BYTES)))
            out->kind = AUTHENTICODE_PKCS7;
    }
    /* EDK2 wants at least a byte behind the header of the types it knows. */
    if ((out->type == TYPE_PKCS_SIGNED || out->type == TYPE_EFI_GUID) && *ret_len <= skip)
        return false;
    out->at = at + skip;
    out->len = *ret_len - skip;
    return true;
}

void authenticode_table_read(const struct image_source *source, const char *path,
                             const struct pe *pe, struct authenticode_table *out)
{
    uint64_t at = pe->certificates_at;
    uint64_t end = at + pe->certificate_bytes;

    *out = (struct authenticode_table){ .is_last = end == pe->file_bytes };
    while (pe->certificate_bytes > 0 && at < end) {
        struct authenticode_entry entry;
        uint32_t len;
        if (out->count == AUTHENTICODE_ENTRIES_MAX) {
            out->has_more = true;
            return;
        }
        if (!read_entry(source, path, at, end - at, &entry, &len))
            return;
        out->items[out->count++] = entry;
        at += ((uint64_t)len + 7) & ~UINT64_C(7);
    }
    out->is_whole = at == end;
}
