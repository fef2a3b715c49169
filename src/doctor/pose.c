/* See pose.h. The options are those that decide what a server answers: 53, 55, 57, 60, 77, 93, 94,
 * 97 and, for iPXE, 175. The UUID in 97 is made of the hardware address. */
#include "doctor/pose.h"

#include "dhcp/message4.h"
#include "dhcp/options_write.h"

/* HTTP, TFTP, bzImage, menus and EFI (iPXE: src/include/ipxe/features.h). */
#define IPXE_FEATURES BYTES(0x13, 1, 1, 0x15, 1, 1, 0x18, 1, 1, 0x24, 1, 1, 0x27, 1, 1)

static const struct pose_row rows[POSE_COUNT] = {
#define POSE(id_, name_, title_, arch_, vendor_class_, user_class_, secure_)                       \
    [POSE_##id_] = { name_, title_, arch_, vendor_class_, user_class_, secure_ },
#include "doctor/pose.def"
#undef POSE
};

const struct pose_row *pose_row(enum pose pose)
{
    return &rows[pose];
}

uint32_t pose_xid(enum pose pose, uint32_t seed)
{
    return (seed & ~UINT32_C(0xff)) | (uint32_t)pose;
}

bool pose_find(struct mac mac, uint32_t xid, uint32_t seed, enum pose *ret_pose)
{
    for (unsigned int i = 0; i < POSE_COUNT; i++) {
        if (!mac_is_doctor(mac) || xid != pose_xid((enum pose)i, seed))
            continue;
        *ret_pose = (enum pose)i;
        return true;
    }
    return false;
}

static void write_uuid(struct options_writer *o, struct mac mac)
{
    uint8_t uuid[17] = { 0, 0x74, 0x75, 0x67, 0x62, 0x6f, 0x6f, 0x74, 0x2d, 0x64, 0x6f };

    memcpy(uuid + sizeof uuid - sizeof mac.bytes, mac.bytes, sizeof mac.bytes);
    options_write(o, OPTION_CLIENT_UUID, span_of(uuid, sizeof uuid));
}

static void write_message(struct writer *w, enum pose pose, uint32_t seed, enum dhcp4_type type,
                          struct ipv4 own)
{
    const struct pose_row *row = &rows[pose];
    struct dhcp4_header header = { .op = DHCP4_OP_REQUEST,
                                   .htype = DHCP4_HTYPE_ETHERNET,
                                   .hlen = 6,
                                   .xid = pose_xid(pose, seed),
                                   .flags = type == DHCP4_DISCOVER ? DHCP4_FLAG_BROADCAST : 0,
                                   .ciaddr = own };
    const uint8_t arch[] = { (uint8_t)(row->arch >> 8), (uint8_t)row->arch };
    const uint8_t size[] = { 1472 >> 8, 1472 & 0xff };

    memcpy(header.chaddr, mac_of_doctor().bytes, sizeof mac_of_doctor().bytes);
    dhcp4_header_encode(w, &header);
    struct options_writer o = options_write_begin(w, POSE_MESSAGE_MAX, (struct span){ 0 });
    options_write_u8(&o, OPTION_MESSAGE_TYPE, (uint8_t)type);
    /* Asking for 175 is what iPXE alone does. */
    options_write(&o, OPTION_PARAMETER_LIST,
                  row->user_class[0] ? BYTES(1, 3, 6, 15, 43, 54, 60, 66, 67, 97, 175)
                                     : BYTES(1, 3, 6, 15, 43, 54, 60, 66, 67, 97));
    options_write(&o, OPTION_MAX_SIZE, span_of(size, sizeof size));
    options_write(&o, OPTION_VENDOR_CLASS, span_text(row->vendor_class));
    options_write(&o, OPTION_CLIENT_ARCH, span_of(arch, sizeof arch));
    options_write(&o, OPTION_CLIENT_NDI, BYTES(1, 3, 16));
    write_uuid(&o, mac_of_doctor());
    if (row->user_class[0]) {
        options_write(&o, OPTION_USER_CLASS, span_text(row->user_class));
        options_write(&o, OPTION_IPXE, IPXE_FEATURES);
    }
    if (!options_write_end(&o))
        w->failed = true;
}

void pose_write_discover(struct writer *w, enum pose pose, uint32_t seed)
{
    write_message(w, pose, seed, DHCP4_DISCOVER, IPV4_NONE);
}

void pose_write_boot_request(struct writer *w, enum pose pose, uint32_t seed, struct ipv4 own)
{
    write_message(w, pose, seed, DHCP4_REQUEST, own);
}
