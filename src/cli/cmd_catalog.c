/* catalog list, show, add, update: known systems, fetched from those who make them, whose
 * signatures are checked. Nothing here needs a daemon; one that runs sees the images folder change.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/autoclean.h"
#include "base/json_write.h"

#include "cli/catalog_add.h"
#include "cli/offers_here.h"
#include "cli/recipes_here.h"
#include "cli/reply.h"
#include "cli/session.h"
#include "fetch/url_name.h"
#include "serve/container_reader.h"

DEFINE_FREEP(struct recipe_book, recipe_book_free)
DEFINE_FREEP(struct container_reader, container_reader_free)

#define LIST_BYTES  ((size_t)1024 * 1024)
#define ORIGINS_MAX 256

/* What was fetched before. */
struct origins {
    struct catalog_origin rows[ORIGINS_MAX];
    unsigned count;
};

static int keep_origin(void *context, const struct catalog_origin *origin)
{
    struct origins *o = context;
    if (o->count < ORIGINS_MAX)
        o->rows[o->count++] = *origin;
    return 0;
}

static void free_bytes(char **bytes)
{
    free(*bytes);
}

static void free_origins(struct origins **origins)
{
    free(*origins);
}

/* What the commands begin with. */
struct here {
    struct session session;
    struct offer_book *offers;
    struct origins *origins;
};

static void here_close(struct here *here)
{
    session_close(&here->session);
    offer_book_free(here->offers);
    free_origins(&here->origins);
}

static enum exit_code here_open(struct here *here, const struct arguments *args)
{
    enum exit_code code = session_open(&here->session, args);
    if (code == EXIT_OK)
        code = offers_here(here->session.config, &here->offers);
    if (code != EXIT_OK)
        return code;
    here->origins = calloc(1, sizeof *here->origins);
    if (!here->origins) {
        complain("out of memory");
        return EXIT_FAILED;
    }
    int r = catalog_origin_each(here->session.config->images, keep_origin, here->origins);
    if (r < 0)
        complain("the images folder %s cannot be read: %s", here->session.config->images,
                 strerror(-r));
    return r < 0 ? EXIT_FAILED : EXIT_OK;
}

static enum exit_code find_offer(const struct here *here, const char *name,
                                 const struct offer **ret_offer,
                                 const struct offer_family **ret_family)
{
    *ret_offer = offer_book_find(here->offers, name, ret_family);
    if (*ret_offer)
        return EXIT_OK;
    complain("the catalog has no %s; 'tugboot catalog list' shows what it has", name);
    return EXIT_NOT_FOUND;
}

/* Lists. */

static const char *signed_how(const struct offer *offer)
{
    if (offer->packaged)
        return "by its package";
    if (offer->signed_at)
        return "OpenPGP, the file";
    switch (offer->sums[0].signature) {
    case OFFER_INLINE:
    case OFFER_DETACHED:
        return "OpenPGP, its digests";
    case OFFER_MINISIGN:
        return "minisign, its digests";
    case OFFER_UNSIGNED:
    case OFFER_BY_FORMER:
        break;
    }
    return "no: digests by HTTPS";
}

static void add_arches(struct json_writer *j, const struct offer *offer)
{
    json_write_array_begin(j, "arches");
    for (uint8_t i = 0; i < offer->arch_count; i++)
        json_write_text(j, NULL, offer->arches[i].name);
    json_write_array_end(j);
}

/* "13.2.0 as debian-netinst-13.2.0, ..." */
static void write_installed(const struct here *here, const struct offer *offer, struct text *out)
{
    for (unsigned i = 0; i < here->origins->count; i++) {
        const struct catalog_origin *o = &here->origins->rows[i];
        if (strcmp(o->offer, offer->name) == 0)
            text_addf(out, "%s%s%s%s", out->len > 0 ? ", " : "", o->version,
                      o->version[0] ? " as " : "", o->image);
    }
}

static void add_offer(struct json_writer *j, const struct here *here,
                      const struct offer_family *family, const struct offer *offer, bool is_whole)
{
    char installed[1024];
    struct text t = text_over(installed, sizeof installed);
    struct captures none = { 0 };
    char title[160];
    struct text shown = text_over(title, sizeof title);

    write_installed(here, offer, &t);
    (void)captures_expand(&none, offer->title, true, &shown);
    json_write_object_begin(j, NULL);
    json_write_text(j, "name", offer->name);
    json_write_text(j, "family", family->title);
    json_write_text(j, "title", title);
    add_arches(j, offer);
    json_write_text(j, "signed", signed_how(offer));
    json_write_text(j, "installed", installed);
    if (is_whole) {
        json_write_text(j, "from", offer->packaged ? offer->packaged : offer->base);
        json_write_text(j, "recipe", offer->recipe ? offer->recipe : "");
        json_write_text(j, "notes", offer->notes ? offer->notes : "");
        json_write_text(j, "keyring-package", offer->trust.package ? offer->trust.package : "");
        json_write_array_begin(j, "keys");
        for (uint8_t i = 0; i < offer->trust.key_count; i++)
            json_write_text(j, NULL, offer->trust.keys[i]);
        json_write_array_end(j);
        json_write_text(j, "defined-in", family->is_own ? "your own catalog" : "tugboot");
    }
    json_write_object_end(j);
}

enum exit_code cmd_catalog_list(const struct arguments *args)
{
    static const struct reply_column columns[] = {
        { "NAME", "name" },     { "TITLE", "title" },         { "ARCHES", "arches" },
        { "SIGNED", "signed" }, { "INSTALLED", "installed" }, { NULL, NULL },
    };
    autoclean(here_close) struct here here = { 0 };
    autoclean(free_bytes) char *data = malloc(LIST_BYTES);
    enum exit_code code = here_open(&here, args);
    if (code != EXIT_OK || !data)
        return code != EXIT_OK ? code : EXIT_FAILED;
    struct text text = text_over(data, LIST_BYTES);
    struct json_writer j = json_over(&text);
    json_write_object_begin(&j, NULL);
    json_write_array_begin(&j, "offers");
    for (size_t i = 0; i < offer_book_count(here.offers); i++) {
        const struct offer_family *family = offer_book_at(here.offers, i);
        for (uint8_t k = 0; k < family->count; k++)
            add_offer(&j, &here, family, &family->offers[k], false);
    }
    json_write_array_end(&j);
    json_write_object_end(&j);
    bool shown =
        !text.failed && (arguments_has(args, "--json")
                             ? reply_print_json(text_span(&text))
                             : reply_print_table(text_span(&text), "offers", columns, "", NULL, 0));
    return shown ? EXIT_OK : EXIT_FAILED;
}

enum exit_code cmd_catalog_show(const struct arguments *args)
{
    autoclean(here_close) struct here here = { 0 };
    const struct offer_family *family;
    const struct offer *offer;
    char data[16384];
    struct text text = text_over(data, sizeof data);
    enum exit_code code = here_open(&here, args);
    if (code == EXIT_OK)
        code = find_offer(&here, args->operands[0], &offer, &family);
    if (code != EXIT_OK)
        return code;
    struct json_writer j = json_over(&text);
    add_offer(&j, &here, family, offer, true);
    bool shown =
        !text.failed && (arguments_has(args, "--json") ? reply_print_json(text_span(&text))
                                                       : reply_print_fields(text_span(&text)));
    return shown ? EXIT_OK : EXIT_FAILED;
}

/* Fetching. */

static const struct catalog_origin *find_same(const struct here *here,
                                              const struct catalog_wish *wish,
                                              const struct catalog_target *target)
{
    for (unsigned i = 0; i < here->origins->count; i++) {
        const struct catalog_origin *o = &here->origins->rows[i];
        if (strcmp(o->offer, wish->offer->name) == 0 && strcmp(o->arch, wish->arch->name) == 0 &&
            strcmp(o->sha256, target->digest) == 0)
            return o;
    }
    return NULL;
}

static void tell_added(const struct catalog_add *add, const struct image_added *added)
{
    char data[1024];
    struct text t = text_over(data, sizeof data);
    const struct offer *offer = add->wish->offer;
    text_addf(&t, "%s is on the menu: ", added->name);
    text_add_escaped(&t, span_text(added->set.entries[0].title));
    text_add(&t, ", ");
    text_add_bytes(&t, added->bytes);
    if (add->target && add->target->signer[0])
        text_addf(&t, "\nsigned by %s", add->target->signer);
    else if (add->target)
        text_addf(&t, "\nnot signed by its project: its SHA-256 is as %s says",
                  add->target->sums_url);
    puts(data);
    if (offer->recipe && added->set.family[0] && strcmp(added->set.family, offer->recipe) != 0)
        complain("it was recognised by the recipe %s, and %s was expected: its layout may have "
                 "changed",
                 added->set.family, offer->recipe);
}

/* Everything behind the resolution. */
static enum exit_code fetch(const struct here *here, struct catalog_add *add)
{
    autoclean(recipe_book_freep) struct recipe_book *book = NULL;
    static struct image_added added;
    char why[CATALOG_WHY_MAX] = "";
    enum exit_code code = recipes_here(here->session.config, &book);
    if (code != EXIT_OK)
        return code;
    autoclean(container_reader_freep) struct container_reader *reader =
        container_reader_new(here->session.config->user);
    const struct container_finder containers = container_reader_finder(reader);
    add->config = here->session.config;
    add->book = book;
    add->containers = &containers;
    int r = catalog_add_run(add, &added, why);
    if (r < 0) {
        complain("%s", why);
        return r == -ENOENT ? EXIT_NOT_FOUND : EXIT_FAILED;
    }
    tell_added(add, &added);
    return EXIT_OK;
}

static enum exit_code read_wish(const struct arguments *args, const struct here *here,
                                const struct offer *offer, struct catalog_wish *wish)
{
    const char *arch = arguments_value(args, "--arch"), *asked = arguments_value(args, "--release");
    const char *mirror = arguments_value(args, "--mirror");
    *wish = (struct catalog_wish){ .offer = offer,
                                   .arch = offer_find_arch(offer, arch),
                                   .asked = asked ? asked : "",
                                   .mirror = mirror,
                                   .keyring = arguments_value(args, "--keyring"),
                                   .user = here->session.config->user,
                                   .may_be_unsigned = arguments_has(args, "--unsigned") };
    if (!wish->arch) {
        complain("%s is not there for %s; 'tugboot catalog show %s' names its architectures",
                 offer->name, arch, offer->name);
        return EXIT_NOT_FOUND;
    }
    const char *fault = catalog_words_fault(asked, mirror);
    if (fault)
        complain("%s", fault);
    return fault ? EXIT_USAGE : EXIT_OK;
}

enum exit_code cmd_catalog_add(const struct arguments *args)
{
    autoclean(here_close) struct here here = { 0 };
    static struct catalog_target target;
    const struct offer_family *family;
    const struct offer *offer;
    struct catalog_wish wish;
    char why[CATALOG_WHY_MAX] = "";
    struct text t = text_over(why, sizeof why);
    enum exit_code code = here_open(&here, args);
    if (code == EXIT_OK)
        code = find_offer(&here, args->operands[0], &offer, &family);
    if (code == EXIT_OK)
        code = read_wish(args, &here, offer, &wish);
    if (code != EXIT_OK)
        return code;
    const char *name = arguments_value(args, "--name");
    if (name && image_store_is_taken(here.session.config->images, name)) {
        complain("there is an image named %s already: remove it first, or choose another --name",
                 name);
        return EXIT_FAILED;
    }
    struct catalog_add add = { .wish = &wish,
                               .target = offer->packaged ? NULL : &target,
                               .name = name,
                               .title = arguments_value(args, "--title") };
    int r = offer->packaged ? 0 : catalog_resolve(&wish, &target, &t);
    if (r < 0) {
        complain("%s", why);
        code = r == -ENOENT ? EXIT_NOT_FOUND : EXIT_FAILED;
    } else {
        const struct catalog_origin *same =
            offer->packaged || name ? NULL : find_same(&here, &wish, &target);
        if (same)
            printf("%s %s is here already, as the image %s\n", offer->name, same->version,
                   same->image);
        else
            code = fetch(&here, &add);
    }
    catalog_target_done(&target);
    return code;
}

/* An index that is older than the one the image was found in: one that was true once. */
static bool is_held_back(const struct catalog_origin *origin, const struct catalog_target *target)
{
    char then[40], now[40];
    struct text t = text_over(then, sizeof then), n = text_over(now, sizeof now);
    if (target->dated_s == 0 || target->dated_s >= origin->dated_s)
        return false;
    text_add_time(&t, (struct calendar){ .ms = origin->dated_s * 1000 });
    text_add_time(&n, (struct calendar){ .ms = target->dated_s * 1000 });
    complain("%s: its signed index is of %s, and one of %s was there before: the server is behind, "
             "or somebody holds out an old one; nothing is fetched, use another mirror (--mirror)",
             origin->image, now, then);
    return true;
}

/* One image that came from the catalog. */
static enum exit_code update_one(const struct arguments *args, const struct here *here,
                                 const struct catalog_origin *origin)
{
    static struct catalog_target target;
    const struct offer_family *family;
    const struct offer *offer = offer_book_find(here->offers, origin->offer, &family);
    const struct offer_arch *arch = offer ? offer_find_arch(offer, origin->arch) : NULL;
    char why[CATALOG_WHY_MAX] = "";
    struct text t = text_over(why, sizeof why);
    enum exit_code code = EXIT_OK;

    if (!arch) {
        complain("%s came from %s, which the catalog does not have any more", origin->image,
                 origin->offer);
        return EXIT_NOT_FOUND;
    }
    if (offer->packaged) {
        printf("%s: its package is kept up to date by apt\n", origin->image);
        return EXIT_OK;
    }
    const struct catalog_wish wish = { .offer = offer,
                                       .arch = arch,
                                       .asked = origin->asked,
                                       .mirror = arguments_value(args, "--mirror"),
                                       .keyring = arguments_value(args, "--keyring"),
                                       .user = here->session.config->user,
                                       .may_be_unsigned = arguments_has(args, "--unsigned") };
    if (catalog_resolve(&wish, &target, &t) < 0) {
        complain("%s: %s", origin->image, why);
        code = EXIT_FAILED;
    } else if (is_held_back(origin, &target)) {
        code = EXIT_FAILED;
    } else if (strcmp(target.digest, origin->sha256) == 0) {
        printf("%s: %s is the newest\n", origin->image, origin->version);
    } else if (arguments_has(args, "--check")) {
        printf("%s: %s is here, %s is there\n", origin->image, origin->version, target.version);
    } else if (find_same(here, &wish, &target)) {
        printf("%s: %s is here, too, as the image %s\n", origin->image, target.version,
               find_same(here, &wish, &target)->image);
    } else {
        bool replaces = arguments_has(args, "--replace");
        struct catalog_add add = { .wish = &wish,
                                   .target = &target,
                                   .name = replaces ? origin->image : NULL,
                                   .replaces = replaces ? origin->image : NULL };
        code = fetch(here, &add);
    }
    catalog_target_done(&target);
    return code;
}

enum exit_code cmd_catalog_update(const struct arguments *args)
{
    autoclean(here_close) struct here here = { 0 };
    enum exit_code code = here_open(&here, args), worst = EXIT_OK;
    unsigned met = 0;

    for (unsigned i = 0; code == EXIT_OK && i < here.origins->count; i++) {
        const struct catalog_origin *o = &here.origins->rows[i];
        const char *only = args->operand_count > 0 ? args->operands[0] : NULL;
        if (only && strcmp(only, o->image) != 0 && strcmp(only, o->offer) != 0)
            continue;
        met++;
        enum exit_code one = update_one(args, &here, o);
        worst = one != EXIT_OK ? one : worst;
    }
    if (code == EXIT_OK && met == 0) {
        if (args->operand_count == 0) {
            puts("no image came from the catalog yet; 'tugboot catalog list' shows what there is");
            return EXIT_OK;
        }
        complain("no image %s came from the catalog; 'tugboot catalog list' shows those that did",
                 args->operands[0]);
        return EXIT_NOT_FOUND;
    }
    return code == EXIT_OK ? worst : code;
}
