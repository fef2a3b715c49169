/* See local_ca.h. Each pair is a row: a kind of key and its two files. Keys are kept when their
 * certificate is issued anew. Validity begins in the year 2000, for machines whose clock has lost
 * its battery. */
#include "serve/local_ca.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/autoclean.h"

#include "crypto/certificate_check.h"
#include "crypto/certificate_make.h"
#include "net/file.h"

#define DAY_MS        INT64_C(86400000)
#define CA_LIFE_MS    (20 * 365 * DAY_MS)
#define ISSUE_LIFE_MS (397 * DAY_MS)
#define RENEW_MS      (60 * DAY_MS) /* so long before the end it is issued anew */
#define PEM_MAX       (2 * CERTIFICATE_DER_MAX)
#define FILE_MAX      ((size_t)65536)

static const struct pair_row {
    enum key_kind kind;
    const char *certificate, *key;
} ca_row = { KEY_RSA_3072, LOCAL_CA_FILE, "ca-key.pem" },
  rows[LOCAL_CA_PAIRS] = { { KEY_RSA_2048, "https-rsa.pem", "https-rsa-key.pem" },
                           { KEY_EC_P256, "https-ec.pem", "https-ec-key.pem" } };

DEFINE_FREEP(struct certificate, certificate_free)

struct making {
    int folder;
    const struct local_ca_wish *wish;
    struct text *why;
    struct private_key *ca_key;
    struct certificate *ca;
};

static int complain(const struct making *m, const char *file, const char *what, int error)
{
    text_addf(m->why, "%s/%s: %s", m->wish->state, file, what);
    return error;
}

/* A file's text; -ENOENT quietly. */
static int read_file(const struct making *m, const char *name, uint8_t **ret_data, size_t *ret_len)
{
    struct safe_path path;
    struct file_facts facts;
    int fd;

    if (safe_path_parse(span_text(name), &path) != PATH_SOUND)
        return -EINVAL;
    enum file_verdict verdict = file_open_beneath(m->folder, &path, false, &fd, &facts);
    if (verdict == FILE_ABSENT)
        return -ENOENT;
    if (verdict != FILE_OPENED)
        return complain(m, name, file_verdict_text(verdict), file_verdict_errno(verdict, &facts));
    int r = file_read_whole(fd, FILE_MAX, ret_data, ret_len);
    close(fd);
    return r < 0 ? complain(m, name, strerror(-r), r) : 0;
}

static void free_secret(uint8_t *data, size_t len)
{
    if (data)
        explicit_bzero(data, len);
    free(data);
}

static int make_key(const struct making *m, const struct pair_row *row, struct private_key **ret)
{
    uint8_t bytes[PRIVATE_KEY_PEM_MAX];
    struct writer pem = writer_over(bytes, sizeof bytes);
    int r = private_key_new(row->kind, ret);
    if (r < 0)
        return complain(m, row->key, "a key could not be made", r);
    private_key_format(*ret, &pem);
    assert(!pem.failed);
    r = file_replace(m->folder, row->key, writer_span(&pem), true);
    private_key_wipe(&pem);
    if (r == 0)
        return 0;
    private_key_free(*ret);
    *ret = NULL; /* the caller frees what is there */
    return complain(m, row->key, strerror(-r), r);
}

/* The key of a row: the one that is there, or a new one. */
static int ready_key(const struct making *m, const struct pair_row *row, struct private_key **ret)
{
    uint8_t *pem = NULL;
    size_t len = 0;
    int r = read_file(m, row->key, &pem, &len);
    if (r == -ENOENT)
        return make_key(m, row, ret);
    if (r < 0)
        return r;
    r = private_key_parse(span_of(pem, len), ret);
    free_secret(pem, len);
    if (r < 0)
        return complain(m, row->key, "it holds no private key; remove it to have a new one made",
                        r);
    return 0;
}

static int read_certificate(const struct making *m, const struct pair_row *row,
                            struct certificate **ret)
{
    uint8_t *pem = NULL;
    size_t len = 0;
    int r = read_file(m, row->certificate, &pem, &len);
    if (r < 0)
        return r;
    r = certificate_read(span_of(pem, len), ret);
    free(pem);
    return r < 0 ? complain(m, row->certificate, "it holds no certificate", r) : 0;
}

/* Make a certificate and put it into its file, with the CA behind it where that issued it. */
static int make_certificate(const struct making *m, const struct pair_row *row,
                            const struct certificate_wish *wish, const struct private_key *key)
{
    uint8_t der_bytes[CERTIFICATE_DER_MAX];
    struct writer der = writer_over(der_bytes, sizeof der_bytes);
    uint8_t *bytes = malloc(2 * PEM_MAX);
    struct writer pem = writer_over(bytes, 2 * PEM_MAX);
    if (!bytes)
        return -ENOMEM;
    struct certificate_issuer issuer = { .key = m->ca_key };
    if (m->ca)
        issuer.certificate = certificate_der(m->ca);
    int r = certificate_make(wish, key, m->ca ? &issuer : NULL, &der);
    if (r == 0) {
        certificate_format(writer_span(&der), &pem);
        if (m->ca)
            certificate_format(certificate_der(m->ca), &pem);
        r = pem.failed ? -ENOSPC
                       : file_replace(m->folder, row->certificate, writer_span(&pem), false);
    }
    free(bytes);
    return r < 0 ? complain(m, row->certificate, strerror(-r), r) : 0;
}

static int make_ca(struct making *m, bool *ret_made)
{
    char name[CERTIFICATE_COMMON_NAME_MAX + 1];
    snprintf(name, sizeof name, "tugboot CA of %s", m->wish->names[0]);
    const struct certificate_wish wish = {
        .use = CERTIFICATE_CA,
        .common_name = name,
        .from = CERTIFICATE_BEGINNING,
        .until = { m->wish->now.ms + CA_LIFE_MS },
    };
    *ret_made = true;
    int r = make_certificate(m, &ca_row, &wish, m->ca_key);
    return r == 0 ? read_certificate(m, &ca_row, &m->ca) : r;
}

static int ready_ca(struct making *m, bool *ret_made)
{
    struct certificate *ca = NULL;
    int r = read_certificate(m, &ca_row, &ca);
    if (r < 0 && r != -ENOENT)
        return r;
    bool is_there = r == 0;
    r = ready_key(m, &ca_row, &m->ca_key);
    if (r == 0 && is_there && !private_key_fits(m->ca_key, certificate_der(ca))) {
        certificate_free(ca);
        return complain(m, ca_row.key,
                        "it is not the key of ca.pem: put the right one back, or remove both to "
                        "have a new CA made, which has to be enrolled anew",
                        -EINVAL);
    }
    m->ca = ca;
    return r == 0 && !is_there ? make_ca(m, ret_made) : r;
}

/* Is the certificate that is there still good for what is wished? */
static bool is_good(const struct making *m, const struct certificate *c,
                    const struct private_key *key)
{
    struct certificate_facts facts, ca;
    certificate_describe(c, &facts);
    certificate_describe(m->ca, &ca);
    /* It cannot outlive the CA: near that end a new one would be no better. */
    bool lasts = facts.ends.ms - RENEW_MS > m->wish->now.ms || facts.ends.ms >= ca.ends.ms;
    return lasts && certificate_is_issued_by(c, m->ca) &&
           private_key_fits(key, certificate_der(c)) &&
           certificate_covers(c, m->wish->names, m->wish->name_count);
}

static int issue(const struct making *m, const struct pair_row *row, const struct private_key *key)
{
    char name[CERTIFICATE_COMMON_NAME_MAX + 1];
    span_to_text(span_text(m->wish->names[0]), name, sizeof name);
    struct certificate_facts ca;
    certificate_describe(m->ca, &ca);
    int64_t ends = m->wish->now.ms + ISSUE_LIFE_MS;
    const struct certificate_wish wish = {
        .use = CERTIFICATE_TLS_SERVER,
        .common_name = name,
        .from = CERTIFICATE_BEGINNING,
        .until = { ends < ca.ends.ms ? ends : ca.ends.ms },
        .names = m->wish->names,
        .name_count = m->wish->name_count,
    };
    return make_certificate(m, row, &wish, key);
}

static int note_end(const struct making *m, const struct pair_row *row, struct local_pairs *pairs)
{
    autoclean(certificate_freep) struct certificate *c = NULL;
    struct certificate_facts facts;
    int r = read_certificate(m, row, &c);
    if (r < 0)
        return r;
    certificate_describe(c, &facts);
    if (pairs->ends.ms == 0 || facts.ends.ms < pairs->ends.ms)
        pairs->ends = facts.ends;
    return 0;
}

static int ready_pair(const struct making *m, const struct pair_row *row, struct local_pairs *pairs,
                      struct local_pair *out)
{
    autoclean(certificate_freep) struct certificate *c = NULL;
    autoclean(private_key_freep) struct private_key *key = NULL;
    int r = ready_key(m, row, &key);
    if (r == 0)
        r = read_certificate(m, row, &c);
    if (r == -ENOENT || (r == 0 && !is_good(m, c, key))) {
        pairs->issued = true;
        r = issue(m, row, key);
    }
    if (r == 0)
        r = note_end(m, row, pairs);
    if (r == 0)
        r = read_file(m, row->certificate, &out->chain, &out->chain_len);
    if (r == 0)
        r = read_file(m, row->key, &out->key, &out->key_len);
    return r;
}

int local_ca_ready(const struct local_ca_wish *wish, struct local_pairs *ret_pairs,
                   struct text *why)
{
    struct making m = { .wish = wish, .why = why, .folder = file_open_root(wish->state) };
    struct local_pairs pairs = { 0 };

    assert(wish->name_count > 0);
    if (m.folder < 0) {
        text_addf(why, "%s: %s", wish->state, strerror(-m.folder));
        return m.folder;
    }
    int r = ready_ca(&m, &pairs.made_ca);
    for (size_t i = 0; i < LOCAL_CA_PAIRS && r == 0; i++)
        r = ready_pair(&m, &rows[i], &pairs, &pairs.rows[i]);
    private_key_free(m.ca_key);
    certificate_free(m.ca);
    close(m.folder);
    if (r < 0)
        local_pairs_done(&pairs);
    else
        *ret_pairs = pairs;
    return r;
}

void local_pairs_done(struct local_pairs *pairs)
{
    for (size_t i = 0; i < LOCAL_CA_PAIRS; i++) {
        free(pairs->rows[i].chain);
        free_secret(pairs->rows[i].key, pairs->rows[i].key_len);
    }
    *pairs = (struct local_pairs){ 0 };
}

int local_ca_read(const char *state, struct certificate **ret_ca, struct text *why)
{
    const struct local_ca_wish wish = { .state = state };
    struct making m = { .wish = &wish, .why = why, .folder = file_open_root(state) };
    if (m.folder == -ENOENT)
        return -ENOENT;
    if (m.folder < 0)
        return complain(&m, LOCAL_CA_FILE, strerror(-m.folder), m.folder);
    int r = read_certificate(&m, &ca_row, ret_ca);
    close(m.folder);
    return r;
}
