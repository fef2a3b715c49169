/* Tests of cli/fetch_list: the rows hang together, and go where loaders are looked for. */
/* cmocka.h wants the others before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "boot/loader.h"
#include "cli/fetch_list.h"

static bool is_loader(const char *target)
{
    size_t count;
    const struct loader_row *rows = loader_rows(&count);
    char path[256];
    for (size_t i = 0; i < count; i++) {
        struct text t = text_over(path, sizeof path);
        if (rows[i].folder[0])
            text_addf(&t, "%s/", rows[i].folder);
        text_add(&t, rows[i].file);
        if (strcmp(path, target) == 0)
            return true;
    }
    return false;
}

static void rows_are_sound(void **state)
{
    char digest[FETCH_DIGEST_TEXT + 1];
    (void)state;
    for (size_t i = 0; i < fetch_item_count; i++) {
        const struct fetch_item *item = &fetch_items[i];
        const struct fetch_asset *asset = &fetch_assets[item->asset];
        if (!is_loader(item->target))
            fail_msg("nobody looks for %s", item->target);
        assert_int_equal(item->member[0] != 0, asset->is_archive);
        assert_true(strncmp(asset->base, "https://", 8) == 0);
        assert_true(asset->base[strlen(asset->base) - 1] == '/');
        if (item->sha256[0]) {
            assert_true(fetch_read_digest(item->sha256, digest));
            assert_string_equal(digest, item->sha256);
        }
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(fetch_items[k].target, item->target);
    }
    assert_true(fetch_is_group("ipxe") && fetch_is_group("wimboot") && !fetch_is_group("grub"));
}

static void what_a_shim_starts_comes_first(void **state)
{
    (void)state;
    for (size_t i = 0; i < fetch_item_count; i++) {
        const char *slash = strchr(fetch_items[i].target, '/');
        bool is_shim = strstr(fetch_items[i].target, "-shimx64.efi") ||
                       strstr(fetch_items[i].target, "-shimaa64.efi");
        size_t folder = slash ? (size_t)(slash - fetch_items[i].target) + 1 : 0;
        for (size_t k = i + 1; is_shim && k < fetch_item_count; k++)
            assert_true(strncmp(fetch_items[k].target, fetch_items[i].target, folder) != 0);
    }
}

static void digests_are_known_by_their_asset(void **state)
{
    static const char dual[] = "5eecca2780bd49c900565e124516a1bd666ec5e012825f34991b6ba1ef2fa6cf";
    static const char old[] = "83ad71c7d4f2cf328b75b653d09bf3bea5f29bee2e67ca058f37d83c07133885";
    char out[FETCH_DIGEST_TEXT + 1];
    (void)state;
    assert_string_equal(fetch_find_digest(FETCH_SHIM_X64, dual)->note, "");
    assert_non_null(strstr(fetch_find_digest(FETCH_SHIM_X64, old)->note, "2011 only"));
    assert_null(fetch_find_digest(FETCH_IPXE, dual));
    assert_int_equal(fetch_size_of(FETCH_IPXE), 12002760);
    assert_int_equal(fetch_size_of(FETCH_SHIM_AA64), 0);

    assert_true(
        fetch_read_digest("5EECCA2780BD49C900565E124516A1BD666EC5E012825F34991B6BA1EF2FA6CF", out));
    assert_string_equal(out, dual);
    assert_false(fetch_read_digest("5eec", out));
    assert_false(fetch_read_digest("", out));
    assert_false(
        fetch_read_digest("xeecca2780bd49c900565e124516a1bd666ec5e012825f34991b6ba1ef2fa6cf", out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_sound),
        cmocka_unit_test(what_a_shim_starts_comes_first),
        cmocka_unit_test(digests_are_known_by_their_asset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
