/* See answer_preview.h. */
#include "serve/answer_preview.h"

#include <errno.h>

static bool is_said(const char *text)
{
    return text && text[0];
}

static void take_match(const struct host *host, struct client *client)
{
    const struct host_match *m = &host->match;

    if (m->has_mac)
        client->mac = m->mac;
    if (m->has_uuid) {
        client->has_uuid = true;
        client->uuid = m->uuid;
    }
    if (m->has_arch)
        client->arch = m->arch;
    if (is_said(m->serial))
        client->serial = label_of(span_text(m->serial));
    if (is_said(m->asset))
        client->asset = label_of(span_text(m->asset));
    if (is_said(m->vendor))
        client->manufacturer = label_of(span_text(m->vendor));
    if (!ipv4_is_none(host->address))
        client->address = host->address;
    if (m->has_subnet && ipv4_is_none(client->address))
        client->address.value = m->subnet.base.value + 1;
}

bool answer_preview_machine(const struct answer_preview *p, struct client *ret_client,
                            struct text *why)
{
    const struct host *host = is_said(p->host) ? catalog_find_host(p->catalog, p->host) : NULL;

    *ret_client = p->seen ? *p->seen : (struct client){ .mac = p->mac };
    if (host)
        take_match(host, ret_client);
    if (is_said(p->host) && !host)
        text_addf(why, "there is no host %.63s; 'tugboot host list' has them", p->host);
    return !is_said(p->host) || host;
}

/* What it boots by its own rules; an image that is installed already, too. */
static const struct image *find_image(const struct answer_preview *p, const struct client *client,
                                      struct text *why)
{
    struct rule_settings settings;
    const char *name = p->image;

    rule_settings_of(p->catalog, client, &settings);
    if (!is_said(name) && settings.host && is_said(settings.host->next_boot))
        name = settings.host->next_boot;
    if (!is_said(name))
        name = settings.boot.value;
    const struct image *image =
        is_said(name) ? catalog_find_image(p->catalog, span_text(name)) : NULL;
    if (!image && is_said(p->image))
        text_addf(why, "there is no image %.63s; 'tugboot image list' has them", name);
    else if (!image)
        text_add(why, "no image is assigned to this machine: say which with --image");
    return image;
}

int answer_preview_make(const struct answer_preview *p, struct answer_made *out)
{
    *out = (struct answer_made){ 0 };
    struct text why = text_over(out->output.why, sizeof out->output.why);
    struct client client;
    enum answer_kind kind = ANSWER_NONE;

    if (is_said(p->kind) && !answer_kind_parse(span_text(p->kind), &kind)) {
        text_addf(&why, "there is no kind of answer file %.31s; 'tugboot answers list' has them",
                  p->kind);
        return -EINVAL;
    }
    if (!answer_preview_machine(p, &client, &why))
        return -ENOENT;
    const struct image *image = find_image(p, &client, &why);
    if (!image)
        return -ENOENT;
    const struct answer_order order = {
        .catalog = p->catalog,
        .config = p->config,
        .ifaces = p->ifaces,
        .client = &client,
        .image = image,
        .reach = p->reach,
        .file = span_text(p->file ? p->file : ""),
        .kind = kind,
        .hide_secrets = !p->reveal,
    };
    return answer_make(&order, out);
}
