/* See pci.h. The form of hardware IDs: Microsoft, "Identifiers for PCI Devices". */
#include "model/pci.h"

static int digit_of(uint8_t c)
{
    c = ascii_lower(c);
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Exactly `digits` hexadecimal digits at the beginning of *rest. */
static bool take_hex(struct span *rest, size_t digits, uint32_t *ret)
{
    uint32_t value = 0;

    if (rest->len < digits)
        return false;
    for (size_t i = 0; i < digits; i++) {
        int digit = digit_of(rest->data[i]);
        if (digit < 0)
            return false;
        value = value << 4 | (uint32_t)digit;
    }
    *rest = span_from(*rest, digits);
    *ret = value;
    return true;
}

static bool take_word(struct span *rest, const char *word)
{
    size_t len = strlen(word);
    if (!span_is_nocase(span_slice(*rest, 0, len), word))
        return false;
    *rest = span_from(*rest, len);
    return true;
}

bool pci_pattern_parse(struct span id, struct pci_pattern *out)
{
    uint32_t vendor, device, value;
    struct span rest = id;

    *out = (struct pci_pattern){ 0 };
    if (!take_word(&rest, "PCI\\VEN_") || !take_hex(&rest, 4, &vendor) ||
        !take_word(&rest, "&DEV_") || !take_hex(&rest, 4, &device))
        return false;
    out->vendor = (uint16_t)vendor;
    out->device = (uint16_t)device;
    if (take_word(&rest, "&SUBSYS_")) {
        if (!take_hex(&rest, 8, &out->subsystem))
            return false;
        out->has_subsystem = true;
    }
    if (take_word(&rest, "&REV_")) {
        if (!take_hex(&rest, 2, &value))
            return false;
        out->revision = (uint8_t)value;
        out->has_revision = true;
    }
    /* With a class behind it (&CC_0108) it is for some of these devices only. */
    return rest.len == 0;
}

unsigned pci_pattern_rank(const struct pci_pattern *p, const struct pci_device *d)
{
    if (p->vendor != d->vendor || p->device != d->device ||
        (p->has_subsystem && p->subsystem != d->subsystem) ||
        (p->has_revision && p->revision != d->revision))
        return 0;
    return 1u + (p->has_subsystem ? 2u : 0) + (p->has_revision ? 1u : 0);
}

static bool parse_device(struct span text, struct pci_device *out)
{
    uint32_t vendor, device, value;

    *out = (struct pci_device){ 0 };
    if (!take_hex(&text, 4, &vendor) || !take_hex(&text, 4, &device))
        return false;
    out->vendor = (uint16_t)vendor;
    out->device = (uint16_t)device;
    if (take_word(&text, ".") && take_hex(&text, 8, &out->subsystem) && take_word(&text, ".") &&
        take_hex(&text, 2, &value))
        out->revision = (uint8_t)value;
    return text.len == 0 && vendor != 0xffff;
}

size_t pci_devices_parse(struct span list, struct pci_device *devices, size_t cap)
{
    size_t count = 0;

    while (list.len > 0 && count < cap) {
        size_t comma = span_find(list, ',');
        if (parse_device(span_slice(list, 0, comma), &devices[count]))
            count++;
        list = span_from(list, comma + 1);
    }
    return count;
}
