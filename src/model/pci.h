/* Devices on the PCI bus, as a machine reports them, and as a driver names them. */
#ifndef MODEL_PCI_H
#define MODEL_PCI_H

#include "base/span.h"

#define PCI_DEVICES_MAX 64 /* of one machine, as far as we listen */

/* One function of a device, from its configuration space. */
struct pci_device {
    uint16_t vendor, device;
    uint32_t subsystem; /* the subsystem's number above its vendor's; 0 = not told */
    uint8_t revision;
};

/* What a driver is for: "PCI\VEN_8086&DEV_15B8&SUBSYS_86721043&REV_31". */
struct pci_pattern {
    uint16_t vendor, device;
    uint32_t subsystem;
    uint8_t revision;
    bool has_subsystem, has_revision;
};

/* Read a hardware ID; false when it names no device of the PCI bus by vendor and device. */
bool pci_pattern_parse(struct span id, struct pci_pattern *out);

/* How well the driver fits: 0 not at all; more is better, as Windows ranks hardware IDs: with
 * subsystem and revision, with the subsystem, with the revision, by vendor and device alone. */
unsigned pci_pattern_rank(const struct pci_pattern *pattern, const struct pci_device *device);

/* Read what a machine told, "808610d3.0000.8086a01f.00,..." without its blanks: for each device the
 * four digits of the vendor and of the device, then, where known, a "." with the eight digits of
 * the subsystem (as in a hardware ID) and a "." with the two of the revision. Parts that are no
 * such thing are passed over. At most `cap`; their number. */
size_t pci_devices_parse(struct span list, struct pci_device *devices, size_t cap);

#endif
