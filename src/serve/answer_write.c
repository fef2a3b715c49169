/* See answer_write.h. */
#include "serve/answer_write.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "answers/template_check.h"
#include "net/file.h"
#include "serve/answer_folder.h"

static bool is_template(const char *file, struct text *why)
{
    const struct answer_file *kind;
    struct span name;

    if (answer_folder_split(span_text(file), &name, &kind))
        return true;
    text_add(why, "a template is called NAME.KIND, as web.preseed; 'tugboot answers list' has the "
                  "kinds");
    return false;
}

/* The folder, made when it is wanted; a negative errno. */
static int open_folder(const char *state, bool make)
{
    int root = file_open_root(state);

    if (root < 0)
        return root;
    if (make && mkdirat(root, ANSWER_FOLDER_NAME, 0755) < 0 && errno != EEXIST) {
        int r = -errno;
        close(root);
        return r;
    }
    int fd = openat(root, ANSWER_FOLDER_NAME, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    int r = fd < 0 ? -errno : fd;
    close(root);
    return r;
}

static int tell(int r, struct text *why)
{
    if (r == -EACCES || r == -EPERM)
        text_add(why, "the folder " ANSWER_FOLDER_NAME " of the state folder belongs to another "
                      "user: give it to the one tugboot runs as");
    else if (r == -ENOENT)
        text_add(why, "there is no template of your own of this name");
    else if (r < 0)
        text_addf(why, "the template cannot be written: %s", strerror(-r));
    return r == -EPERM ? -EACCES : r;
}

int answer_write(const char *state, const char *file, struct span text, struct text *why)
{
    if (!is_template(file, why))
        return -EINVAL;
    if (text.len > ANSWER_TEMPLATE_MAX) {
        text_add(why, "a template has at most 256 KiB");
        return -EINVAL;
    }
    int r = answer_template_check(file, text, why);
    if (r < 0)
        return r;
    int folder = open_folder(state, true);
    r = folder < 0 ? folder : file_write_over(folder, file, text);
    if (folder >= 0)
        close(folder);
    return tell(r, why);
}

int answer_remove(const char *state, const char *file, struct text *why)
{
    if (!is_template(file, why))
        return -EINVAL;
    int folder = open_folder(state, false);
    int r = folder < 0 ? folder : unlinkat(folder, file, 0) < 0 ? -errno : 0;
    if (folder >= 0)
        close(folder);
    return tell(r, why);
}
