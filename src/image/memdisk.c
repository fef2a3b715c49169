/* See memdisk.h. memdisk is told what the image is: it takes all below 4 MiB for floppies and
 * guesses by partition tables else, and never knows a CD by itself (syslinux: doc/memdisk.txt). */
#include "image/memdisk.h"

#include "base/reader.h"

#include "image/program.h"

#define FLOPPY_MAX     (UINT64_C(4) << 20)
#define MIB            (UINT64_C(1) << 20)
#define OWN_MIB        64 /* beside the image: memdisk, and what it starts */
#define TABLE_AT       446
#define TABLE_ROWS     4
#define TITLE_NAME_MAX 40
#define WHOLE_SECTOR   512

/* A partition table whose rows make sense, as on hard disks; where a floppy has code. */
static bool has_partitions(struct span sector)
{
    struct reader r = reader_over(span_slice(sector, TABLE_AT, TABLE_ROWS * 16));
    unsigned used = 0;
    for (unsigned i = 0; i < TABLE_ROWS; i++) {
        uint8_t status = reader_u8(&r);
        (void)reader_take(&r, 3);
        uint8_t type = reader_u8(&r);
        (void)reader_take(&r, 3);
        uint32_t begin = reader_le32(&r), count = reader_le32(&r);
        if (status != 0 && status != 0x80)
            return false;
        used += type != 0 && begin != 0 && count != 0;
    }
    return !r.failed && used > 0;
}

/* "iso", "floppy" or "harddisk"; NULL when there is nothing that could be started. */
static const char *word_for(const struct image_source *source, const char *path, uint64_t size)
{
    uint8_t sector[WHOLE_SECTOR];
    struct program program;

    program_probe(source, path, &program);
    if (program.kind == PROGRAM_CDROM)
        return "iso";
    if (program.kind != PROGRAM_DISK ||
        !image_source_read_all(source, path, 0, sector, sizeof sector))
        return NULL;
    return size < FLOPPY_MAX && !has_partitions(span_of(sector, sizeof sector)) ? "floppy"
                                                                                : "harddisk";
}

static void fill(struct recipe *recipe, const struct image_source *source, const char *word,
                 uint64_t size)
{
    struct text title = text_over(recipe->title, sizeof recipe->title);
    struct text arguments = text_over(recipe->arguments, sizeof recipe->arguments);
    const char *name = source->label && source->label[0] ? source->label : recipe->kernel;

    recipe->has_kind = true;
    recipe->kind = IMAGE_MEMDISK;
    recipe->is_untested = true;
    recipe->arches = arch_bit(ARCH_BIOS_X86);
    recipe->memory_mib = (uint32_t)((size + MIB - 1) / MIB) + OWN_MIB;
    recipe->has_arguments = true;
    text_addf(&arguments, "%s raw", word);
    text_add_escaped(&title, span_slice(span_text(name), 0, TITLE_NAME_MAX));
    text_add(&title, " in memory (memdisk, untested here)");
}

void memdisk_offer(const struct image_source *source, struct recipe_set *set)
{
    const struct recipe *first = &set->entries[0];
    int64_t size;

    if (set->count != 1 || first->kind != IMAGE_SANBOOT || !first->kernel[0] ||
        !(first->arches & arch_bit(ARCH_BIOS_X86)))
        return;
    size = source->size ? source->size(source->context, first->kernel) : -1;
    if (size <= 0 || (uint64_t)size > MEMDISK_IMAGE_MAX)
        return;
    const char *word = word_for(source, first->kernel, (uint64_t)size);
    if (!word)
        return;
    struct recipe *recipe = &set->entries[1];
    *recipe = (struct recipe){ 0 };
    memcpy(recipe->kernel, first->kernel, sizeof recipe->kernel);
    fill(recipe, source, word, (uint64_t)size);
    if (strcmp(word, "floppy") == 0) {
        set->entries[0] = *recipe;
        return;
    }
    span_to_text(span_text("memdisk"), recipe->variant, sizeof recipe->variant);
    set->count = 2;
}
