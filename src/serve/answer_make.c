/* See answer_make.h. What a machine told of itself comes through boot/template, which makes one
 * harmless word of it. Values the owner wrote come as they are. */
#include "serve/answer_make.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "answers/check.h"
#include "boot/reach.h"
#include "boot/template.h"
#include "crypto/digest.h"

#define TEXTS_BYTES ((size_t)32768)
#define NAME_MAX_   (ANSWER_TEMPLATE_NAME_MAX + 32)

/* What templates are given, being gathered. */
struct values {
    const struct answer_order *order;
    const struct answer *answer;
    struct rule_settings settings;
    struct answer_value rows[ANSWER_VALUES_MAX];
    size_t count;
    struct answer_value secrets[ANSWER_VALUES_MAX];
    size_t secret_count;
    struct span dns[SUBNET_DNS_MAX];
    struct text texts; /* the values' memory */
    char memory[TEXTS_BYTES];
};

static void add_span(struct values *v, const char *name, struct span text)
{
    if (v->count < ANSWER_VALUES_MAX)
        v->rows[v->count++] = (struct answer_value){ .name = name, .text = text };
}

static void add_list(struct values *v, const char *name, const struct span *items, size_t count)
{
    if (v->count < ANSWER_VALUES_MAX)
        v->rows[v->count++] = (struct answer_value){
            .name = name, .is_list = true, .items = items, .item_count = count
        };
}

/* A value is written between these two. */
static size_t begin(struct values *v)
{
    return v->texts.len;
}

static struct span end(struct values *v, size_t from)
{
    struct span text = span_from(text_span(&v->texts), from);
    text_add_char(&v->texts, 0);
    return text;
}

static void add_text(struct values *v, const char *name, const char *text)
{
    size_t from = begin(v);
    text_add(&v->texts, text);
    add_span(v, name, end(v, from));
}

static void add_address(struct values *v, const char *name, struct ipv4 address)
{
    size_t from = begin(v);
    if (ipv4_is_none(address))
        return;
    text_add_ipv4(&v->texts, address);
    add_span(v, name, end(v, from));
}

/* The folder's token is the one the machine showed. */
static bool give_token(void *context, const struct client *client, const struct image *image,
                       char token[ANSWER_TOKEN_MAX])
{
    (void)client;
    (void)image;
    span_to_text(span_text(context), token, ANSWER_TOKEN_MAX);
    return true;
}

static const char *token_of(const struct values *v)
{
    return v->order->token ? v->order->token : "preview";
}

/* The facts that boot scripts know, by the same words. */
static void add_facts(struct values *v)
{
    static const char *const names[] = { "mac",    "uuid",    "address",      "serial",
                                         "asset",  "product", "manufacturer", "arch",
                                         "server", "http",    "mirror",       "image",
                                         "files",  "iso",     "answer",       "answer-folder" };
    char *token = (char *)(uintptr_t)token_of(v);
    const struct answer_source source = { .give = give_token, .context = token };
    struct reach reach = v->order->reach;
    struct rule_settings no_variables = v->settings;
    const struct template_scope scope = { .client = v->order->client,
                                          .settings = &no_variables,
                                          .reach = &reach,
                                          .image = v->order->image,
                                          .answer = v->answer };

    reach.answers = &source;
    no_variables.variable_count = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char word[40];
        size_t from = begin(v);
        int len = snprintf(word, sizeof word, "${%s}", names[i]);
        if (template_render(span_of(word, (size_t)len), &scope, &v->texts, NULL) == TEMPLATE_SOUND)
            add_span(v, names[i], end(v, from));
        else if (!v->texts.failed)
            v->texts.len = from;
    }
}

/* Names: the host's own first; its part behind the first dot is a domain. */
static void add_names(struct values *v)
{
    const struct client *client = v->order->client;
    const struct host *host = v->settings.host;
    struct span name = host ? span_text(host->name) : label_span(&client->hostname);
    size_t from = begin(v);

    for (size_t i = 0; i < name.len && name.data[i] != '.'; i++) {
        uint8_t c = ascii_lower(name.data[i]);
        bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        text_add_char(&v->texts, plain ? (char)name.data[i] : '-');
    }
    if (v->texts.len == from) {
        text_add(&v->texts, "machine-");
        for (size_t i = 0; i < sizeof client->mac.bytes; i++)
            text_addf(&v->texts, "%02x", client->mac.bytes[i]);
    }
    add_span(v, "hostname", end(v, from));
    if (host) {
        size_t dot = span_find(name, '.');
        add_span(v, "name", name);
        if (dot + 1 < name.len)
            add_span(v, "domain", span_from(name, dot + 1));
    }
}

static const struct subnet *find_subnet(const struct config *config, struct ipv4 address)
{
    for (uint8_t i = 0; i < config->dhcp.subnet_count; i++)
        if (ipv4_prefix_contains(config->dhcp.subnets[i].network, address))
            return &config->dhcp.subnets[i];
    return NULL;
}

static void add_mask(struct values *v, uint8_t length)
{
    const uint32_t mask = length == 0 ? 0 : UINT32_MAX << (32 - length);
    size_t from = begin(v);

    add_address(v, "netmask", (struct ipv4){ mask });
    from = begin(v);
    text_addf(&v->texts, "%u", length);
    add_span(v, "prefix", end(v, from));
}

/* Where the machine is: what its subnet says, else what the interface it is reached by tells. */
static void add_network(struct values *v)
{
    struct ipv4 address = v->order->client->address;

    if (ipv4_is_none(address) && v->settings.host)
        address = v->settings.host->address;
    const struct subnet *subnet = find_subnet(v->order->config, address);
    const struct iface *iface =
        v->order->ifaces ? iface_by_address(v->order->ifaces, v->order->reach.server) : NULL;
    const struct iface_address *own = iface ? iface_address_for(iface, address) : NULL;
    if (subnet)
        add_mask(v, subnet->network.length);
    else if (own && ipv4_prefix_contains(own->link, address))
        add_mask(v, own->link.length);
    if (!subnet)
        return;
    add_address(v, "gateway", subnet->router);
    if (subnet->domain[0])
        add_text(v, "domain", subnet->domain);
    for (uint8_t i = 0; i < subnet->dns_count; i++) {
        size_t from = begin(v);
        text_add_ipv4(&v->texts, subnet->dns[i]);
        v->dns[i] = end(v, from);
    }
    if (subnet->dns_count > 0)
        add_list(v, "dns", v->dns, subnet->dns_count);
}

static void add_call_back(struct values *v, const char *name)
{
    size_t from = begin(v);
    reach_add_server(&v->texts, &v->order->reach);
    text_addf(&v->texts, "/answers/%s/%s", token_of(v), name);
    add_span(v, name, end(v, from));
}

static void add_secret(struct values *v, const struct named_secret *secret)
{
    if (v->secret_count < ANSWER_VALUES_MAX)
        v->secrets[v->secret_count++] =
            (struct answer_value){ .name = secret->name,
                                   .text = span_text(secret->value.revealed) };
}

/* Set by command first, then the file's; the host before its groups. */
static void add_secrets(struct values *v)
{
    const struct catalog *c = v->order->catalog;
    const struct host *host = v->settings.host;

    for (size_t i = 0; host && i < c->secret_count; i++)
        if (strcmp(c->secrets[i].host, host->name) == 0)
            add_secret(v, &c->secrets[i].secret);
    for (uint8_t i = 0; host && i < host->secret_count; i++)
        add_secret(v, &host->secrets[i]);
    for (uint8_t g = 0; g < v->settings.group_count; g++)
        for (uint8_t i = 0; i < v->settings.groups[g]->secret_count; i++)
            add_secret(v, &v->settings.groups[g]->secrets[i]);
}

static void gather(struct values *v)
{
    v->texts = text_over(v->memory, sizeof v->memory);
    for (uint8_t i = 0; i < v->settings.variable_count; i++)
        add_span(v, v->settings.variables[i].name,
                 span_text(v->settings.variables[i].value ? v->settings.variables[i].value : ""));
    add_names(v);
    add_facts(v);
    add_network(v);
    add_list(v, "ssh_keys", v->order->catalog->ssh_keys, v->order->catalog->ssh_key_count);
    add_call_back(v, ANSWER_WORD_FINISHED);
    add_call_back(v, ANSWER_WORD_FAILED);
    add_secrets(v);
}

/* The template of the file that is asked for, which may be another one than the kind's main. */
static const struct answer_template *find_template(const struct answer_order *order,
                                                   const struct answer_template *main,
                                                   struct text *why)
{
    const struct answer_file *file = main->file;
    const struct answer_template *found = main;

    if (order->file.len > 0)
        file = answer_file_by_wire(order->file);
    if (!file || file->kind != main->file->kind) {
        text_addf(why, "%s takes no such file as an answer of kind %s", order->image->name,
                  answer_kind_name(main->file->kind));
        return NULL;
    }
    if (file != main->file)
        found = catalog_find_template(order->catalog, span_text(main->name), file);
    return found ? found : catalog_find_template(order->catalog, span_text(ANSWER_DEFAULT), file);
}

/* {% include "web.preseed" %}: any template of the catalog, by its whole name. */
static bool find_include(void *context, struct span name, struct span *ret_source)
{
    const struct catalog *catalog = context;

    for (size_t i = 0; i < catalog->template_count; i++) {
        const struct answer_template *t = &catalog->templates[i];
        char whole[NAME_MAX_];
        int len = snprintf(whole, sizeof whole, "%s.%s", t->name, t->file->suffix);
        if (!span_equals(name, span_of(whole, (size_t)len)))
            continue;
        *ret_source = t->text;
        return true;
    }
    return false;
}

/* Salts must be the same each time the file is fetched, and others for others. */
static int make_salt(const char *token, uint8_t salt[ANSWER_SALT_BYTES])
{
    struct digest digest;
    int r = digest_of(DIGEST_SHA256, span_text(token), &digest);

    if (r == 0)
        memcpy(salt, digest.bytes, ANSWER_SALT_BYTES);
    return r;
}

static int render(struct values *v, struct answer_made *out)
{
    struct text why = text_over(out->output.why, sizeof out->output.why);
    char name[NAME_MAX_];
    struct answer_scope scope = { .values = v->rows,
                                  .value_count = v->count,
                                  .secrets = v->secrets,
                                  .secret_count = v->secret_count,
                                  .hide_secrets = v->order->hide_secrets,
                                  .find = find_include,
                                  .context = (void *)(uintptr_t)v->order->catalog };
    int r = make_salt(token_of(v), scope.salt);

    if (r < 0)
        return r;
    snprintf(name, sizeof name, "%s.%s", out->template->name, out->template->file->suffix);
    r = answer_render(name, out->template->text, &scope, &out->output);
    if (r < 0)
        return r;
    if (answer_check(out->template->file, out->template->name,
                     span_of(out->output.text, out->output.len), &why))
        return 0;
    answer_output_done(&out->output);
    return -EINVAL;
}

int answer_make(const struct answer_order *order, struct answer_made *out)
{
    *out = (struct answer_made){ 0 };
    struct text why = text_over(out->output.why, sizeof out->output.why);
    struct image image = *order->image;
    struct answer answer;
    struct values *v = calloc(1, sizeof *v);

    if (!v)
        return -ENOMEM;
    v->order = order;
    rule_settings_of(order->catalog, order->client, &v->settings);
    if (order->kind != ANSWER_NONE)
        image.answer_kind = order->kind;
    int r = -ENOENT;
    if (answer_choose(order->catalog, &v->settings, &image, &answer, &why)) {
        v->answer = &answer;
        out->source = answer.source;
        out->template = find_template(order, answer.template, &why);
    } else if (why.len == 0) {
        text_addf(&why,
                  "no answer file is assigned: 'tugboot host set NAME --answers default' takes "
                  "the built-in one");
    }
    if (out->template) {
        gather(v);
        r = render(v, out);
    }
    if (r < 0)
        out->template = NULL;
    free(v);
    return r;
}
