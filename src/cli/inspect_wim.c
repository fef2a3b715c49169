/* See inspect_wim.h. What stands in a WIM was written by others, so it is escaped. */
#include "cli/inspect_wim.h"

static void begin_line(struct text *out, const char *label)
{
    text_addf(out, "  %-11s ", label);
}

static void add_version(struct text *out, const struct wim_image *image)
{
    text_addf(out, "%u.%u.%u", image->major, image->minor, image->build);
    if (image->revision > 0)
        text_addf(out, ".%u", image->revision);
}

static void show_kind(const struct wim_inspection *in, struct text *out)
{
    begin_line(out, "kind");
    text_addf(out, "a WIM, packing %s, ", wim_packing_name(in->wim.packing));
    if (in->wim.parts > 1)
        text_addf(out, "part %u of %u, ", in->wim.part, in->wim.parts);
    text_addf(out, "%u image%s, ", in->wim.image_count, in->wim.image_count == 1 ? "" : "s");
    text_add_bytes(out, in->wim.file_size);
    text_add_char(out, '\n');
}

static void show_image(const struct wim_inspection *in, const struct wim_image *image,
                       struct text *out)
{
    begin_line(out, "image");
    text_addf(out, "%u: ", image->index);
    text_add_escaped(out, span_text(image->name[0] ? image->name : "without a name"));
    if (image->edition[0]) {
        text_add(out, ", ");
        text_add_escaped(out, span_text(image->edition));
    }
    if (wim_arch_name(image->arch)[0])
        text_addf(out, ", %s", wim_arch_name(image->arch));
    if (image->build > 0) {
        text_add(out, ", ");
        add_version(out, image);
    }
    if (image->languages[0]) {
        text_add(out, ", ");
        text_add_escaped(out, span_text(image->languages));
    }
    if (image->index == in->wim.boot_index)
        text_add(out, " (marked to be booted)");
    text_add_char(out, '\n');
}

static void show_manager(const struct wim_inspection *in, unsigned i, struct text *out)
{
    const struct wim_boot_file *file = &in->managers[i];
    const struct inspection *program = &in->programs[i];

    begin_line(out, "boots UEFI");
    text_add(out, file->path);
    if (!file->is_there) {
        text_addf(out, ": %s\n", file->flaw ? wim_flaw_text(file->flaw) : "not in it");
        return;
    }
    text_addf(out, ": %s\n", program->headline);
    for (size_t s = 0; s < program->signature_count; s++) {
        const struct inspected_signature *signature = &program->signatures[s];
        if (signature->chain_count == 0)
            continue;
        begin_line(out, "");
        text_add(out, "signed by ");
        text_add_escaped(out, span_text(signature->chain[0].subject));
        text_add(out, ", of ");
        text_add_escaped(out, span_text(signature->authority ? signature->authority->name
                                                             : signature->chain[0].issuer));
        text_add_char(out, '\n');
    }
}

static void show_part(const struct wim_boot_file *file, const char *label, const char *without,
                      struct text *out)
{
    begin_line(out, label);
    if (file->is_there)
        text_addf(out, "%s\n", file->path);
    else
        text_addf(out, "%s: %s\n", file->path, file->flaw ? wim_flaw_text(file->flaw) : without);
}

void inspect_wim_text(const struct inspect_shown *shown, const struct wim_inspection *in,
                      struct text *out)
{
    text_add_escaped(out, span_text(shown->name));
    text_add_char(out, '\n');
    begin_line(out, "verdict");
    text_add(out, in->headline);
    text_add_char(out, '\n');
    if (!in->is_read)
        return;
    show_kind(in, out);
    for (size_t i = 0; i < in->image_count; i++)
        show_image(in, &in->images[i], out);
    if (in->verdict == INSPECTION_UNREADABLE || in->booted == 0 || !in->managers[0].path)
        return;
    begin_line(out, "booted");
    text_addf(out, "image %u%s\n", in->booted,
              in->wim.boot_index ? "" : ", as none is marked: start it by index=");
    for (unsigned i = 0; i < WIM_MANAGERS; i++)
        show_manager(in, i, out);
    show_part(&in->parts[WIM_PART_BOOTMGR_EXE], "boots BIOS",
              "not in it: no machine boots it by "
              "BIOS",
              out);
    show_part(&in->parts[WIM_PART_BOOT_SDI], "needs", "not in it: it must be sent beside the WIM",
              out);
    if (!in->parts[WIM_PART_BCD_EFI].is_there && !in->parts[WIM_PART_BCD_BIOS].is_there)
        show_part(&in->parts[WIM_PART_BCD_EFI], "needs",
                  "not in it: it must be sent beside the WIM", out);
}

static void write_file(struct json_writer *j, const struct wim_boot_file *file)
{
    json_write_text(j, "file", file->path);
    json_write_bool(j, "present", file->is_there);
    if (file->flaw)
        json_write_text(j, "finding", wim_flaw_text(file->flaw));
}

static void write_image(struct json_writer *j, const struct wim_image *image)
{
    char version[64];
    struct text t = text_over(version, sizeof version);

    json_write_object_begin(j, NULL);
    json_write_number(j, "index", image->index);
    json_write_text(j, "name", image->name);
    json_write_text(j, "description", image->description);
    json_write_text(j, "edition", image->edition);
    json_write_text(j, "kind", image->kind);
    json_write_text(j, "architecture", wim_arch_name(image->arch));
    add_version(&t, image);
    json_write_text(j, "version", version);
    json_write_text(j, "languages", image->languages);
    json_write_text(j, "language", image->language);
    json_write_number(j, "bytes", (int64_t)image->total_bytes);
    json_write_object_end(j);
}

static void write_managers(struct json_writer *j, const struct inspect_shown *shown,
                           const struct wim_inspection *in)
{
    json_write_array_begin(j, "boot_managers");
    for (unsigned i = 0; i < WIM_MANAGERS; i++) {
        const struct wim_boot_file *file = &in->managers[i];
        struct inspect_shown one = *shown;
        one.name = file->path;
        one.inspection = &in->programs[i];
        if (file->is_there)
            inspect_show_json(&one, j);
    }
    json_write_array_end(j);
    json_write_array_begin(j, "boot_files");
    for (unsigned i = 0; i < WIM_PARTS; i++) {
        json_write_object_begin(j, NULL);
        write_file(j, &in->parts[i]);
        json_write_object_end(j);
    }
    json_write_array_end(j);
}

void inspect_wim_json(const struct inspect_shown *shown, const struct wim_inspection *in,
                      struct json_writer *j)
{
    json_write_object_begin(j, NULL);
    json_write_text(j, "file", shown->name);
    json_write_text(j, "verdict", inspection_verdict_name(in->verdict));
    json_write_text(j, "text", in->headline);
    if (in->is_read) {
        json_write_text(j, "kind", "a WIM");
        json_write_number(j, "bytes", (int64_t)in->wim.file_size);
        json_write_text(j, "packing", wim_packing_name(in->wim.packing));
        json_write_number(j, "part", in->wim.part);
        json_write_number(j, "parts", in->wim.parts);
        json_write_number(j, "boot_index", in->wim.boot_index);
        json_write_array_begin(j, "images");
        for (size_t i = 0; i < in->image_count; i++)
            write_image(j, &in->images[i]);
        json_write_array_end(j);
    }
    if (in->is_read && in->managers[0].path)
        write_managers(j, shown, in);
    json_write_object_end(j);
}
