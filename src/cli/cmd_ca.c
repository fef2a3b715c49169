/* ca: the CA of tugboot's HTTPS, to be enrolled where it is to be trusted. Read from the state
 * folder, so it needs no daemon; only what is public is read. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/autoclean.h"
#include "base/json_write.h"

#include "cli/ca_list.h"
#include "cli/session.h"
#include "crypto/certificate_make.h"
#include "net/file.h"
#include "serve/local_ca.h"

#define EXPORT_MAX ((size_t)65536)

DEFINE_FREEP(struct certificate, certificate_free)

static enum exit_code read_ca(const struct session *session, struct certificate **ret_ca)
{
    char data[512];
    struct text why = text_over(data, sizeof data);
    int r = local_ca_read(session->config->state, ret_ca, &why);
    if (r == 0)
        return EXIT_OK;
    if (r == -ENOENT && session->config->https.certificate[0] != 0)
        complain("there is no CA of tugboot's own: HTTPS shows %s, and the CA that issued that is "
                 "the one to enrol",
                 session->config->https.certificate);
    else if (r == -ENOENT)
        complain("there is no CA in %s yet: it is made when 'tugboot serve' starts for the first "
                 "time",
                 session->config->state);
    else
        complain("%s", data);
    return r == -ENOENT ? EXIT_NOT_FOUND : EXIT_FAILED;
}

static void format_date(struct calendar at, char out[16])
{
    const time_t seconds = (time_t)(at.ms / 1000);
    struct tm parts;
    out[0] = 0;
    if (gmtime_r(&seconds, &parts))
        (void)!strftime(out, 16, "%Y-%m-%d", &parts);
}

static void format_fingerprint(const struct digest *digest, struct text *out)
{
    struct span bytes = digest_span(digest);
    for (size_t i = 0; i < bytes.len; i++)
        text_addf(out, "%s%02X", i > 0 ? ":" : "", bytes.data[i]);
}

static void show(const struct arguments *args, const char *state,
                 const struct certificate_facts *facts)
{
    char begins[16], ends[16], hex[128], data[2048];
    struct text fingerprint = text_over(hex, sizeof hex), out = text_over(data, sizeof data);

    format_date(facts->starts, begins);
    format_date(facts->ends, ends);
    format_fingerprint(&facts->fingerprint, &fingerprint);
    if (arguments_has(args, "--json")) {
        struct json_writer j = json_over(&out);
        json_write_object_begin(&j, NULL);
        json_write_text(&j, "name", facts->subject);
        json_write_text(&j, "key", facts->key);
        json_write_text(&j, "from", begins);
        json_write_text(&j, "until", ends);
        json_write_text(&j, "sha256", hex);
        json_write_text(&j, "folder", state);
        json_write_object_end(&j);
        puts(data);
        return;
    }
    printf("name      %s\nkey       %s\nvalid     %s to %s\nSHA-256   %s\nfile      %s/%s\n\n"
           "Enrol it where HTTPS from here is to be trusted: 'tugboot ca export --form esl' (or\n"
           "der, pem); the steps per firmware vendor are in the guide about HTTPS Boot.\n",
           facts->subject, facts->key, begins, ends, hex, state, LOCAL_CA_FILE);
}

enum exit_code cmd_ca_show(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    autoclean(certificate_freep) struct certificate *ca = NULL;
    struct certificate_facts facts;
    enum exit_code code = session_open(&session, args);
    if (code == EXIT_OK)
        code = read_ca(&session, &ca);
    if (code != EXIT_OK)
        return code;
    certificate_describe(ca, &facts);
    show(args, session.config->state, &facts);
    return EXIT_OK;
}

/* The CA in the form that was asked for; false when there is no such form. */
static bool write_form(const char *form, struct span der, struct writer *out)
{
    if (strcmp(form, "pem") == 0) {
        certificate_format(der, out);
    } else if (strcmp(form, "der") == 0) {
        writer_bytes(out, der);
    } else if (strcmp(form, "esl") == 0) {
        ca_list_add(out, der);
    } else {
        return false;
    }
    return true;
}

/* To a file (in the place of one that may be there), or to standard output. */
static enum exit_code put_out(const char *path, bool is_text, struct span bytes)
{
    if (!path) {
        if (!is_text && isatty(STDOUT_FILENO)) {
            complain("this is not for a terminal: name a file with --output");
            return EXIT_USAGE;
        }
        return fwrite(bytes.data, 1, bytes.len, stdout) == bytes.len && fflush(stdout) == 0
                   ? EXIT_OK
                   : EXIT_FAILED;
    }
    FILE *file = fopen(path, "wb");
    bool written = file && fwrite(bytes.data, 1, bytes.len, file) == bytes.len;
    if (file && fclose(file) != 0)
        written = false;
    if (!written)
        complain("%s: %s", path, strerror(errno));
    return written ? EXIT_OK : EXIT_FAILED;
}

enum exit_code cmd_ca_export(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    autoclean(certificate_freep) struct certificate *ca = NULL;
    const char *form = arguments_value(args, "--form");
    static uint8_t bytes[EXPORT_MAX];
    struct writer out = writer_over(bytes, sizeof bytes);
    enum exit_code code = session_open(&session, args);

    form = form ? form : "pem";
    if (code == EXIT_OK)
        code = read_ca(&session, &ca);
    if (code != EXIT_OK)
        return code;
    if (!write_form(form, certificate_der(ca), &out)) {
        complain("there is no form \"%.20s\": pem, der and esl are known", form);
        return EXIT_USAGE;
    }
    if (out.failed) {
        complain("the CA is too large to be exported");
        return EXIT_FAILED;
    }
    return put_out(arguments_value(args, "--output"), strcmp(form, "pem") == 0, writer_span(&out));
}
