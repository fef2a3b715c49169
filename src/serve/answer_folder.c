/* See answer_folder.h. Every file is one block of memory; a template of the same name and kind as a
 * built-in one comes before it, and so is found first. */
#include "serve/answer_folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "answers/builtin.h"
#include "net/file.h"

struct answer_folder {
    struct answer_template templates[ANSWER_TEMPLATES_MAX];
    char names[ANSWER_TEMPLATES_MAX][ANSWER_TEMPLATE_NAME_MAX];
    size_t count;
    struct span ssh_keys[ANSWER_SSH_KEYS_MAX];
    size_t ssh_key_count;
    uint8_t *blocks[ANSWER_TEMPLATES_MAX + 1];
    size_t block_count;
    size_t bytes;
    int fd;
};

bool answer_folder_split(struct span file_name, struct span *ret_name,
                         const struct answer_file **ret_file)
{
    size_t dot = file_name.len;

    while (dot > 0 && file_name.data[dot - 1] != '.')
        dot--;
    if (dot < 2)
        return false;
    *ret_name = span_slice(file_name, 0, dot - 1);
    *ret_file = answer_file_by_suffix(span_from(file_name, dot));
    return *ret_file && answer_template_name_is_sound(*ret_name);
}

/* The text of a file, the folder's; empty when it cannot be had. */
static bool read_text(struct answer_folder *f, const char *name, struct span *ret_text)
{
    struct safe_path path;
    struct file_facts facts;
    uint8_t *text = NULL;
    size_t len = 0;
    int fd;

    if (safe_path_parse(span_text(name), &path) != PATH_SOUND ||
        file_open_beneath(f->fd, &path, false, &fd, &facts) != FILE_OPENED)
        return false;
    int r = file_read_whole(fd, ANSWER_TEMPLATE_MAX, &text, &len);
    close(fd);
    if (r < 0 || len > ANSWER_FOLDER_BYTES - f->bytes) {
        free(text);
        return false;
    }
    f->bytes += len;
    f->blocks[f->block_count++] = text;
    *ret_text = span_of(text, len);
    return true;
}

static void add(struct answer_folder *f, struct span name, const struct answer_file *file,
                struct span text, bool built_in)
{
    char *kept = f->names[f->count];
    span_to_text(name, kept, sizeof f->names[0]);
    f->templates[f->count++] =
        (struct answer_template){ .name = kept, .file = file, .text = text, .built_in = built_in };
}

static int visit(void *context, const struct file_entry *entry)
{
    struct answer_folder *f = context;
    const struct answer_file *file;
    struct span name, text;
    size_t built_in;

    (void)answer_files(&built_in);
    if (entry->kind == FILE_KIND_FILE && f->count + built_in < ANSWER_TEMPLATES_MAX &&
        answer_folder_split(span_text(entry->name), &name, &file) &&
        read_text(f, entry->name, &text))
        add(f, name, file, text, false);
    return 0;
}

/* Lines that are neither blank nor comments, as sshd reads them. */
static void split_keys(struct answer_folder *f, struct span text)
{
    while (text.len > 0 && f->ssh_key_count < ANSWER_SSH_KEYS_MAX) {
        size_t end = span_find(text, '\n');
        struct span line = span_slice(text, 0, end);
        text = span_from(text, end + 1);
        while (line.len > 0 && (line.data[0] == ' ' || line.data[0] == '\t'))
            line = span_from(line, 1);
        while (line.len > 0 && line.data[line.len - 1] <= ' ')
            line.len--;
        if (line.len > 0 && line.data[0] != '#')
            f->ssh_keys[f->ssh_key_count++] = line;
    }
}

static void read_folder(struct answer_folder *f, const char *state)
{
    char path[512];
    struct span keys;

    int len = snprintf(path, sizeof path, "%s/" ANSWER_FOLDER_NAME, state);
    f->fd = len > 0 && (size_t)len < sizeof path ? file_open_root(path) : -ENAMETOOLONG;
    if (f->fd < 0)
        return;
    /* What was found before a fault of the disk is used. */
    (void)!file_list(f->fd, visit, f);
    if (read_text(f, ANSWER_FOLDER_KEYS, &keys))
        split_keys(f, keys);
    close(f->fd);
}

int answer_folder_load(const char *state, struct answer_folder **ret_folder)
{
    struct answer_folder *f = calloc(1, sizeof *f);
    size_t count;
    const struct answer_file *files = answer_files(&count);

    if (!f)
        return -ENOMEM;
    read_folder(f, state);
    for (size_t i = 0; i < count; i++)
        add(f, span_text(ANSWER_DEFAULT), &files[i], answer_builtin(&files[i]), true);
    *ret_folder = f;
    return 0;
}

void answer_folder_free(struct answer_folder *folder)
{
    if (!folder)
        return;
    for (size_t i = 0; i < folder->block_count; i++)
        free(folder->blocks[i]);
    free(folder);
}

const struct answer_template *answer_folder_templates(const struct answer_folder *folder,
                                                      size_t *ret_count)
{
    *ret_count = folder->count;
    return folder->templates;
}

const struct span *answer_folder_ssh_keys(const struct answer_folder *folder, size_t *ret_count)
{
    *ret_count = folder->ssh_key_count;
    return folder->ssh_keys;
}
