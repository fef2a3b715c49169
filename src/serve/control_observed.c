/* See control_observed.h. Certificates are read from their files when they are asked for: they are
 * few, and a day may have replaced them. */
#include "serve/control_observed.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/autoclean.h"

#include "crypto/x509.h"
#include "net/file.h"
#include "serve/control.h"
#include "serve/local_ca.h"
#include "serve/recipe_folder.h"

DEFINE_FREEP(struct recipe_book, recipe_book_free)

static const struct control_settings *settings_of(const void *context)
{
    return context;
}

/* Subnets. */

struct use {
    const struct config *config;
    uint64_t used[CONFIG_SUBNETS_MAX];
};

static bool is_in_pools(const struct subnet *subnet, struct ipv4 address)
{
    for (uint8_t i = 0; i < subnet->pool_count; i++)
        if (address.value >= subnet->pools[i].first.value &&
            address.value <= subnet->pools[i].last.value)
            return true;
    return false;
}

static int count_lease(void *context, const struct lease *lease)
{
    struct use *use = context;
    if (lease->status == LEASE_RELEASED)
        return 0;
    for (uint8_t i = 0; i < use->config->dhcp.subnet_count; i++)
        use->used[i] += is_in_pools(&use->config->dhcp.subnets[i], lease->address);
    return 0;
}

static uint64_t count_reserved(const struct catalog *catalog, const struct subnet *subnet)
{
    uint64_t count = 0;
    for (size_t i = 0; i < catalog->host_count; i++)
        count += !ipv4_is_none(catalog->hosts[i].address) &&
                 ipv4_prefix_contains(subnet->network, catalog->hosts[i].address);
    return count;
}

static enum api_result each_subnet(void *context, api_subnet_fn row, void *row_context)
{
    const struct control_settings *s = settings_of(context);
    const struct view *view = site_view(s->site);
    struct use use = { .config = view->config };

    if (view->config->dhcp.subnet_count > 0 &&
        store_each_lease(s->own_store, count_lease, &use) < 0)
        return API_FAILED;
    for (uint8_t i = 0; i < view->config->dhcp.subnet_count; i++) {
        const struct subnet *subnet = &view->config->dhcp.subnets[i];
        struct api_subnet shown = { .subnet = subnet,
                                    .used = use.used[i],
                                    .reserved = count_reserved(view->catalog, subnet) };
        for (uint8_t k = 0; k < subnet->pool_count; k++)
            shown.size += (uint64_t)subnet->pools[k].last.value - subnet->pools[k].first.value + 1;
        if (!row(row_context, &shown))
            break;
    }
    return API_DONE;
}

static void each_other_server(void *context, api_other_server_fn row, void *row_context)
{
    chronicle_each_server(settings_of(context)->chronicle, row, row_context);
}

static void each_minute(void *context, struct calendar after, api_minute_fn row, void *row_context)
{
    chronicle_each_minute(settings_of(context)->chronicle, after, row, row_context);
}

/* Certificates. */

/* False when the walk is to end; a file that is not there or no certificate is passed over. */
static bool show_certificate(const char *use, const char *path, api_certificate_fn row,
                             void *row_context)
{
    struct certificate *certificate = NULL;
    struct certificate_facts facts;
    struct file_facts file;
    char hex[80];
    struct text fingerprint = text_over(hex, sizeof hex);
    uint8_t *bytes = NULL;
    size_t len = 0;
    int fd;

    if (file_open_path(path, &fd, &file) != FILE_OPENED)
        return true;
    int r = file_read_whole(fd, CERTIFICATE_BYTES_MAX, &bytes, &len);
    close(fd);
    if (r == 0)
        r = certificate_read(span_of(bytes, len), &certificate);
    free(bytes);
    if (r < 0)
        return true;
    certificate_describe(certificate, &facts);
    struct span digest = digest_span(&facts.fingerprint);
    for (size_t i = 0; i < digest.len; i++)
        text_addf(&fingerprint, "%02x", digest.data[i]);
    const struct api_certificate shown = { .use = use,
                                           .file = path,
                                           .subject = facts.subject,
                                           .issuer = facts.issuer,
                                           .key = facts.key,
                                           .fingerprint = hex,
                                           .starts = facts.starts,
                                           .ends = facts.ends };
    bool goes_on = row(row_context, &shown);
    certificate_free(certificate);
    return goes_on;
}

static void each_certificate(void *context, api_certificate_fn row, void *row_context)
{
    static const struct {
        const char *use, *file;
    } files[] = {
        { "https-ca", LOCAL_CA_FILE },         { "https", "https-rsa.pem" },
        { "https", "https-ec.pem" },           { "secure-boot-pk", "keys/PK.crt" },
        { "secure-boot-kek", "keys/KEK.crt" }, { "secure-boot-db", "keys/db.crt" },
    };
    const struct config *config = site_view(settings_of(context)->site)->config;
    bool has_own = config->https.certificate[0] != 0;

    if (has_own && !show_certificate("https", config->https.certificate, row, row_context))
        return;
    for (size_t i = has_own ? 3 : 0; i < sizeof files / sizeof files[0]; i++) {
        char path[CONFIG_PATH_MAX + 32];
        struct text t = text_over(path, sizeof path);
        text_addf(&t, "%s/%s", config->state, files[i].file);
        if (!show_certificate(files[i].use, path, row, row_context))
            return;
    }
}

/* Recipes. */

static void pass_over(void *context, const char *file, const char *sentence)
{
    (void)context;
    (void)file;
    (void)sentence; /* it was told when the catalog was made */
}

static enum api_result each_recipe(void *context, api_recipe_fn row, void *row_context)
{
    autoclean(recipe_book_freep) struct recipe_book *book = NULL;
    const struct yaml_folder_faults faults = { .add = pass_over };

    if (recipe_folder_load(site_view(settings_of(context)->site)->config, &faults, &book) < 0)
        return API_FAILED;
    for (size_t i = 0; i < recipe_book_count(book); i++) {
        const struct family *family = recipe_book_at(book, i);
        const struct api_recipe shown = {
            .name = family->name,
            .title = family->title,
            .group = family->group ? family->group : "",
            .answers = answer_kind_name(family->common.answers),
            .is_own = family->is_own,
            .is_untested = family->common.is_untested,
            .is_refused = family->refuse != NULL,
            .priority = family->priority > 0 ? (uint32_t)family->priority : 0,
            .entries = family->entry_count > 0 ? family->entry_count : 1,
        };
        if (!row(row_context, &shown))
            break;
    }
    return API_DONE;
}

/* Records. */

static enum api_result records_put(void *context, const struct record *records, size_t count,
                                   char sentence[API_SENTENCE_MAX])
{
    int r =
        site_put_records(settings_of(context)->site, records, count, sentence, API_SENTENCE_MAX);
    switch (r) {
    case 0:
        return API_DONE;
    case -EINVAL:
        return API_INVALID;
    case -E2BIG:
        return API_FULL;
    case -ENOSPC:
    case -EBUSY:
        return API_UNAVAILABLE;
    default:
        return API_FAILED;
    }
}

static uint64_t event_count(void *context, enum event_id id)
{
    return recorder_event_count(settings_of(context)->recorder, id);
}

void control_observed_add(struct api_backend *backend)
{
    backend->event_count = event_count;
    backend->records_put = records_put;
    backend->each_subnet = each_subnet;
    backend->each_other_server = each_other_server;
    backend->each_minute = each_minute;
    backend->each_certificate = each_certificate;
    backend->each_recipe = each_recipe;
}
