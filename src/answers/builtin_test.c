/* The built-in defaults: each renders with the least a machine tells, says what is missing when
 * nobody could log in, and is well formed in its own language. Where this system has the target's
 * own checker (debconf-set-selections, xmllint, python3 for JSON, TOML and YAML), it is asked. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "answers/builtin.h"
#include "answers/check.h"
#include "answers/render.h"

#include <cmocka.h>

#define T(s)                                                                                       \
    {                                                                                              \
        .data = (const uint8_t *)(s), .len = sizeof(s) - 1                                         \
    }

static const struct span keys[] = { T("ssh-ed25519 AAAAC3Nza a'b@\"c\"<&>") };
static const struct answer_value few[] = {
    { .name = "hostname", .text = T("node1") },
    { .name = "mac", .text = T("52:54:00:12:34:56") },
    { .name = "finished", .text = T("http://192.0.2.1/answers/0123/finished") },
    { .name = "failed", .text = T("http://192.0.2.1/answers/0123/failed") },
    { .name = "ssh_keys", .is_list = true, .items = keys, .item_count = 1 },
};
static const struct answer_value many[] = {
    { .name = "hostname", .text = T("node1") },
    { .name = "mac", .text = T("52:54:00:12:34:56") },
    { .name = "finished", .text = T("http://192.0.2.1/answers/0123/finished") },
    { .name = "failed", .text = T("http://192.0.2.1/answers/0123/failed") },
    { .name = "ssh_keys", .is_list = true },
    { .name = "domain", .text = T("lab.example") },
    { .name = "user", .text = T("ada") },
    { .name = "disk", .text = T("/dev/vda") },
    { .name = "packages", .text = T("vim curl") },
    { .name = "mirror", .text = T("192.0.2.1") },
};
static const struct answer_value secrets[] = {
    { .name = "root_password", .text = T("r'o\"o<t>&") },
    { .name = "user_password", .text = T("u") },
    { .name = "core_password", .text = T("c") },
    { .name = "admin_password", .text = T("a<d>m&in\"'") },
};

/* What reads the target's language; NULL: nothing here does. */
static const char *checker_of(const struct answer_file *file)
{
    static const struct {
        enum answer_kind kind;
        const char *command;
    } rows[] = {
        { ANSWER_PRESEED, "command -v debconf-set-selections >/dev/null || exit 77; "
                          "debconf-set-selections --checkonly \"$0\"" },
        { ANSWER_AUTOYAST, "command -v xmllint >/dev/null || exit 77; xmllint --noout \"$0\"" },
        { ANSWER_UNATTEND, "command -v xmllint >/dev/null || exit 77; xmllint --noout \"$0\"" },
        { ANSWER_AGAMA, "python3 -m json.tool \"$0\" >/dev/null" },
        { ANSWER_IGNITION, "python3 -m json.tool \"$0\" >/dev/null" },
        { ANSWER_PROXMOX,
          "python3 -c 'import tomllib' 2>/dev/null || exit 77; "
          "python3 -c 'import sys, tomllib; tomllib.load(open(sys.argv[1], \"rb\"))' "
          "\"$0\"" },
        { ANSWER_AUTOINSTALL,
          "python3 -c 'import yaml' 2>/dev/null || exit 77; "
          "python3 -c 'import sys, yaml; assert isinstance(yaml.safe_load(open(sys.argv[1])), dict)' "
          "\"$0\"" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].kind == file->kind)
            return rows[i].command;
    return NULL;
}

static int run_checker(const char *command, const char *path)
{
    pid_t child = fork();
    int status = 0;

    if (child == 0) {
        execl("/bin/sh", "sh", "-c", command, path, (char *)NULL);
        _exit(127);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void check_with_target(const struct answer_file *file, const struct answer_output *out)
{
    const char *command = checker_of(file);
    char path[] = "/tmp/answer-XXXXXX";

    if (!command)
        return;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, out->text, out->len), (ssize_t)out->len);
    close(fd);
    int code = run_checker(command, path);
    unlink(path);
    if (code == 77)
        print_message("no checker for %s here\n", file->suffix);
    else if (code != 0)
        fail_msg("the checker of %s refuses (%d):\n%s", file->suffix, code, out->text);
}

static void render_all(const struct answer_value *values, size_t count, bool with_secrets)
{
    size_t file_count;
    const struct answer_file *files = answer_files(&file_count);

    for (size_t i = 0; i < file_count; i++) {
        const struct answer_scope scope = { .values = values,
                                            .value_count = count,
                                            .secrets = secrets,
                                            .secret_count = with_secrets ? 4 : 0 };
        char why_buffer[256] = "";
        struct text why = text_over(why_buffer, sizeof why_buffer);
        struct answer_output out;
        struct span source = answer_builtin(&files[i]);
        assert_true(source.len > 0);
        int r = answer_render(files[i].suffix, source, &scope, &out);
        /* Two of them cannot do without a password. */
        bool needs_secret = files[i].kind == ANSWER_PROXMOX || files[i].kind == ANSWER_UNATTEND;
        if (needs_secret && !with_secrets) {
            assert_int_equal(r, -EINVAL);
            assert_non_null(strstr(out.why, "password' is not defined"));
            continue;
        }
        if (r != 0)
            fail_msg("%s: %s", files[i].suffix, out.why);
        if (!answer_check(&files[i], "default", span_of(out.text, out.len), &why))
            fail_msg("%s\n%s", why_buffer, out.text);
        check_with_target(&files[i], &out);
        answer_output_done(&out);
    }
}

static void defaults_need_little(void **state)
{
    (void)state;
    render_all(few, sizeof few / sizeof few[0], false);
}

static void defaults_take_all_they_name(void **state)
{
    (void)state;
    render_all(many, sizeof many / sizeof many[0], true);
}

static void nobody_is_locked_out(void **state)
{
    size_t file_count;
    const struct answer_file *files = answer_files(&file_count);
    (void)state;

    for (size_t i = 0; i < file_count; i++) {
        const struct answer_scope scope = { .values = many, .value_count = 5 };
        struct answer_output out;
        if (answer_kind_main_file(files[i].kind) != &files[i])
            continue;
        assert_int_equal(answer_render("t", answer_builtin(&files[i]), &scope, &out), -EINVAL);
        assert_non_null(strstr(out.why, "_password"));
    }
}

static void formats_are_checked(void **state)
{
    static const struct {
        const char *text;
        bool sound;
    } cases[] = {
        { "{}", true },         { "[]", false }, { "", false }, { "{\"a\": 1, \"a\": 2}", false },
        { "{\"a\": }", false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char buffer[256] = "";
        struct text why = text_over(buffer, sizeof buffer);
        bool sound = answer_check(answer_kind_main_file(ANSWER_IGNITION), "web",
                                  span_text(cases[i].text), &why);
        assert_int_equal(sound, cases[i].sound);
        assert_int_equal(buffer[0] == 0, sound);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_need_little),
        cmocka_unit_test(defaults_take_all_they_name),
        cmocka_unit_test(nobody_is_locked_out),
        cmocka_unit_test(formats_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
