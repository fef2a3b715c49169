/* See script_pick.h. The code is drawn with two columns for each of its modules, in letters of the
 * colour of their ground: iPXE collapses blanks, its consoles of 2019 know no block characters, and
 * cells are about twice as high as they are wide. A code of 21 modules with two of quiet around it
 * needs 50 columns and 25 rows less one; what there is to read stands at its right. The escapes
 * used (CUP, ED 2, SGR) are those that iPXE's consoles of BIOS and UEFI both obey (ipxe:
 * src/arch/x86/interface/pcbios/bios_console.c, src/interface/efi/efi_console.c).
 *
 * iPXE tells of each fetch in a line of its own. That line is put at the bottom, black on black. */
#include "boot/script_pick.h"

#include "boot/reach.h"
#include "boot/script_grub.h"
#include "boot/script_ipxe.h"

#define ESC        "\x1b"
#define PLAIN      ESC "[37;40m"
#define UNSEEN     ESC "[30;40m"
#define DARK       ESC "[30;40m"
#define LIGHT      ESC "[37;47m"
#define CLEAR      PLAIN ESC "[2J" ESC "[1;1H"
#define QUIET      2 /* modules around the code; readers do with less than the standard's four */
#define TEXT_LEFT  53
#define ASK_ROW    "24"
#define CODE_ROWS  21 /* what fits an 80x25 console with its quiet zone */
#define LINE_WIDTH 27 /* beside it */

static bool is_dark(const struct pick_code *code, int row, int column)
{
    if (row < 0 || column < 0 || row >= code->size || column >= code->size)
        return false;
    return code->rows[row] >> column & 1;
}

static void add_code_row(struct text *out, const struct pick_code *code, int row)
{
    bool was_dark = false;

    text_addf(out, "echo -n " ESC "[%d;1H" LIGHT, row + QUIET);
    for (int column = -QUIET; column < code->size + QUIET; column++) {
        bool dark = is_dark(code, row, column);
        if (dark != was_dark)
            text_add(out, dark ? DARK : LIGHT);
        was_dark = dark;
        text_add(out, "XX");
    }
    text_add(out, PLAIN "\n");
}

/* The first row of quiet has no place on the screen, the code begins in the second. */
static void add_code(struct text *out, const struct pick_code *code)
{
    if (code->size == 0 || code->size > CODE_ROWS)
        return;
    for (int row = 1 - QUIET; row < code->size + 1; row++)
        add_code_row(out, code, row);
}

static void add_line(struct text *out, int row, int column, const char *lead, const char *line)
{
    text_addf(out, "echo -n " ESC "[%d;%dH%s", row, column, lead);
    script_add_foreign(out, span_text(line), 79, ".");
    text_add(out, PLAIN "\n");
}

/* A sentence in lines of LINE_WIDTH (beside a code) or of the whole screen. Returns the row below
 * it. */
static int add_words(struct text *out, int row, int column, size_t width, const char *words)
{
    struct span rest = span_text(words);
    char line[80];

    while (rest.len > 0) {
        size_t end = rest.len <= width ? rest.len : width;
        while (end < rest.len && end > 0 && rest.data[end] != ' ')
            end--;
        if (end == 0)
            end = rest.len < width ? rest.len : width;
        span_to_text(span_slice(rest, 0, end), line, sizeof line);
        add_line(out, row++, column, "", line);
        rest = span_from(rest, end);
        while (rest.len > 0 && rest.data[0] == ' ')
            rest = span_from(rest, 1);
    }
    return row;
}

/* "http://" is what a browser takes for granted; without it the address fits its line. */
static const char *without_scheme(const char *page)
{
    static const char scheme[] = "http://";
    return strncmp(page, scheme, sizeof scheme - 1) == 0 ? page + sizeof scheme - 1 : page;
}

static void add_facts(struct text *out, const struct pick_ticket *ticket)
{
    bool beside = ticket->code.size > 0 && ticket->code.size <= CODE_ROWS;
    int column = beside ? TEXT_LEFT : 3;
    size_t width = beside ? LINE_WIDTH : 74;
    int row = add_words(out, 3, column, width, "This machine waits for a choice.");
    char number[32];
    struct text spaced = text_over(number, sizeof number);

    text_addf(&spaced, "Its number: %s", ticket->number);
    row++;
    add_line(out, row, column, ESC "[33;40m", number);
    row += 2;
    if (ticket->page[0]) {
        row = add_words(out, row, column, width,
                        beside ? "Scan the code with a phone, or open" : "On a phone, open");
        row = add_words(out, row, column, width, without_scheme(ticket->page));
        row = add_words(out, row, column, width, "and give the number there.");
    } else {
        row = add_words(out, row, column, width, ticket->why);
    }
    add_words(out, row + 1, column, width, "Any key here leads to the menu.");
}

/* Ask in two seconds, unless a key is pressed. */
static void add_asking(struct text *out, const char *number, const struct reach *reach)
{
    text_add(out, ":ask\necho -n " ESC "[" ASK_ROW ";1H" PLAIN "\n"
                  "prompt --timeout 2000 Waiting && goto tomenu ||\n"
                  "echo -n " ESC "[" ASK_ROW ";1H" UNSEEN "\nchain --replace ");
    reach_add_server(out, reach);
    text_addf(out, "/pick/%s/ipxe ||\n", number);
    text_add(out, "echo -n " ESC "[" ASK_ROW ";1H" PLAIN "\n"
                  "prompt --timeout 3000 The boot server does not answer && goto tomenu ||\n"
                  "goto ask\n"
                  ":tomenu\necho -n " CLEAR "\nchain --replace ");
    script_add_identity_url(out, reach, ENTRY_WORD_MENU);
    text_add(out, " ||\nprompt --timeout 3000 The boot server does not answer ||\ngoto tomenu\n");
}

void script_pick_write_ipxe(struct text *out, const struct pick_ticket *ticket,
                            const struct reach *reach)
{
    text_add(out, "#!ipxe\necho -n " CLEAR "\n");
    add_code(out, &ticket->code);
    add_facts(out, ticket);
    add_asking(out, ticket->number, reach);
}

void script_pick_write_wait(struct text *out, const char *number, const struct reach *reach)
{
    text_add(out, "#!ipxe\n");
    add_asking(out, number, reach);
}

void script_pick_write_go(struct text *out, const char *entry, const struct reach *reach)
{
    text_add(out, "#!ipxe\necho -n " CLEAR "\n:go\nchain --replace ");
    script_add_identity_url(out, reach, entry);
    text_add(out, " ||\nprompt --key 0x02 --timeout 3000 The boot server does not answer. Ctrl-B: "
                  "iPXE shell && shell ||\ngoto go\n");
}

static void add_grub_line(struct text *out, const char *lead, const char *line)
{
    text_add(out, "echo ");
    script_grub_add_text(out, lead, span_text(line), 200, ".");
    text_add_char(out, '\n');
}

void script_pick_write_grub(struct text *out, const struct pick_ticket *ticket,
                            const struct client *client)
{
    text_add(out, "clear\n");
    add_grub_line(out, "This machine waits for a choice. Its number: ", ticket->number);
    if (ticket->page[0])
        add_grub_line(out, "On a phone, open ", ticket->page);
    else
        add_grub_line(out, "", ticket->why);
    text_add(out, "echo 'Esc leads to the menu.'\nset pick=wait\n"
                  "while [ \"$pick\" = wait ]; do\n"
                  "  if sleep --interruptible 2; then\n");
    text_addf(out, "    source /pick/%s/grub.cfg\n", ticket->number);
    text_add(out, "  else\n    set pick='" ENTRY_WORD_MENU "'\n  fi\ndone\n");
    /* As script_grub_write_chain writes it, with the entry filled in by GRUB. */
    text_add(out, "configfile \"/grub/entry/$pick/grub.cfg");
    if (!mac_is_zero(client->mac)) {
        text_add(out, "-01");
        for (size_t i = 0; i < sizeof client->mac.bytes; i++)
            text_addf(out, "-%02x", client->mac.bytes[i]);
    }
    text_add(out, "\"\n");
}

void script_pick_write_grub_answer(struct text *out, const char *entry)
{
    text_add(out, "set pick=");
    script_grub_add_word(out, span_text(entry ? entry : "wait"));
    text_add_char(out, '\n');
}
