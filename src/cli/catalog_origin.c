/* See catalog_origin.h. */
#include "cli/catalog_origin.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "http/header.h"
#include "net/file.h"
#include "serve/image_store.h"
#include "yaml/yaml_tree.h"

#define ORIGIN_MAX ((size_t)16384)

static void add_pair(struct text *out, const char *key, const char *value)
{
    text_addf(out, "%s: \"", key);
    for (const char *p = value; *p; p++) {
        if (*p == '"' || *p == '\\')
            text_add_char(out, '\\');
        if ((unsigned char)*p >= 0x20 && *p != 0x7f)
            text_add_char(out, *p);
    }
    text_add(out, "\"\n");
}

void catalog_origin_write(const struct catalog_origin *origin, struct text *out)
{
    text_add(out,
             "# Where this image came from; written by 'tugboot catalog add', read by 'tugboot "
             "catalog list'.\n");
    add_pair(out, "offer", origin->offer);
    add_pair(out, "arch", origin->arch);
    add_pair(out, "version", origin->version);
    add_pair(out, "asked", origin->asked);
    add_pair(out, "url", origin->url);
    add_pair(out, "sha256", origin->sha256);
    add_pair(out, "signer", origin->signer);
    add_pair(out, "fetched", origin->fetched);
    if (origin->dated_s > 0)
        text_addf(out, "dated: \"%" PRId64 "\"\n", origin->dated_s);
}

static void no_fault(void *context, uint32_t line, uint32_t column, const char *text)
{
    (void)context;
    (void)line;
    (void)column;
    (void)text;
}

static bool take_pair(const struct yaml_node *root, const char *key, char *out, size_t cap)
{
    const struct yaml_node *node = yaml_node_find(root, key);
    if (!node || node->kind != YAML_TEXT || node->text.len >= cap)
        return false;
    span_to_text(node->text, out, cap);
    return true;
}

/* Not in files of earlier versions, and not where an index does not say it. */
static bool take_dated(const struct yaml_node *root, int64_t *ret)
{
    const struct yaml_node *node = yaml_node_find(root, "dated");
    uint64_t number = 0;
    if (node &&
        (node->kind != YAML_TEXT || node->text.len > 12 || !http_number_parse(node->text, &number)))
        return false;
    *ret = (int64_t)number;
    return true;
}

/* Read a text back; false when it is none. */
static bool read_origin(struct span text, struct catalog_origin *ret_origin)
{
    const struct yaml_fault_sink nobody = { .add = no_fault };
    struct yaml_tree *tree = NULL;
    struct catalog_origin o = { 0 };

    if (text.len > ORIGIN_MAX || yaml_tree_parse(text, &nobody, &tree) < 0)
        return false;
    const struct yaml_node *root = yaml_tree_root(tree);
    bool is_sound =
        root && root->kind == YAML_MAP && take_pair(root, "offer", o.offer, sizeof o.offer) &&
        take_pair(root, "arch", o.arch, sizeof o.arch) &&
        take_pair(root, "version", o.version, sizeof o.version) &&
        take_pair(root, "asked", o.asked, sizeof o.asked) &&
        take_pair(root, "url", o.url, sizeof o.url) &&
        take_pair(root, "sha256", o.sha256, sizeof o.sha256) &&
        take_pair(root, "signer", o.signer, sizeof o.signer) &&
        take_pair(root, "fetched", o.fetched, sizeof o.fetched) && take_dated(root, &o.dated_s);
    yaml_tree_free(tree);
    if (is_sound)
        *ret_origin = o;
    return is_sound;
}

struct walk {
    int images;
    int (*row)(void *context, const struct catalog_origin *origin);
    void *context;
};

static int look_into(void *context, const struct file_entry *entry)
{
    const struct walk *w = context;
    struct catalog_origin origin;
    struct file_facts facts;
    struct safe_path path;
    char name[320];
    struct text t = text_over(name, sizeof name);
    uint8_t *data = NULL;
    size_t len = 0;
    int fd;

    text_addf(&t, "%s/" IMAGE_ORIGIN_FILE, entry->name);
    if (entry->kind != FILE_KIND_FOLDER || entry->name[0] == '.' || t.failed ||
        safe_path_parse(text_span(&t), &path) != PATH_SOUND ||
        file_open_beneath(w->images, &path, false, &fd, &facts) != FILE_OPENED)
        return 0;
    int r = file_read_whole(fd, ORIGIN_MAX, &data, &len);
    close(fd);
    bool is_one = r == 0 && read_origin(span_of(data, len), &origin);
    free(data);
    if (!is_one)
        return r == -ENOMEM ? r : 0;
    span_to_text(span_text(entry->name), origin.image, sizeof origin.image);
    return w->row(w->context, &origin);
}

int catalog_origin_each(const char *images,
                        int (*row)(void *context, const struct catalog_origin *origin),
                        void *context)
{
    struct walk w = { .images = file_open_root(images), .row = row, .context = context };
    if (w.images < 0)
        return w.images == -ENOENT ? 0 : w.images;
    int r = file_list(w.images, look_into, &w);
    close(w.images);
    return r;
}
