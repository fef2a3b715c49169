/* A table goes out sealed; what is not sealed, or too large, or no table at all, is refused. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "net/memory_file.h"

#include <cmocka.h>

static void a_table_is_sealed(void **state)
{
    struct span bytes = span_text("eight by"), mapped;
    (void)state;
    int fd = memory_file_make(bytes);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, "x", 1, 0), -1);
    assert_int_equal(ftruncate(fd, 0), -1);
    assert_int_equal(memory_file_map(fd, bytes.len, &mapped), 0);
    assert_true(span_equals(mapped, bytes));
    assert_int_equal(memory_file_map(fd, bytes.len - 1, &mapped), -EBADMSG);
    memory_file_unmap(mapped);
    close(fd);
}

static void others_are_refused(void **state)
{
    static const struct {
        const char *name;
        unsigned seals;
        off_t size;
    } rows[] = {
        { "may shrink", F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL, 8 },
        { "may grow", F_SEAL_SHRINK | F_SEAL_WRITE | F_SEAL_SEAL, 8 },
        { "may be written", F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL, 8 },
        { "empty", F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL, 0 },
    };
    struct span mapped;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        assert_true(fd >= 0 && ftruncate(fd, rows[i].size) == 0 &&
                    fcntl(fd, F_ADD_SEALS, rows[i].seals) == 0);
        if (memory_file_map(fd, 4096, &mapped) != -EBADMSG)
            fail_msg("%s was taken", rows[i].name);
        close(fd);
    }
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_int_equal(memory_file_map(null, 4096, &mapped), -EBADMSG);
    close(null);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_is_sealed),
        cmocka_unit_test(others_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
