/* See ipxe_secure.h. */
#include "boot/ipxe_secure.h"

#include "boot/chain.h"
#include "boot/ipxe_dialect.h"
#include "boot/windows_plan.h"

/* The image's own shim comes first. Else the system's, for kernels of the same vendor: whoever
 * signed the GRUB that belongs to that shim is whom it trusts. */
void ipxe_secure_add_shim(const struct catalog *catalog, const struct client *client,
                          const struct image *image, struct text *out)
{
    const struct chain_row *row = chain_find("grub", client->arch, NULL);

    if (image->kind != IMAGE_LINUX || !ipxe_dialect_of(client).shim)
        return;
    if (image->shim && image->shim[0]) {
        text_addf(out, "images/%s/%s", image->name, image->shim);
        return;
    }
    const struct loader *grub = row ? catalog_find_loader(catalog, span_text(row->second)) : NULL;
    if (grub && catalog_find_loader(catalog, span_text(row->first)) && image->secure.is_signed &&
        grub->secure.is_signed && image->secure.vendor[0] &&
        strcmp(grub->secure.vendor, image->secure.vendor) == 0)
        text_add(out, row->first);
}

/* wimboot is a program that firmware looks at like any other, before the boot manager it starts. */
static const char *refuse_wimboot(const struct catalog *catalog, const struct client *client,
                                  const struct image *image)
{
    const char *name = image->kind == IMAGE_WIM ? windows_wimboot(client->arch) : NULL;
    const struct loader *wimboot = name ? catalog_find_loader(catalog, span_text(name)) : NULL;

    if (!wimboot || !wimboot->secure.inspected)
        return NULL;
    if (secure_facts_flaw(&wimboot->secure))
        return secure_facts_flaw(&wimboot->secure);
    return wimboot->secure.signers & ~(unsigned)SECURE_VENDOR
               ? NULL
               : "wimboot, which starts it, has a signature that firmware does not know";
}

const char *ipxe_secure_refusal(const struct catalog *catalog, const struct client *client,
                                const struct image *image)
{
    char buffer[2 * SAFE_PATH_MAX];
    struct text shim = text_over(buffer, sizeof buffer);
    const char *flaw = secure_facts_flaw(&image->secure);
    const char *wimboot = refuse_wimboot(catalog, client, image);

    if (wimboot)
        return wimboot;
    /* What a disk or CD holds is not inspected as a whole. */
    if (image->kind == IMAGE_SANBOOT || image->kind == IMAGE_MEMDISK || !image->secure.inspected)
        return NULL;
    if (flaw)
        return flaw;
    if (image->secure.signers & ~(unsigned)SECURE_VENDOR)
        return NULL;
    ipxe_secure_add_shim(catalog, client, image, &shim);
    if (shim.len > 0)
        return NULL;
    return ipxe_dialect_of(client).shim
               ? "only a shim of its distribution starts it, and none is here"
               : "only a shim of its distribution starts it, and this iPXE has no command for that";
}
