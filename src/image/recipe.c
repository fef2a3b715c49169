/* image.yaml: its keys, how they are read and how they are written. Recognition without it is
 * recognise.c. */
#include "image/recipe.h"

#include <errno.h>

#include "base/autoclean.h"

#include "yaml/near_miss.h"
#include "yaml/yaml_tree.h"

DEFINE_FREEP(struct yaml_tree, yaml_tree_free)

struct reading {
    struct recipe *recipe;
    struct text why;
    unsigned faults;
};

static void add_fault(void *context, uint32_t line, uint32_t column, const char *text)
{
    struct reading *r = context;
    (void)column;
    text_addf(&r->why, "%simage.yaml line %u: %s", r->faults++ > 0 ? "; " : "", line, text);
}

static void fault(struct reading *r, const struct yaml_node *node, const char *text)
{
    add_fault(r, node->line, node->column, text);
}

static bool is_one_line(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < 0x20 || text.data[i] == 0x7f)
            return false;
    return true;
}

static bool take_text(struct reading *r, const struct yaml_node *node, char *out, size_t cap,
                      const char *expected)
{
    if (node->kind != YAML_TEXT || node->text.len >= cap || !is_one_line(node->text)) {
        fault(r, node, expected);
        return false;
    }
    span_to_text(node->text, out, cap);
    return true;
}

/* A path inside the folder, as a safe path. */
static bool take_path(struct reading *r, const struct yaml_node *node, char *out)
{
    struct safe_path path;
    if (node->kind != YAML_TEXT || safe_path_parse(node->text, &path) != PATH_SOUND ||
        path.len == 0 || path.len >= RECIPE_PATH_MAX) {
        fault(r, node, "a file takes a path inside the image's folder, as boot/vmlinuz");
        return false;
    }
    span_to_text(safe_path_span(&path), out, RECIPE_PATH_MAX);
    return true;
}

static bool take_number(struct span text, uint32_t max, uint32_t *ret)
{
    uint64_t v = 0;
    if (text.len == 0 || text.len > 9)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        v = v * 10 + (uint64_t)(text.data[i] - '0');
    }
    return v <= max && narrow_u32(v, ret);
}

static void read_program(struct reading *r, const struct yaml_node *node, enum image_kind kind)
{
    if (r->recipe->has_kind && (r->recipe->kernel[0] || r->recipe->kind != kind)) {
        fault(r, node,
              "only one of kernel, efi, disk, wim and memdisk can be given, and kind must agree");
        return;
    }
    r->recipe->has_kind = take_path(r, node, r->recipe->kernel) || r->recipe->has_kind;
    r->recipe->kind = kind;
}

static void read_kernel(struct reading *r, const struct yaml_node *node)
{
    read_program(r, node, IMAGE_LINUX);
}

static void read_efi(struct reading *r, const struct yaml_node *node)
{
    read_program(r, node, IMAGE_EFI);
}

static void read_disk(struct reading *r, const struct yaml_node *node)
{
    read_program(r, node, IMAGE_SANBOOT);
}

static void read_wim(struct reading *r, const struct yaml_node *node)
{
    read_program(r, node, IMAGE_WIM);
}

static void read_memdisk(struct reading *r, const struct yaml_node *node)
{
    read_program(r, node, IMAGE_MEMDISK);
}

static void fault_in_windows(void *context, const struct yaml_node *node, const char *text)
{
    fault(context, node, text);
}

static void read_windows(struct reading *r, const struct yaml_node *node)
{
    windows_keys_read(node, &r->recipe->windows, fault_in_windows, r);
}

static const char *const kind_names[] = {
    [IMAGE_LINUX] = "linux", [IMAGE_EFI] = "efi",         [IMAGE_SANBOOT] = "disk",
    [IMAGE_WIM] = "wim",     [IMAGE_MEMDISK] = "memdisk",
};

bool recipe_parse_kind(struct span name, enum image_kind *ret_kind)
{
    for (unsigned i = 0; i < sizeof kind_names / sizeof kind_names[0]; i++) {
        if (!span_is(name, kind_names[i]))
            continue;
        *ret_kind = (enum image_kind)i;
        return true;
    }
    return false;
}

const char *recipe_kind_name(enum image_kind kind)
{
    return kind_names[kind];
}

static void read_kind(struct reading *r, const struct yaml_node *node)
{
    enum image_kind kind;
    if (node->kind != YAML_TEXT || !recipe_parse_kind(node->text, &kind)) {
        fault(r, node, "kind takes linux, efi, disk, wim or memdisk");
        return;
    }
    if (r->recipe->has_kind && r->recipe->kind != kind)
        fault(r, node, "kind does not agree with the kernel, efi, disk, wim or memdisk above");
    r->recipe->has_kind = true;
    r->recipe->kind = kind;
}

/* A path, or {path: x, as: /x} for a file that is to lie in the initramfs under that name. */
static bool take_initrd(struct reading *r, const struct yaml_node *node, unsigned at)
{
    const struct yaml_node *path = node->kind == YAML_MAP ? yaml_node_find(node, "path") : NULL;
    const struct yaml_node *as = node->kind == YAML_MAP ? yaml_node_find(node, "as") : NULL;

    if (node->kind != YAML_MAP)
        return take_path(r, node, r->recipe->initrds[at]);
    if (!path || !as || node->count != 2 || as->kind != YAML_TEXT || as->text.len < 2 ||
        as->text.data[0] != '/') {
        fault(r, node, "an initrd is a path, or {path: x, as: /x}");
        return false;
    }
    return take_text(r, as, r->recipe->initrd_names[at], RECIPE_INITRD_NAME_MAX,
                     "as takes a name inside the initramfs, as /x, at most 63 bytes") &&
           take_path(r, path, r->recipe->initrds[at]);
}

static void read_initrds(struct reading *r, const struct yaml_node *node)
{
    bool alone = node->kind == YAML_TEXT && !yaml_node_is_empty(node);
    const struct yaml_node *n = alone ? node : (node->kind == YAML_LIST ? node->first : NULL);

    if (node->kind == YAML_MAP) {
        fault(r, node, "initrds takes a list of files");
        return;
    }
    r->recipe->has_initrds = true;
    for (; n; n = alone ? NULL : n->next) {
        if (r->recipe->initrd_count == IMAGE_INITRDS_MAX) {
            fault(r, n, "at most 8 initrds are taken");
            return;
        }
        if (take_initrd(r, n, r->recipe->initrd_count))
            r->recipe->initrd_count++;
    }
}

/* What ${slim}, the ISO in little, has of the whole. */
static void read_slim(struct reading *r, const struct yaml_node *node)
{
    const struct yaml_node *n = node->kind == YAML_LIST ? node->first : NULL;
    char path[RECIPE_PATH_MAX];

    if (!n)
        fault(r, node, "slim takes a list of files and folders in the ISO, as [casper, .disk]");
    for (; n; n = n->next) {
        if (r->recipe->slim_count == IMAGE_SLIM_MAX || !take_path(r, n, path) ||
            strlen(path) >= RECIPE_SLIM_MAX) {
            fault(r, n, "slim takes at most 8 paths, of at most 63 bytes each");
            return;
        }
        span_to_text(span_text(path), r->recipe->slim[r->recipe->slim_count++], RECIPE_SLIM_MAX);
    }
}

static void read_architectures(struct reading *r, const struct yaml_node *node)
{
    bool alone = node->kind == YAML_TEXT;
    const struct yaml_node *n = alone ? node : (node->kind == YAML_LIST ? node->first : NULL);

    if (!n)
        fault(r, node, "architectures takes a list, as [bios-x86, efi-x64]");
    for (; n; n = alone ? NULL : n->next) {
        enum arch arch;
        if (n->kind == YAML_TEXT && arch_parse(n->text, &arch) && arch != ARCH_NONE)
            r->recipe->arches |= arch_bit(arch);
        else
            fault(r, n, "an architecture is bios-x86, efi-x64, efi-arm64, efi-ia32, ...");
    }
}

static void read_title(struct reading *r, const struct yaml_node *node)
{
    (void)take_text(r, node, r->recipe->title, sizeof r->recipe->title,
                    "title takes a text on one line, at most 127 bytes");
}

static void read_group(struct reading *r, const struct yaml_node *node)
{
    (void)take_text(r, node, r->recipe->group, sizeof r->recipe->group,
                    "group takes a text on one line, at most 63 bytes");
}

static void read_arguments(struct reading *r, const struct yaml_node *node)
{
    r->recipe->has_arguments = take_text(r, node, r->recipe->arguments, sizeof r->recipe->arguments,
                                         "arguments takes a text on one line, at most 1023 bytes");
}

static void read_shim(struct reading *r, const struct yaml_node *node)
{
    if (node->kind == YAML_TEXT && span_is(node->text, "none"))
        r->recipe->has_shim = true;
    else
        r->recipe->has_shim = take_path(r, node, r->recipe->shim);
}

static void read_answers(struct reading *r, const struct yaml_node *node)
{
    if (node->kind == YAML_TEXT && answer_template_name_is_sound(node->text))
        span_to_text(node->text, r->recipe->answers, sizeof r->recipe->answers);
    else
        fault(r, node, "answers takes the name of a template, as 'tugboot answers list' has them");
}

static void read_memory(struct reading *r, const struct yaml_node *node)
{
    if (node->kind != YAML_TEXT || !take_number(node->text, 16777216, &r->recipe->memory_mib))
        fault(r, node, "memory takes the least RAM in MiB, as 2048");
}

static void read_order(struct reading *r, const struct yaml_node *node)
{
    struct span text = node->kind == YAML_TEXT ? node->text : (struct span){ 0 };
    bool minus = text.len > 0 && text.data[0] == '-';
    uint32_t number;
    if (take_number(minus ? span_from(text, 1) : text, 1000000, &number))
        r->recipe->order = minus ? -(int32_t)number : (int32_t)number;
    else
        fault(r, node, "order takes a number, lower comes first");
}

static void read_hidden(struct reading *r, const struct yaml_node *node)
{
    r->recipe->is_hidden = node->kind == YAML_TEXT && span_is(node->text, "true");
    if (!r->recipe->is_hidden && !(node->kind == YAML_TEXT && span_is(node->text, "false")))
        fault(r, node, "hidden takes true or false: whether the menu leaves it out");
}

static void read_answer_kind(struct reading *r, const struct yaml_node *node)
{
    if (node->kind != YAML_TEXT || !answer_kind_parse(node->text, &r->recipe->answer_kind))
        fault(r, node,
              "answer-kind takes none, preseed, kickstart, autoyast, agama, autoinstall, ignition, "
              "proxmox or unattend");
}

static void read_answer_arguments(struct reading *r, const struct yaml_node *node)
{
    (void)take_text(r, node, r->recipe->answer_arguments, RECIPE_ANSWER_MAX,
                    "answer-arguments takes a text on one line, at most 255 bytes");
}

static void read_answer_inside(struct reading *r, const struct yaml_node *node)
{
    static const char rule[] = "answer-inside takes the answer file's place in the initramfs, as "
                               "/preseed.cfg (at most 63 bytes), or none";
    r->recipe->has_answer_inside = true;
    if (node->kind == YAML_TEXT && span_is(node->text, "none"))
        return;
    if (take_text(r, node, r->recipe->answer_inside, RECIPE_INITRD_NAME_MAX, rule) &&
        !recipe_is_inside_path(r->recipe->answer_inside))
        fault(r, node, rule);
}

static void read_answer_inside_arguments(struct reading *r, const struct yaml_node *node)
{
    (void)take_text(r, node, r->recipe->answer_inside_arguments, RECIPE_ANSWER_MAX,
                    "answer-inside-arguments takes a text on one line, at most 255 bytes");
}

static void read_variants(struct reading *r, const struct yaml_node *node)
{
    r->recipe->is_alone = node->kind == YAML_TEXT && span_is(node->text, "none");
    if (!r->recipe->is_alone && !(node->kind == YAML_TEXT && span_is(node->text, "all")))
        fault(r, node,
              "variants takes all or none: whether the image has further entries, as rescue");
}

static const struct {
    const char *name;
    void (*read)(struct reading *r, const struct yaml_node *node);
} keys[] = {
    { "title", read_title },
    { "group", read_group },
    { "kind", read_kind },
    { "kernel", read_kernel },
    { "efi", read_efi },
    { "disk", read_disk },
    { "wim", read_wim },
    { "memdisk", read_memdisk },
    { "windows", read_windows },
    { "initrds", read_initrds },
    { "initrd", read_initrds },
    { "arguments", read_arguments },
    { "answer-kind", read_answer_kind },
    { "answer-arguments", read_answer_arguments },
    { "answer-inside", read_answer_inside },
    { "answer-inside-arguments", read_answer_inside_arguments },
    { "variants", read_variants },
    { "slim", read_slim },
    { "architectures", read_architectures },
    { "shim", read_shim },
    { "memory", read_memory },
    { "order", read_order },
    { "hidden", read_hidden },
    { "answers", read_answers },
};

#define KEY_COUNT (sizeof keys / sizeof keys[0])

static void read_key(struct reading *r, const struct yaml_node *node)
{
    const char *words[KEY_COUNT];
    char buffer[160];
    struct text t = text_over(buffer, sizeof buffer);

    for (size_t i = 0; i < KEY_COUNT; i++) {
        words[i] = keys[i].name;
        if (!span_is(node->key, keys[i].name))
            continue;
        if (yaml_node_is_empty(node) && keys[i].read != read_initrds)
            fault(r, node, "the key has no value");
        else
            keys[i].read(r, node);
        return;
    }
    const char *near = near_miss_find(node->key, words, KEY_COUNT);
    text_add(&t, "there is no key \"");
    text_add_escaped(&t, span_slice(node->key, 0, 24));
    text_addf(&t, near ? "\" here: did you mean \"%s\"?" : "\" here%s", near ? near : "");
    fault(r, node, buffer);
}

int recipe_parse(struct span yaml, struct recipe *recipe, char why[RECIPE_WHY_MAX])
{
    autoclean(yaml_tree_freep) struct yaml_tree *tree = NULL;
    struct reading r = { .recipe = recipe, .why = text_over(why, RECIPE_WHY_MAX) };
    struct yaml_fault_sink sink = { .add = add_fault, .context = &r };

    *recipe = (struct recipe){ 0 };
    if (yaml.len > RECIPE_YAML_MAX) {
        text_add(&r.why, "image.yaml is larger than 64 KiB");
        return -EINVAL;
    }
    int result = yaml_tree_parse(yaml, &sink, &tree);
    if (result < 0)
        return result;
    const struct yaml_node *root = yaml_tree_root(tree);
    if (root && root->kind != YAML_MAP && !yaml_node_is_empty(root))
        fault(&r, root, "it takes keys and values, as \"kernel: vmlinuz\"");
    else if (root)
        for (const struct yaml_node *n = root->first; n; n = n->next)
            read_key(&r, n);
    return r.faults > 0 ? -EINVAL : 0;
}

static void write_quoted(struct text *out, const char *text)
{
    text_add_char(out, '"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            text_add_char(out, '\\');
        text_add_char(out, *text);
    }
    text_add_char(out, '"');
}

static void write_pair(struct text *out, const char *key, const char *value)
{
    text_addf(out, "%s: ", key);
    write_quoted(out, value);
    text_add_char(out, '\n');
}

void recipe_write(const struct recipe *recipe, struct text *out)
{
    static const char *const program_keys[] = {
        [IMAGE_LINUX] = "kernel", [IMAGE_EFI] = "efi",         [IMAGE_SANBOOT] = "disk",
        [IMAGE_WIM] = "wim",      [IMAGE_MEMDISK] = "memdisk",
    };
    if (recipe->title[0])
        write_pair(out, "title", recipe->title);
    if (recipe->group[0])
        write_pair(out, "group", recipe->group);
    if (recipe->kernel[0])
        write_pair(out, program_keys[recipe->kind], recipe->kernel);
    else if (recipe->has_kind)
        text_addf(out, "kind: %s\n",
                  recipe->kind == IMAGE_LINUX ? "linux" : program_keys[recipe->kind]);
    if (recipe->has_initrds) {
        text_add(out, "initrds: [");
        for (unsigned i = 0; i < recipe->initrd_count; i++) {
            text_add(out, i > 0 ? ", " : "");
            text_add(out, recipe->initrd_names[i][0] ? "{path: " : "");
            write_quoted(out, recipe->initrds[i]);
            if (!recipe->initrd_names[i][0])
                continue;
            text_add(out, ", as: ");
            write_quoted(out, recipe->initrd_names[i]);
            text_add_char(out, '}');
        }
        text_add(out, "]\n");
    }
    if (recipe->has_arguments)
        write_pair(out, "arguments", recipe->arguments);
    if (recipe->answer_kind != ANSWER_NONE)
        text_addf(out, "answer-kind: %s\n", answer_kind_name(recipe->answer_kind));
    if (recipe->answer_arguments[0])
        write_pair(out, "answer-arguments", recipe->answer_arguments);
    if (recipe->has_answer_inside)
        write_pair(out, "answer-inside", recipe->answer_inside[0] ? recipe->answer_inside : "none");
    if (recipe->answer_inside_arguments[0])
        write_pair(out, "answer-inside-arguments", recipe->answer_inside_arguments);
    if (recipe->is_alone)
        text_add(out, "variants: none\n");
    if (recipe->slim_count > 0) {
        text_add(out, "slim: [");
        for (unsigned i = 0; i < recipe->slim_count; i++) {
            text_add(out, i > 0 ? ", " : "");
            write_quoted(out, recipe->slim[i]);
        }
        text_add(out, "]\n");
    }
    if (recipe->arches) {
        bool any = false;
        text_add(out, "architectures: [");
        for (enum arch arch = ARCH_BIOS_X86; arch < ARCH_COUNT; arch++) {
            if (!(recipe->arches & arch_bit(arch)))
                continue;
            text_addf(out, "%s%s", any ? ", " : "", arch_name(arch));
            any = true;
        }
        text_add(out, "]\n");
    }
    if (recipe->has_shim)
        write_pair(out, "shim", recipe->shim[0] ? recipe->shim : "none");
    if (recipe->memory_mib)
        text_addf(out, "memory: %u\n", recipe->memory_mib);
    if (recipe->order)
        text_addf(out, "order: %d\n", recipe->order);
    if (recipe->is_hidden)
        text_add(out, "hidden: true\n");
    if (recipe->answers[0])
        write_pair(out, "answers", recipe->answers);
    windows_keys_write(&recipe->windows, out);
}

bool recipe_is_inside_path(const char *path)
{
    struct safe_path sound;
    return path[0] == '/' && safe_path_parse(span_text(path), &sound) == PATH_SOUND &&
           (size_t)sound.len + 1 == strlen(path) && sound.len > 0;
}

bool recipe_is_name(struct span name)
{
    if (name.len == 0 || name.len > 63 || name.data[0] == '.' || name.data[0] == '-' ||
        span_is(name, "menu") || span_is(name, "local") || span_is(name, "shell"))
        return false;
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.data[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '.' && c != '_' && c != '-')
            return false;
    }
    return true;
}
