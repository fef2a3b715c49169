/* README.txt of the enrol media: what the files are, what to do, per vendor of firmware, and what
 * may go wrong. The rows are those of firmware_steps.def. */
#include "cli/keys_common.h"

static const struct {
    const char *vendor, *menu, *clear, *hand;
} firmwares[] = {
#define FIRMWARE(vendor_, menu_, clear_, hand_) { vendor_, menu_, clear_, hand_ },
#include "cli/firmware_steps.def"
#undef FIRMWARE
};

#define COLUMNS 78

/* Add `words` as a paragraph of lines, all but the first indented. */
static void add_wrapped(struct text *out, const char *words, size_t indent)
{
    struct span rest = span_text(words);
    size_t column = 0;

    while (rest.len > 0) {
        size_t n = span_find(rest, ' ');
        if (column > 0 && indent + column + 1 + n > COLUMNS) {
            text_addf(out, "\r\n%*s", (int)indent, "");
            column = 0;
        } else if (column > 0) {
            text_add_char(out, ' ');
            column++;
        }
        text_add_span(out, span_slice(rest, 0, n));
        column += n;
        rest = span_from(rest, n + 1);
    }
    text_add(out, "\r\n");
}

static void add_part(struct text *out, const char *label, const char *words)
{
    text_addf(out, "  %-12s", label);
    add_wrapped(out, words, 14);
}

static void add_files(struct text *out, bool has_programs)
{
    text_add(out, "What the files are\r\n\r\n");
    if (has_programs) {
        add_part(out, "EFI/BOOT", "the enrol programs where a machine looks for them on a stick");
        add_part(out, "enroll-x64.efi", "");
        add_part(out, "", "the same, to be started from the network; enroll-arm64.efi for arm64");
    }
    add_part(out, "*.auth",
             "signed updates of the variables PK, KEK, db (and dbx): for firmware "
             "menus and KeyTool");
    add_part(out, "*.esl", "the same lists without a signature");
    add_part(out, "*.der", "the own certificates alone: for firmware menus, and db.der as MOK");
    text_add(out, "\r\n");
}

static void add_ways(struct text *out)
{
    text_add(out, "The way: the machine enrols by itself\r\n\r\n");
    add_part(out, "1.", "Bring the machine into Setup Mode (per vendor, below).");
    add_part(out, "2.",
             "Start the enrol program: copy all of this folder to a FAT stick and boot "
             "from it; or from the network: 'tugboot keys enroll-media --image', then "
             "'tugboot keys enroll HOST', then let the machine boot from the network.");
    add_part(out, "3.",
             "It says what it finds, enrols db, KEK and PK, and starts the machine "
             "again. Secure Boot is on then, or is switched on in the firmware's menu.");
    text_add(out, "\r\n");
}

static void add_risk(struct text *out, enum keys_trust trust)
{
    static const char *const risks[] = {
        [KEYS_TRUST_OWN] =
            "THESE MEDIA ENROL THE OWN KEYS ALONE. Graphics, network and storage cards, and parts "
            "of some laptops, carry firmware (option ROMs) signed by Microsoft. Without Microsoft's "
            "certificates in db it does not start: the screen may stay dark, and some laptops were "
            "seen not to start at all, not even into their menu. Try it on one machine of each "
            "model that you could do without.",
        [KEYS_TRUST_GIVEN] =
            "The media enrol the lists they were made with, in the place of all that the machine "
            "holds. Option ROMs of graphics, network and storage cards are signed under Microsoft "
            "Corporation UEFI CA 2011, Microsoft UEFI CA 2023 or Microsoft Option ROM UEFI CA 2023: "
            "whatever the machine needs has to be among them, or its screen may stay dark. Try it "
            "on one machine of each model first.",
        [KEYS_TRUST_FACTORY] =
            "The enrol programs keep the keys a machine came with in db, KEK and dbx (which it "
            "shows as dbDefault, KEKDefault and dbxDefault, or holds now), and put the own ones "
            "beside them. The .auth and .esl files cannot do that: enrolled by hand, they take the "
            "place of all that the machine holds, and without Microsoft's certificates its option "
            "ROMs do not start. In a firmware menu, append db.der instead.",
    };
    text_add(out, "Read this first\r\n\r\n");
    add_part(out, "", risks[trust]);
    add_part(out, "",
             "What Microsoft signed starts on a machine that trusts Microsoft: with those "
             "certificates the keys keep out what nobody signed, and not what Microsoft "
             "signed for somebody.");
    add_part(out, "", "The way back: 'Restore factory keys' in the firmware's menu.");
    text_add(out, "\r\n");
}

void keys_add_readme(struct text *out, bool has_programs, enum keys_trust trust)
{
    text_add(out,
             "Enrolling own keys for Secure Boot\r\n==================================\r\n\r\n");
    add_risk(out, trust);
    add_files(out, has_programs);
    if (has_programs)
        add_ways(out);
    text_add(out, "Into Setup Mode, and by hand, per vendor\r\n\r\n");
    for (size_t i = 0; i < sizeof firmwares / sizeof firmwares[0]; i++) {
        text_addf(out, "%s\r\n", firmwares[i].vendor);
        if (firmwares[i].menu[0])
            add_part(out, "menu", firmwares[i].menu);
        add_part(out, "Setup Mode", firmwares[i].clear);
        if (firmwares[i].hand[0])
            add_part(out, "by hand", firmwares[i].hand);
        text_add(out, "\r\n");
    }
}
