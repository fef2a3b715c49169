/* The boot disk: names, kinds and places of FAT, by a reader of our own (test_fat_reader.h), and by
 * those everybody has, fsck.fat and mtools. */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot/bootdisk.h"
#include "boot/fat_name.h"
#include "boot/fat_volume.h"
#include "boot/test_catalog.h"
#include "boot/test_fat_reader.h"

#define MEMORY_BYTES 400000
#define MIB          ((uint64_t)1 << 20)

static uint8_t memory[MEMORY_BYTES], pattern[100000];

static struct bootdisk_file file_of(const char *path, size_t size)
{
    return (struct bootdisk_file){
        .path = path,
        .identity = "",
        .source = { .fd = -1, .memory = pattern, .length = size },
    };
}

static struct bootdisk_file zero_file(const char *path, uint64_t size)
{
    return (struct bootdisk_file){ .path = path, .identity = "z", .source = body_zeros(size) };
}

static enum bootdisk_flaw lay_out(const struct bootdisk_file *files, size_t count, struct body *out)
{
    struct arena arena = arena_over(memory, sizeof memory);
    return bootdisk_lay_out(files, count, &arena, out);
}

static void names_have_aliases(void **state)
{
    static const struct {
        const char *name;
        uint32_t attempt;
        const char *want; /* NULL: there is none */
        bool is_short;
    } cases[] = {
        { "BOOTX64.EFI", 0, "BOOTX64 EFI", true },
        { "EFI", 0, "EFI        ", true },
        { "grubx64.efi", 0, "GRUBX64 EFI", false },
        { "grub.cfg", 0, "GRUB    CFG", false },
        { "debian-installer", 0, NULL, false },
        { "debian-installer", 1, "DEBIAN~1   ", false },
        { "debian-installer", 12, "DEBIA~12   ", false },
        { "debian-installer", 999999, "D~999999   ", false },
        { "debian-installer", 1000000, NULL, false },
        { "initrd.img.gz", 0, NULL, false },
        { "initrd.img.gz", 1, "INITRD~1GZ ", false },
        { "two words.txt", 3, "TWOWOR~3TXT", false },
        { "x+y=z", 1, "X_Y_Z~1    ", false },
        { "x+y", 0, NULL, false },
        { "vmlinuz.signed", 1, "VMLINU~1SIG", false },
        { ".disk", 1, "DISK~1     ", false },
        { ".disk", 0, NULL, false },
        { "a", 7, "A~7        ", false },
        { "\xc3\xa9t\xc3\xa9", 1, "__T__~1    ", false },
        { "README", 0, "README     ", true },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fat_short got;
        struct span name = span_text(cases[i].name);
        bool is = fat_name_alias(name, cases[i].attempt, &got);
        if (is != (cases[i].want != NULL) || (is && memcmp(got.text, cases[i].want, 11) != 0))
            fail_msg("%s: %d '%.11s'", cases[i].name, is, (const char *)got.text);
        if (fat_name_is_short(name, &got) != cases[i].is_short)
            fail_msg("%s: short?", cases[i].name);
    }
}

static void names_are_sound_or_not(void **state)
{
    char long_name[300];
    static const struct {
        const char *name;
        bool sound;
    } cases[] = {
        { "a", true },
        { "linux-6.1.0+deb12", true },
        { "", false },
        { ".", false },
        { "..", false },
        { "a.", false },
        { "a ", false },
        { " a", true },
        { "a:b", false },
        { "a*", false },
        { "a?b", false },
        { "a\\b", false },
        { "a|b", false },
        { "a\"b", false },
        { "a<b>", false },
        { "a\x01", false },
        { "a\x7f", false },
        { "\xc3\xa9", true },
        { "\xc3", false },
        { "\xff", false },
        { "\xc0\x80", false },
        { "\xed\xa0\x80", false },
        { "\x80", false },
        { "\xf0\x9f\x90\xa7", true },
        { "\xf5\x80\x80\x80", false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (fat_name_is_sound(span_text(cases[i].name)) != cases[i].sound)
            fail_msg("'%s'", cases[i].name);
    memset(long_name, 'x', sizeof long_name);
    assert_true(fat_name_is_sound(span_of(long_name, 255)));
    assert_false(fat_name_is_sound(span_of(long_name, 256)));
    assert_int_equal(fat_name_entries(span_of(long_name, 255)), 21);
    assert_int_equal(fat_name_entries(span_of(long_name, 13)), 2);
    assert_int_equal(fat_name_entries(span_of(long_name, 14)), 3);
    assert_int_equal(fat_name_entries(span_text("EFI")), 1);
}

static void kinds_follow_the_size(void **state)
{
    static const struct {
        uint64_t size;
        enum fat_kind kind;
        uint32_t cluster_bytes;
        bool fits;
    } cases[] = {
        { 1, FAT_16, 512, true },
        { 6 * MIB, FAT_16, 512, true },
        { 31 * MIB, FAT_16, 512, true },
        { 32 * MIB, FAT_16, 1024, true },
        { 80 * MIB, FAT_16, 2048, true },
        { 512 * MIB - 1, FAT_16, 16384, true },
        { 512 * MIB, FAT_32, 4096, true },
        { 1536 * MIB, FAT_32, 4096, true },
        { 4096 * MIB - 1, FAT_32, 4096, true },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fat_volume v;
        const struct fat_needs needs = { cases[i].size, &cases[i].size, 1 };
        assert_true(fat_volume_plan(&needs, &v));
        if (v.kind != cases[i].kind || v.cluster_bytes != cases[i].cluster_bytes)
            fail_msg("%llu: %d %u", (unsigned long long)cases[i].size, v.kind, v.cluster_bytes);
        uint64_t entries = (uint64_t)v.table_sectors * 512 / (v.kind == FAT_32 ? 4 : 2);
        assert_true(entries >= (uint64_t)v.clusters + 2);
    }
    uint64_t huge[600];
    for (size_t i = 0; i < 600; i++)
        huge[i] = UINT32_MAX;
    const struct fat_needs needs = { 600 * (uint64_t)UINT32_MAX, huge, 600 };
    struct fat_volume v;
    assert_false(fat_volume_plan(&needs, &v));
}

/* Any range of a table must be what the same range of the whole is. */
static void tables_are_the_same_in_every_step(void **state)
{
    static uint8_t whole[20000], part[20000];
    static const struct fat_run runs[] = { { 2, 1 }, { 3, 500 }, { 503, 2 }, { 505, 1000 } };
    (void)state;
    for (unsigned kind = 0; kind < 2; kind++) {
        struct fat_volume v = { .kind = kind == 0 ? FAT_16 : FAT_32,
                                .clusters = 4500,
                                .clusters_used = 1503,
                                .runs = runs,
                                .run_count = 4 };
        size_t bytes = 4502 * (kind == 0 ? 2 : 4);
        fat_volume_make_table(&v, 0, whole, bytes);
        for (size_t step = 1; step < 700; step += 37)
            for (size_t at = 0; at < bytes; at += step) {
                size_t n = bytes - at < step ? bytes - at : step;
                fat_volume_make_table(&v, at, part, n);
                assert_memory_equal(part, whole + at, n);
            }
        assert_memory_equal(
            whole,
            kind == 0 ? "\xf8\xff\xff\xff\xff\xff\x04\x00" : "\xf8\xff\xff\x0f\xff\xff\xff\x0f", 8);
    }
}

struct found {
    const struct bootdisk_file *files;
    size_t count, met;
    const struct test_fat *fat;
};

static void compare_found(void *context, const char *path, uint32_t cluster, uint32_t size)
{
    static uint8_t bytes[100000];
    struct found *found = context;
    for (size_t i = 0; i < found->count; i++) {
        const struct bootdisk_file *file = &found->files[i];
        if (strcmp(file->path, path) != 0)
            continue;
        assert_int_equal(file->source.length, size);
        assert_true((cluster == 0) == (size == 0));
        if (file->source.memory && size > 0) {
            test_body_take(found->fat->body, test_fat_place(found->fat, cluster), bytes, size);
            assert_memory_equal(bytes, file->source.memory, size);
        }
        found->met++;
        return;
    }
    fail_msg("a file nobody put there: %s", path);
}

static void check_by_own_reader(const struct bootdisk_file *files, size_t count,
                                const struct body *body)
{
    struct test_fat fat;
    struct found found = { .files = files, .count = count, .fat = &fat };
    test_fat_read(&fat, body, compare_found, &found);
    assert_int_equal(found.met, count);
}

static const struct bootdisk_file small_files[] = {
    { "EFI/BOOT/BOOTX64.EFI", { .fd = -1, .memory = pattern, .length = 90001 }, "a" },
    { "EFI/BOOT/grubx64.efi", { .fd = -1, .memory = pattern + 1, .length = 512 }, "b" },
    { "EFI/debian/grub.cfg", { .fd = -1, .memory = pattern + 2, .length = 1 }, "" },
    { "grub/grub.cfg", { .fd = -1, .memory = pattern + 3, .length = 513 }, "" },
    { "debian-installer/amd64/grub/grub.cfg", { .fd = -1, .memory = pattern, .length = 99 }, "" },
    { "images/debian-12/linux", { .fd = -1, .memory = pattern + 7, .length = 77777 }, "c" },
    { "images/debian-12/empty", { .fd = -1, .memory = pattern, .length = 0 }, "" },
    { "images/debian-12/initrd.gz", { .fd = -1, .memory = pattern + 9, .length = 4096 }, "d" },
    { "images/odd names/initrd.img-6.1.0-42 (rescue)",
      { .fd = -1, .memory = pattern + 9, .length = 5 },
      "" },
    { "images/odd names/initrd.img-6.1.0-43 (rescue)",
      { .fd = -1, .memory = pattern + 10, .length = 6 },
      "" },
    { "images/odd names/INITRD~1.IMG", { .fd = -1, .memory = pattern + 11, .length = 7 }, "" },
    { "images/odd names/\xc3\xa9t\xc3\xa9", { .fd = -1, .memory = pattern, .length = 8 }, "" },
};

#define SMALL_COUNT (sizeof small_files / sizeof small_files[0])

static void disks_are_read_back(void **state)
{
    struct body body;
    (void)state;
    assert_int_equal(lay_out(small_files, SMALL_COUNT, &body), BOOTDISK_SOUND);
    check_by_own_reader(small_files, SMALL_COUNT, &body);
    assert_string_equal(body.media_type, "application/vnd.efi-img");
    /* nothing in it, and one file that makes it FAT32 */
    assert_int_equal(lay_out(NULL, 0, &body), BOOTDISK_SOUND);
    check_by_own_reader(NULL, 0, &body);
    const struct bootdisk_file large[] = { file_of("EFI/BOOT/BOOTX64.EFI", 5000),
                                           zero_file("a/b/c/initrd", 1536 * MIB),
                                           file_of("\xf0\x9f\x90\xa7", 100) };
    assert_int_equal(lay_out(large, 3, &body), BOOTDISK_SOUND);
    check_by_own_reader(large, 3, &body);
    assert_true(body.size > 1536 * MIB && body.size < 1545 * MIB);
    /* the tables are not in memory */
    uint64_t held = 0;
    for (uint32_t i = 0; i < body.piece_count; i++)
        held += body.chain[i].memory ? body.chain[i].length : 0;
    assert_true(held < 40000);
}

static void many_names_of_one_kind_have_an_alias_each(void **state)
{
    static char names[BOOTDISK_FILES_MAX][40];
    static struct bootdisk_file files[BOOTDISK_FILES_MAX];
    struct body body;
    (void)state;
    for (size_t i = 0; i < BOOTDISK_FILES_MAX; i++) {
        snprintf(names[i], sizeof names[i], "images/initrd-of-image-%03zu.gz", i);
        files[i] = file_of(names[i], i);
    }
    assert_int_equal(lay_out(files, BOOTDISK_FILES_MAX, &body), BOOTDISK_SOUND);
    check_by_own_reader(files, BOOTDISK_FILES_MAX, &body);
}

static void what_cannot_be_is_refused(void **state)
{
    static struct bootdisk_file many[BOOTDISK_FILES_MAX + 1];
    static struct {
        const char *name;
        struct bootdisk_file files[3];
        size_t count;
        enum bootdisk_flaw want;
    } cases[] = {
        { "no name", { { .path = "" } }, 1, BOOTDISK_BAD_NAME },
        { "leading slash", { { .path = "/a" } }, 1, BOOTDISK_BAD_NAME },
        { "trailing slash", { { .path = "a/" } }, 1, BOOTDISK_BAD_NAME },
        { "two slashes", { { .path = "a//b" } }, 1, BOOTDISK_BAD_NAME },
        { "climbing", { { .path = "a/../b" } }, 1, BOOTDISK_BAD_NAME },
        { "colon", { { .path = "a/b:c" } }, 1, BOOTDISK_BAD_NAME },
        { "same", { { .path = "a/b" }, { .path = "a/b" } }, 2, BOOTDISK_NAME_TAKEN },
        { "same but for case", { { .path = "a/b" }, { .path = "A/B" } }, 2, BOOTDISK_NAME_TAKEN },
        { "file as folder", { { .path = "a" }, { .path = "a/b" } }, 2, BOOTDISK_NAME_TAKEN },
        { "folder as file", { { .path = "a/b" }, { .path = "A" } }, 2, BOOTDISK_NAME_TAKEN },
        { "too large",
          { { .path = "a", .source = { .length = (uint64_t)UINT32_MAX + 1 } } },
          1,
          BOOTDISK_FILE_TOO_LARGE },
    };
    struct body body = { .piece_count = 77 };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t k = 0; k < cases[i].count; k++) {
            cases[i].files[k].identity = "";
            cases[i].files[k].source.fd = -1;
        }
        enum bootdisk_flaw got = lay_out(cases[i].files, cases[i].count, &body);
        if (got != cases[i].want)
            fail_msg("%s: %s", cases[i].name, bootdisk_flaw_text(got));
        assert_int_equal(body.piece_count, 77);
    }
    assert_int_equal(lay_out(many, BOOTDISK_FILES_MAX + 1, &body), BOOTDISK_TOO_MANY);
    for (size_t cap = 0; cap < 20000; cap += 8) {
        struct arena arena = arena_over(memory, cap);
        enum bootdisk_flaw got = bootdisk_lay_out(small_files, SMALL_COUNT, &arena, &body);
        assert_true(got == BOOTDISK_SOUND || got == BOOTDISK_NO_MEMORY);
    }
    assert_true(body.piece_count != 77);
}

static void tags_tell_disks_apart(void **state)
{
    struct bootdisk_file files[2] = { file_of("a", 10), file_of("b", 20) };
    struct body first, again;
    (void)state;
    files[0].identity = "\"1-2-3\"";
    assert_int_equal(lay_out(files, 2, &first), BOOTDISK_SOUND);
    assert_int_equal(lay_out(files, 2, &again), BOOTDISK_SOUND);
    assert_string_equal(first.etag, again.etag);
    assert_int_equal(first.etag[0], '"');
    assert_int_equal(first.etag[strlen(first.etag) - 1], '"');
    files[0].identity = "\"1-2-4\"";
    assert_int_equal(lay_out(files, 2, &again), BOOTDISK_SOUND);
    assert_string_not_equal(first.etag, again.etag);
    files[0].identity = "\"1-2-3\"";
    files[1].source.memory = pattern + 1;
    assert_int_equal(lay_out(files, 2, &again), BOOTDISK_SOUND);
    assert_string_not_equal(first.etag, again.etag);
    files[1] = file_of("c", 20);
    assert_int_equal(lay_out(files, 2, &again), BOOTDISK_SOUND);
    assert_string_not_equal(first.etag, again.etag);
}

/* The tools everybody has. */

static int run(const char *const words[])
{
    extern char **environ;
    char copies[9][200], *argv[10] = { NULL };
    pid_t child;
    int status = 0;
    for (size_t i = 0; i < 9 && words[i]; i++) {
        snprintf(copies[i], sizeof copies[i], "%s", words[i]);
        argv[i] = copies[i];
    }
    if (posix_spawnp(&child, argv[0], NULL, NULL, argv, environ) != 0)
        return -1;
    if (waitpid(child, &status, 0) != child)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Zeros stay holes, so a large disk costs nothing. */
static void write_image(const struct body *body, const char *path)
{
    static uint8_t bytes[65536];
    uint64_t at = 0;
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0 && ftruncate(fd, (off_t)body->size) == 0);
    const struct body_piece zeros = body_zeros(1);
    for (uint32_t i = 0; i < body->piece_count; i++) {
        const struct body_piece *piece = body_piece_at(body, i);
        for (uint64_t done = 0; done < piece->length && piece->make != zeros.make;) {
            size_t n =
                piece->length - done < sizeof bytes ? (size_t)(piece->length - done) : sizeof bytes;
            test_body_take(body, at + done, bytes, n);
            assert_int_equal(pwrite(fd, bytes, n, (off_t)(at + done)), (ssize_t)n);
            done += n;
        }
        at += piece->length;
    }
    close(fd);
}

static void compare_with_file(const char *folder, const struct bootdisk_file *file)
{
    static uint8_t bytes[100001];
    char path[600];
    snprintf(path, sizeof path, "%s/%s", folder, file->path);
    FILE *in = fopen(path, "rb");
    if (!in)
        fail_msg("mcopy did not find %s", file->path);
    size_t n = fread(bytes, 1, sizeof bytes, in);
    fclose(in);
    assert_int_equal(n, file->source.length);
    assert_memory_equal(bytes, file->source.memory, n);
}

static void others_read_it_too(void **state)
{
    char folder[] = "/tmp/bootdisk-test.XXXXXX", image[80], out[80], first[120];
    const struct bootdisk_file large[] = { file_of("EFI/BOOT/BOOTX64.EFI", 5000),
                                           file_of("EFI/BOOT/grubx64.efi", 70000),
                                           zero_file("images/big/initrd", 700 * MIB) };
    const char *const check[] = { "fsck.fat", "-n", image, NULL };
    const char *const copy[] = { "mcopy", "-s", "-n", "-Q", "-i", image, first, out, NULL };
    const char *const remove[] = { "rm", "-rf", folder, NULL };
    struct body body;
    (void)state;
    setenv("LC_ALL", "C.UTF-8", 1);
    if ((access("/usr/sbin/fsck.fat", X_OK) != 0 && access("/sbin/fsck.fat", X_OK) != 0) ||
        access("/usr/bin/mcopy", X_OK) != 0)
        skip(); /* packages dosfstools and mtools */
    setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
    assert_non_null(mkdtemp(folder));
    snprintf(image, sizeof image, "%s/image", folder);
    snprintf(out, sizeof out, "%s/out", folder);
    assert_int_equal(mkdir(out, 0700), 0);

    assert_int_equal(lay_out(small_files, SMALL_COUNT, &body), BOOTDISK_SOUND);
    write_image(&body, image);
    assert_int_equal(run(check), 0);
    snprintf(first, sizeof first, "::");
    assert_int_equal(run(copy), 0);
    for (size_t i = 0; i < SMALL_COUNT; i++)
        compare_with_file(out, &small_files[i]);

    assert_int_equal(lay_out(large, 3, &body), BOOTDISK_SOUND);
    write_image(&body, image);
    assert_int_equal(run(check), 0);
    snprintf(first, sizeof first, "::EFI");
    assert_int_equal(run(remove), 0);
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(mkdir(out, 0700), 0);
    write_image(&body, image);
    assert_int_equal(run(copy), 0);
    compare_with_file(out, &large[0]);
    compare_with_file(out, &large[1]);
    assert_int_equal(run(remove), 0);
}

static int fill_pattern(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pattern; i++)
        pattern[i] = (uint8_t)(i * 31 + i / 251);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_have_aliases),
        cmocka_unit_test(names_are_sound_or_not),
        cmocka_unit_test(kinds_follow_the_size),
        cmocka_unit_test(tables_are_the_same_in_every_step),
        cmocka_unit_test(disks_are_read_back),
        cmocka_unit_test(many_names_of_one_kind_have_an_alias_each),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(tags_tell_disks_apart),
        cmocka_unit_test(others_read_it_too),
    };
    return cmocka_run_group_tests_name("boot disk", tests, fill_pattern, NULL);
}
