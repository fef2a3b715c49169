/* Tests of serve/digest_keeper with its thread: new images are read once, changes are told once,
 * what somebody else found is told, and nothing is read again after a restart. */
/* cmocka.h wants the others before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
/* clang-format on */

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "serve/digest_keeper.h"

static char images[] = "/tmp/digest-keeper-test.XXXXXX";
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char told[2048]; /* what was emitted, a line each */
static unsigned recorded;

static void take_event(void *context, const struct event *event)
{
    char data[512];
    struct text text = text_over(data, sizeof data);
    (void)context;
    event_format(event, &text);
    pthread_mutex_lock(&lock);
    recorded += event->id == EVENT_IMAGE_RECORDED;
    size_t at = strlen(told);
    snprintf(told + at, sizeof told - at, "%s\n", data);
    pthread_mutex_unlock(&lock);
}

static bool was_told(const char *words)
{
    pthread_mutex_lock(&lock);
    bool is = strstr(told, words) != NULL;
    pthread_mutex_unlock(&lock);
    return is;
}

static unsigned times_told(const char *words)
{
    unsigned count = 0;
    pthread_mutex_lock(&lock);
    for (const char *at = told; (at = strstr(at, words)); at++)
        count++;
    pthread_mutex_unlock(&lock);
    return count;
}

static const struct event_sink events = { .emit = take_event };

static time_t begin; /* of the test: ages count from here */

/* A file that was written so many seconds ago. */
static void write_file(const char *name, const char *text, int64_t age_s)
{
    char path[300];
    snprintf(path, sizeof path, "%s/%s", images, name);
    FILE *out = fopen(path, "we");
    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
    struct stat now;
    assert_int_equal(stat(path, &now), 0);
    struct timespec times[2] = { now.st_mtim, now.st_mtim };
    if (begin == 0)
        begin = now.st_mtim.tv_sec;
    times[0].tv_sec = times[1].tv_sec = age_s > 0 ? begin - age_s : now.st_mtim.tv_sec;
    times[0].tv_nsec = times[1].tv_nsec = 0;
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static struct image rows[2] = {
    { .name = "one", .kind = IMAGE_SANBOOT, .kernel = "one.img", .folder = "" },
    { .name = "two", .kind = IMAGE_LINUX, .kernel = "linux", .folder = "two" },
};
static const struct catalog catalog = { .images = rows, .image_count = 2 };

static void look(struct digest_keeper *keeper)
{
    digest_keeper_look(keeper, images, &catalog);
}

static struct digest_keeper_facts facts_of(struct digest_keeper *keeper, size_t row)
{
    struct digest_keeper_facts facts;
    assert_true(digest_keeper_find(keeper, &rows[row], &facts));
    return facts;
}

#define WAIT_FOR(condition)                                                                        \
    for (int i_ = 0; !(condition); i_++) {                                                         \
        if (i_ == 3000)                                                                            \
            fail_msg("never: %s; told:\n%s", #condition, told);                                    \
        usleep(10000);                                                                             \
    }

static bool is_kept(struct digest_keeper *keeper, size_t row, enum image_digest_verdict verdict)
{
    struct digest_keeper_facts facts = facts_of(keeper, row);
    return facts.keeping == DIGEST_KEPT && facts.last.verdict == verdict;
}

static void bytes_are_kept_an_eye_on(void **state)
{
    struct digest_keeper *keeper;
    (void)state;

    write_file("one.img", "the first", 1000);
    write_file("two/linux", "a kernel", 1000);
    write_file("two/image.yaml", "title: x\n", 1000);
    assert_int_equal(digest_keeper_new(events, &keeper), 0);
    look(keeper);
    WAIT_FOR(is_kept(keeper, 0, IMAGE_DIGEST_INTACT) && is_kept(keeper, 1, IMAGE_DIGEST_INTACT));
    assert_true(was_told("image one.img: the SHA-256 of 1 files is recorded"));
    assert_true(was_told("image two: the SHA-256 of 2 files is recorded"));

    /* What the owner says of an image may change; its bytes may not, and that is told once. */
    write_file("two/image.yaml", "title: y\n", 900);
    write_file("one.img", "another", 900);
    look(keeper);
    WAIT_FOR(is_kept(keeper, 0, IMAGE_DIGEST_CHANGED));
    WAIT_FOR(times_told("image two: the SHA-256 of 1 files is recorded") == 1);
    look(keeper);
    WAIT_FOR(is_kept(keeper, 1, IMAGE_DIGEST_INTACT));
    assert_int_equal(times_told("image one.img: one.img is changed"), 1);

    /* A file that is not the newest may go, and come back as it was. */
    char path[300];
    snprintf(path, sizeof path, "%s/two/linux", images);
    assert_int_equal(unlink(path), 0);
    look(keeper);
    WAIT_FOR(is_kept(keeper, 1, IMAGE_DIGEST_GONE));
    assert_int_equal(times_told("image two: two/linux is gone"), 1);
    write_file("two/linux", "a kernel", 1000);
    look(keeper);
    WAIT_FOR(is_kept(keeper, 1, IMAGE_DIGEST_INTACT));

    /* What has just been written to has to wait. */
    unsigned before = times_told("image two: two/linux");
    write_file("two/linux", "a newer kernel", 0);
    look(keeper);
    usleep(50000);
    assert_int_equal(times_told("image two: two/linux"), before);
    write_file("two/linux", "a kernel", 1000);
    digest_keeper_free(keeper);
}

static void what_a_command_found_is_told_after_a_restart(void **state)
{
    struct image_digest_sums sums;
    char why[IMAGE_DIGEST_WHY_MAX];
    struct digest_keeper *keeper;
    (void)state;

    const struct image_digest_check check = {
        .images = images, .entry = "two", .accept = true, .now_s = 77
    };
    assert_int_equal(image_digest_run(&check, &sums, why), 0);
    write_file("two/linux", "A kernel", 1000); /* the same size and time: the disk did it */
    unsigned before = recorded;
    assert_int_equal(digest_keeper_new(events, &keeper), 0);
    look(keeper);
    WAIT_FOR(facts_of(keeper, 1).keeping == DIGEST_KEPT);
    assert_int_equal(facts_of(keeper, 1).last.checked_s, 77); /* it was not read again */
    assert_int_equal(recorded, before);
    assert_false(was_told("DAMAGED"));
    const struct image_digest_check weekly = { .images = images, .entry = "two", .now_s = 88 };
    assert_int_equal(image_digest_run(&weekly, &sums, why), 0);
    look(keeper);
    WAIT_FOR(is_kept(keeper, 1, IMAGE_DIGEST_DAMAGED));
    assert_int_equal(times_told("image two: two/linux is DAMAGED"), 1);
    assert_string_equal(facts_of(keeper, 1).last.path, "two/linux");
    digest_keeper_free(keeper);
}

static void what_is_off_the_menu_is_forgotten(void **state)
{
    static const struct catalog none = { .image_count = 0 };
    struct digest_keeper_facts facts;
    struct digest_keeper *keeper;
    (void)state;
    assert_int_equal(digest_keeper_new(events, &keeper), 0);
    look(keeper);
    digest_keeper_look(keeper, images, &none);
    assert_false(digest_keeper_find(keeper, &rows[0], &facts));
    digest_keeper_free(keeper);
    digest_keeper_free(NULL);
}

static int set_up(void **state)
{
    char path[300];
    (void)state;
    if (!mkdtemp(images))
        return -1;
    snprintf(path, sizeof path, "%s/two", images);
    return mkdir(path, 0700);
}

static int tear_down(void **state)
{
    static const char *const names[] = { "one.img", "two/linux", "two/image.yaml",
                                         ".digests/one.img.sha256", ".digests/two.sha256" };
    char path[300];
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", images, names[i]);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/two", images);
    rmdir(path);
    snprintf(path, sizeof path, "%s/.digests", images);
    rmdir(path);
    return rmdir(images);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_kept_an_eye_on),
        cmocka_unit_test(what_a_command_found_is_told_after_a_restart),
        cmocka_unit_test(what_is_off_the_menu_is_forgotten),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
