/* Files on their way in: whole, in the wrong order, gone on with, refused, forgotten, removed. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "net/file.h"
#include "serve/intake.h"

#define BYTES_MAX 3000000

/* Of what set_up() makes. */
static const char whole_sha256[] =
    "88f26dec851ccda3780778b34a4948f1bdf89df47a98fa90b7866eb95bae31fb";

struct bench {
    char folder[64];
    struct loop *loop;
    struct intake *intake;
    uint8_t *bytes;
    char sentence[INTAKE_SENTENCE_MAX];
};

static void swallow(void *context, const struct event *event)
{
    (void)context;
    (void)event;
}

static void open_intake(struct bench *b)
{
    const struct intake_settings settings = {
        .loop = b->loop, .images = b->folder, .user = "tugboot", .events = { .emit = swallow }
    };
    assert_int_equal(intake_new(&settings, &b->intake), 0);
}

static int set_up(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    const char *tmp = getenv("TMPDIR");

    snprintf(b->folder, sizeof b->folder, "%s/intake-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(b->folder));
    assert_int_equal(loop_new(&b->loop), 0);
    b->bytes = malloc(BYTES_MAX);
    for (size_t i = 0; i < BYTES_MAX; i++)
        b->bytes[i] = (uint8_t)(i * 7 + i / 251);
    open_intake(b);
    *state = b;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;
    const char *slash = strrchr(b->folder, '/');
    char above[64] = "";

    intake_free(b->intake);
    loop_free(b->loop);
    span_to_text(span_of(b->folder, (size_t)(slash - b->folder)), above, sizeof above);
    int fd = file_open_root(above);
    assert_int_equal(file_remove_tree(fd, slash + 1), 0);
    close(fd);
    free(b->bytes);
    free(b);
    return 0;
}

static struct intake_wish upload_of(const char *file, uint64_t bytes)
{
    struct intake_wish wish = { .bytes = bytes, .modified = 1700000000 };
    snprintf(wish.file, sizeof wish.file, "%s", file);
    return wish;
}

/* Let the thread work until the file is in this state. */
static const struct intake_facts *await(struct bench *b, uint32_t number, enum intake_state state)
{
    for (;;) {
        loop_run_posted(b->loop);
        const struct intake_facts *facts = intake_find(b->intake, number);
        if (!facts || facts->state == state)
            return facts;
        if (facts->state == INTAKE_FAILED)
            fail_msg("%s", facts->sentence);
        usleep(1000);
    }
}

static void send_all(struct bench *b, uint32_t number, uint64_t from, uint64_t to, size_t step)
{
    while (from < to) {
        size_t len = to - from < step ? (size_t)(to - from) : step;
        int r = intake_piece(b->intake, number, from, span_of(b->bytes + from, len), b->sentence);
        if (r == 0)
            from += len;
        else
            assert_int_equal(r, -EAGAIN);
        loop_run_posted(b->loop);
    }
}

static bool is_there(const struct bench *b, const char *name)
{
    char path[256];
    struct stat facts;
    snprintf(path, sizeof path, "%s/%s", b->folder, name);
    return stat(path, &facts) == 0;
}

static void an_upload_becomes_an_image(void **state)
{
    struct bench *b = *state;
    struct intake_wish wish = upload_of("Debian 12.iso", BYTES_MAX);
    uint32_t number;
    char path[256], yaml[512] = "";

    snprintf(wish.title, sizeof wish.title, "Debian: the twelfth");
    assert_int_equal(intake_begin(b->intake, &wish, &number, b->sentence), 0);
    (void)await(b, number, INTAKE_RECEIVING);
    send_all(b, number, 0, BYTES_MAX, INTAKE_PIECE_MAX);
    const struct intake_facts *facts = await(b, number, INTAKE_DONE);
    assert_string_equal(facts->wish.name, "debian-12");
    assert_int_equal(facts->done, BYTES_MAX);
    assert_string_equal(facts->wish.sha256, whole_sha256);
    snprintf(path, sizeof path, "%s/debian-12/Debian 12.iso", b->folder);
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    uint8_t *back = malloc(BYTES_MAX);
    assert_int_equal(file_read_at(fd, 0, back, BYTES_MAX), BYTES_MAX);
    assert_memory_equal(back, b->bytes, BYTES_MAX);
    free(back);
    close(fd);
    snprintf(path, sizeof path, "%s/debian-12/image.yaml", b->folder);
    fd = open(path, O_RDONLY);
    assert_true(file_read_at(fd, 0, yaml, sizeof yaml - 1) > 0);
    close(fd);
    assert_non_null(strstr(yaml, "Debian: the twelfth"));
}

static void the_order_is_kept(void **state)
{
    struct bench *b = *state;
    struct intake_wish wish = upload_of("a.iso", 100);
    uint32_t number;

    assert_int_equal(intake_begin(b->intake, &wish, &number, b->sentence), 0);
    (void)await(b, number, INTAKE_RECEIVING);
    assert_int_equal(intake_piece(b->intake, number, 10, span_of(b->bytes, 10), b->sentence),
                     -ESTALE);
    assert_int_equal(intake_piece(b->intake, number, 0, span_of(b->bytes, 101), b->sentence),
                     -EFBIG);
    assert_int_equal(intake_piece(b->intake, number + 1, 0, span_of(b->bytes, 1), b->sentence),
                     -ENOENT);
    assert_int_equal(intake_piece(b->intake, number, 0, span_of(b->bytes, 60), b->sentence), 0);
    assert_int_equal(intake_offset(b->intake, number), 60);
    assert_int_equal(intake_piece(b->intake, number, 60, span_of(b->bytes, 41), b->sentence),
                     -EFBIG);
}

static void the_disk_may_be_slow(void **state)
{
    struct bench *b = *state;
    struct intake_wish wish = upload_of("a.iso", (uint64_t)64 << 20);
    uint32_t number;
    uint64_t offset = 0;
    int r;

    assert_int_equal(intake_begin(b->intake, &wish, &number, b->sentence), 0);
    (void)await(b, number, INTAKE_RECEIVING);
    /* Nothing comes back from the thread while the loop does not turn. */
    while ((r = intake_piece(b->intake, number, offset, span_of(b->bytes, INTAKE_PIECE_MAX),
                             b->sentence)) == 0)
        offset += INTAKE_PIECE_MAX;
    assert_int_equal(r, -EAGAIN);
    assert_int_equal(offset, INTAKE_WAITING_MAX);
}

static void an_upload_goes_on_after_a_restart(void **state)
{
    struct bench *b = *state;
    struct intake_wish wish = upload_of("a.iso", BYTES_MAX);
    uint32_t number;

    assert_int_equal(intake_begin(b->intake, &wish, &number, b->sentence), 0);
    (void)await(b, number, INTAKE_RECEIVING);
    send_all(b, number, 0, 1000000, 200000);
    intake_free(b->intake);
    open_intake(b);
    assert_int_equal(intake_begin(b->intake, &wish, &number, b->sentence), 0);
    const struct intake_facts *facts = await(b, number, INTAKE_RECEIVING);
    assert_int_equal(facts->done, 1000000);
    assert_int_equal(intake_offset(b->intake, number), 1000000);
    send_all(b, number, 1000000, BYTES_MAX, 250000);
    facts = await(b, number, INTAKE_DONE);
    assert_string_equal(facts->wish.sha256, whole_sha256);
}

static void another_file_is_told(void **state)
{
    struct bench *b = *state;
    struct intake_wish wish = upload_of("a.iso", 100);
    uint32_t number;

    memset(wish.sha256, '0', 64);
    assert_int_equal(intake_begin(b->intake, &wish, &number, b->sentence), 0);
    (void)await(b, number, INTAKE_RECEIVING);
    send_all(b, number, 0, 100, 100);
    while (intake_find(b->intake, number)->state != INTAKE_FAILED) {
        loop_run_posted(b->loop);
        usleep(1000);
    }
    assert_non_null(
        strstr(intake_find(b->intake, number)->sentence, "not the file that was meant"));
    assert_false(is_there(b, "a"));
    assert_false(is_there(b, ".upload-1700000000-100-a.iso"));
}

static void what_is_stopped_leaves_nothing(void **state)
{
    struct bench *b = *state;
    struct intake_wish wish = upload_of("a.iso", 100);
    uint32_t number;

    assert_int_equal(intake_begin(b->intake, &wish, &number, b->sentence), 0);
    (void)await(b, number, INTAKE_RECEIVING);
    send_all(b, number, 0, 50, 50);
    assert_int_equal(intake_cancel(b->intake, number), 0);
    assert_int_equal(intake_cancel(b->intake, number), -ENOENT);
    assert_null(intake_at(b->intake, 0));
    while (is_there(b, ".upload-1700000000-100-a.iso")) {
        loop_run_posted(b->loop);
        usleep(1000);
    }
}

static void an_image_is_removed(void **state)
{
    struct bench *b = *state;
    char path[256];

    snprintf(path, sizeof path, "%s/mine", b->folder);
    assert_int_equal(mkdir(path, 0755), 0);
    assert_int_equal(intake_remove(b->intake, "other", b->sentence), -ENOENT);
    assert_non_null(strstr(b->sentence, "no image named other"));
    assert_int_equal(intake_remove(b->intake, "mine", b->sentence), 0);
    assert_false(is_there(b, "mine"));
}

static void wishes_that_cannot_be(void **state)
{
    static const struct {
        const char *name;
        struct intake_wish wish;
        int result;
        const char *says;
    } cases[] = {
        { "no file", { .bytes = 1 }, -EINVAL, "name of a file" },
        { "a hidden file", { .file = ".x.iso", .bytes = 1 }, -EINVAL, "name of a file" },
        { "a way out", { .file = "../x.iso", .bytes = 1 }, -EINVAL, "name of a file" },
        { "an empty file", { .file = "x.iso" }, -EINVAL, "is empty" },
        { "a bad name", { .file = "x.iso", .name = "menu", .bytes = 1 }, -EINVAL, "cannot name" },
        { "a title of two lines",
          { .file = "x.iso", .title = "a\nb", .bytes = 1 },
          -EINVAL,
          "one line" },
        { "half a digest", { .file = "x.iso", .sha256 = "abc", .bytes = 1 }, -EINVAL, "SHA-256" },
        { "a name that is taken",
          { .file = "x.iso", .name = "taken", .bytes = 1 },
          -EEXIST,
          "already" },
        { "more than there is room",
          { .file = "x.iso", .bytes = UINT64_MAX / 4 },
          -ENOSPC,
          "too little room" },
        { "another scheme", { .url = "file:///etc/passwd" }, -EINVAL, "http://" },
        { "an address without a file", { .url = "http://example.org/" }, -EINVAL, "does not end" },
        { "an address without a file, and with secrets",
          { .url = "http://user:token@example.org/?token" },
          -EINVAL,
          "http://example.org/ does not end" },
        { "an address, and nobody to fetch it",
          { .url = "http://example.org/x.iso" },
          -EPIPE,
          "cannot be asked" },
    };
    struct bench *b = *state;
    char path[256];
    uint32_t number;

    snprintf(path, sizeof path, "%s/taken", b->folder);
    assert_int_equal(mkdir(path, 0755), 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int r = intake_begin(b->intake, &cases[i].wish, &number, b->sentence);
        if (r != cases[i].result || !strstr(b->sentence, cases[i].says))
            fail_msg("%s: %d, %s", cases[i].name, r, b->sentence);
        assert_null(intake_at(b->intake, 0));
    }
}

static void a_folder_that_is_not_there_is_told(void **state)
{
    struct bench *b = *state;
    const struct intake_settings settings = { .loop = b->loop,
                                              .images = "/nowhere/at/all",
                                              .user = "tugboot",
                                              .events = { .emit = swallow } };
    const struct intake_wish wish = upload_of("a.iso", 100);
    uint32_t number;

    intake_free(b->intake);
    assert_int_equal(intake_new(&settings, &b->intake), 0);
    assert_int_equal(intake_begin(b->intake, &wish, &number, b->sentence), -ENOENT);
    assert_non_null(strstr(b->sentence, "cannot be opened"));
}

static void too_many_at_once(void **state)
{
    struct bench *b = *state;
    uint32_t number;

    for (unsigned i = 0; i <= INTAKES_MAX; i++) {
        struct intake_wish wish = upload_of("a0.iso", 100);
        wish.file[1] = (char)('0' + i);
        int r = intake_begin(b->intake, &wish, &number, b->sentence);
        assert_int_equal(r, i < INTAKES_MAX ? 0 : -EBUSY);
    }
    struct intake_wish twice = upload_of("a0.iso", 100);
    assert_int_equal(intake_begin(b->intake, &twice, &number, b->sentence), -EEXIST);
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(an_upload_becomes_an_image), CASE(the_order_is_kept),
        CASE(the_disk_may_be_slow),       CASE(an_upload_goes_on_after_a_restart),
        CASE(another_file_is_told),       CASE(what_is_stopped_leaves_nothing),
        CASE(an_image_is_removed),        CASE(wishes_that_cannot_be),
        CASE(too_many_at_once),           CASE(a_folder_that_is_not_there_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
