/* Windows media: recognised by their files, titled by their WIMs (made here: a header and a
 * description), and `windows:` of image.yaml. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/writer.h"

#include "image/recipe.h"
#include "image/test_tree.h"
#include "image/wim_xml.h"

#include <cmocka.h>

#define HEADER 208
#define LZX    0x40002u
#define LZMS   0x80002u

struct made {
    uint8_t data[4096];
    size_t len;
};

struct row {
    const char *name, *kind;
    unsigned arch, build;
};

/* A WIM of these images, of which nothing can be extracted. */
static struct span make_wim(struct made *out, unsigned flags, unsigned boot, unsigned parts,
                            const struct row *images, unsigned count)
{
    char xml[3000];
    struct text t = text_over(xml, sizeof xml);
    text_add(&t, "<WIM>");
    for (unsigned i = 0; i < count; i++) {
        text_addf(&t,
                  "<IMAGE INDEX=\"%u\"><NAME>%s</NAME><WINDOWS><ARCH>%u</ARCH><INSTALLATIONTYPE>%s"
                  "</INSTALLATIONTYPE><VERSION><MAJOR>10</MAJOR><MINOR>0</MINOR><BUILD>%u</BUILD>"
                  "</VERSION></WINDOWS></IMAGE>",
                  i + 1, images[i].name, images[i].arch, images[i].kind, images[i].build);
    }
    text_add(&t, "</WIM>");
    struct writer w = writer_over(out->data, sizeof out->data);
    writer_bytes(&w, span_of("MSWIM\0\0\0", 8));
    writer_le32(&w, HEADER);
    writer_le32(&w, 0x10d00);
    writer_le32(&w, flags);
    writer_le32(&w, 32768);
    writer_fill(&w, 7, 16);
    writer_le16(&w, 1);
    writer_le16(&w, (uint16_t)parts);
    writer_le32(&w, count);
    writer_fill(&w, 0, 24);
    writer_le32(&w, (uint32_t)t.len);
    writer_le32(&w, 0);
    writer_le32(&w, HEADER);
    writer_le32(&w, 0);
    writer_le32(&w, (uint32_t)t.len);
    writer_le32(&w, 0);
    writer_fill(&w, 0, 24);
    writer_le32(&w, boot);
    writer_fill(&w, 0, 24 + 60);
    assert_int_equal(w.len, HEADER);
    writer_bytes(&w, text_span(&t));
    assert_false(w.failed || t.failed);
    out->len = w.len;
    return writer_span(&w);
}

static const struct row boot_images[] = { { "Microsoft Windows PE (x64)", "WindowsPE", 9, 26100 },
                                          { "Microsoft Windows Setup (x64)", "WindowsPE", 9,
                                            26100 } };
static const struct row client[] = { { "Windows 11 Home", "Client", 9, 26100 },
                                     { "Windows 11 Home N", "Client", 9, 26100 },
                                     { "Windows 11 Pro", "Client", 9, 26100 } };
static const struct row server[] = { { "Windows Server 2025 Standard", "Server", 9, 26100 },
                                     { "Windows Server 2025 Datacenter", "Server", 9, 26100 } };
static const struct row arm[] = { { "Windows 10 Pro", "Client", 12, 19041 } };
static const struct row mixed[] = { { "Alpha", "Client", 0, 1 }, { "Beta", "Client", 0, 1 } };

static int load_first(const struct image_source *source, struct recipe *ret_recipe,
                      char why[RECIPE_WHY_MAX])
{
    static struct recipe_set set;
    int r = recipe_load(source, NULL, NULL, "name", &set, why);
    *ret_recipe = set.entries[0];
    return r;
}

static void media_are_recognised(void **state)
{
    static const struct {
        const char *boot, *install;
        const struct row *images;
        unsigned count;
        const char *title, *wim;
    } cases[] = {
        { "sources/boot.wim", "sources/install.wim", client, 3, "Windows 11 24H2 (x64), 3 editions",
          "sources/boot.wim" },
        { "SOURCES/BOOT.WIM", "SOURCES/INSTALL.ESD", server, 2,
          "Windows Server 2025 (x64), 2 editions", "SOURCES/BOOT.WIM" },
        { "sources/boot.wim", "sources/install.swm", arm, 1, "Windows 10 Pro (arm64)",
          "sources/boot.wim" },
        { "sources/boot.wim", "sources/install.wim", mixed, 2, "Windows (x86), 2 editions",
          "sources/boot.wim" },
        { "sources/boot.wim", "sources/readme", NULL, 0, "Microsoft Windows Setup 24H2 (x64)",
          "sources/boot.wim" },
        { "boot.wim", "other.wim", NULL, 0, "Microsoft Windows Setup 24H2 (x64)", "boot.wim" },
        { "winpe.wim", "readme", NULL, 0, "Microsoft Windows Setup 24H2 (x64)", "winpe.wim" },
    };
    static struct made boot, install;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct test_tree tree = { .count = 0 };
        struct recipe recipe;
        char why[RECIPE_WHY_MAX] = "";
        struct image_source source = test_tree_source(&tree);
        test_tree_add(&tree, cases[i].boot, make_wim(&boot, LZX, 2, 1, boot_images, 2));
        if (cases[i].images)
            test_tree_add(&tree, cases[i].install,
                          make_wim(&install, LZX, 0, 1, cases[i].images, cases[i].count));
        else
            test_tree_add(&tree, cases[i].install, span_text("x"));
        if (load_first(&source, &recipe, why) != 0)
            fail_msg("%s: %s", cases[i].title, why);
        assert_string_equal(recipe.title, cases[i].title);
        assert_string_equal(recipe.kernel, cases[i].wim);
        assert_int_equal(recipe.kind, IMAGE_WIM);
        assert_int_equal(recipe.arches, arch_bit(ARCH_BIOS_X86) | arch_bit(ARCH_EFI_X64));
        assert_int_equal(recipe.windows.is_setup, cases[i].images != NULL);
        assert_int_equal(recipe.windows.index, 0);
        assert_int_equal(recipe.windows.build, 26100);
        assert_int_equal(recipe.memory_mib, 512);
    }
}

static void what_cannot_boot_is_told(void **state)
{
    static const struct {
        unsigned flags, boot, parts, count;
        const char *why;
    } cases[] = {
        { LZMS, 1, 1, 1, "boot.wim is packed by LZMS, which wimboot does not read" },
        { LZX, 1, 2, 1, "boot.wim is part 1 of a split WIM" },
        { LZX, 0, 1, 0, "boot.wim has no image that could be booted" },
        { 2, 1, 1, 1, "boot.wim is packed in a way that is not known here" },
    };
    static struct made boot;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct test_tree tree = { .count = 0 };
        struct recipe recipe;
        char why[RECIPE_WHY_MAX] = "";
        struct image_source source = test_tree_source(&tree);
        test_tree_add(&tree, "boot.wim",
                      make_wim(&boot, cases[i].flags, cases[i].boot, cases[i].parts, boot_images,
                               cases[i].count));
        assert_int_equal(load_first(&source, &recipe, why), -ENOENT);
        if (!strstr(why, cases[i].why))
            fail_msg("%s: %s", cases[i].why, why);
    }
}

static void named_wims_are_looked_at(void **state)
{
    static struct made boot, other;
    struct test_tree tree = { .count = 0 };
    struct recipe recipe;
    char why[RECIPE_WHY_MAX] = "";
    struct image_source source = test_tree_source(&tree);
    (void)state;
    test_tree_add(&tree, "image.yaml", span_text("wim: tools/pe.wim\nwindows: {index: 1}\n"));
    test_tree_add(&tree, "boot.wim", make_wim(&boot, LZX, 1, 1, boot_images, 2));
    test_tree_add(&tree, "tools/pe.wim", make_wim(&other, LZX, 0, 1, arm, 1));
    assert_int_equal(load_first(&source, &recipe, why), 0);
    assert_string_equal(recipe.kernel, "tools/pe.wim");
    assert_int_equal(recipe.arches, arch_bit(ARCH_EFI_ARM64));
    assert_int_equal(recipe.windows.arch, WIM_ARCH_ARM64);
    assert_int_equal(recipe.windows.index, 1);
    assert_string_equal(recipe.title, "Windows 10 Pro (arm64)");
    tree.files[2].data = span_text("no WIM");
    assert_int_equal(load_first(&source, &recipe, why), -ENOENT);
    assert_non_null(strstr(why, "tools/pe.wim is no WIM"));
}

static void keys_are_read(void **state)
{
    static const char yaml[] =
        "wim: boot.wim\nwindows:\n  index: 2\n  share: '\\\\server\\win11\\x'\n  user: 'LAB\\me'\n"
        "  password: \"it's 50% & more\"\n  edition: Windows 11 Pro\n  locale: de-DE\n"
        "  keyboard: 0407:00000407\n  time-zone: W. Europe Standard Time\n  product-key: A-B\n"
        "  wipe-disk: 0\n  answers: a/unattend.xml\n  drivers: drivers\n";
    struct recipe recipe, again;
    char why[RECIPE_WHY_MAX] = "", shown[4096];
    struct text t = text_over(shown, sizeof shown);
    (void)state;
    assert_int_equal(recipe_parse(span_text(yaml), &recipe, why), 0);
    const struct windows_recipe *w = &recipe.windows;
    assert_int_equal(w->index, 2);
    assert_string_equal(w->share, "\\\\server\\win11\\x");
    assert_string_equal(w->password, "it's 50% & more");
    assert_true(w->has_wipe_disk && w->wipe_disk == 0);
    /* All comes back but the password. */
    recipe_write(&recipe, &t);
    assert_null(strstr(shown, "password"));
    assert_null(strstr(shown, "50%"));
    if (recipe_parse(text_span(&t), &again, why) != 0)
        fail_msg("%s\n%s", why, shown);
    memset(recipe.windows.password, 0, sizeof recipe.windows.password);
    assert_memory_equal(&again.windows, &recipe.windows, sizeof again.windows);
    t = text_over(shown, sizeof shown);
    recipe = (struct recipe){ .order = 3 };
    recipe_write(&recipe, &t);
    assert_string_equal(shown, "order: 3\n");
}

static void faults_are_told(void **state)
{
    static const struct {
        const char *yaml, *why;
    } cases[] = {
        { "windows: x", "windows takes keys and values" },
        { "windows: {index: x}", "windows index takes the number" },
        { "windows: {index: 129}", "windows index takes the number" },
        { "windows: {share: //server/share}", "as \\\\server\\share" },
        { "windows: {share: '\\\\server'}", "as \\\\server\\share" },
        { "windows: {share: '\\\\a\\b', user: 'a\"b'}", "windows user takes a name" },
        { "windows: {share: '\\\\a\\b', password: x}", "password needs user" },
        { "windows: {user: x}", "give share, too" },
        { "windows: {command: 'a \"b\"'}", "without quotation marks" },
        { "windows: {command: \"a\\nb\"}", "takes one line" },
        { "windows: {drivers: ../x}", "takes a folder in the image's folder" },
        { "windows: {answers: ''}", "takes a file of the image's folder" },
        { "windows: {wipe-disk: yes}", "takes the number of the disk" },
        { "windows: {lokale: de-DE}", "did you mean \"locale\"" },
        { "windows: {edition: [a]}", "windows edition takes the name" },
        { "kernel: a\nwim: b", "only one of kernel, efi, disk, wim and memdisk" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct recipe recipe;
        char why[RECIPE_WHY_MAX] = "";
        assert_int_equal(recipe_parse(span_text(cases[i].yaml), &recipe, why), -EINVAL);
        if (!strstr(why, cases[i].why))
            fail_msg("%s: %s", cases[i].yaml, why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(media_are_recognised),     cmocka_unit_test(what_cannot_boot_is_told),
        cmocka_unit_test(named_wims_are_looked_at), cmocka_unit_test(keys_are_read),
        cmocka_unit_test(faults_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
