/* Words around the facts of an inspection. What they mean for a machine stands first; dates come
 * with the remark that no firmware looks at them, since that is what everybody asks. */
#include "cli/inspect_show.h"

/* "  label      " to column 14. */
static void begin_line(struct text *out, const char *label)
{
    text_addf(out, "  %-11s ", label);
}

static void add_hex(struct text *out, struct span bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        text_addf(out, "%02x", bytes.data[i]);
}

static void add_arches(struct text *out, uint32_t arches)
{
    const char *before = "";
    for (unsigned i = 0; i < ARCH_COUNT; i++) {
        if (!(arches & arch_bit((enum arch)i)))
            continue;
        text_add(out, before);
        text_add(out, arch_name((enum arch)i));
        before = ", ";
    }
}

static void show_kind(const struct inspection *in, struct text *out)
{
    begin_line(out, "kind");
    text_add(out, program_kind_text(in->program.kind));
    if (in->program.version[0])
        text_addf(out, " %s", in->program.version);
    if (in->program.arches) {
        text_add(out, " for ");
        add_arches(out, in->program.arches);
    }
    text_add(out, ", ");
    text_add_bytes(out, in->pe.file_bytes);
    text_add_char(out, '\n');
}

static void show_certificate(const struct certificate_facts *facts, const char *label,
                             struct text *out)
{
    begin_line(out, "");
    text_addf(out, "%s %s, %s, ", label, facts->subject, facts->key);
    text_add_date(out, facts->starts);
    text_add(out, " to ");
    text_add_date(out, facts->ends);
    text_add_char(out, '\n');
}

/* Dates as "2026-06-27" compare as texts. */
static bool has_ended(const struct authority *authority, struct calendar now)
{
    char today[16];
    struct text t = text_over(today, sizeof today);
    text_add_date(&t, now);
    return strcmp(authority->ends, today) < 0;
}

static void show_authority(const struct inspected_signature *s, struct calendar now,
                           struct text *out)
{
    begin_line(out, "");
    if (s->authority)
        text_addf(out, "of %s (signs %s), verified by its key; its certificate %s %s%s\n",
                  s->authority->name, s->authority->signs,
                  has_ended(s->authority, now) ? "ended" : "ends", s->authority->ends,
                  has_ended(s->authority, now) ? ", which no firmware looks at" : "");
    else if (s->pretended)
        text_addf(out, "gives the name of %s, whose key did not sign it\n", s->pretended->name);
    else if (s->is_own)
        text_addf(out, "of %s, which the given db trusts\n", s->own);
    else
        text_addf(out, "of %s, whom no firmware knows by itself\n",
                  s->chain[s->chain_count - 1].issuer);
    if (s->forbidden[0]) {
        begin_line(out, "");
        text_addf(out, "%s\n", s->forbidden);
    }
}

static void show_signature(const struct inspected_signature *s, size_t number, struct calendar now,
                           struct text *out)
{
    begin_line(out, "signature");
    text_addf(out, "%zu: ", number);
    if (s->flaw >= SIGNATURE_ALGORITHM || s->flaw == SIGNATURE_SOUND)
        text_addf(out, "%s, ", digest_name(s->said.kind));
    text_add(out, signature_flaw_text(s->flaw));
    if (s->signed_at.ms != 0) {
        text_add(out, ", made ");
        text_add_date(out, s->signed_at);
    }
    text_add_char(out, '\n');
    for (size_t i = 0; i < s->chain_count; i++)
        show_certificate(&s->chain[i], i == 0 ? "by" : "above it", out);
    if (s->flaw == SIGNATURE_SOUND)
        show_authority(s, now, out);
}

static void show_signatures(const struct inspection *in, struct calendar now, struct text *out)
{
    if (in->pe.certificate_bytes == 0) {
        begin_line(out, "signature");
        text_add(out, "none\n");
    }
    for (size_t i = 0; i < in->signature_count; i++)
        show_signature(&in->signatures[i], i + 1, now, out);
    if (in->pe.certificate_bytes > 0 && !in->table.is_whole) {
        begin_line(out, "");
        text_add(out, in->table.has_more ? "and more, which were not looked at\n"
                                         : "the table does not end where it says: refused\n");
    }
    if (in->is_allowed_by_digest || in->is_forbidden_by_digest) {
        begin_line(out, "");
        text_addf(out, "the %s names this very file\n",
                  in->is_forbidden_by_digest ? "dbx" : "given db");
    }
}

static void show_sbat(const struct inspect_shown *shown, struct text *out)
{
    const struct inspected_sbat *sbat = &shown->inspection->sbat;
    begin_line(out, "sbat");
    if (!sbat->has_section) {
        text_add(out, "none: a shim starts it only through GRUB\n");
        return;
    }
    if (sbat->flaw != SBAT_SOUND) {
        text_addf(out, "broken: %s\n", sbat_flaw_text(sbat->flaw));
        return;
    }
    for (size_t i = 0; i < sbat->sbat.count; i++) {
        text_addf(out, "%s%s,%u", i > 0 ? " " : "", sbat->sbat.entries[i].component,
                  (unsigned)sbat->sbat.entries[i].generation);
    }
    if (sbat->refused_by.component[0])
        text_addf(out, "; refused by level %s (%s,%u)", shown->level->date,
                  sbat->refused_by.component, (unsigned)sbat->refused_by.generation);
    else
        text_addf(out, "; accepted by level %s", shown->level->date);
    if (sbat->first_level[0])
        text_addf(out, "; published levels refuse it from %s on", sbat->first_level);
    if (sbat->brings[0])
        text_addf(out, "; puts level %s into force", sbat->brings);
    text_add_char(out, '\n');
}

static void show_nx(const struct inspection *in, struct text *out)
{
    const struct pe_section *section = pe_find_writable_code(&in->pe);
    begin_line(out, "nx");
    text_add(out, pe_is_nx_compatible(&in->pe) ? "compatible" : "not marked as compatible");
    if (section) {
        text_add(out, ", section ");
        text_add_escaped(out, span_text(section->name));
        text_add(out, " is writable and executable");
    }
    text_add_char(out, '\n');
}

static void show_firmware(const struct inspect_shown *shown, struct text *out)
{
    for (unsigned i = 0; i < FIRMWARE_KINDS; i++) {
        begin_line(out, i == 0 ? "firmware" : "");
        text_addf(out, "%s %s\n", shown->inspection->boots[i] ? "boots  " : "refused",
                  firmware_words((enum firmware_kind)i));
    }
    if (shown->has_db) {
        begin_line(out, "");
        text_addf(out, "%s a machine with the given db\n",
                  shown->inspection->boots_own ? "boots  " : "refused");
    }
}

void inspect_show_text(const struct inspect_shown *shown, struct text *out)
{
    const struct inspection *in = shown->inspection;
    text_add_escaped(out, span_text(shown->name));
    text_add(out, "\n");
    begin_line(out, "verdict");
    text_add(out, in->headline);
    text_add_char(out, '\n');
    if (in->verdict == INSPECTION_UNREADABLE)
        return;
    show_kind(in, out);
    if (in->verdict == INSPECTION_NOT_EFI)
        return;
    if (in->has_digest) {
        begin_line(out, "digest");
        text_addf(out, "%s ", digest_name(in->digest.kind));
        add_hex(out, digest_span(&in->digest));
        text_add_char(out, '\n');
    }
    if (in->flaw != PE_SOUND)
        return;
    show_signatures(in, shown->now, out);
    show_sbat(shown, out);
    show_nx(in, out);
    show_firmware(shown, out);
}

static void write_hex(struct json_writer *j, const char *key, const struct digest *digest)
{
    char data[2 * DIGEST_BYTES_MAX + 1];
    struct text t = text_over(data, sizeof data);
    add_hex(&t, digest_span(digest));
    json_write_text(j, key, data);
}

static void write_certificate(struct json_writer *j, const struct certificate_facts *facts)
{
    json_write_object_begin(j, NULL);
    json_write_text(j, "subject", facts->subject);
    json_write_text(j, "issuer", facts->issuer);
    json_write_known_time(j, "starts", facts->starts);
    json_write_known_time(j, "ends", facts->ends);
    json_write_text(j, "key", facts->key);
    json_write_text(j, "algorithm", facts->algorithm);
    write_hex(j, "sha256", &facts->fingerprint);
    json_write_object_end(j);
}

static void write_signature(struct json_writer *j, const struct inspected_signature *s)
{
    json_write_object_begin(j, NULL);
    json_write_bool(j, "sound", s->flaw == SIGNATURE_SOUND);
    json_write_text(j, "finding", signature_flaw_text(s->flaw));
    if (s->flaw >= SIGNATURE_ALGORITHM || s->flaw == SIGNATURE_SOUND) {
        json_write_text(j, "algorithm", digest_name(s->said.kind));
        write_hex(j, "digest", &s->said);
    }
    json_write_known_time(j, "signed", s->signed_at);
    json_write_array_begin(j, "chain");
    for (size_t i = 0; i < s->chain_count; i++)
        write_certificate(j, &s->chain[i]);
    json_write_array_end(j);
    if (s->authority) {
        json_write_object_begin(j, "authority");
        json_write_text(j, "name", s->authority->name);
        json_write_text(j, "signs", s->authority->signs);
        json_write_text(j, "ends", s->authority->ends);
        json_write_text(j, "sha256", s->authority->fingerprint);
        json_write_object_end(j);
    }
    if (s->pretended)
        json_write_text(j, "pretends", s->pretended->name);
    if (s->is_own)
        json_write_text(j, "db", s->own);
    if (s->forbidden[0])
        json_write_text(j, "forbidden", s->forbidden);
    json_write_object_end(j);
}

static void write_entry(struct json_writer *j, const char *key, const struct sbat_entry *entry)
{
    json_write_object_begin(j, key);
    json_write_text(j, "component", entry->component);
    json_write_number(j, "generation", entry->generation);
    json_write_object_end(j);
}

static void write_sbat(struct json_writer *j, const struct inspect_shown *shown)
{
    const struct inspected_sbat *sbat = &shown->inspection->sbat;
    if (!sbat->has_section)
        return;
    json_write_object_begin(j, "sbat");
    json_write_bool(j, "sound", sbat->flaw == SBAT_SOUND);
    json_write_text(j, "finding", sbat_flaw_text(sbat->flaw));
    json_write_array_begin(j, "entries");
    for (size_t i = 0; i < sbat->sbat.count; i++)
        write_entry(j, NULL, &sbat->sbat.entries[i]);
    json_write_array_end(j);
    json_write_text(j, "level", shown->level->date);
    if (sbat->refused_by.component[0])
        write_entry(j, "refused_by", &sbat->refused_by);
    if (sbat->first_level[0])
        json_write_text(j, "refused_from_level", sbat->first_level);
    if (sbat->brings[0])
        json_write_text(j, "brings_level", sbat->brings);
    json_write_object_end(j);
}

static void write_program(struct json_writer *j, const struct inspect_shown *shown)
{
    const struct inspection *in = shown->inspection;
    const struct pe_section *section = pe_find_writable_code(&in->pe);
    if (in->has_digest)
        write_hex(j, "sha256", &in->digest);
    if (in->flaw != PE_SOUND)
        return;
    json_write_array_begin(j, "signatures");
    for (size_t i = 0; i < in->signature_count; i++)
        write_signature(j, &in->signatures[i]);
    json_write_array_end(j);
    json_write_bool(j, "signature_table_whole", in->table.is_whole);
    json_write_bool(j, "allowed_by_digest", in->is_allowed_by_digest);
    json_write_bool(j, "forbidden_by_digest", in->is_forbidden_by_digest);
    write_sbat(j, shown);
    json_write_bool(j, "nx_compatible", pe_is_nx_compatible(&in->pe));
    if (section)
        json_write_text(j, "writable_code", section->name);
    json_write_object_begin(j, "firmware");
    for (unsigned i = 0; i < FIRMWARE_KINDS; i++)
        json_write_bool(j, firmware_name((enum firmware_kind)i), in->boots[i]);
    if (shown->has_db)
        json_write_bool(j, "given-db", in->boots_own);
    json_write_object_end(j);
}

void inspect_show_json(const struct inspect_shown *shown, struct json_writer *j)
{
    const struct inspection *in = shown->inspection;
    json_write_object_begin(j, NULL);
    json_write_text(j, "file", shown->name);
    json_write_text(j, "verdict", inspection_verdict_name(in->verdict));
    json_write_text(j, "text", in->headline);
    if (in->verdict != INSPECTION_UNREADABLE) {
        json_write_text(j, "kind", program_kind_text(in->program.kind));
        if (in->program.version[0])
            json_write_text(j, "version", in->program.version);
        json_write_number(j, "bytes", (int64_t)in->pe.file_bytes);
        json_write_array_begin(j, "architectures");
        for (unsigned i = 0; i < ARCH_COUNT; i++)
            if (in->program.arches & arch_bit((enum arch)i))
                json_write_text(j, NULL, arch_name((enum arch)i));
        json_write_array_end(j);
    }
    if (in->verdict != INSPECTION_UNREADABLE && in->verdict != INSPECTION_NOT_EFI)
        write_program(j, shown);
    json_write_object_end(j);
}
