/* See shim_name.h. A shim's own requests come in the order revocations, certificates, second stage,
 * and MokManager after a second stage that does not verify (shim 15.8 to 16.1). */
#include "boot/shim_name.h"

static const struct loader *second_of(const struct catalog *catalog, const struct chain_row *row)
{
    /* A boot disk's second stage lies in the disk and is never asked for. */
    if (!row->second[0] || row->next == CHAIN_NEXT_DISK)
        return NULL;
    return catalog_find_loader(catalog, span_text(row->second));
}

struct shim_stage shim_stage_of(const struct catalog *catalog, const struct client *client,
                                struct span last_loader)
{
    size_t count;
    const struct chain_row *rows = chain_rows(&count);

    for (size_t i = 0; last_loader.len > 0 && i < count; i++) {
        const struct loader *second = second_of(catalog, &rows[i]);
        if (second && span_is_nocase(last_loader, rows[i].first))
            return (struct shim_stage){ .row = &rows[i], .second = second, .runs = true };
    }
    const struct chain_row *row = NULL;
    while (client->chain && (row = chain_find(client->chain, client->arch, row))) {
        const struct loader *second = second_of(catalog, row);
        if (second)
            return (struct shim_stage){ .row = row, .second = second };
    }
    return (struct shim_stage){ 0 };
}

const struct loader *shim_find_by_alias(const struct catalog *catalog, enum arch arch,
                                        struct span base)
{
    size_t count;
    const struct chain_row *rows = chain_rows(&count);

    for (size_t i = 0; i < count; i++) {
        const struct loader *second = second_of(catalog, &rows[i]);
        if (second && (arch == ARCH_NONE || rows[i].arch == arch) && chain_asks_as(&rows[i], base))
            return second;
    }
    return NULL;
}

bool shim_name_is_optional(struct span base)
{
    static const char *const exact[] = {
        "revocations.efi", "revocations_sku.efi", "revocations_sbat.efi",
        "MokManager.efi",  "fallback.efi",        "shim_certificate.efi",
    };
    static const char *const of_cpu[] = { "mm", "fb" };
    static const char *const cpus[] = { "x64", "ia32", "aa64", "arm", "riscv64", "loongarch64" };
    const char *numbered = "shim_certificate_";

    for (size_t i = 0; i < sizeof exact / sizeof exact[0]; i++)
        if (span_is_nocase(base, exact[i]))
            return true;
    for (size_t i = 0; i < sizeof of_cpu / sizeof of_cpu[0]; i++) {
        if (!span_is_nocase(span_slice(base, 0, 2), of_cpu[i]))
            continue;
        struct span rest = span_from(base, 2);
        for (size_t k = 0; k < sizeof cpus / sizeof cpus[0]; k++)
            if (span_is_nocase(span_slice(rest, 0, strlen(cpus[k])), cpus[k]) &&
                span_is_nocase(span_from(rest, strlen(cpus[k])), ".efi"))
                return true;
    }
    if (!span_is_nocase(span_slice(base, 0, strlen(numbered)), numbered))
        return false;
    base = span_from(base, strlen(numbered));
    size_t digits = 0;
    while (digits < base.len && base.data[digits] >= '0' && base.data[digits] <= '9')
        digits++;
    return digits > 0 && span_is_nocase(span_from(base, digits), ".efi");
}

static bool is_name_byte(uint8_t c)
{
    c = ascii_lower(c);
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

struct span shim_name_trim(struct span name)
{
    for (size_t i = 0; i + 4 < name.len; i++)
        if (span_is_nocase(span_slice(name, i, 4), ".efi") && !is_name_byte(name.data[i + 4]))
            return span_slice(name, 0, i + 4);
    return name;
}
