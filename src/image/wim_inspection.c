/* See wim_inspection.h. Which files those are: wimboot 2.9.0, src/efifile.c and src/main.c. A file
 * that is absent is a fact; one that is there and cannot be taken out, a flaw. */
#include "image/wim_inspection.h"

#include <errno.h>
#include <stdlib.h>

#include "base/autoclean.h"

#include "image/wim_tree.h"

DEFINE_FREEP(struct wim_tree, wim_tree_free)

static const char *const manager_paths[WIM_MANAGERS] = {
    [WIM_MANAGER_2023] = "Windows/Boot/EFI_EX/bootmgfw_EX.efi",
    [WIM_MANAGER_2011] = "Windows/Boot/EFI/bootmgfw.efi",
};

static const char *const part_paths[WIM_PARTS] = {
    [WIM_PART_BOOTMGR_EXE] = "Windows/Boot/PXE/bootmgr.exe",
    [WIM_PART_BOOT_SDI] = "Windows/Boot/DVD/EFI/boot.sdi",
    [WIM_PART_BCD_EFI] = "Windows/Boot/DVD/EFI/BCD",
    [WIM_PART_BCD_BIOS] = "Windows/Boot/DVD/PCAT/BCD",
    [WIM_PART_BOOT_STL] = "Windows/Boot/EFI/boot.stl",
};

const struct wim_image *wim_inspection_find(const struct wim_inspection *in, uint32_t index)
{
    for (size_t i = 0; i < in->image_count; i++)
        if (in->images[i].index == index)
            return &in->images[i];
    return NULL;
}

/* Take one file out. 0 with what was found, or -ENOMEM. */
static int take_file(struct wim_inspection *in, struct wim_tree *tree, const char *path,
                     struct wim_boot_file *file, uint8_t **ret_data)
{
    *file = (struct wim_boot_file){ .path = path };
    *ret_data = NULL;
    int r = wim_tree_extract(tree, path, WIM_BOOT_FILE_MAX, ret_data, &file->bytes);
    file->is_there = r == 0;
    if (r == -EBADMSG && in->wim.flaw != WIM_NO_FILE)
        file->flaw = in->wim.flaw;
    return r == -EBADMSG ? 0 : r;
}

static int look_at_managers(struct wim_inspection *in, struct wim_tree *tree,
                            const struct trust *trust)
{
    for (unsigned i = 0; i < WIM_MANAGERS; i++) {
        uint8_t *data;
        struct wim_boot_file *file = &in->managers[i];
        int r = take_file(in, tree, manager_paths[i], file, &data);
        if (r == 0 && file->is_there) {
            struct span bytes = span_of(data, file->bytes);
            struct image_source source = image_source_over(&bytes);
            r = inspection_make(&source, "", trust, &in->programs[i]);
        }
        free(data);
        if (r < 0)
            return r;
    }
    return 0;
}

static int look_at_parts(struct wim_inspection *in, struct wim_tree *tree)
{
    for (unsigned i = 0; i < WIM_PARTS; i++) {
        uint8_t *data;
        int r = take_file(in, tree, part_paths[i], &in->parts[i], &data);
        free(data);
        if (r < 0)
            return r;
    }
    return 0;
}

static bool is_usable(const struct secure_facts *facts)
{
    return facts->is_signed && !facts->is_damaged && !facts->is_revoked;
}

/* One boot manager that is accepted is enough: wimboot goes on to the next when the first is
 * refused. */
static void conclude(struct wim_inspection *in)
{
    const struct secure_facts *found = NULL;
    struct text out = text_over(in->headline, sizeof in->headline);

    in->facts = (struct secure_facts){ .inspected = true };
    in->verdict = INSPECTION_NOT_EFI;
    for (unsigned i = 0; i < WIM_MANAGERS; i++) {
        const struct inspection *program = &in->programs[i];
        if (!in->managers[i].is_there)
            continue;
        uint8_t signers = in->facts.signers;
        if (!found || (is_usable(&program->facts) && !is_usable(found))) {
            found = &program->facts;
            in->facts = program->facts;
            in->verdict = program->verdict;
        }
        in->facts.signers = signers;
        if (is_usable(&program->facts))
            in->facts.signers |= program->facts.signers;
    }
    const struct wim_boot_file *new_one = &in->managers[WIM_MANAGER_2023];
    const struct wim_boot_file *old_one = &in->managers[WIM_MANAGER_2011];
    if (!found) {
        text_add(&out, new_one->flaw || old_one->flaw ? "the boot manager in it cannot be read"
                                                      : "there is no boot manager for UEFI in it");
        return;
    }
    char answer[256];
    struct text words = text_over(answer, sizeof answer);
    secure_facts_write(&in->facts, &words);
    text_addf(&out, "Secure Boot: %s", answer);
    if (is_usable(found) && !new_one->is_there)
        text_add(&out, "; it has no boot manager of 2023: update it, or get newer media, for "
                       "machines that know only that CA");
}

static int look_inside(struct wim_inspection *in, const struct trust *trust)
{
    autoclean(wim_tree_freep) struct wim_tree *tree = NULL;
    int r = wim_tree_open(&in->wim, in->booted, &tree);
    if (r < 0)
        return r;
    r = look_at_managers(in, tree, trust);
    return r < 0 ? r : look_at_parts(in, tree);
}

static void refuse(struct wim_inspection *in)
{
    struct text out = text_over(in->headline, sizeof in->headline);
    text_addf(&out, "it %s", wim_flaw_text(in->wim.flaw));
    in->verdict = INSPECTION_UNREADABLE;
    in->facts = (struct secure_facts){ .inspected = true };
    span_to_text(span_text(in->headline), in->facts.refusal, sizeof in->facts.refusal);
}

int wim_inspection_make(const struct image_source *source, const char *path, uint32_t index,
                        const struct trust *trust, struct wim_inspection *out)
{
    memset(out, 0, sizeof *out);
    int r = wim_open(source, path, &out->wim);
    if (r == 0)
        r = wim_xml_read(&out->wim, out->images, WIM_IMAGES_MAX, &out->image_count);
    out->is_read = r == 0;
    if (r == 0) {
        out->booted = index ? index : out->wim.boot_index;
        if (out->booted == 0)
            out->booted = out->wim.image_count;
        /* A part of a split one, and one without images, has nothing to boot. */
        if (out->booted > 0)
            r = look_inside(out, trust);
        else
            conclude(out);
    }
    if (r == 0 && out->booted > 0) {
        out->wim.flaw = WIM_SOUND;
        conclude(out);
    } else if (r == -EBADMSG) {
        bool is_other_part = out->is_read && out->wim.flaw == WIM_OTHER_PART;
        refuse(out);
        if (is_other_part)
            out->verdict = INSPECTION_NOT_EFI;
        r = out->wim.flaw == WIM_UNREADABLE ? -EIO : 0;
    }
    return r;
}
