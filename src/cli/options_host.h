/* The options that describe a host, as host add and host set take them. OPTION() is defined by who
 * includes this: the command table, and the maker of the manual. */
#ifndef CLI_OPTIONS_HOST_H
#define CLI_OPTIONS_HOST_H

#define OPTIONS_HOST                                                                               \
    OPTION("--mac", "MAC", "its Ethernet address"), OPTION("--uuid", "UUID", "its SMBIOS UUID"),   \
        OPTION("--serial", "TEXT", "its serial number"),                                           \
        OPTION("--asset", "TEXT", "its asset tag"),                                                \
        OPTION("--arch", "ARCH", "its kind: bios-x86, efi-x64, efi-arm64, ..."),                   \
        OPTION("--subnet", "NETWORK", "where it is"),                                              \
        OPTION("--vendor", "TEXT", "beginning of its manufacturer or vendor class"),               \
        OPTION("--address", "ADDRESS", "the address it always gets (mode server)"),                \
        OPTION("--boot", "IMAGE", "an image, menu or local"),                                      \
        OPTION("--loader", "CHAIN", "the one chain it is given: ipxe, grub, undionly, ..."),       \
        OPTION("--chains", "LIST", "the chains to be tried, in their order: \"grub ipxe\""),       \
        OPTION("--https", "WORD", "give it https:// addresses: true, false or always"),            \
        OPTION("--args", "TEXT", "kernel arguments added for this machine"),                       \
        OPTION("--answers", "NAME", "the template of its answer file: default, ..."),              \
        OPTION("--group", "NAME", "the group it inherits from"),                                   \
        OPTION("--variable", "NAME=VALUE",                                                         \
               "a variable for arguments, may be repeated; NAME= removes it")

#endif
