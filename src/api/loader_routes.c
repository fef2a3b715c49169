/* The routes of boot programs and of what vouches for them: loaders with their verdicts, chains,
 * certificates with their dates, recipes. What a given machine would get is /explain. */
#include "api/paging.h"
#include "api/shapes.h"
#include "boot/chain.h"
#include "boot/loader.h"

/* The catalog's file of a row; NULL when it is not here. */
static const struct loader *find_here(const struct catalog *catalog, const struct loader_row *row)
{
    for (size_t i = 0; i < catalog->loader_count; i++) {
        const struct loader *l = &catalog->loaders[i];
        const char *folder = l->folder ? l->folder : "";
        if (strcmp(l->file, row->file) == 0 && strcmp(folder, row->folder) == 0 &&
            l->arch == row->arch)
            return l;
    }
    return NULL;
}

static void write_wire_name(const struct loader_row *row, struct text *out)
{
    loader_add_wire_name(out, row->folder, row->file);
}

static void loader_name(const void *context, size_t row, struct text *out)
{
    size_t count;
    (void)context;
    write_wire_name(&loader_rows(&count)[row], out);
}

static void write_place(const struct catalog *catalog, const struct loader *here,
                        struct json_writer *j)
{
    char path[512], words[256];
    struct text p = text_over(path, sizeof path), w = text_over(words, sizeof words);

    text_addf(&p, "%s/%s", here->root < catalog->root_count ? catalog->roots[here->root].path : "",
              here->path);
    json_write_text(j, "path", path);
    if (!here->secure.inspected)
        return;
    secure_facts_write(&here->secure, &w);
    json_write_text(j, "secure_boot", secure_answer_name(secure_facts_answer(&here->secure)));
    json_write_text(j, "secure_boot_text", words);
    if (here->secure.vendor[0])
        json_write_text(j, "vendor", here->secure.vendor);
}

static void write_loader(const void *context, size_t number, struct json_writer *j)
{
    const struct catalog *catalog = context;
    size_t count;
    const struct loader_row *row = &loader_rows(&count)[number];
    const struct loader *here = find_here(catalog, row);
    char name[160], hint[256];
    struct text n = text_over(name, sizeof name), h = text_over(hint, sizeof hint);

    write_wire_name(row, &n);
    json_write_object_begin(j, NULL);
    json_write_text(j, "name", name);
    json_write_text(j, "set", row->set);
    json_write_text(j, "arch", arch_name(row->arch));
    json_write_bool(j, "here", here != NULL);
    if (here) {
        write_place(catalog, here, j);
    } else {
        loader_add_hint(&h, row->file);
        json_write_text(j, "get", hint);
    }
    json_write_object_end(j);
}

void route_loaders(struct api_call *call)
{
    const struct catalog *catalog = call->backend->catalog(call->backend->context);
    struct page_table table = {
        .key = "loaders", .name = loader_name, .write = write_loader, .context = catalog
    };
    (void)loader_rows(&table.count);
    page_reply_table(call, &table);
}

/* Chains. */

static void chain_name_at(const void *context, size_t row, struct text *out)
{
    size_t count;
    const struct chain_row *c = &chain_rows(&count)[row];
    (void)context;
    text_addf(out, "%s.%s.%zu", c->name, arch_name(c->arch), row);
}

static void write_chain(const void *context, size_t row, struct json_writer *j)
{
    static const char *const trust[] = { [CHAIN_SECURE_UNSIGNED] = "unsigned",
                                         [CHAIN_SECURE_SIGNED] = "signed",
                                         [CHAIN_SECURE_OWN] = "own-keys",
                                         [CHAIN_SECURE_AS_IMAGE] = "as-the-image" };
    size_t count;
    const struct chain_row *c = &chain_rows(&count)[row];

    (void)context;
    json_write_object_begin(j, NULL);
    json_write_text(j, "name", c->name);
    json_write_text(j, "arch", arch_name(c->arch));
    json_write_text(j, "text", c->text);
    if (c->first[0])
        json_write_text(j, "first", c->first);
    if (c->second[0])
        json_write_text(j, "second", c->second);
    json_write_bool(j, "tftp", c->via & CHAIN_VIA_TFTP);
    json_write_bool(j, "http", c->via & CHAIN_VIA_HTTP);
    json_write_bool(j, "beside_other_dhcp", c->beside);
    json_write_text(j, "secure_boot", trust[c->secure]);
    json_write_bool(j, "on_request_only", c->use == CHAIN_USE_ON_REQUEST);
    json_write_object_end(j);
}

void route_chains(struct api_call *call)
{
    struct page_table table = { .key = "chains", .name = chain_name_at, .write = write_chain };
    (void)chain_rows(&table.count);
    page_reply_table(call, &table);
}

/* Certificates and recipes. */

static bool write_certificate(void *context, const struct api_certificate *row)
{
    struct json_writer *j = context;
    json_write_object_begin(j, NULL);
    json_write_text(j, "use", row->use);
    json_write_text(j, "file", row->file);
    json_write_text(j, "subject", row->subject);
    json_write_text(j, "issuer", row->issuer);
    json_write_text(j, "key", row->key);
    json_write_text(j, "fingerprint", row->fingerprint);
    json_write_time(j, "starts", row->starts);
    json_write_time(j, "ends", row->ends);
    json_write_object_end(j);
    return true;
}

void route_certificates(struct api_call *call)
{
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);

    json_write_object_begin(&j, NULL);
    json_write_array_begin(&j, "certificates");
    call->backend->each_certificate(call->backend->context, write_certificate, &j);
    json_write_array_end(&j);
    json_write_object_end(&j);
    call_reply_json(call, &body);
}

static bool write_recipe(void *context, const struct api_recipe *row)
{
    struct json_writer *j = context;
    json_write_object_begin(j, NULL);
    json_write_text(j, "name", row->name);
    json_write_text(j, "title", row->title);
    json_write_text(j, "group", row->group);
    json_write_text(j, "answers", row->answers);
    json_write_bool(j, "own", row->is_own);
    json_write_bool(j, "untested", row->is_untested);
    json_write_bool(j, "refused", row->is_refused);
    json_write_number(j, "priority", row->priority);
    json_write_number(j, "entries", row->entries);
    json_write_object_end(j);
    return true;
}

void route_recipes(struct api_call *call)
{
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);

    json_write_object_begin(&j, NULL);
    json_write_array_begin(&j, "recipes");
    enum api_result result = call->backend->each_recipe(call->backend->context, write_recipe, &j);
    json_write_array_end(&j);
    json_write_object_end(&j);
    if (result == API_DONE)
        call_reply_json(call, &body);
    else
        call_refused(call, result, "");
}
