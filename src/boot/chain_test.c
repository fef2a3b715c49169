/* Tests of boot/chain: what must hold of every row. */
#include "boot/chain.h"
#include "boot/loader.h"
#include "boot/test_catalog.h"

static const struct loader_row *find_file(const char *file)
{
    size_t count;
    const struct loader_row *rows = loader_rows(&count);

    for (size_t i = 0; i < count; i++) {
        char name[128];
        struct text wire = text_over(name, sizeof name);
        loader_add_wire_name(&wire, rows[i].folder, rows[i].file);
        if (strcmp(name, file) == 0)
            return &rows[i];
    }
    return NULL;
}

static void check_file(const struct chain_row *row, const char *file)
{
    const struct loader_row *loader = find_file(file);
    if (!loader)
        fail_msg("chain %s for %s: loader.def does not know %s", row->name, arch_name(row->arch),
                 file);
    else if (loader->arch != row->arch)
        fail_msg("chain %s for %s: %s is for %s", row->name, arch_name(row->arch), file,
                 arch_name(loader->arch));
}

static void rows_are_sound(void **state)
{
    (void)state;
    size_t count;
    const struct chain_row *rows = chain_rows(&count);

    assert_true(count > 0);
    for (size_t i = 0; i < count; i++) {
        const struct chain_row *row = &rows[i];
        assert_true(strlen(row->name) < CHAIN_NAME_MAX && strlen(row->text) > 0);
        if (row->first[0])
            check_file(row, row->first);
        else
            assert_int_equal(row->next, CHAIN_NEXT_PROGRAM);
        if (row->second[0])
            check_file(row, row->second);
        /* Firmware takes a disk and a program of the menu by HTTP alone. */
        if (row->next == CHAIN_NEXT_DISK || row->next == CHAIN_NEXT_PROGRAM)
            assert_int_equal(row->via, CHAIN_VIA_HTTP);
    }
}

static void rows_of_an_architecture_stand_together_signed_first(void **state)
{
    (void)state;
    size_t count;
    const struct chain_row *rows = chain_rows(&count);

    for (size_t i = 1; i < count; i++) {
        for (size_t k = 0; k + 1 < i; k++)
            if (rows[k].arch == rows[i].arch && rows[i - 1].arch != rows[i].arch &&
                rows[i].arch != ARCH_PPC_OF)
                fail_msg("%s for %s stands apart", rows[i].name, arch_name(rows[i].arch));
        if (rows[i].arch == rows[i - 1].arch && rows[i].secure == CHAIN_SECURE_SIGNED)
            assert_int_not_equal(rows[i - 1].secure, CHAIN_SECURE_UNSIGNED);
    }
}

static void names_are_found(void **state)
{
    (void)state;
    const struct chain_row *own = chain_find("own", ARCH_EFI_X64, NULL);
    assert_non_null(own);
    assert_string_equal(own->first, "own-ipxe.efi");
    own = chain_find("own", ARCH_EFI_X64, own);
    assert_string_equal(own->first, "own-snponly.efi");
    assert_null(chain_find("own", ARCH_EFI_X64, own));
    assert_null(chain_find("disk", ARCH_BIOS_X86, NULL));
    assert_null(chain_name_find(span_text("DISK")));
    assert_string_equal(chain_name_find(span_text("disk")), "disk");
    assert_true(chain_goes_by(chain_find("disk", ARCH_EFI_X64, NULL), TRANSPORT_HTTP));
    assert_false(chain_goes_by(chain_find("disk", ARCH_EFI_X64, NULL), TRANSPORT_TFTP));
}

static void second_stages_have_names(void **state)
{
    (void)state;
    const struct chain_row *shim = chain_find("snponly-shim", ARCH_EFI_X64, NULL);
    const struct chain_row *grub = chain_find("grub", ARCH_EFI_X64, NULL);

    assert_true(chain_asks_as(shim, span_text("snponly.efi")));
    assert_true(chain_asks_as(shim, span_text("SNPONLY.EFI")));
    assert_true(chain_asks_as(shim, span_text("ipxe.efi"))); /* built in */
    assert_false(chain_asks_as(shim, span_text("grubx64.efi")));
    assert_true(chain_asks_as(grub, span_text("grubx64.efi")));
    assert_true(chain_asks_as(grub, span_text("grub.efi")));
    assert_false(chain_asks_as(grub, span_text("")));
    assert_false(chain_asks_as(chain_find("ipxe", ARCH_EFI_X64, NULL), span_text("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_sound),
        cmocka_unit_test(rows_of_an_architecture_stand_together_signed_first),
        cmocka_unit_test(names_are_found),
        cmocka_unit_test(second_stages_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
