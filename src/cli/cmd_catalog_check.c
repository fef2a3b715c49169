/* catalog check: does each project still publish as the catalog knows it? Everything that `catalog
 * add` looks at is looked at, but the files themselves, which are only asked for. */
#include <errno.h>
#include <stdio.h>

#include "base/autoclean.h"
#include "base/json_write.h"

#include "cli/catalog_resolve.h"
#include "cli/offers_here.h"
#include "cli/session.h"
#include "fetch/download.h"
#include "fetch/url_name.h"

DEFINE_FREEP(struct offer_book, offer_book_free)

enum check_state {
    CHECK_GOOD,
    CHECK_ROTTEN,
    CHECK_NOT_REACHED,
    CHECK_PACKAGE,
    CHECK_STATES,
};

static const char *const state_words[CHECK_STATES] = { "good", "rotten", "not reached", "package" };

struct checking {
    const struct arguments *args;
    struct session session;
    struct offer_book *offers;
    unsigned rows, count[CHECK_STATES];
};

static void checking_done(struct checking *c)
{
    offer_book_free(c->offers);
    session_close(&c->session);
}

/* What failed on the way there says nothing about the catalog. */
static enum check_state state_of(int r)
{
    switch (r) {
    case 0:
        return CHECK_GOOD;
    case -ECONNABORTED:
    case -ETIMEDOUT:
    case -EPROTO:
    case -ENOMEM:
        return CHECK_NOT_REACHED;
    default:
        return CHECK_ROTTEN;
    }
}

static int look_at_files(const struct catalog_target *target, uint64_t *bytes, struct text *why)
{
    int r = 0;
    for (unsigned i = 0; r == 0 && i < target->file_count; i++) {
        int64_t size = 0;
        r = download_look(target->files[i].url, &size, why);
        if (r == 0 && size > 0)
            *bytes += (uint64_t)size;
    }
    return r;
}

static void show_row(struct checking *c, const struct catalog_wish *wish, enum check_state state,
                     const struct catalog_target *target, uint64_t bytes, const char *why)
{
    char data[8192], answer[CATALOG_WHY_MAX + 200];
    struct text t = text_over(data, sizeof data), a = text_over(answer, sizeof answer);

    if (state == CHECK_GOOD) {
        text_addf(&a, "%s, ", target->version);
        text_add_bytes(&a, bytes);
        if (target->signer[0])
            text_addf(&a, ", signed by %s", target->signer);
    } else {
        text_add(&a, why);
    }
    if (arguments_has(c->args, "--json")) {
        struct json_writer j = json_over(&t);
        json_write_object_begin(&j, NULL);
        json_write_text(&j, "name", wish->offer->name);
        json_write_text(&j, "arch", wish->arch->name);
        json_write_text(&j, "state", state_words[state]);
        json_write_text(&j, "version", state == CHECK_GOOD ? target->version : "");
        json_write_number(&j, "files", target->file_count);
        json_write_number(&j, "bytes", (int64_t)bytes);
        json_write_text(&j, "signer", target->signer);
        json_write_text(&j, "answer", answer);
        json_write_object_end(&j);
        printf("%s%s", c->rows > 0 ? "," : "", data);
    } else {
        text_add_escaped(&t, text_span(&a));
        printf("%s%-24s  %-8s  %-11s  %s\n",
               c->rows > 0 ? "" : "NAME                      ARCH      STATE        ANSWER\n",
               wish->offer->name, wish->arch->name, state_words[state], data);
    }
    fflush(stdout);
    c->rows++;
    c->count[state]++;
}

static void check_one(struct checking *c, const struct offer *offer, const struct offer_arch *arch)
{
    static struct catalog_target target;
    const char *asked = arguments_value(c->args, "--release");
    char why[CATALOG_WHY_MAX] = "";
    struct text t = text_over(why, sizeof why);
    uint64_t bytes = 0;
    const struct catalog_wish wish = { .offer = offer,
                                       .arch = arch,
                                       .asked = asked ? asked : "",
                                       .mirror = arguments_value(c->args, "--mirror"),
                                       .keyring = arguments_value(c->args, "--keyring"),
                                       .user = c->session.config->user,
                                       .may_be_unsigned = arguments_has(c->args, "--unsigned") };

    target = (struct catalog_target){ 0 };
    if (offer->packaged) {
        text_addf(&t, "it comes with the package %s", offer->packaged);
        show_row(c, &wish, CHECK_PACKAGE, &target, 0, why);
        return;
    }
    int r = catalog_resolve(&wish, &target, &t);
    if (r == 0)
        r = look_at_files(&target, &bytes, &t);
    show_row(c, &wish, state_of(r), &target, bytes, why);
    catalog_target_done(&target);
}

static enum exit_code check_arches(struct checking *c, const struct offer *offer)
{
    const char *arch = arguments_value(c->args, "--arch");
    if (arguments_has(c->args, "--all-arches")) {
        for (uint8_t i = 0; i < offer->arch_count; i++)
            check_one(c, offer, &offer->arches[i]);
        return EXIT_OK;
    }
    const struct offer_arch *found = offer_find_arch(offer, arch);
    if (found) {
        check_one(c, offer, found);
        return EXIT_OK;
    }
    if (c->args->operand_count == 0) /* of all: those that have it */
        return EXIT_OK;
    complain("%s is not there for %s; 'tugboot catalog show %s' names its architectures",
             offer->name, arch, offer->name);
    return EXIT_NOT_FOUND;
}

static enum exit_code check_named(struct checking *c)
{
    enum exit_code worst = EXIT_OK;
    for (int i = 0; i < c->args->operand_count; i++) {
        const char *name = c->args->operands[i];
        const struct offer_family *family;
        const struct offer *offer = offer_book_find(c->offers, name, &family);
        enum exit_code code = EXIT_NOT_FOUND;
        if (offer)
            code = check_arches(c, offer);
        else
            complain("the catalog has no %s; 'tugboot catalog list' shows what it has", name);
        worst = code != EXIT_OK ? code : worst;
    }
    return worst;
}

static enum exit_code check_all(struct checking *c)
{
    for (size_t i = 0; i < offer_book_count(c->offers); i++) {
        const struct offer_family *family = offer_book_at(c->offers, i);
        for (uint8_t k = 0; k < family->count; k++)
            (void)check_arches(c, &family->offers[k]);
    }
    return EXIT_OK;
}

static enum exit_code check_words(const struct arguments *args)
{
    const char *mirror = arguments_value(args, "--mirror");
    if ((mirror || arguments_value(args, "--release")) && args->operand_count != 1) {
        complain("--mirror and --release are of one system: name it");
        return EXIT_USAGE;
    }
    const char *fault = catalog_words_fault(arguments_value(args, "--release"), mirror);
    if (fault)
        complain("%s", fault);
    return fault ? EXIT_USAGE : EXIT_OK;
}

enum exit_code cmd_catalog_check(const struct arguments *args)
{
    autoclean(checking_done) struct checking c = { .args = args };
    bool is_json = arguments_has(args, "--json");
    enum exit_code code = check_words(args);
    if (code == EXIT_OK)
        code = session_open(&c.session, args);
    if (code == EXIT_OK)
        code = offers_here(c.session.config, &c.offers);
    if (code != EXIT_OK)
        return code;
    if (is_json)
        fputs("{\"offers\":[", stdout);
    code = args->operand_count > 0 ? check_named(&c) : check_all(&c);
    if (is_json)
        puts("]}");
    else if (c.rows > 1)
        printf("%u good, %u rotten, %u not reached, %u by packages\n", c.count[CHECK_GOOD],
               c.count[CHECK_ROTTEN], c.count[CHECK_NOT_REACHED], c.count[CHECK_PACKAGE]);
    if (code == EXIT_OK && c.count[CHECK_ROTTEN] + c.count[CHECK_NOT_REACHED] > 0)
        code = EXIT_FAILED;
    return code;
}
