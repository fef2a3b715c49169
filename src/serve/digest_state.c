/* See digest_state.h. "# checked 1764543210 1 DAMAGED debian/initrd.gz": a comment to sha256sum. */
#include "serve/digest_state.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "net/file.h"

#define MARK     "# checked "
#define HEAD_MAX (DIGEST_STATE_PATH_MAX + 128)

void digest_state_write(const struct digest_state *state, struct text *out)
{
    text_addf(out, MARK "%lld %u %s %s", (long long)state->checked_s, state->bad,
              image_digest_name(state->verdict), state->path);
}

static struct span take_word(struct span *rest)
{
    size_t end = span_find(*rest, ' ');
    struct span word = span_slice(*rest, 0, end);
    *rest = span_from(*rest, end + 1);
    return word;
}

static bool take_number(struct span *rest, uint64_t most, uint64_t *ret_number)
{
    struct span word = take_word(rest);
    uint64_t n = 0;
    for (size_t i = 0; i < word.len; i++) {
        if (word.data[i] < '0' || word.data[i] > '9' || i == 18)
            return false;
        n = n * 10 + (uint64_t)(word.data[i] - '0');
    }
    *ret_number = n;
    return word.len > 0 && n <= most;
}

static bool take_verdict(struct span *rest, enum image_digest_verdict *ret_verdict)
{
    struct span word = take_word(rest);
    for (int v = IMAGE_DIGEST_INTACT; v <= IMAGE_DIGEST_UNREADABLE; v++) {
        *ret_verdict = (enum image_digest_verdict)v;
        if (span_is(word, image_digest_name(*ret_verdict)))
            return true;
    }
    return false;
}

bool digest_state_parse(struct span line, struct digest_state *ret_state)
{
    struct digest_state state = { 0 };
    uint64_t checked, bad;

    if (!span_starts_with(line, MARK))
        return false;
    struct span rest = span_from(line, strlen(MARK));
    if (!take_number(&rest, INT64_MAX, &checked) || !take_number(&rest, UINT32_MAX, &bad) ||
        !take_verdict(&rest, &state.verdict) || rest.len >= sizeof state.path)
        return false;
    state.checked_s = (int64_t)checked;
    state.bad = (uint32_t)bad;
    span_to_text(rest, state.path, sizeof state.path);
    *ret_state = state;
    return true;
}

int digest_state_load(const char *images, const char *entry, struct digest_state *ret_state)
{
    char name[HEAD_MAX];
    uint8_t head[HEAD_MAX];
    struct safe_path path;
    struct file_facts facts;
    int fd, root = file_open_root(images);

    if (root < 0)
        return root;
    snprintf(name, sizeof name, IMAGE_DIGEST_FOLDER "/%s" IMAGE_DIGEST_ENDING, entry);
    enum file_verdict verdict = safe_path_parse(span_text(name), &path) == PATH_SOUND
                                    ? file_open_beneath(root, &path, false, &fd, &facts)
                                    : FILE_ABSENT;
    close(root);
    if (verdict != FILE_OPENED)
        return file_verdict_errno(verdict, &facts);
    int64_t n = file_read_at(fd, 0, head, sizeof head);
    close(fd);
    if (n < 0)
        return (int)n;
    struct span all = span_of(head, (size_t)n);
    return digest_state_parse(span_slice(all, 0, span_find(all, '\n')), ret_state) ? 0 : -ENOENT;
}
