/* The catalog of an images folder, loader folders, a files root and hosts, made in a folder of the
 * test's own: what is taken, what is told and left out, what is passed over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "image/test_files.h"
#include "net/file.h"
#include "serve/catalog_load.h"

#include <cmocka.h>

struct scene {
    char top[64];
    struct config *config;
    char told[2048]; /* "name: reason\n" of each IMAGE_REFUSED */
    struct text told_text;
};

static struct test_file file;

static void put(const struct scene *s, const char *folder, const char *name, struct span data)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", s->top, folder);
    assert_int_equal(file_make_folders(path), 0);
    int fd = file_open_root(path);
    assert_true(fd >= 0);
    assert_int_equal(file_write_new(fd, name, data), 0);
    close(fd);
}

static void put_text(const struct scene *s, const char *folder, const char *name, const char *text)
{
    put(s, folder, name, span_text(text));
}

static void put_kernel(const struct scene *s, const char *folder, const char *name)
{
    memset(&file, 0, sizeof file);
    test_make_bzimage(&file);
    put(s, folder, name, span_of(file.data, file.len));
}

static void put_iso(const struct scene *s, const char *folder, const char *name)
{
    memset(&file, 0, sizeof file);
    test_put(&file, 0x8001, "CD001", 5);
    put(s, folder, name, span_of(file.data, file.len));
}

static int set_up(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    if (!s)
        return -1;
    snprintf(s->top, sizeof s->top, "/tmp/tugboot-catalog-test-XXXXXX");
    if (!mkdtemp(s->top) || config_defaults(&s->config) < 0)
        return -1;
    snprintf(s->config->images, sizeof s->config->images, "%s/images", s->top);
    snprintf(s->config->loaders[0], sizeof s->config->loaders[0], "%s/loaders", s->top);
    s->config->loader_count = 1;
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *s = *state;
    int tmp = file_open_root("/tmp");
    int r = file_remove_tree(tmp, s->top + 5);
    close(tmp);
    config_free(s->config);
    free(s);
    return r;
}

static void note(void *context, const struct event *event)
{
    struct scene *s = context;
    const struct event_field *name = event_find(event, "name"),
                             *reason = event_find(event, "reason");
    if (!name || !reason)
        return;
    text_add_span(&s->told_text, event_field_text(event, name));
    text_add(&s->told_text, ": ");
    text_add_span(&s->told_text, event_field_text(event, reason));
    text_add(&s->told_text, "\n");
}

static struct catalog_snapshot *load(struct scene *s, const struct host *hosts, size_t count)
{
    struct catalog_snapshot *snapshot = NULL;
    const struct event_sink sink = { .emit = note, .context = s };
    const struct catalog_sources from = {
        .config = s->config, .hosts = hosts, .host_count = count, .generation = 7
    };
    s->told_text = text_over(s->told, sizeof s->told);
    assert_int_equal(catalog_load(&from, &sink, (struct now){ 0 }, &snapshot), 0);
    assert_int_equal(snapshot->catalog.generation, 7);
    return snapshot;
}

static void missing_folders_are_no_fault(void **state)
{
    struct scene *s = *state;
    struct catalog_snapshot *c = load(s, NULL, 0);
    assert_int_equal(c->catalog.image_count, 0);
    assert_string_equal(s->told, "");
    catalog_snapshot_unref(c);
}

static void images_are_sorted_and_faults_told(void **state)
{
    struct scene *s = *state;
    put_kernel(s, "images/second", "vmlinuz");
    put_text(s, "images/second", "initrd.img", "x");
    put_text(s, "images/second", "image.yaml", "title: B\n");
    put_kernel(s, "images/first", "vmlinuz");
    put_text(s, "images/first", "image.yaml", "title: A\n");
    put_kernel(s, "images/urgent", "vmlinuz");
    put_text(s, "images/urgent", "image.yaml", "title: Z\norder: -1\n");
    put_iso(s, "images", "disk.iso");
    put_kernel(s, "images/disk", "vmlinuz");
    put_text(s, "images/broken", "image.yaml", "kernal: vmlinuz\n");
    put_kernel(s, "images/Bad Name", "vmlinuz");
    put_text(s, "images/empty", "notes", "nothing");
    put_kernel(s, "images/.adding-new", "vmlinuz");
    put_text(s, "images/lost+found", "x", "y");
    put_text(s, "images", "README", "x");
    put_text(s, "images", "SHA256SUMS", "x");
    put_text(s, "images", "disk.iso.sha256", "x");
    put_text(s, "images", "notes.TXT", "x");

    struct catalog_snapshot *c = load(s, NULL, 0);
    const char *const order[] = { "urgent", "first", "second", "disk" };
    assert_int_equal(c->catalog.image_count, 4);
    assert_string_equal(c->catalog.images[0].name, order[0]);
    for (size_t i = 0; i < 4; i++)
        assert_non_null(catalog_find_image(&c->catalog, span_text(order[i])));
    assert_true(strcmp(c->catalog.images[1].title, c->catalog.images[2].title) < 0);
    const char *const told[] = { "broken: image.yaml line 1: there is no key",
                                 "Bad Name: its folder", "empty: nothing to boot was recognised",
                                 ": another file or folder makes an image of the same name" };
    for (size_t i = 0; i < 4; i++)
        if (!strstr(s->told, told[i]))
            fail_msg("'%s' is not in\n%s", told[i], s->told);
    for (const char *never[] = { "README", "SUMS", "sha256", "notes", "lost", "adding", NULL },
                    **n = never;
         *n; n++)
        assert_null(strstr(s->told, *n));
    catalog_snapshot_unref(c);
}

static void roots_and_loaders_are_found(void **state)
{
    struct scene *s = *state;
    put_text(s, "loaders", "undionly.kpxe", "x");
    put_text(s, "loaders", "memdisk", "x");
    put_text(s, "files", "x.cfg", "x");
    put_iso(s, "images", "disk.iso");
    snprintf(s->config->files, sizeof s->config->files, "%s/files", s->top);

    struct catalog_snapshot *c = load(s, NULL, 0);
    const struct loader *l = catalog_find_loader(&c->catalog, span_text("UNDIONLY.kpxe"));
    assert_non_null(l);
    assert_int_equal(c->catalog.roots[l->root].kind, ROOT_LOADERS);
    assert_string_equal(c->catalog.roots[l->root].path, s->config->loaders[0]);
    assert_true(c->root_fds[l->root] >= 0);
    unsigned files = 0;
    for (uint16_t i = 0; i < c->catalog.root_count; i++)
        files += c->catalog.roots[i].kind == ROOT_FILES;
    assert_int_equal(files, 1);
    assert_int_equal(c->catalog.image_count, 2);
    const struct image *in_memory = catalog_find_image(&c->catalog, span_text("disk.memdisk"));
    assert_true(in_memory && in_memory->kind == IMAGE_MEMDISK);
    assert_string_equal(in_memory->arguments, "iso raw");
    assert_string_equal(c->catalog.images[0].folder, "");
    assert_string_equal(c->catalog.images[0].kernel, "disk.iso");
    /* The snapshot holds its folders open: what was found stays so. */
    catalog_snapshot_unref(catalog_snapshot_ref(c));
    assert_true(access(s->config->files, R_OK) == 0 && c->references == 1);
    catalog_snapshot_unref(c);
}

static void hosts_of_the_file_win(void **state)
{
    struct scene *s = *state;
    static struct config_faults faults;
    struct config *written;
    static const char text[] =
        "groups:\n  - {name: lab, boot: disk}\n"
        "hosts:\n  - {name: a, mac: 52:54:00:00:00:01, boot: local, group: lab}\n";
    assert_int_equal(config_parse(span_text(text), &written, &faults), 0);
    snprintf(written->images, sizeof written->images, "%s/images", s->top);
    config_free(s->config);
    s->config = written;

    const struct host stored[] = { { .name = "b", .boot = "other" },
                                   { .name = "a", .boot = "stale", .next_boot = "once" } };
    struct catalog_snapshot *c = load(s, stored, 2);
    assert_int_equal(c->catalog.host_count, 2);
    assert_string_equal(c->catalog.hosts[0].name, "a");
    assert_string_equal(c->catalog.hosts[0].boot, "local");
    assert_string_equal(c->catalog.hosts[0].next_boot, "once");
    assert_string_equal(c->catalog.hosts[1].boot, "other");
    assert_non_null(catalog_find_group(&c->catalog, "lab"));
    assert_string_equal(catalog_find_group(&c->catalog, "lab")->boot, "disk");
    catalog_snapshot_unref(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(missing_folders_are_no_fault, set_up, tear_down),
        cmocka_unit_test_setup_teardown(images_are_sorted_and_faults_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(roots_and_loaders_are_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(hosts_of_the_file_win, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
