/* Names, queries, last folders and last loaders of any bytes: every candidate is a safe path or a
 * sound text. The input is four parts with a line end between them. */
#include <assert.h>
#include <stdlib.h>

#include "boot/bootdisk.h"
#include "boot/bootdisk_plan.h"
#include "boot/resolve.h"
#include "boot/test_catalog.h"
#include "boot/test_grub_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_disk(const struct disk_plan *plan)
{
    assert(plan->count > 0 && plan->count <= BOOTDISK_FILES_MAX);
    for (uint16_t i = 0; i < plan->count; i++) {
        struct safe_path path;
        const struct part *source = &plan->parts[i].source;
        assert(source->root < test_catalog.root_count);
        assert(plan->parts[i].path[0]);
        if (source->path)
            assert(safe_path_parse(span_text(source->path), &path) == PATH_SOUND);
    }
}

/* A configuration of a GRUB, by an independent reader. */
static void check_grub(struct span text)
{
    size_t cap = 2 * text.len + 2;
    char *values = malloc(cap);
    struct grub_script *script = malloc(sizeof *script);

    assert(span_starts_with(text, "# made by tugboot"));
    if (values && script) {
        grub_read(script, (const char *)text.data, text.len, values, cap);
        assert(grub_is_sound(script));
    }
    free(script);
    free(values);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span in = span_of(data, size);
    size_t first = span_find(in, '\n');
    struct span rest = span_from(in, first + 1);
    size_t second = span_find(rest, '\n');
    struct span folder = span_from(rest, second + 1);
    size_t third = span_find(folder, '\n');
    struct client client = { .kind = CLIENT_UNKNOWN, .arch = ARCH_EFI_X64, .chain = "grub" };
    uint8_t *memory = malloc(100000);
    struct arena arena = arena_over(memory, memory ? 100000 : 0);
    struct resolution out;
    const struct resolve_request request = {
        .name = span_slice(in, 0, first),
        .query = span_slice(rest, 0, second),
        .last_folder = span_slice(folder, 0, third),
        .last_loader = span_from(folder, third + 1),
        .client = &client,
        .reach = { { 0xc0000201 }, 8080 },
    };

    resolve(&test_catalog, &request, &arena, &out);
    assert(out.count <= RESOLVE_CANDIDATES_MAX && (out.count > 0 || out.why[0]));
    for (uint8_t i = 0; i < out.count; i++) {
        const struct candidate *c = &out.candidates[i];
        struct safe_path again;
        if (c->kind == CANDIDATE_TEXT) {
            bool is_page = span_starts_with(c->text, "<!DOCTYPE html>\n");
            if (!is_page && !span_starts_with(c->text, "#!ipxe\n"))
                check_grub(c->text);
            continue;
        }
        if (c->kind == CANDIDATE_INSIDE || c->kind == CANDIDATE_PARTS) {
            assert(c->kind == CANDIDATE_PARTS ? c->plan->count > 0 : c->container != NULL);
            assert(!c->edit || c->plan->count == 1);
            continue;
        }
        if (c->kind == CANDIDATE_DISK) {
            check_disk(c->disk);
            continue;
        }
        assert(c->root < test_catalog.root_count);
        assert(safe_path_parse(safe_path_span(&c->path), &again) == PATH_SOUND);
        assert(span_equals(safe_path_span(&again), safe_path_span(&c->path)));
    }
    free(memory);
    return 0;
}
