/* What the worker sends along with a refusal is closed: a file descriptor of its own choice must
 * not stay here. The worker is played by the test. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "serve/container_reader.h"
#include "serve/image_worker.h"

#include <cmocka.h>

static struct {
    enum worker_result result;
    int sent; /* along with it */
} worker;

/* The seam: these stand in for serve/image_worker. */

int image_worker_new(const char *user, bool seccomp, struct image_worker **ret_worker)
{
    static char place;
    (void)user;
    (void)seccomp;
    *ret_worker = (struct image_worker *)(void *)&place;
    return 0;
}

void image_worker_free(struct image_worker *unused)
{
    (void)unused;
}

void image_worker_call(struct image_worker *unused, struct worker_job *job,
                       struct worker_reply *ret_reply)
{
    (void)unused;
    close(job->fd);
    *ret_reply = (struct worker_reply){ .result = worker.result, .phrase = "no" };
    job->answer_fd = worker.sent;
}

static void what_comes_along_is_closed(void **state)
{
    static const enum worker_result results[] = { WORKER_DONE, WORKER_REFUSED, WORKER_FAILED,
                                                  WORKER_DIED };
    (void)state;
    for (size_t i = 0; i < sizeof results / sizeof results[0]; i++) {
        struct container_reader *reader = container_reader_new("");
        const struct container_finder finder = container_reader_finder(reader);
        char why[CONTAINER_FINDER_WHY_MAX];
        struct held_container *held = NULL;
        struct file_facts facts;
        int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        assert_true(fd >= 0 && file_facts_of(fd, &facts) == 0);
        worker.result = results[i];
        worker.sent = open("/dev/null", O_RDONLY | O_CLOEXEC);
        assert_int_equal(finder.find(finder.context, fd, &facts, &held, why), CONTAINER_REFUSED);
        assert_int_equal(fcntl(worker.sent, F_GETFD), -1);
        assert_int_equal(errno, EBADF);
        container_reader_free(reader);
        close(fd);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_along_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
