/* The CA in the state folder over the years: what is made once stays, what runs out or no longer
 * fits is issued anew, and what somebody spoilt is told in a sentence. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/certificate_check.h"
#include "net/file.h"
#include "net/tls_context.h"
#include "serve/local_ca.h"

#include <cmocka.h>

#define DAY_MS INT64_C(86400000)

static const struct calendar start = { .ms = INT64_C(1790000000000) };

struct scene {
    char path[64];
    int folder;
    char sentence[512];
};

static int set_up(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    snprintf(s->path, sizeof s->path, "/tmp/tugboot-ca-test-XXXXXX");
    if (!mkdtemp(s->path))
        return -1;
    s->folder = file_open_root(s->path);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *s = *state;
    char command_free[64];
    snprintf(command_free, sizeof command_free, "%s", s->path + 5);
    close(s->folder);
    int tmp = file_open_root("/tmp");
    int r = file_remove_tree(tmp, command_free);
    close(tmp);
    free(s);
    return r;
}

static int ready(struct scene *s, int64_t day, const char *const *names, size_t count,
                 struct local_pairs *out)
{
    struct text why = text_over(s->sentence, sizeof s->sentence);
    const struct local_ca_wish wish = {
        .state = s->path, .names = names, .name_count = count, .now = { start.ms + day * DAY_MS }
    };
    return local_ca_ready(&wish, out, &why);
}

static struct certificate *read_pair(const struct local_pair *pair)
{
    struct certificate *c = NULL;
    assert_int_equal(certificate_read(span_of(pair->chain, pair->chain_len), &c), 0);
    return c;
}

static void the_years_go_by(void **state)
{
    static const char *const two[] = { "boot", "192.0.2.1" }, *const three[] = { "boot",
                                                                                 "192.0.2.1",
                                                                                 "192.0.2.7" };
    struct scene *s = *state;
    struct local_pairs pairs;
    struct stat facts;
    char why[256];
    struct text t = text_over(why, sizeof why);
    struct certificate *ca = NULL, *again = NULL;

    assert_int_equal(local_ca_read(s->path, &ca, &t), -ENOENT);
    assert_int_equal(ready(s, 0, two, 2, &pairs), 0);
    assert_true(pairs.made_ca && pairs.issued);
    assert_int_equal(pairs.ends.ms / DAY_MS, (start.ms + 397 * DAY_MS) / DAY_MS);
    assert_int_equal(fstatat(s->folder, "ca-key.pem", &facts, 0), 0);
    assert_int_equal(facts.st_mode & 07777, 0600);
    assert_int_equal(fstatat(s->folder, "https-rsa-key.pem", &facts, 0), 0);
    assert_int_equal(facts.st_mode & 07777, 0600);
    assert_int_equal(local_ca_read(s->path, &ca, &t), 0);
    for (size_t i = 0; i < LOCAL_CA_PAIRS; i++) {
        struct certificate *leaf = read_pair(&pairs.rows[i]);
        assert_true(certificate_is_issued_by(leaf, ca));
        assert_true(certificate_covers(leaf, two, 2));
        certificate_free(leaf);
    }
    /* OpenSSL takes both for one context. */
    struct tls_settings settings = { .pair_count = 2 };
    for (size_t i = 0; i < LOCAL_CA_PAIRS; i++)
        settings.pairs[i] =
            (struct tls_pair){ span_of(pairs.rows[i].chain, pairs.rows[i].chain_len),
                               span_of(pairs.rows[i].key, pairs.rows[i].key_len) };
    struct tls_context *tls = NULL;
    assert_int_equal(tls_context_new(&settings, &tls, &t), 0);
    tls_context_unref(tls);
    local_pairs_done(&pairs);

    /* nothing new: nothing is done; an address gone is no reason either */
    assert_int_equal(ready(s, 1, two, 2, &pairs), 0);
    assert_false(pairs.made_ca || pairs.issued);
    local_pairs_done(&pairs);
    assert_int_equal(ready(s, 2, two, 1, &pairs), 0);
    assert_false(pairs.issued);
    local_pairs_done(&pairs);
    /* a new address; the end draws near */
    assert_int_equal(ready(s, 3, three, 3, &pairs), 0);
    assert_true(pairs.issued && !pairs.made_ca);
    local_pairs_done(&pairs);
    assert_int_equal(ready(s, 3 + 336, three, 3, &pairs), 0);
    assert_false(pairs.issued);
    local_pairs_done(&pairs);
    assert_int_equal(ready(s, 3 + 338, three, 3, &pairs), 0);
    assert_true(pairs.issued && !pairs.made_ca);
    local_pairs_done(&pairs);
    /* what machines trust is the same still */
    assert_int_equal(local_ca_read(s->path, &again, &t), 0);
    assert_true(span_equals(certificate_der(ca), certificate_der(again)));
    certificate_free(ca);
    certificate_free(again);
}

static void what_is_missing_or_spoilt(void **state)
{
    static const char *const names[] = { "boot" };
    static const struct {
        const char *name, *file;
        const char *text; /* NULL = removed */
        int want;
        const char *says;
    } cases[] = {
        { "a certificate is gone", "https-ec.pem", NULL, 0, "" },
        { "its key is gone", "https-rsa-key.pem", NULL, 0, "" },
        { "its key is garbage", "https-rsa-key.pem", "no key", -EINVAL,
          "https-rsa-key.pem: it holds no private key; remove it" },
        { "the CA is garbage", "ca.pem", "none", -EBADMSG, "ca.pem: it holds no certificate" },
        { "the CA's key is gone", "ca-key.pem", NULL, -EINVAL,
          "ca-key.pem: it is not the key of ca.pem" },
    };
    struct scene *s = *state;
    struct local_pairs pairs;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("case: %s\n", cases[i].name);
        assert_int_equal(ready(s, 0, names, 1, &pairs), 0);
        local_pairs_done(&pairs);
        if (cases[i].text)
            assert_int_equal(
                file_replace(s->folder, cases[i].file, span_text(cases[i].text), false), 0);
        else
            assert_int_equal(unlinkat(s->folder, cases[i].file, 0), 0);
        int r = ready(s, 1, names, 1, &pairs);
        assert_int_equal(r, cases[i].want);
        if (r == 0) {
            assert_true(pairs.issued && !pairs.made_ca);
            local_pairs_done(&pairs);
            continue;
        }
        if (!strstr(s->sentence, cases[i].says))
            fail_msg("%s: \"%s\"", cases[i].name, s->sentence);
        assert_int_equal(tear_down(state), 0);
        assert_int_equal(set_up(state), 0);
        s = *state;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_years_go_by, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_missing_or_spoilt, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
