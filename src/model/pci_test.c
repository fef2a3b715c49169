/* Devices as iPXE lists them, and hardware IDs of drivers: who fits whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "model/pci.h"

#include <cmocka.h>

static void patterns_are_ranked(void **state)
{
    static const struct pci_device nic = { 0x8086, 0x15b8, 0x86721043, 0x31 };
    static const struct {
        const char *id;
        bool is_sound;
        unsigned rank;
    } cases[] = {
        { "PCI\\VEN_8086&DEV_15B8", true, 1 },
        { "pci\\ven_8086&dev_15b8", true, 1 },
        { "PCI\\VEN_8086&DEV_15B8&REV_31", true, 2 },
        { "PCI\\VEN_8086&DEV_15B8&SUBSYS_86721043", true, 3 },
        { "PCI\\VEN_8086&DEV_15B8&SUBSYS_86721043&REV_31", true, 4 },
        { "PCI\\VEN_8086&DEV_15B8&SUBSYS_86721043&REV_30", true, 0 },
        { "PCI\\VEN_8086&DEV_15B8&SUBSYS_00000000", true, 0 },
        { "PCI\\VEN_8086&DEV_15B9", true, 0 },
        { "PCI\\VEN_8087&DEV_15B8", true, 0 },
        { "PCI\\VEN_8086&DEV_15B8&CC_0200", false, 0 },
        { "PCI\\VEN_8086&CC_0200", false, 0 },
        { "PCI\\VEN_8086&DEV_15B", false, 0 },
        { "PCI\\VEN_8086&DEV_15B8&SUBSYS_8672104", false, 0 },
        { "PCI\\VEN_8086&DEV_15B8&REV_3", false, 0 },
        { "PCI\\VEN_808G&DEV_15B8", false, 0 },
        { "USB\\VID_8086&PID_15B8", false, 0 },
        { "", false, 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pci_pattern p;
        bool sound = pci_pattern_parse(span_text(cases[i].id), &p);
        unsigned rank = sound ? pci_pattern_rank(&p, &nic) : 0;
        if (sound != cases[i].is_sound || rank != cases[i].rank)
            fail_msg("%s: sound %d, rank %u", cases[i].id, sound, rank);
    }
}

static void lists_are_read(void **state)
{
    static const struct {
        const char *list;
        size_t count;
        struct pci_device last;
    } cases[] = {
        { "", 0, { 0 } },
        { "808615b8", 1, { 0x8086, 0x15b8, 0, 0 } },
        { "80861237.00000000.02,808615B8.86721043.31", 2, { 0x8086, 0x15b8, 0x86721043, 0x31 } },
        { ",808615b8.86721043.31", 1, { 0x8086, 0x15b8, 0x86721043, 0x31 } },
        { "808615b8.8672104.31,1af41000", 1, { 0x1af4, 0x1000, 0, 0 } },
        { "808615b8.86721043,x,", 1, { 0x8086, 0x15b8, 0x86721043, 0 } },
        { "ffffffff,80861", 0, { 0 } },
        { "none", 0, { 0 } },
    };
    struct pci_device devices[4];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t count = pci_devices_parse(span_text(cases[i].list), devices, 4);
        if (count != cases[i].count)
            fail_msg("%s: %zu", cases[i].list, count);
        if (count == 0)
            continue;
        const struct pci_device *d = &devices[count - 1], *want = &cases[i].last;
        assert_true(d->vendor == want->vendor && d->device == want->device &&
                    d->subsystem == want->subsystem && d->revision == want->revision);
    }
    assert_int_equal(pci_devices_parse(span_text("11112222,11112222,11112222"), devices, 2), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_are_ranked),
        cmocka_unit_test(lists_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
