/* See script_grub.h. What GRUB does with a word is known from its lexer (grub: script/yylex.l),
 * with
 * kernel arguments from lib/cmdline.c: a word with a blank is put into "...", and \ ' " get a \
 * before them, but for \xNN. There is no && in its language, a failed command of an `if` is told on
 * the screen, and a loaded kernel is started at the end of a menu entry even when its initrd
 * failed: so such an entry ends in a reboot. */
#include "boot/script_grub.h"

#include "boot/image_files.h"
#include "boot/script_ipxe.h"

#define WORD_MAX   2047 /* a kernel takes no more; GRUB's lexer 8191 */
#define TEXT_MAX   512
#define INDENT_MAX 16

static bool is_hex(uint8_t c)
{
    c = ascii_lower(c);
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* Does \xNN stand here? */
static bool is_coded_byte(struct span s)
{
    return s.len >= 4 && s.data[0] == '\\' && s.data[1] == 'x' && is_hex(s.data[2]) &&
           is_hex(s.data[3]);
}

/* The next word as the kernel takes it: a blank within "..." does not end it (lib/cmdline.c there,
 * next_arg). *ret_closed: all quotes are. */
static struct span take_word(struct span *rest, bool *ret_closed)
{
    size_t start = 0;
    bool quoted = false;

    while (start < rest->len && rest->data[start] == ' ')
        start++;
    size_t end = start;
    for (; end < rest->len && (quoted || rest->data[end] != ' '); end++)
        if (rest->data[end] == '"')
            quoted = !quoted;
    struct span word = span_slice(*rest, start, end - start);
    *rest = span_from(*rest, end);
    *ret_closed = !quoted;
    return word;
}

/* Quotes around the whole word or around all behind its first "=" are the kernel's to take away;
 * GRUB sets them anew. Any others would be a part of the value. */
static bool has_inner_quote(struct span word)
{
    size_t equals = span_find(word, '=');
    size_t first = span_find(word, '"');

    if (first == word.len)
        return false;
    if (first != 0 && first != equals + 1)
        return true;
    struct span inner = span_from(word, first + 1);
    return span_find(inner, '"') + 1 != inner.len;
}

static enum grub_flaw check_word(struct span word)
{
    if (word.len > WORD_MAX)
        return GRUB_LONG_WORD;
    for (size_t i = 0; i < word.len; i++) {
        struct span here = span_from(word, i);
        if (word.data[i] == '\'' || (word.data[i] == '\\' && !is_coded_byte(here)))
            return GRUB_ALTERED;
    }
    return has_inner_quote(word) ? GRUB_ALTERED : GRUB_SOUND;
}

enum grub_flaw script_grub_check_words(struct span words)
{
    for (size_t i = 0; i < words.len; i++)
        if (words.data[i] < 0x20 || words.data[i] == 0x7f)
            return GRUB_CONTROL;
    while (words.len > 0) {
        bool closed;
        struct span word = take_word(&words, &closed);
        if (!closed)
            return GRUB_OPEN_QUOTE;
        enum grub_flaw flaw = check_word(word);
        if (flaw != GRUB_SOUND)
            return flaw;
    }
    return GRUB_SOUND;
}

const char *script_grub_flaw_text(enum grub_flaw flaw)
{
    static const char *const texts[] = {
        [GRUB_SOUND] = "sound",
        [GRUB_CONTROL] = "there is a line end or control character in it",
        [GRUB_ALTERED] =
            "a \\, a ' or a \" within a word would reach the kernel with a \\ before it",
        [GRUB_OPEN_QUOTE] = "a \" is not closed",
        [GRUB_LONG_WORD] = "a word is longer than 2047 bytes",
    };
    return texts[flaw];
}

void script_grub_add_word(struct text *out, struct span word)
{
    text_add_char(out, '\'');
    for (size_t i = 0; i < word.len; i++) {
        uint8_t c = word.data[i];
        if (c == '\'')
            text_add(out, "'\\''");
        else
            text_add_char(out, c < 0x20 || c == 0x7f ? '?' : (char)c);
    }
    text_add_char(out, '\'');
}

void script_grub_add_words(struct text *out, struct span words)
{
    while (words.len > 0) {
        bool closed;
        struct span word = take_word(&words, &closed);
        if (word.len == 0)
            break;
        text_add(out, " '");
        for (size_t i = 0; i < word.len; i++)
            if (word.data[i] != '"')
                text_add_char(out, (char)word.data[i]);
        text_add_char(out, '\'');
    }
}

void script_grub_add_text(struct text *out, const char *lead, struct span s, size_t max,
                          const char *instead)
{
    char buffer[TEXT_MAX];
    struct text plain = text_over(buffer, sizeof buffer);

    text_add(&plain, lead);
    script_add_foreign(&plain, s, max, instead);
    script_grub_add_word(out, text_span(&plain));
}

/* The path by which GRUB asks for an entry's own configuration; it names the machine, where its MAC
 * is known (boot/grub_name reads it). */
static void add_entry_path(struct text *out, const struct client *client, const char *entry)
{
    char buffer[TEXT_MAX];
    struct text path = text_over(buffer, sizeof buffer);

    text_addf(&path, "/grub/entry/%s/grub.cfg", entry);
    if (!mac_is_zero(client->mac)) {
        text_add(&path, "-01");
        for (size_t i = 0; i < sizeof client->mac.bytes; i++)
            text_addf(&path, "-%02x", client->mac.bytes[i]);
    }
    script_grub_add_word(out, text_span(&path));
}

void script_grub_write_chain(struct text *out, const char *indent, const struct client *client,
                             const char *entry)
{
    text_addf(out, "%sconfigfile ", indent);
    add_entry_path(out, client, entry);
    text_add_char(out, '\n');
}

void script_grub_write_redirect(struct text *out, const struct client *client)
{
    text_add(out, "# made by tugboot for this machine\nsource ");
    add_entry_path(out, client, ENTRY_WORD_START);
    text_add_char(out, '\n');
}

void script_grub_begin_pause(struct text *out, const struct image *image)
{
    text_add(out, "echo ");
    script_grub_add_text(out, "tugboot: Esc for the menu, else ", span_text(image->title), 40,
                         image->name);
    text_add(out, "\nif sleep --verbose --interruptible 2; then\n");
}

void script_grub_end_pause(struct text *out)
{
    text_add(out, "fi\n");
}

bool script_grub_can_start(const struct grub_place *place, const struct image *image,
                           const char **ret_why)
{
    if (image->kind == IMAGE_SANBOOT) {
        *ret_why = "GRUB cannot attach a disk image; iPXE can, where Secure Boot is off";
        return false;
    }
    if (image->kind == IMAGE_MEMDISK) {
        *ret_why = "memdisk is for machines with BIOS, which iPXE starts";
        return false;
    }
    if (image->kind == IMAGE_WIM) {
        *ret_why = "GRUB cannot start Windows by wimboot; iPXE can";
        return false;
    }
    if (place->kind != GRUB_DISK || !place->images)
        return true;
    for (size_t i = 0; i < place->image_count; i++)
        if (place->images[i] == image)
            return true;
    *ret_why = "its files are not on this boot disk";
    return false;
}

const char *script_grub_refusal(const struct grub_place *place, const struct image *image)
{
    const struct secure_facts *s = &image->secure;
    const char *flaw = secure_facts_flaw(s);

    if (!s->inspected || flaw)
        return flaw;
    /* The shim behind this GRUB knows one distribution's key, and what the firmware knows. */
    if ((s->signers & ~(unsigned)SECURE_VENDOR) || !place->grub || !place->grub->inspected ||
        strcmp(place->grub->vendor, s->vendor) == 0)
        return NULL;
    return "it is signed by another distribution than this GRUB";
}

void script_grub_begin(struct text *out, const struct grub_place *place, const struct reach *reach)
{
    text_add(out, "# made by tugboot for this machine\n");
    switch (place->kind) {
    case GRUB_NET:
        break;
    case GRUB_DISK:
        if (!place->marker)
            break;
        text_add(out, "search --no-floppy --file --set=root ");
        script_grub_add_word(out, span_text(place->marker));
        text_add_char(out, '\n');
        break;
    case GRUB_DISK_NET:
        text_add(out, "if net_bootp; then\n  set root=tftp,");
        text_add_ipv4(out, reach->server);
        text_add(out, "\nelse\n");
        script_grub_write_failure(out, "  ", span_text("no address: no DHCP server answered GRUB"));
        text_add(out, "  exit 1\nfi\n");
        break;
    }
}

/* On a disk the entries of one image share their files; over the network each is told by its own.
 */
static void add_image_path(struct text *out, const struct grub_place *place,
                           const struct image *image, const char *path)
{
    const char *name = place->kind == GRUB_DISK ? image_main_name(image) : image->name;
    char buffer[2 * SAFE_PATH_MAX];
    struct text whole = text_over(buffer, sizeof buffer);

    text_addf(&whole, "/images/%s/%s", name, path);
    script_grub_add_word(out, text_span(&whole));
    if (whole.failed)
        out->failed = true;
}

static void add_initrd_path(struct text *out, const struct grub_place *place,
                            const struct image *image, uint8_t which)
{
    char buffer[SAFE_PATH_MAX + sizeof IMAGE_CPIO_ENDING];
    struct text path = text_over(buffer, sizeof buffer);
    image_files_add_initrd(&path, image, which);
    add_image_path(out, place, image, buffer);
}

static void add_failure_of(struct text *out, const char *indent, const struct image *image)
{
    char buffer[200];
    struct text sentence = text_over(buffer, sizeof buffer);

    text_addf(&sentence, "%.64s could not be started; GRUB says why above", image->name);
    script_grub_write_failure(out, indent, text_span(&sentence));
}

static void add_linux(struct text *out, const char *indent, const struct grub_place *place,
                      const struct image *image, struct span arguments, struct span archive)
{
    text_addf(out, "%sif linux ", indent);
    add_image_path(out, place, image, image->kernel);
    script_grub_add_words(out, arguments);
    text_addf(out, "; then\n%s  ", indent);
    if (image->initrd_count > 0 || archive.len > 0) {
        text_add(out, "if initrd");
        for (uint8_t i = 0; i < image->initrd_count; i++) {
            text_add_char(out, ' ');
            add_initrd_path(out, place, image, i);
        }
        if (archive.len > 0)
            text_addf(out, " '/%.*s'", (int)archive.len, (const char *)archive.data);
        text_addf(out, "; then\n%s    boot\n%s  fi\n%s  ", indent, indent, indent);
        text_add(out, "echo 'tugboot: not all of it could be loaded; restarting'\n");
        text_addf(out, "%s  sleep --interruptible 30\n%s  reboot\n", indent, indent);
    } else {
        text_add(out, "boot\n");
    }
    text_addf(out, "%sfi\n", indent);
}

static void add_start(struct text *out, const char *indent, const struct grub_place *place,
                      const struct image *image, struct span arguments, struct span archive)
{
    text_addf(out, "%secho ", indent);
    script_grub_add_text(out, "tugboot: starting ", span_text(image->title), 60, image->name);
    text_add_char(out, '\n');
    switch (image->kind) {
    case IMAGE_LINUX:
        add_linux(out, indent, place, image, arguments, archive);
        break;
    case IMAGE_EFI:
        text_addf(out, "%sif chainloader ", indent);
        add_image_path(out, place, image, image->kernel);
        script_grub_add_words(out, arguments);
        text_addf(out, "; then\n%s  boot\n%sfi\n", indent, indent);
        break;
    case IMAGE_SANBOOT:
    case IMAGE_WIM:
    case IMAGE_MEMDISK:
        break;
    }
    add_failure_of(out, indent, image);
}

void script_grub_write_start(struct text *out, const char *indent, const struct grub_place *place,
                             const struct image *image, struct span arguments, struct span archive)
{
    const char *refusal = script_grub_refusal(place, image);
    char buffer[300], deeper[INDENT_MAX];
    struct text sentence = text_over(buffer, sizeof buffer);
    struct text deep = text_over(deeper, sizeof deeper);

    if (!refusal) {
        add_start(out, indent, place, image, arguments, archive);
        return;
    }
    text_addf(&sentence, "Secure Boot refuses %.64s: %s", image->name, refusal);
    text_addf(&deep, "  %s", indent);
    text_addf(out, "%sif [ \"$lockdown\" = y ]; then\n", indent);
    script_grub_write_failure(out, deeper, text_span(&sentence));
    text_addf(out, "%selse\n", indent);
    add_start(out, deeper, place, image, arguments, archive);
    text_addf(out, "%sfi\n", indent);
}

/* Where installed systems put their boot loader. Those that start others themselves come first;
 * the fallback, which may be a USB stick's or a tool's that puts boot entries in order, last. */
static const char *const local_loaders[] = {
    "/EFI/debian/shim${cpu}.efi",
    "/EFI/ubuntu/shim${cpu}.efi",
    "/EFI/fedora/shim${cpu}.efi",
    "/EFI/redhat/shim${cpu}.efi",
    "/EFI/centos/shim${cpu}.efi",
    "/EFI/rocky/shim${cpu}.efi",
    "/EFI/almalinux/shim${cpu}.efi",
    "/EFI/opensuse/shim.efi",
    "/EFI/sles/shim.efi",
    "/EFI/debian/grub${cpu}.efi",
    "/EFI/arch/grub${cpu}.efi",
    "/EFI/systemd/systemd-boot${cpu}.efi",
    "/EFI/Microsoft/Boot/bootmgfw.efi",
    "/EFI/BOOT/BOOT${cpu}.EFI",
};

void script_grub_write_local(struct text *out, const char *indent)
{
    text_addf(out, "%secho 'tugboot: on to the local disk'\n", indent);
    text_addf(out, "%sif [ \"$grub_cpu\" = arm64 ]; then\n%s  set cpu=aa64\n", indent, indent);
    text_addf(out, "%selif [ \"$grub_cpu\" = i386 ]; then\n%s  set cpu=ia32\n", indent, indent);
    text_addf(out, "%selse\n%s  set cpu=x64\n%sfi\n", indent, indent, indent);
    text_addf(out, "%sif [ \"$grub_platform\" = pc ]; then\n%s  set root=hd0\n", indent, indent);
    text_addf(out, "%s  if chainloader +1; then\n%s    boot\n%s  fi\n%selse\n", indent, indent,
              indent, indent);
    /* Partitions only: a boot disk that firmware keeps in memory has none, and is no local disk. */
    text_addf(out, "%s  for loader in", indent);
    for (size_t i = 0; i < sizeof local_loaders / sizeof local_loaders[0]; i++)
        text_addf(out, " \"%s\"", local_loaders[i]);
    text_addf(out, "; do\n%s    for part in (hd*,*); do\n", indent);
    text_addf(out, "%s      if [ -e \"${part}${loader}\" ]; then\n", indent);
    /* What is started is told where it lies by `root`: a shim looks for its GRUB there. */
    text_addf(out, "%s        set root=\"${part}\"\n", indent);
    text_addf(out, "%s        if chainloader \"${loader}\"; then\n", indent);
    text_addf(out, "%s          boot\n%s        fi\n%s      fi\n%s    done\n%s  done\n%sfi\n",
              indent, indent, indent, indent, indent, indent);
    /* Nothing there: firmware tries its next boot entry only after an error (UEFI 2.10 3.1.3).
     * GRUBs that know no number here leave it out. */
    text_addf(out, "%sexit 1\n", indent);
}

void script_grub_write_failure(struct text *out, const char *indent, struct span sentence)
{
    text_addf(out, "%secho\n%secho ", indent, indent);
    script_grub_add_text(out, "tugboot: ", sentence, 400, "this cannot be started");
    text_addf(out, "\n%secho 'Esc goes on (by itself in 30 s).'\n", indent);
    text_addf(out, "%ssleep --interruptible 30\n", indent);
}
