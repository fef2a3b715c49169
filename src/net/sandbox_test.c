/* What is left to the image worker once it has given its rights up: nothing by which it could reach
 * the daemon, which has the same user. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"

#include "net/sandbox.h"

#include <cmocka.h>

/* A sanitizer needs calls that the worker is not allowed. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_FILTERED false
#else
#define IS_FILTERED true
#endif

#define UNTOUCHED 12345

static long results[8];

/* In a child: do `calls` as the worker may, and leave what came of them in shared memory. Its
 * status, or -1 when it could not be made. */
static int run_as_worker(void (*calls)(volatile long *results))
{
    volatile long *shared =
        mmap(NULL, sizeof results, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    char data[256];
    int status = -1;

    assert_true(shared != MAP_FAILED);
    for (size_t i = 0; i < sizeof results / sizeof results[0]; i++)
        shared[i] = UNTOUCHED;
    pid_t child = fork();
    if (child == 0) {
        struct text why = text_over(data, sizeof data);
        if (sandbox_enter_worker(IS_FILTERED, &why) < 0)
            _exit(2);
        calls(shared);
        _exit(0);
    }
    assert_true(child > 0 && waitpid(child, &status, 0) == child);
    for (size_t i = 0; i < sizeof results / sizeof results[0]; i++)
        results[i] = shared[i];
    munmap((void *)(uintptr_t)shared, sizeof results);
    return status;
}

static void reach_for_the_parent(volatile long *out)
{
    pid_t parent = getppid();

    /* Signal 0 asks whether a signal may be sent, and sends none. */
    out[0] = syscall(SYS_tgkill, parent, parent, 0) < 0 ? errno : 0;
    out[1] = syscall(SYS_tkill, parent, 0) < 0 ? errno : 0;
    out[2] = syscall(SYS_kill, parent, 0) < 0 ? errno : 0;
    out[3] = syscall(SYS_openat, -100, "/", 0, 0) < 0 ? errno : 0;
    out[4] = syscall(SYS_socket, 1, 1, 0) < 0 ? errno : 0;
}

static void the_worker_reaches_nobody(void **state)
{
    (void)state;
    int status = run_as_worker(reach_for_the_parent);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(results[i], IS_FILTERED ? EPERM : 0);
}

static void give_up(volatile long *out)
{
    out[0] = 0;
    abort();
}

/* An assertion that fails ends the worker, without a signal it could send. */
static void the_worker_can_give_up(void **state)
{
    (void)state;
    int status = run_as_worker(give_up);
    assert_int_equal(results[0], 0);
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worker_reaches_nobody),
        cmocka_unit_test(the_worker_can_give_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
