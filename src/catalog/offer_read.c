/* The language of the catalog's files: which keys there are, and what each takes; what stands at
 * the top holds for every offer that does not say otherwise. Texts stay in the YAML tree, which the
 * family keeps. docs/guide/catalog.md tells it to people. */
#include <errno.h>
#include <stdlib.h>

#include "base/autoclean.h"
#include "base/text.h"

#include "catalog/offer.h"
#include "image/pattern.h"
#include "image/recipe.h"
#include "yaml/near_miss.h"

#define TEXT_MAX 400
#define KEYS_MAX 24

DEFINE_FREEP(struct offer_family, offer_family_free)

struct reading {
    const struct yaml_fault_sink *faults;
    unsigned fault_count;
    struct offer_family *family;
    struct offer *offer; /* at hand: the common one, or one of the list */
};

struct key {
    const char *name;
    void (*read)(struct reading *r, const struct yaml_node *node);
};

static void fault_at(void *context, uint32_t line, uint32_t column, const char *text)
{
    struct reading *r = context;
    r->fault_count++;
    r->faults->add(r->faults->context, line, column, text);
}

static void fault(struct reading *r, const struct yaml_node *node, const char *text)
{
    fault_at(r, node->line, node->column, text);
}

static const char *take_text(struct reading *r, const struct yaml_node *node)
{
    bool is_sound = node->kind == YAML_TEXT && node->text.len > 0 && node->text.len <= TEXT_MAX;
    for (size_t i = 0; is_sound && i < node->text.len; i++)
        is_sound = node->text.data[i] >= 0x20 && node->text.data[i] != 0x7f;
    if (!is_sound)
        fault(r, node, "a text of one line, at most 400 bytes, is expected here");
    return is_sound ? (const char *)node->text.data : "";
}

/* The members of a list, or the one value that stands in its place. */
static const struct yaml_node *first_of(const struct yaml_node *node)
{
    return node->kind == YAML_LIST ? node->first : node;
}

static const struct yaml_node *next_of(const struct yaml_node *list, const struct yaml_node *n)
{
    return list->kind == YAML_LIST ? n->next : NULL;
}

static uint8_t take_texts(struct reading *r, const struct yaml_node *node, const char **out,
                          uint8_t most)
{
    uint8_t count = 0;
    for (const struct yaml_node *n = first_of(node); n; n = next_of(node, n)) {
        if (count == most) {
            fault(r, n, "there are more than are taken here");
            break;
        }
        out[count++] = take_text(r, n);
    }
    return count;
}

/* The same, but nothing between quotes is something, too. */
static const char *take_empty_or_text(struct reading *r, const struct yaml_node *node)
{
    bool is_empty = node->kind == YAML_TEXT && !node->plain && node->text.len == 0;
    return is_empty ? "" : take_text(r, node);
}

static bool take_true(struct reading *r, const struct yaml_node *node)
{
    bool is_true = node->kind == YAML_TEXT && span_is(node->text, "true");
    if (!is_true)
        fault(r, node, "true is expected here, or the key is left out");
    return is_true;
}

static const char *take_pattern(struct reading *r, const struct yaml_node *node)
{
    const char *pattern = take_text(r, node), *flaw = pattern_flaw(pattern);
    char sentence[160];
    struct text t = text_over(sentence, sizeof sentence);
    text_addf(&t, "the pattern %s", flaw ? flaw : "");
    if (flaw)
        fault(r, node, sentence);
    return pattern;
}

static void read_map(struct reading *r, const struct yaml_node *map, const struct key *keys,
                     size_t count)
{
    const char *words[KEYS_MAX];
    char sentence[160];

    for (size_t i = 0; i < count; i++)
        words[i] = keys[i].name;
    for (const struct yaml_node *n = map->kind == YAML_MAP ? map->first : NULL; n; n = n->next) {
        size_t i = 0;
        while (i < count && !span_is(n->key, keys[i].name))
            i++;
        if (i < count) {
            keys[i].read(r, n);
            continue;
        }
        const char *near = near_miss_find(n->key, words, count);
        struct text t = text_over(sentence, sizeof sentence);
        text_add(&t, "there is no key \"");
        text_add_escaped(&t, span_slice(n->key, 0, 24));
        text_addf(&t, near ? "\" here: did you mean \"%s\"?" : "\" here%s", near ? near : "");
        fault_at(r, n->key_line, n->key_column, sentence);
    }
    if (map->kind != YAML_MAP)
        fault(r, map, "keys and values are expected here, as \"title: Debian\"");
}

/* What an offer is. */

static void read_name(struct reading *r, const struct yaml_node *node)
{
    r->offer->name = take_text(r, node);
    if (strlen(r->offer->name) > OFFER_NAME_MAX || !recipe_is_name(span_text(r->offer->name)))
        fault(r, node, "an offer's name has a-z, 0-9, ., - and _ only, at most 40");
}

static void read_title(struct reading *r, const struct yaml_node *node)
{
    r->offer->title = take_text(r, node);
}

static void read_notes(struct reading *r, const struct yaml_node *node)
{
    r->offer->notes = take_text(r, node);
}

static void read_recipe(struct reading *r, const struct yaml_node *node)
{
    r->offer->recipe = take_text(r, node);
}

static void read_image_name(struct reading *r, const struct yaml_node *node)
{
    r->offer->image_name = take_text(r, node);
}

static void read_base(struct reading *r, const struct yaml_node *node)
{
    struct span base = span_text(r->offer->base = take_text(r, node));
    if (!span_starts_with(base, "https://") && !span_starts_with(base, "http://"))
        fault(r, node, "a base is an address, as https://cdimage.debian.org/debian-cd");
}

static void add_arch(struct reading *r, const struct yaml_node *node, const char *name)
{
    if (r->offer->arch_count == OFFER_ARCHES_MAX) {
        fault(r, node, "at most 8 architectures are taken");
        return;
    }
    struct offer_arch *arch = &r->offer->arches[r->offer->arch_count++];
    arch->value = take_text(r, node);
    arch->name = name ? name : arch->value;
}

/* [amd64, arm64], or {amd64: x86_64, arm64: aarch64}. */
static void read_arches(struct reading *r, const struct yaml_node *node)
{
    r->offer->arch_count = 0;
    bool is_map = node->kind == YAML_MAP;
    for (const struct yaml_node *n = is_map ? node->first : first_of(node); n;
         n = is_map ? n->next : next_of(node, n))
        add_arch(r, n, is_map ? (const char *)n->key.data : NULL);
}

/* {in: ADDRESS, word: PATTERN} or {in: ADDRESS, line: PATTERN}, or a list of them. */
static void read_find(struct reading *r, const struct yaml_node *node)
{
    r->offer->find_count = 0;
    for (const struct yaml_node *n = first_of(node); n; n = next_of(node, n)) {
        bool is_map = n->kind == YAML_MAP;
        const struct yaml_node *in = is_map ? yaml_node_find(n, "in") : NULL,
                               *word = is_map ? yaml_node_find(n, "word") : NULL,
                               *line = is_map ? yaml_node_find(n, "line") : NULL,
                               *digits = is_map ? yaml_node_find(n, "digits") : NULL,
                               *asked = is_map ? yaml_node_find(n, "or-asked") : NULL;
        uint32_t known = 2U + (digits != NULL) + (asked != NULL);
        if (!in || !word == !line || n->count != known || r->offer->find_count == OFFER_FINDS_MAX) {
            fault(r, n,
                  "find takes at most 4 of {in: ADDRESS, word: PATTERN} or {in: ADDRESS, line: "
                  "PATTERN}, besides digits: true and or-asked: true");
            return;
        }
        struct offer_find *find = &r->offer->finds[r->offer->find_count++];
        find->in = take_empty_or_text(r, in);
        find->like = take_pattern(r, word ? word : line);
        find->is_word = word != NULL;
        find->is_number = digits && take_true(r, digits);
        find->or_asked = asked && take_true(r, asked);
    }
}

static void read_one_sums(struct reading *r, const struct yaml_node *node, struct offer_sums *sums)
{
    static const char usage[] =
        "sums takes {get: ADDRESS, signed: inline}, {get: ADDRESS, signature: ADDRESS}, {get: "
        "ADDRESS, minisig: ADDRESS}, {get: ADDRESS, unsigned: true}, or behind another {get: "
        "ADDRESS}; and says: PATTERN, says-usual: PATTERN";
    const struct yaml_node *get = node->kind == YAML_MAP ? yaml_node_find(node, "get") : NULL,
                           *inline_ = get ? yaml_node_find(node, "signed") : NULL,
                           *detached = get ? yaml_node_find(node, "signature") : NULL,
                           *minisig = get ? yaml_node_find(node, "minisig") : NULL,
                           *none = get ? yaml_node_find(node, "unsigned") : NULL,
                           *says = get ? yaml_node_find(node, "says") : NULL,
                           *usual = get ? yaml_node_find(node, "says-usual") : NULL;
    bool is_first = r->offer->sum_count == 1;
    unsigned ways = (inline_ ? 1U : 0) + (detached ? 1U : 0) + (minisig ? 1U : 0) + (none ? 1U : 0);

    if (!get || node->count != 1 + ways + (says ? 1U : 0) + (usual ? 1U : 0) ||
        ways != (is_first ? 1 : 0) || (inline_ && !span_is(inline_->text, "inline")) ||
        (none && !span_is(none->text, "true"))) {
        fault(r, node, usage);
        return;
    }
    sums->get = take_text(r, get);
    sums->signature = inline_    ? OFFER_INLINE
                      : detached ? OFFER_DETACHED
                      : minisig  ? OFFER_MINISIGN
                      : none     ? OFFER_UNSIGNED
                                 : OFFER_BY_FORMER;
    if (detached || minisig)
        sums->signature_at = take_text(r, detached ? detached : minisig);
    if (usual)
        sums->says_usual = take_pattern(r, usual);
    for (const struct yaml_node *n = says ? first_of(says) : NULL; n; n = next_of(says, n)) {
        if (sums->say_count == OFFER_SAYS_MAX) {
            fault(r, n, "says takes at most 4 patterns of lines");
            return;
        }
        sums->says[sums->say_count++] = take_pattern(r, n);
    }
}

static void read_sums(struct reading *r, const struct yaml_node *node)
{
    r->offer->sum_count = 0;
    for (const struct yaml_node *n = first_of(node); n; n = next_of(node, n)) {
        if (r->offer->sum_count == OFFER_SUMS_MAX) {
            fault(r, n, "at most 3 files of digests are taken, one behind the other");
            return;
        }
        struct offer_sums *sums = &r->offer->sums[r->offer->sum_count++];
        read_one_sums(r, n, sums);
    }
}

static void read_files(struct reading *r, const struct yaml_node *node)
{
    r->offer->file_count = take_texts(r, node, r->offer->files, OFFER_FILES_MAX);
    for (uint8_t i = 0; i < r->offer->file_count; i++)
        if (pattern_flaw(r->offer->files[i]))
            fault(r, node, "file takes patterns of names in the file of digests");
}

static void read_below(struct reading *r, const struct yaml_node *node)
{
    r->offer->below = take_empty_or_text(r, node);
}

static void read_at(struct reading *r, const struct yaml_node *node)
{
    r->offer->at = take_text(r, node);
}

static void read_usual(struct reading *r, const struct yaml_node *node)
{
    r->offer->usual = take_text(r, node);
}

static void read_writes(struct reading *r, const struct yaml_node *node)
{
    const struct yaml_node *file = node->kind == YAML_MAP ? yaml_node_find(node, "file") : NULL,
                           *text = file ? yaml_node_find(node, "text") : NULL;
    if (!text || node->count != 2) {
        fault(r, node, "writes takes {file: NAME, text: TEXT}");
        return;
    }
    r->offer->write_name = take_text(r, file);
    r->offer->write_text = take_text(r, text);
    if (!recipe_is_name(span_text(r->offer->write_name)))
        fault(r, file, "the file that is written is a plain name, as version.info");
}

static void read_signature(struct reading *r, const struct yaml_node *node)
{
    r->offer->signed_at = take_text(r, node);
}

static void read_packaged(struct reading *r, const struct yaml_node *node)
{
    r->offer->packaged = take_text(r, node);
}

/* Who may have signed. */

static void read_keyrings(struct reading *r, const struct yaml_node *node)
{
    struct offer_trust *trust = &r->offer->trust;
    trust->keyring_count = take_texts(r, node, trust->keyrings, OFFER_KEYRINGS_MAX);
    for (uint8_t i = 0; i < trust->keyring_count; i++)
        if (trust->keyrings[i][0] != '/')
            fault(r, node, "a keyring is a file, by its whole path");
}

static void read_package(struct reading *r, const struct yaml_node *node)
{
    r->offer->trust.package = take_text(r, node);
}

/* 40 hexadecimal digits (or 64, of newer keys), upper case. */
static bool is_fingerprint(const char *text)
{
    size_t len = strspn(text, "0123456789ABCDEF");
    return !text[len] && (len == 40 || len == 64);
}

static void read_keys(struct reading *r, const struct yaml_node *node)
{
    struct offer_trust *trust = &r->offer->trust;
    trust->key_count = take_texts(r, node, trust->keys, OFFER_KEYS_MAX);
    for (uint8_t i = 0; i < trust->key_count; i++)
        if (!is_fingerprint(trust->keys[i]))
            fault(r, node, "keys takes whole fingerprints: 40 hexadecimal digits, in capitals");
}

static void read_key_at(struct reading *r, const struct yaml_node *node)
{
    struct offer_trust *trust = &r->offer->trust;
    trust->key_at_count = take_texts(r, node, trust->key_at, OFFER_KEYRINGS_MAX);
}

static void read_minisign(struct reading *r, const struct yaml_node *node)
{
    r->offer->trust.minisign = take_text(r, node);
    if (strlen(r->offer->trust.minisign) != 56)
        fault(r, node, "minisign takes a public key: 56 characters, beginning with RW");
}

#define SHARED_KEYS                                                                                \
    { "base", read_base }, { "arches", read_arches }, { "find", read_find },                       \
        { "usual", read_usual }, { "sums", read_sums }, { "recipe", read_recipe },                 \
        { "notes", read_notes }, { "keyrings", read_keyrings }, { "package", read_package },       \
        { "keys", read_keys }, { "key-at", read_key_at },                                          \
    {                                                                                              \
        "minisign", read_minisign                                                                  \
    }

static const struct key offer_keys[] = {
    { "name", read_name },
    { "title", read_title },
    { "file", read_files },
    { "below", read_below },
    { "at", read_at },
    { "writes", read_writes },
    { "signature", read_signature },
    { "packaged", read_packaged },
    { "image-name", read_image_name },
    SHARED_KEYS,
};

/* Read last, whatever the file's order. */
static void read_later(struct reading *r, const struct yaml_node *node)
{
    (void)r;
    (void)node;
}

static void read_family_title(struct reading *r, const struct yaml_node *node)
{
    r->family->title = take_text(r, node);
}

static const struct key top_keys[] = {
    { "title", read_family_title },
    { "offers", read_later },
    SHARED_KEYS,
};

/* What has to be there, and fits together. */
static const char *flaw_of(const struct offer *offer)
{
    if (!offer->name || !offer->title)
        return "an offer has a name and a title";
    if (offer->packaged && (offer->signed_at || offer->below || offer->at || offer->write_name))
        return "what is packaged was verified by apt: signature, below, at and writes are for what "
               "is fetched";
    if (offer->packaged)
        return offer->file_count > 0 ? NULL : "an offer that is packaged names its files";
    if (!offer->base || offer->sum_count == 0)
        return "an offer has a base and sums: where it is, and what says its digest";
    if (offer->file_count == 0 || (!offer->below && offer->file_count != 1))
        return "an offer has file: which file of the sums it is (several only with below)";
    if (offer->below && offer->signed_at)
        return "signature is of one file, and below takes several: let the sums be signed instead";
    bool is_signed = offer->sums[0].signature != OFFER_UNSIGNED || offer->signed_at;
    bool has_keys = offer->trust.keyring_count > 0 ||
                    (offer->trust.key_count > 0 && offer->trust.key_at_count > 0) ||
                    offer->trust.minisign;
    if (is_signed && !has_keys)
        return "what is signed needs keyrings, or keys with key-at, or minisign";
    if (offer->sums[0].signature == OFFER_MINISIGN && !offer->trust.minisign)
        return "a minisig needs minisign: the public key";
    return offer->trust.key_at_count > 0 && offer->trust.key_count == 0
               ? "keys that are fetched (key-at) are known by keys: their fingerprints"
               : NULL;
}

static void read_offers(struct reading *r, const struct yaml_node *node, const struct offer *common)
{
    for (const struct yaml_node *n = node->kind == YAML_LIST ? node->first : NULL; n; n = n->next) {
        if (r->family->count == OFFERS_MAX) {
            fault(r, n, "a family makes at most 16 offers");
            return;
        }
        unsigned before = r->fault_count;
        r->offer = &r->family->offers[r->family->count++];
        *r->offer = *common;
        read_map(r, n, offer_keys, sizeof offer_keys / sizeof offer_keys[0]);
        const char *flaw = r->fault_count == before ? flaw_of(r->offer) : NULL;
        if (flaw)
            fault(r, n, flaw);
        if (r->offer->arch_count == 0)
            r->offer->arches[r->offer->arch_count++] = (struct offer_arch){ "amd64", "amd64" };
    }
    if (r->family->count == 0)
        fault(r, node, "offers takes a list of what can be fetched");
}

int offer_family_read(struct span yaml, const char *name, const struct yaml_fault_sink *faults,
                      struct offer_family **ret_family)
{
    autoclean(offer_family_freep) struct offer_family *family = calloc(1, sizeof *family);
    struct offer common = { 0 };
    struct reading r = { .faults = faults, .family = family, .offer = &common };
    const struct yaml_fault_sink counting = { .add = fault_at, .context = &r };

    if (!family)
        return -ENOMEM;
    if (yaml.len > OFFER_YAML_MAX) {
        faults->add(faults->context, 1, 1, "a file of the catalog is at most 64 KiB");
        return -EINVAL;
    }
    span_to_text(span_text(name), family->file_name, sizeof family->file_name);
    int result = yaml_tree_parse(yaml, &counting, &family->tree);
    if (result < 0)
        return result;
    const struct yaml_node *root = yaml_tree_root(family->tree);
    const struct yaml_node *offers =
        root && root->kind == YAML_MAP ? yaml_node_find(root, "offers") : NULL;
    if (!offers) {
        fault_at(&r, 1, 1, "a file of the catalog has a title and offers");
        return -EINVAL;
    }
    family->title = family->file_name;
    read_map(&r, root, top_keys, sizeof top_keys / sizeof top_keys[0]);
    read_offers(&r, offers, &common);
    if (r.fault_count > 0)
        return -EINVAL;
    *ret_family = take_ptr(&family);
    return 0;
}

void offer_family_free(struct offer_family *family)
{
    if (!family)
        return;
    yaml_tree_free(family->tree);
    free(family);
}

const struct offer_arch *offer_find_arch(const struct offer *offer, const char *name)
{
    for (uint8_t i = 0; i < offer->arch_count; i++)
        if (!name || strcmp(offer->arches[i].name, name) == 0 ||
            strcmp(offer->arches[i].value, name) == 0)
            return &offer->arches[i];
    return NULL;
}
