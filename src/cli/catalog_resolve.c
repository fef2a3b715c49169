/* See catalog_resolve.h. In three steps: look for the newest release in listings; fetch the files
 * of digests, the first believed for its signature and each other for its digest in the one before;
 * find the files' names in the last. What is in a listing is only a hint: a server that lies there
 * can offer an older release, and no other file. */
#include "cli/catalog_resolve.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/autoclean.h"

#include "catalog/newest.h"
#include "cli/fetch_text.h"
#include "cli/release_age.h"
#include "crypto/digest.h"
#include "fetch/url_name.h"
#include "model/safe_path.h"
#include "net/clock.h"
#include "net/memory_file.h"

#define LISTING_MAX ((size_t)16 << 20)

struct resolving {
    const struct catalog_wish *wish;
    struct catalog_target *target;
    struct text *why;
    uint8_t *sums; /* the last file of digests, believed */
    size_t sums_len;
    char sums_get[CATALOG_ADDRESS_MAX]; /* as the offer has it, expanded */
};

static void free_bytes(uint8_t **bytes)
{
    free(*bytes);
}

/* An address of the offer, with what was found put in; relative ones below the base. */
static int make_address(const struct resolving *r, const char *form, char out[CATALOG_ADDRESS_MAX])
{
    char expanded[CATALOG_ADDRESS_MAX];
    struct text e = text_over(expanded, sizeof expanded), t = text_over(out, CATALOG_ADDRESS_MAX);
    const char *base = r->wish->mirror ? r->wish->mirror : r->wish->offer->base;
    if (!captures_expand(&r->target->captures, form, false, &e)) {
        text_addf(r->why, "the catalog's %s names something in \"%s\" that was not found",
                  r->wish->offer->name, form);
        return -EINVAL;
    }
    if (!url_is_one(expanded)) {
        size_t len = strlen(base);
        while (len > 0 && base[len - 1] == '/')
            len--;
        text_add_span(&t, span_of(base, len));
        text_add_char(&t, '/');
    }
    text_add(&t, expanded);
    if (t.failed) {
        text_add(r->why, "an address of the catalog is too long");
        return -ENAMETOOLONG;
    }
    return 0;
}

static bool word_is_sound(const char *word)
{
    return word[0] && capture_is_sound(span_text(word)) && !strchr(word, '/') &&
           !strchr(word, ' ') && !strstr(word, "..") && strlen(word) < 64;
}

const char *catalog_words_fault(const char *release, const char *mirror)
{
    if (release && !word_is_sound(release))
        return "--release takes a version or a code name, as 13 or bookworm";
    if (mirror && !url_is_one(mirror))
        return "--mirror takes an address, as https://mirror.example/debian";
    return NULL;
}

static int hex_digest_of(struct span data, char out[SUMS_DIGITS + 1])
{
    struct digest digest;
    struct text t = text_over(out, SUMS_DIGITS + 1);
    int r = digest_of(DIGEST_SHA256, data, &digest);
    for (size_t i = 0; r == 0 && i < digest_bytes(DIGEST_SHA256); i++)
        text_addf(&t, "%02x", digest.bytes[i]);
    return r;
}

/* Listings. */

static int look(struct resolving *r, const struct offer_find *find)
{
    autoclean(free_bytes) uint8_t *data = NULL;
    char address[CATALOG_ADDRESS_MAX];
    size_t len = 0;
    const struct newest_wish wish = { .pattern = find->like,
                                      .is_word = find->is_word,
                                      .is_number = find->is_number,
                                      .asked = r->wish->asked };
    if (find->or_asked && r->wish->asked[0])
        return captures_add(&r->target->captures, span_text("release"), span_text(r->wish->asked))
                   ? 0
                   : -EINVAL;
    int result = make_address(r, find->in, address);
    if (result == 0)
        result = fetch_text(address, LISTING_MAX, &data, &len, r->why);
    if (result < 0 || newest_find(span_of(data, len), &wish, &r->target->captures))
        return result;
    if (r->wish->asked[0])
        text_addf(r->why, "%s lists no release %s of %s", address, r->wish->asked,
                  r->wish->offer->name);
    else
        text_addf(r->why,
                  "%s does not list %s as this catalog knows it: its project has changed its site; "
                  "a newer tugboot, or a file in the folder of your own catalog, may know the way",
                  address, r->wish->offer->name);
    return -ENOENT;
}

/* Signatures. */

static int fetch_keys(struct resolving *r)
{
    const struct offer_trust *trust = &r->wish->offer->trust;
    struct catalog_target *target = r->target;
    int result = 0;
    if (r->wish->keyring || signature_check_has_keyring(trust) || target->key_bytes)
        return 0;
    for (uint8_t i = 0; result == 0 && i < trust->key_at_count; i++) {
        autoclean(free_bytes) uint8_t *data = NULL;
        char address[CATALOG_ADDRESS_MAX];
        size_t len = 0;
        result = make_address(r, trust->key_at[i], address);
        if (result == 0)
            result = fetch_text(address, SIGNATURE_BYTES_MAX, &data, &len, r->why);
        uint8_t *more = result < 0 ? NULL : realloc(target->key_bytes, target->keys.len + len + 1);
        if (result == 0 && !more)
            result = -ENOMEM;
        if (result < 0)
            break;
        memcpy(more + target->keys.len, data, len);
        more[target->keys.len + len] = '\n';
        target->key_bytes = more;
        target->keys = span_of(more, target->keys.len + len + 1);
    }
    return result;
}

static struct signature_check check_of(const struct catalog_wish *wish,
                                       const struct catalog_target *target, const char *name)
{
    return (struct signature_check){ .trust = &wish->offer->trust,
                                     .keyring = wish->keyring,
                                     .keys = target->keys,
                                     .user = wish->user,
                                     .data_name = name };
}

/* Put what is believed in the place of what came. */
static int believe_signature(struct resolving *r, const struct offer_sums *sums,
                             const char *address)
{
    autoclean(free_bytes) uint8_t *signature = NULL;
    uint8_t *text = NULL;
    size_t signature_len = 0, text_len = 0;
    char signature_at[CATALOG_ADDRESS_MAX];
    struct signature_check check = check_of(r->wish, r->target, address);
    int result = 0;

    if (sums->signature != OFFER_MINISIGN)
        result = fetch_keys(r);
    check.keys = r->target->keys;
    check.form = sums->signature;
    if (result == 0 && sums->signature_at) {
        result = make_address(r, sums->signature_at, signature_at);
        if (result == 0)
            result =
                fetch_text(signature_at, SIGNATURE_BYTES_MAX, &signature, &signature_len, r->why);
        check.signature = span_of(signature, signature_len);
    }
    if (result < 0)
        return result;
    check.data_fd = memory_file_make(span_of(r->sums, r->sums_len));
    if (check.data_fd < 0)
        return check.data_fd;
    result = signature_check_run(&check, r->target->signer, &text, &text_len, r->why);
    close(check.data_fd);
    if (result == 0 && text) {
        free(r->sums);
        r->sums = text;
        r->sums_len = text_len;
    }
    return result;
}

static int believe_unsigned(struct resolving *r, const char *address)
{
    if (strncmp(address, "https://", 8) == 0 || r->wish->offer->signed_at ||
        r->wish->may_be_unsigned)
        return 0;
    text_addf(r->why,
              "%s is not signed by its project, and what comes without HTTPS could be anybody's: "
              "use a mirror with https://, or give --unsigned if you trust the way to this one",
              address);
    return -EPERM;
}

/* The digest that `former` has for this one: its name there is relative to where that one lies. */
static int believe_former(struct resolving *r, struct span former, const char *former_get,
                          const char *get, const char *address)
{
    const char *slash = strrchr(former_get, '/');
    size_t folder = slash ? (size_t)(slash + 1 - former_get) : 0;
    char wanted[SUMS_DIGITS + 1], got[SUMS_DIGITS + 1];
    bool is_below = strncmp(former_get, get, folder) == 0;

    if (!is_below || !sums_find(former, span_text(get + folder), wanted)) {
        text_addf(r->why, "%s is not among the files that %s speaks for", address,
                  r->target->sums_url);
        return -ENOENT;
    }
    int result = hex_digest_of(span_of(r->sums, r->sums_len), got);
    if (result == 0 && strcmp(wanted, got) != 0) {
        text_addf(
            r->why,
            "%s is not what %s speaks for (its SHA-256 is %s, and should be %s): the server is "
            "being updated at this moment, or something changes it on its way",
            address, r->target->sums_url, got, wanted);
        result = -EBADMSG;
    }
    return result;
}

static int check_line(struct resolving *r, const char *pattern, const char *address)
{
    const struct newest_wish wish = { .pattern = pattern, .asked = "" };
    if (newest_find(span_of(r->sums, r->sums_len), &wish, &r->target->captures))
        return 0;
    text_addf(r->why, "%s does not say \"%s\": it is of something else, or of another release",
              address, pattern);
    return -EBADMSG;
}

/* A signature is as good for an older release, which a mirror may hold out for the newest. */
static int check_says(struct resolving *r, const struct offer_sums *sums, const char *address)
{
    int result = 0;
    for (uint8_t i = 0; result == 0 && i < sums->say_count; i++)
        result = check_line(r, sums->says[i], address);
    if (result == 0 && sums->says_usual && !r->wish->asked[0])
        result = check_line(r, sums->says_usual, address);
    if (result < 0)
        return result;
    const char *release = captures_find(&r->target->captures, span_text("release"));
    if (!r->wish->offer->usual || !r->wish->asked[0] || !release || sums->say_count == 0 ||
        strcmp(release, r->wish->asked) == 0)
        return 0;
    text_addf(r->why, "%s is of %s, and %s was asked for: give --release %s if that is meant",
              address, release, r->wish->asked, release);
    return -EBADMSG;
}

/* ...and for one of another time, which is no newer than what it says of itself. */
static int check_age(struct resolving *r, const char *address)
{
    struct release_age age;
    if (!release_age_read(span_of(r->sums, r->sums_len), &age)) {
        text_addf(r->why, "%s has a Date or a Valid-Until that cannot be read", address);
        return -EBADMSG;
    }
    if (age.dated_s != 0)
        r->target->dated_s = age.dated_s;
    return release_age_check(&age, clock_read().calendar, address, r->why);
}

static int take_sums(struct resolving *r, uint8_t index)
{
    const struct offer_sums *sums = &r->wish->offer->sums[index];
    autoclean(free_bytes) uint8_t *former = r->sums;
    size_t former_len = r->sums_len;
    char address[CATALOG_ADDRESS_MAX], former_get[CATALOG_ADDRESS_MAX];

    r->sums = NULL;
    memcpy(former_get, r->sums_get, sizeof former_get);
    struct text get = text_over(r->sums_get, sizeof r->sums_get);
    int result = make_address(r, sums->get, address);
    if (result == 0)
        (void)captures_expand(&r->target->captures, sums->get, false, &get);
    if (result == 0)
        result = fetch_text(address, SUMS_BYTES_MAX, &r->sums, &r->sums_len, r->why);
    if (result == 0 && sums->signature == OFFER_BY_FORMER)
        result = believe_former(r, span_of(former, former_len), former_get, r->sums_get, address);
    else if (result == 0 && sums->signature == OFFER_UNSIGNED)
        result = believe_unsigned(r, address);
    else if (result == 0)
        result = believe_signature(r, sums, address);
    if (result == 0)
        result = check_says(r, sums, address);
    if (result == 0 && sums->signature != OFFER_UNSIGNED && sums->signature != OFFER_BY_FORMER)
        result = check_age(r, address);
    if (result == 0)
        memcpy(r->target->sums_url, address, sizeof address);
    return result;
}

/* Files. */

struct choosing {
    struct resolving *r;
    struct newest newest; /* of the pattern at hand */
    struct catalog_file best;
    bool is_tree, is_full;
    struct span below;
};

static void keep_name(struct catalog_file *file, struct span name, const char *sha256)
{
    span_to_text(name, file->name, sizeof file->name);
    memcpy(file->sha256, sha256, sizeof file->sha256);
}

static int choose_line(void *context, const struct sums_line *line)
{
    struct choosing *c = context;
    struct catalog_target *target = c->r->target;
    struct span name = line->name;
    struct safe_path path;

    if (c->below.len > 0) {
        if (name.len <= c->below.len || name.data[c->below.len] != '/' ||
            !span_equals(span_slice(name, 0, c->below.len), c->below))
            return 0;
        name = span_from(name, c->below.len + 1);
    }
    if (name.len == 0 || name.len >= sizeof c->best.name ||
        safe_path_parse(name, &path) != PATH_SOUND)
        return 0;
    c->newest.found = c->newest.found && !c->is_tree; /* of a tree every match is taken */
    if (!newest_take(&c->newest, name))
        return 0;
    if (!c->is_tree) {
        keep_name(&c->best, name, line->sha256);
        return 0;
    }
    c->is_full = target->file_count == CATALOG_FILES_MAX;
    if (!c->is_full)
        keep_name(&target->files[target->file_count++], name, line->sha256);
    return 0;
}

/* Where the last file of digests lies, and the name below it. */
static bool place_beside(const struct resolving *r, struct catalog_file *file)
{
    const struct offer *offer = r->wish->offer;
    const char *slash = strrchr(r->target->sums_url, '/');
    struct text t = text_over(file->url, sizeof file->url);
    text_add_span(&t, span_of(r->target->sums_url, (size_t)(slash + 1 - r->target->sums_url)));
    if (offer->below && offer->below[0])
        text_addf(&t, "%s/", offer->below);
    text_add(&t, file->name);
    return !t.failed;
}

static int choose_pattern(struct resolving *r, const char *pattern)
{
    const struct offer *offer = r->wish->offer;
    char anchored[512], below[256] = "";
    struct text a = text_over(anchored, sizeof anchored), b = text_over(below, sizeof below);
    struct captures known = r->target->captures;
    const struct newest_wish wish = { .pattern = anchored,
                                      .asked = offer->usual ? "" : r->wish->asked };
    struct choosing c = { .r = r, .is_tree = offer->below != NULL };

    text_addf(&a, "^%s$", pattern);
    if (offer->below)
        (void)captures_expand(&known, offer->below, true, &b);
    c.below = text_span(&b);
    if (a.failed || !newest_begin(&c.newest, &wish, &known))
        return -EINVAL;
    (void)sums_each(span_of(r->sums, r->sums_len), choose_line, &c);
    if (c.is_full) {
        text_addf(r->why, "%s has more files than the %d that are taken", r->target->sums_url,
                  CATALOG_FILES_MAX);
        return -EFBIG;
    }
    if (c.is_tree)
        return 0;
    if (!c.newest.found) {
        text_addf(r->why, "%s has no digest of a file like \"%s\"", r->target->sums_url,
                  c.newest.expanded);
        if (r->wish->asked[0])
            text_addf(r->why, " of the release %s", r->wish->asked);
        return -ENOENT;
    }
    r->target->captures = c.newest.best;
    r->target->files[r->target->file_count++] = c.best;
    return 0;
}

static int choose_files(struct resolving *r)
{
    const struct offer *offer = r->wish->offer;
    struct catalog_target *target = r->target;
    int result = 0;

    for (uint8_t i = 0; result == 0 && i < offer->file_count; i++)
        result = choose_pattern(r, offer->files[i]);
    if (result == 0 && target->file_count == 0) {
        text_addf(r->why, "%s has none of the files of %s", target->sums_url, offer->name);
        result = -ENOENT;
    }
    for (unsigned i = 0; result == 0 && i < target->file_count; i++)
        result = offer->at ? make_address(r, offer->at, target->files[i].url)
                 : place_beside(r, &target->files[i]) ? 0
                                                      : -ENAMETOOLONG;
    return result;
}

static int sum_up(struct resolving *r)
{
    struct catalog_target *target = r->target;
    const struct captures *captures = &target->captures;
    const char *version = captures_find(captures, span_text("version"));
    if (!version)
        version = captures_find(captures, span_text("release"));
    span_to_text(span_text(version ? version : ""), target->version, sizeof target->version);
    if (r->wish->offer->signed_at) {
        (void)captures_add(&target->captures, span_text("file"), span_text(target->files[0].name));
        int result = fetch_keys(r);
        return result < 0 ? result : make_address(r, r->wish->offer->signed_at, target->signed_at);
    }
    return 0;
}

static int digest_list(struct catalog_target *target)
{
    char list[CATALOG_FILES_MAX * 340];
    struct text t = text_over(list, sizeof list);
    if (target->file_count == 1) {
        memcpy(target->digest, target->files[0].sha256, sizeof target->digest);
        return 0;
    }
    for (unsigned i = 0; i < target->file_count; i++)
        text_addf(&t, "%s  %s\n", target->files[i].sha256, target->files[i].name);
    return hex_digest_of(text_span(&t), target->digest);
}

int catalog_resolve(const struct catalog_wish *wish, struct catalog_target *target,
                    struct text *why)
{
    struct resolving r = { .wish = wish, .target = target, .why = why };
    const struct offer *offer = wish->offer;
    int result = 0;

    *target = (struct catalog_target){ 0 };
    (void)captures_add(&target->captures, span_text("arch"), span_text(wish->arch->value));
    if (offer->usual && !captures_add(&target->captures, span_text("suite"),
                                      span_text(wish->asked[0] ? wish->asked : offer->usual)))
        result = -EINVAL;
    for (uint8_t i = 0; result == 0 && i < offer->find_count; i++)
        result = look(&r, &offer->finds[i]);
    for (uint8_t i = 0; result == 0 && i < offer->sum_count; i++)
        result = take_sums(&r, i);
    if (result == 0)
        result = choose_files(&r);
    if (result == 0)
        result = sum_up(&r);
    if (result == 0)
        result = digest_list(target);
    free(r.sums);
    if (result < 0 && why->len == 0)
        text_addf(why, "%s cannot be looked up: %s", offer->name, strerror(-result));
    return result;
}

void catalog_target_done(struct catalog_target *target)
{
    free(target->key_bytes);
    target->key_bytes = NULL;
    target->keys = (struct span){ 0 };
}

int catalog_check_file(const struct catalog_wish *wish, const struct catalog_target *target, int fd,
                       const char *name, char signer[SIGNER_MAX], struct text *why)
{
    autoclean(free_bytes) uint8_t *signature = NULL;
    size_t len = 0;
    struct signature_check check = check_of(wish, target, name);
    int r = fetch_text(target->signed_at, SIGNATURE_BYTES_MAX, &signature, &len, why);
    if (r < 0)
        return r;
    check.form = OFFER_DETACHED;
    check.data_fd = fd;
    check.signature = span_of(signature, len);
    return signature_check_run(&check, signer, NULL, NULL, why);
}
