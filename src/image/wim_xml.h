/* What a WIM says of its images, in the XML at its end: names, editions, architectures, versions.
 * Nothing of it is packed in any WIM seen so far, so it can be read anywhere. */
#ifndef IMAGE_WIM_XML_H
#define IMAGE_WIM_XML_H

#include "image/wim.h"

#define WIM_NAME_MAX      128
#define WIM_LANGUAGES_MAX 64
#define WIM_ARCH_UNKNOWN  UINT32_MAX

/* Of one image. Texts are UTF-8 without control characters, cut where too long; "" = not said. */
struct wim_image {
    uint32_t index;                 /* from 1 */
    char name[WIM_NAME_MAX];        /* "Windows 11 Pro", "Microsoft Windows Setup (x64)" */
    char description[WIM_NAME_MAX]; /* DISPLAYDESCRIPTION, else DESCRIPTION */
    char edition[48];               /* EDITIONID: "Professional", "WindowsPE" */
    char kind[24];                  /* INSTALLATIONTYPE: "Client", "Server", "WindowsPE" */
    uint32_t arch;                  /* PROCESSOR_ARCHITECTURE_*: 0 x86, 5 ARM, 9 x64, 12 ARM64 */
    uint32_t major, minor, build, revision;
    char languages[WIM_LANGUAGES_MAX]; /* "en-US, de-DE" */
    char language[16];                 /* the default one */
    uint64_t total_bytes;              /* of all files, unpacked */
};

#define WIM_ARCH_X86   0
#define WIM_ARCH_ARM   5
#define WIM_ARCH_X64   9
#define WIM_ARCH_ARM64 12

/* The images of the description, at most `cap`, in its order. 0, -ENOMEM, or -EBADMSG with
 * wim->flaw. */
must_check int wim_xml_read(struct wim *wim, struct wim_image *images, size_t cap,
                            size_t *ret_count);

/* The same of bytes that lie in memory, as they are in the file. False: no XML about images. A
 * document with a DTD is refused. -ENOMEM is told by *ret_no_memory. */
bool wim_xml_parse(struct span xml, struct wim_image *images, size_t cap, size_t *ret_count,
                   bool *ret_no_memory);

/* "x64", "x86", "arm64", "arm", "" = not said or not known. */
const char *wim_arch_name(uint32_t arch);

#endif
