/* See signature_check.h. Keyrings are read here and handed over in memory, so that the checking
 * program needs to see no file of ours; those in ASCII armour are stripped of it, which gpgv cannot
 * do. What it says, it says on descriptor 3. */
#include "cli/signature_check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/autoclean.h"

#include "catalog/armor.h"
#include "catalog/gpgv_sayings.h"
#include "net/file.h"
#include "net/memory_file.h"
#include "net/tool.h"

#define SECONDS 300 /* a DVD is hashed in a minute on a slow machine */

static void free_bytes(uint8_t **bytes)
{
    free(*bytes);
}

/* Keys in memory: a descriptor, or a negative errno. */
static int make_keyring(struct span keys)
{
    autoclean(free_bytes) uint8_t *bytes = NULL;
    size_t len = 0;
    if (!armor_is(span_slice(keys, 0, 4096)))
        return memory_file_make(keys);
    int r = armor_strip(keys, &bytes, &len);
    return r < 0 ? r : memory_file_make(span_of(bytes, len));
}

/* The keys in a file: a descriptor, -ENOENT when there is no such file, another negative errno. */
static int open_keyring(const char *path)
{
    autoclean(free_bytes) uint8_t *data = NULL;
    struct file_facts facts;
    size_t len = 0;
    int fd;
    enum file_verdict verdict = file_open_path(path, &fd, &facts);
    if (verdict != FILE_OPENED)
        return file_verdict_errno(verdict, &facts);
    int r = file_read_whole(fd, (size_t)64 << 20, &data, &len);
    close(fd);
    return r < 0 ? r : make_keyring(span_of(data, len));
}

bool signature_check_has_keyring(const struct offer_trust *trust)
{
    for (uint8_t i = 0; i < trust->keyring_count; i++)
        if (access(trust->keyrings[i], R_OK) == 0)
            return true;
    return false;
}

/* The program's descriptors, and its words that name them. */
struct call {
    struct tool tool;
    const char *words[24];
    size_t word_count;
    char names[TOOL_FILES_MAX][40];
};

static void add_word(struct call *c, const char *word)
{
    c->words[c->word_count++] = word;
}

/* Hand over a descriptor, which the call closes; as "/proc/self/fd/N" or "-&N". */
static void add_file(struct call *c, int fd, const char *form)
{
    uint8_t at = c->tool.file_count++;
    c->tool.files[at] = fd;
    struct text t = text_over(c->names[at], sizeof c->names[at]);
    text_addf(&t, "%s%d", form, TOOL_FILE_FIRST + at);
    add_word(c, c->names[at]);
}

static void call_done(struct call *c)
{
    for (uint8_t i = 0; i < c->tool.file_count; i++)
        close(c->tool.files[i]);
}

static int add_keyring(struct call *c, int fd)
{
    if (fd < 0)
        return fd;
    add_word(c, "--keyring");
    add_file(c, fd, "/proc/self/fd/");
    return 0;
}

static int no_keys(const struct signature_check *check, struct text *why)
{
    text_addf(why, "%s cannot be checked: there is no key to hold its signature against",
              check->data_name);
    if (check->trust->package)
        text_addf(why, ": apt-get install %s, or give a file of keys with --keyring",
                  check->trust->package);
    else
        text_add(why, ": give a file of its project's keys with --keyring");
    return -ENOKEY;
}

static int add_keyrings(const struct signature_check *check, struct call *c, struct text *why)
{
    unsigned count = 0;
    int r = 0;
    if (check->keyring) {
        r = add_keyring(c, open_keyring(check->keyring));
        if (r < 0)
            text_addf(why, "the keyring %s cannot be used: %s", check->keyring,
                      r == -EBADMSG ? "it is neither an OpenPGP keyring nor a sound armoured key"
                                    : strerror(-r));
        return r;
    }
    for (uint8_t i = 0; r == 0 && i < check->trust->keyring_count; i++) {
        r = add_keyring(c, open_keyring(check->trust->keyrings[i]));
        count += r == 0 ? 1 : 0;
        if (r == -ENOENT)
            r = 0;
        if (r < 0)
            text_addf(why, "the keyring %s cannot be used: %s", check->trust->keyrings[i],
                      strerror(-r));
    }
    if (r == 0 && check->keys.len > 0) {
        r = add_keyring(c, make_keyring(check->keys));
        count++;
        if (r < 0)
            text_addf(why, "what came as the keys for %s is no OpenPGP key", check->data_name);
    }
    return r < 0 || count > 0 ? r : no_keys(check, why);
}

static int not_run(int r, const char *program, const char *package, struct text *why)
{
    if (r == -ENOENT)
        text_addf(why, "the program %s is needed to check signatures: apt-get install %s", program,
                  package);
    else if (r == -ETIMEDOUT)
        text_addf(why, "%s did not come to an end within %d seconds, and was ended", program,
                  SECONDS);
    else
        text_addf(why, "%s cannot be run: %s", program, strerror(-r));
    return r;
}

static int check_openpgp(const struct signature_check *check, char signer[SIGNER_MAX],
                         uint8_t **ret_text, size_t *ret_len, struct text *why)
{
    struct call call = { .tool = { .user = check->user, .seconds = SECONDS } };
    struct tool_result result = { 0 };
    static const struct offer_trust anybody; /* a keyring of the user's own has whom he means */
    struct gpgv_sayings sayings = { .trust = check->keyring ? &anybody : check->trust };
    bool is_inline = check->form == OFFER_INLINE;

    add_word(&call, "gpgv");
    add_word(&call, "--enable-special-filenames");
    add_word(&call, "--status-fd");
    add_word(&call, "3");
    int r = add_keyrings(check, &call, why);
    if (is_inline) {
        add_word(&call, "--output");
        add_word(&call, "-");
    }
    add_word(&call, "--");
    int signature = r < 0 || is_inline ? -1 : memory_file_make(check->signature);
    if (signature >= 0)
        add_file(&call, signature, "-&");
    else if (!is_inline && r == 0)
        r = signature;
    if (r == 0)
        add_file(&call, dup(check->data_fd), "-&");
    call.tool.arguments = call.words;
    if (r == 0) {
        r = tool_run(&call.tool, &result);
        if (r < 0)
            (void)not_run(r, "gpgv", "gpgv", why);
    }
    call_done(&call);
    if (r < 0)
        return r;
    gpgv_sayings_take_all(&sayings, span_of(result.said, result.said_len));
    r = gpgv_sayings_judge(&sayings, check->data_name, why);
    if (r == 0 && is_inline && result.out_len == 0) {
        text_addf(why, "%s has nothing in it that is signed", check->data_name);
        r = -EBADMSG;
    }
    if (r == 0) {
        struct text t = text_over(signer, SIGNER_MAX);
        text_addf(&t, "%s (%s)", sayings.signer[0] ? sayings.signer : "a key without a name",
                  sayings.key);
    }
    if (r == 0 && is_inline) {
        *ret_text = take_ptr(&result.out);
        *ret_len = result.out_len;
    }
    tool_result_free(&result);
    return r;
}

static int check_minisign(const struct signature_check *check, char signer[SIGNER_MAX],
                          struct text *why)
{
    struct call call = { .tool = { .user = check->user, .seconds = SECONDS } };
    struct tool_result result = { 0 };
    int signature = memory_file_make(check->signature);
    if (signature < 0)
        return signature;
    add_word(&call, "minisign");
    add_word(&call, "-V");
    add_word(&call, "-q");
    add_word(&call, "-P");
    add_word(&call, check->trust->minisign);
    add_word(&call, "-x");
    add_file(&call, signature, "/proc/self/fd/");
    add_word(&call, "-m");
    add_file(&call, dup(check->data_fd), "/proc/self/fd/");
    call.tool.arguments = call.words;
    int r = tool_run(&call.tool, &result);
    call_done(&call);
    if (r < 0)
        return not_run(r, "minisign", "minisign", why);
    if (result.status != 0) {
        text_addf(why, "%s is not signed by the minisign key %s, or was changed on its way",
                  check->data_name, check->trust->minisign);
        r = -EBADMSG;
    } else {
        struct text t = text_over(signer, SIGNER_MAX);
        text_addf(&t, "minisign %s", check->trust->minisign);
    }
    tool_result_free(&result);
    return r;
}

int signature_check_run(const struct signature_check *check, char signer[SIGNER_MAX],
                        uint8_t **ret_text, size_t *ret_len, struct text *why)
{
    return check->form == OFFER_MINISIGN ? check_minisign(check, signer, why)
                                         : check_openpgp(check, signer, ret_text, ret_len, why);
}
