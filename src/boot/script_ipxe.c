/* See script_ipxe.h. No script falls off its end: an iPXE whose script ended returns to the
 * firmware without a word, so each ends in a chain to the menu, tried again for ever, in a shell,
 * or in a deliberate exit. --replace hands over instead of nesting, so that `exit` means iPXE's own
 * exit. */
#include "boot/script_ipxe.h"

#include "boot/image_files.h"
#include "boot/loader.h"
#include "boot/reach.h"
#include "model/url.h"

#define ARCHIVE_NAME "tugboot-answers.cpio"

#define INTERFACES 8 /* that are looked at for an address: net0, net1, ... */

static bool is_blank(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct span take_word(struct span *rest)
{
    size_t start = 0;
    while (start < rest->len && is_blank(rest->data[start]))
        start++;
    size_t end = start;
    while (end < rest->len && !is_blank(rest->data[end]))
        end++;
    struct span word = span_slice(*rest, start, end - start);
    *rest = span_from(*rest, end);
    return word;
}

static bool is_terminator(struct span word)
{
    return span_is(word, "||") || span_is(word, "&&") || span_is(word, ";");
}

enum script_flaw script_check_words(struct span words)
{
    for (size_t i = 0; i < words.len; i++) {
        if (words.data[i] < 0x20 || words.data[i] == 0x7f)
            return SCRIPT_CONTROL;
        if (words.data[i] == '$' && span_starts_with(span_from(words, i), "${"))
            return SCRIPT_SETTING;
    }
    if (words.len > 0 && words.data[words.len - 1] == '\\')
        return SCRIPT_BACKSLASH;
    while (words.len > 0) {
        struct span word = take_word(&words);
        if (is_terminator(word))
            return SCRIPT_TERMINATOR;
        if (span_starts_with(word, "#"))
            return SCRIPT_COMMENT;
    }
    return SCRIPT_SOUND;
}

const char *script_flaw_text(enum script_flaw flaw)
{
    static const char *const texts[] = {
        [SCRIPT_SOUND] = "sound",
        [SCRIPT_TERMINATOR] = "a word that is just ||, && or ; would end iPXE's command",
        [SCRIPT_COMMENT] = "a word that begins with # would be a comment to iPXE",
        [SCRIPT_SETTING] = "a dollar sign before a brace would be a setting to iPXE",
        [SCRIPT_CONTROL] = "there is a line end or control character in it",
        [SCRIPT_BACKSLASH] = "a backslash at the end would join iPXE's next line",
    };
    return texts[flaw];
}

void script_add_foreign(struct text *out, struct span s, size_t max, const char *instead)
{
    size_t shown = 0;
    bool at_start = true, pending_blank = false;

    for (size_t i = 0; i < s.len && shown < max; i++) {
        uint8_t c = s.data[i];
        if (c >= 0x80 && c < 0xc0) /* the rest of a UTF-8 character */
            continue;
        if (is_blank(c)) {
            pending_blank = shown > 0;
            at_start = true;
            continue;
        }
        /* What could begin a word with a meaning, or a setting, has a harmless look-alike. */
        if (c < 0x20 || c >= 0x7f || c == '$' || c == '\\' || c == '`')
            c = '?';
        else if (at_start && (c == '#' || c == '|' || c == '&' || c == ';' || c == '-'))
            c = '.';
        if (pending_blank) {
            text_add_char(out, ' ');
            shown++;
        }
        if (shown < max)
            text_add_char(out, (char)c);
        shown++;
        pending_blank = at_start = false;
    }
    if (shown == 0)
        text_add(out, instead);
}

void script_add_url(struct text *out, const struct reach *reach, struct span path)
{
    reach_add_server(out, reach);
    text_add_char(out, '/');
    url_encode(out, path);
}

void script_add_identity_query(struct text *out)
{
    text_add(out, "mac=${netX/mac}&uuid=${uuid}&serial=${serial:uristring}"
                  "&asset=${asset:uristring}&manufacturer=${manufacturer:uristring}"
                  "&product=${product:uristring}&platform=${platform}&buildarch=${buildarch}"
                  "&memsize=${memsize}&version=${version:uristring}");
}

void script_add_identity_url(struct text *out, const struct reach *reach, const char *entry)
{
    script_add_url(out, reach, span_text("boot.ipxe"));
    text_add_char(out, '?');
    script_add_identity_query(out);
    if (entry) {
        text_add(out, "&entry=");
        url_encode(out, span_text(entry));
    }
}

static void begin(struct text *out)
{
    text_add(out, "#!ipxe\n");
}

/* The end of every script: the menu, asked for until the server answers; the shell is the way out
 * for a person. */
static void end_with_menu(struct text *out, const struct reach *reach)
{
    text_add(out, ":tomenu\nchain --replace ");
    script_add_identity_url(out, reach, ENTRY_WORD_MENU);
    text_add(out, " ||\nprompt --key 0x02 --timeout 5000 The boot server ");
    text_add_ipv4(out, reach->server);
    text_add(out, " does not answer. Ctrl-B: iPXE shell && shell ||\ngoto tomenu\n");
}

/* A label "failed" that leaves time to read and goes to the menu. */
static void end_with_failure(struct text *out, const struct reach *reach)
{
    text_add(out, "prompt --timeout 30000 Press any key for the menu (in 30 s by itself) ||\n");
    end_with_menu(out, reach);
}

void script_write_identify(struct text *out, const struct reach *reach)
{
    begin(out);
    text_add(out, "clear waited ||\n:again\n");
    /* Since 2025 iPXE fetches autoexec.ipxe by the firmware's own driver: its interface has the
     * firmware's address then, but is closed. Only that one is opened, for netX is the last. */
    for (unsigned i = 0; i < INTERFACES; i++)
        text_addf(out, "isset ${net%u/ip} && ifopen net%u ||\n", i, i);
    text_add(out, "isset ${ip} || dhcp || goto wait\nchain --replace ");
    script_add_identity_url(out, reach, NULL);
    text_add(out, " ||\n:wait\nprompt --key 0x02 --timeout 3000 Waiting for the boot server ");
    text_add_ipv4(out, reach->server);
    text_add(out, ". Ctrl-B: iPXE shell && shell ||\n"
                  "isset ${waited} && dhcp ||\nset waited 1\ngoto again\n");
}

void script_write_local(struct text *out, const struct client *client, const struct reach *reach)
{
    begin(out);
    text_add(out, "echo tugboot: on to the local disk\n");
    if (client->arch == ARCH_NONE)
        text_add(out, "iseq ${platform} efi && exit 1 ||\n");
    /* UEFI goes on to the next boot entry only after an error (UEFI 2.10 3.1.3). */
    if (arch_is_efi(client->arch)) {
        text_add(out, "exit 1\n");
        return;
    }
    text_add(out, "sanboot --no-describe --drive 0x80 || exit 0\n");
    end_with_menu(out, reach);
}

void script_write_shell(struct text *out, const struct reach *reach)
{
    begin(out);
    text_add(out, "echo iPXE shell. Type exit for the menu.\nshell ||\n");
    end_with_menu(out, reach);
}

void script_write_failure(struct text *out, const struct reach *reach, struct span sentence)
{
    begin(out);
    text_add(out, "echo\necho tugboot: ");
    script_add_foreign(out, sentence, 400, "this cannot be started");
    text_add(out, "\n");
    end_with_failure(out, reach);
}

static struct span base_of(const char *path)
{
    struct span s = span_text(path);

    for (size_t slash = span_find(s, '/'); slash < s.len; slash = span_find(s, '/'))
        s = span_from(s, slash + 1);
    return s;
}

/* A name iPXE and the kernel's command line take as it is. */
static bool is_plain_name(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = ascii_lower(s.data[i]);
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '.' && c != '_' &&
            (c != '-' || i == 0))
            return false;
    }
    return s.len > 0;
}

/* Initrds are named on the kernel's line (UEFI builds up to 1.21.1 need that, later ones do not
 * mind) by the file's own name; where that is ambiguous or odd, by a number. */
static bool needs_number(const struct image *image, uint8_t which)
{
    struct span name = base_of(image->initrds[which]);

    if (!is_plain_name(name) || span_equals_nocase(name, base_of(image->kernel)))
        return true;
    for (uint8_t i = 0; i < image->initrd_count; i++)
        if (i != which && span_equals_nocase(name, base_of(image->initrds[i])))
            return true;
    return false;
}

static void add_initrd_name(struct text *out, const struct image *image, uint8_t which)
{
    if (needs_number(image, which))
        text_addf(out, "initrd%u.img", which + 1u);
    else
        text_addf(out, "%.*s%s", (int)base_of(image->initrds[which]).len,
                  (const char *)base_of(image->initrds[which]).data,
                  image->initrd_names[which] ? IMAGE_CPIO_ENDING : "");
}

static void add_image_url(struct text *out, const struct reach *reach, const struct image *image,
                          const char *path)
{
    script_add_url(out, reach, span_text("images/"));
    url_encode(out, span_text(image->name));
    text_add_char(out, '/');
    url_encode(out, span_text(path));
}

static void add_initrd_url(struct text *out, const struct reach *reach, const struct image *image,
                           uint8_t which)
{
    char buffer[SAFE_PATH_MAX + sizeof IMAGE_CPIO_ENDING];
    struct text path = text_over(buffer, sizeof buffer);
    image_files_add_initrd(&path, image, which);
    add_image_url(out, reach, image, buffer);
}

static void add_linux(struct text *out, const struct script_start *start, const struct reach *reach)
{
    const struct image *image = start->image;
    text_add(out, "kernel ");
    add_image_url(out, reach, image, image->kernel);
    for (uint8_t i = 0; i < image->initrd_count; i++) {
        text_add(out, " initrd=");
        add_initrd_name(out, image, i);
    }
    if (start->archive.len > 0)
        text_add(out, " initrd=" ARCHIVE_NAME);
    if (start->arguments.len > 0)
        text_add_char(out, ' ');
    text_add_span(out, start->arguments);
    text_add(out, " || goto failed\n");
    for (uint8_t i = 0; i < image->initrd_count; i++) {
        text_add(out, "initrd --name ");
        add_initrd_name(out, image, i);
        text_add_char(out, ' ');
        add_initrd_url(out, reach, image, i);
        text_add(out, " || goto failed\n");
    }
    if (start->archive.len > 0) {
        text_add(out, "initrd --name " ARCHIVE_NAME " ");
        script_add_url(out, reach, start->archive);
        text_add(out, " || goto failed\n");
    }
    /* Fetched only where the firmware would refuse the kernel. Without it the kernel is started as
     * it is, and where that is refused, `boot` says so. */
    if (start->shim.len > 0) {
        text_add(out, "shim ");
        script_add_url(out, reach, start->shim);
        text_add(out, " ||\n");
    }
    text_add(out, "boot || goto failed\n");
}

/* To iPXE, memdisk is a kernel, and the image its initrd. */
static void add_memdisk(struct text *out, const struct script_start *start,
                        const struct reach *reach)
{
    text_add(out, "kernel ");
    script_add_url(out, reach, span_text("loaders/" LOADER_MEMDISK "/" LOADER_MEMDISK));
    if (start->arguments.len > 0)
        text_add_char(out, ' ');
    text_add_span(out, start->arguments);
    text_add(out, " || goto failed\ninitrd ");
    add_image_url(out, reach, start->image, start->image->kernel);
    text_add(out, " || goto failed\nboot || goto failed\n");
}

void script_begin_image(struct text *out, const struct image *image, bool offer_menu)
{
    begin(out);
    if (offer_menu)
        text_add(out, "prompt --key 0x02 --timeout 2000 Press Ctrl-B for the menu && goto tomenu "
                      "||\n");
    text_add(out, "echo tugboot: starting ");
    script_add_foreign(out, span_text(image->title), 60, image->name);
    text_add(out, "\nimgfree ||\n");
}

void script_end_image(struct text *out, const struct image *image, const struct reach *reach)
{
    text_add(out, ":failed\necho\necho tugboot: ");
    script_add_foreign(out, span_text(image->title), 60, image->name);
    text_add(out, " could not be started, error ${errno}\n");
    end_with_failure(out, reach);
}

void script_write_image(struct text *out, const struct script_start *start,
                        const struct reach *reach)
{
    const struct image *image = start->image;
    script_begin_image(out, image, start->offer_menu);
    switch (image->kind) {
    case IMAGE_LINUX:
        add_linux(out, start, reach);
        break;
    case IMAGE_EFI:
        text_add(out, "chain ");
        add_image_url(out, reach, image, image->kernel);
        if (start->arguments.len > 0)
            text_add_char(out, ' ');
        text_add_span(out, start->arguments);
        text_add(out, " || goto failed\ngoto tomenu\n");
        break;
    case IMAGE_SANBOOT:
        text_add(out, "sanboot --no-describe ");
        add_image_url(out, reach, image, image->kernel);
        text_add(out, " || goto failed\ngoto tomenu\n");
        break;
    case IMAGE_MEMDISK:
        add_memdisk(out, start, reach);
        break;
    case IMAGE_WIM: /* script_windows.c */
        break;
    }
    script_end_image(out, image, reach);
}
