/* A host found by the index is the one that is found by looking at each. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
/* clang-format on */

#include "boot/choose.h"

#define MAC(last)                                                                                  \
    {                                                                                              \
        {                                                                                          \
            2, 0, 0, 0, 0, last                                                                    \
        }                                                                                          \
    }
#define BY_MAC(last)                                                                               \
    {                                                                                              \
        .has_mac = true, .mac = MAC(last)                                                          \
    }

static const struct host hosts[] = {
    { .name = "0", .match = BY_MAC(7) },
    { .name = "1", .match = { .has_arch = true, .arch = ARCH_EFI_X64 } },
    { .name = "2", .match = BY_MAC(3) },
    { .name = "3",
      .match = { .has_mac = true, .mac = MAC(3), .has_arch = true, .arch = ARCH_EFI_X64 } },
    { .name = "4", .match = BY_MAC(3) },
    { .name = "5", .match = { .serial = "S1" } },
    { .name = "6",
      .match = { .has_mac = true, .mac = MAC(9), .has_arch = true, .arch = ARCH_BIOS_X86 } },
    { .name = "7", .match = BY_MAC(0) },
};
static const uint32_t by_mac[] = { 7, 2, 3, 4, 0, 6 };
static const uint32_t others[] = { 1, 5 };

static const struct {
    uint8_t mac;
    enum arch arch;
    const char *serial, *want; /* NULL = none */
} cases[] = {
    { 7, ARCH_EFI_X64, "S1", "0" },   { 3, ARCH_BIOS_X86, "", "2" },
    { 3, ARCH_EFI_X64, "", "3" },     { 9, ARCH_BIOS_X86, "", "6" },
    { 9, ARCH_EFI_X64, "", "1" }, /* its MAC, but another arch */
    { 1, ARCH_EFI_X64, "", "1" },     { 1, ARCH_EFI_X64, "s1", "5" },
    { 1, ARCH_BIOS_X86, "", NULL },   { 0, ARCH_BIOS_X86, "", "7" },
    { 255, ARCH_BIOS_X86, "", NULL },
};

static void both_ways_agree(void **state)
{
    const struct host_index index = { by_mac, 6, others, 2 };
    const struct host_index empty = { by_mac, 0, others, 0 };
    struct catalog catalog = { .hosts = hosts, .host_count = sizeof hosts / sizeof hosts[0] };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct client client = { .mac = MAC(cases[i].mac),
                                       .arch = cases[i].arch,
                                       .serial = label_of(span_text(cases[i].serial)) };
        catalog.host_index = NULL;
        const struct host *plain = choose_host(&catalog, &client);
        catalog.host_index = &index;
        const struct host *found = choose_host(&catalog, &client);
        const char *want = cases[i].want;
        if (found != plain || (found != NULL) != (want != NULL) ||
            (want && strcmp(found->name, want) != 0))
            fail_msg("case %zu: %s by the index, %s without", i, found ? found->name : "none",
                     plain ? plain->name : "none");
        catalog.host_index = &empty;
        assert_null(choose_host(&catalog, &client));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
