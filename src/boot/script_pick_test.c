/* The screen of a waiting machine, as a console of 80x25 that obeys CUP, ED 2 and SGR draws it: the
 * code is there module by module, nothing leaves the screen, and no fact of the machine's ends a
 * line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "boot/script_pick.h"

#include <cmocka.h>

#define ROWS    25
#define COLUMNS 80

struct cell {
    char c;
    int ground;
};

static struct cell screen[ROWS][COLUMNS];
static int row, column, ground;

static void obey(const char **at)
{
    int numbers[3] = { 0 }, count = 0;
    const char *p = *at + 1;

    for (;; p++) {
        if (*p >= '0' && *p <= '9')
            numbers[count] = numbers[count] * 10 + (*p - '0');
        else if (*p == ';' && count < 2)
            count++;
        else
            break;
    }
    if (*p == 'H') {
        row = numbers[0] - 1;
        column = numbers[1] - 1;
    } else if (*p == 'm') {
        for (int i = 0; i <= count; i++)
            if (numbers[i] / 10 == 4)
                ground = numbers[i] % 10;
    } else {
        assert_int_equal(*p, 'J');
    }
    *at = p;
}

/* What `echo -n` of one line shows. */
static void show(const char *line)
{
    for (const char *p = line; *p; p++) {
        if (*p == 0x1b) {
            p++;
            assert_int_equal(*p, '[');
            obey(&p);
            continue;
        }
        assert_in_range(row, 0, ROWS - 2); /* the last row would scroll the screen */
        assert_in_range(column, 0, COLUMNS - 1);
        screen[row][column++] = (struct cell){ *p, ground };
    }
}

static void draw(char *script)
{
    static const char lead[] = "echo -n ";
    memset(screen, 0, sizeof screen);
    for (char *save, *line = strtok_r(script, "\n", &save); line && strcmp(line, ":ask") != 0;
         line = strtok_r(NULL, "\n", &save))
        if (strncmp(line, lead, sizeof lead - 1) == 0)
            show(line + sizeof lead - 1);
}

static bool has_text(const char *text)
{
    char line[COLUMNS + 1];
    for (int r = 0; r < ROWS; r++) {
        for (int c = 0; c < COLUMNS; c++)
            line[c] = screen[r][c].c ? screen[r][c].c : ' ';
        line[COLUMNS] = 0;
        if (strstr(line, text))
            return true;
    }
    return false;
}

static const struct reach reach = { .server = { 0xc0a84d01 }, .http_port = 80 };
static char memory[65536];

static void the_code_is_on_the_screen(void **state)
{
    struct pick_ticket ticket = { .number = "4821", .page = "http://192.168.200.100:8067/pick" };
    struct text text = text_over(memory, sizeof memory);
    (void)state;

    ticket.code.size = 21;
    for (int y = 0; y < 21; y++)
        ticket.code.rows[y] = (uint32_t)(0x155a3 * (y + 3)) & 0x1fffff;
    script_pick_write_ipxe(&text, &ticket, &reach);
    assert_false(text.failed);
    draw(memory);
    for (int y = -1; y < 22; y++)
        for (int x = -2; x < 23; x++) {
            bool dark = y >= 0 && y < 21 && x >= 0 && x < 21 && ticket.code.rows[y] >> x & 1;
            for (int half = 0; half < 2; half++)
                assert_int_equal(screen[y + 1][(x + 2) * 2 + half].ground, dark ? 0 : 7);
        }
    assert_true(has_text("Its number: 4821"));
    assert_true(has_text("192.168.200.100:8067/pick"));
}

static void without_a_code_there_are_words(void **state)
{
    struct pick_ticket ticket = { .number = "1234", .why = "Phones ${cannot} || open it" };
    struct text text = text_over(memory, sizeof memory);
    (void)state;

    script_pick_write_ipxe(&text, &ticket, &reach);
    assert_null(strstr(memory, "${cannot}"));
    assert_null(strstr(memory, "|| open"));
    draw(memory);
    assert_true(has_text("Its number: 1234"));
    assert_true(has_text("open it"));
}

static void asking_nests_nothing(void **state)
{
    struct text text = text_over(memory, sizeof memory);
    (void)state;

    script_pick_write_wait(&text, "4821", &reach);
    assert_non_null(strstr(memory, "chain --replace http://192.168.77.1/pick/4821/ipxe ||\n"));
    text = text_over(memory, sizeof memory);
    script_pick_write_go(&text, "debian-12", &reach);
    assert_non_null(strstr(memory, "chain --replace http://192.168.77.1/boot.ipxe?mac="));
    assert_non_null(strstr(memory, "&entry=debian-12 ||\n"));
    text = text_over(memory, sizeof memory);
    script_pick_write_grub_answer(&text, NULL);
    assert_string_equal(memory, "set pick='wait'\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_code_is_on_the_screen),
        cmocka_unit_test(without_a_code_there_are_words),
        cmocka_unit_test(asking_nests_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
