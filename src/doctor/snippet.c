/* See snippet.h. Only filling in is done here; no word of a server's language is known. */
#include "doctor/snippet.h"

static const struct snippet {
    const char *name, *title, *note, *head, *pxe, *between, *middle, *http, *foot;
} snippets[] = {
#define SNIPPET(name_, title_, note_, head_, pxe_, between_, middle_, http_, foot_)                \
    { name_, title_, note_, head_, pxe_, between_, middle_, http_, foot_ },
#include "doctor/snippet.def"
#undef SNIPPET
};

bool snippet_at(size_t i, const char **ret_name, const char **ret_title)
{
    if (i >= sizeof snippets / sizeof snippets[0])
        return false;
    *ret_name = snippets[i].name;
    *ret_title = snippets[i].title;
    return true;
}

static const char *default_file(const struct snippet_facts *facts)
{
    for (size_t i = 0; i < facts->row_count; i++)
        if (!facts->rows[i].is_http)
            return facts->rows[i].file;
    return "undionly.kpxe";
}

/* A word for one architecture and transport, unique among them. */
static void add_tag(struct text *out, const struct snippet_row *row)
{
    text_addf(out, "%s%u", row->is_http ? "http" : "pxe", row->arch);
}

static void add_value(struct text *out, struct span key, const struct snippet_facts *facts,
                      const struct snippet_row *row)
{
    if (span_is(key, "S"))
        text_add_ipv4(out, facts->server);
    else if (span_is(key, "script"))
        text_add(out, facts->script);
    else if (span_is(key, "default"))
        text_add(out, default_file(facts));
    if (!row)
        return;
    if (span_is(key, "arch"))
        text_addf(out, "%u", row->arch);
    else if (span_is(key, "hex"))
        text_addf(out, "%04x", row->arch);
    else if (span_is(key, "hexpair"))
        text_addf(out, "%02x:%02x", row->arch >> 8, row->arch & 0xff);
    else if (span_is(key, "tag"))
        add_tag(out, row);
    else if (span_is(key, "class"))
        text_addf(out, "%s:Arch:%05u", row->is_http ? "HTTPClient" : "PXEClient", row->arch);
    else if (span_is(key, "number"))
        text_addf(out, "%u", 1u + (unsigned int)(row - facts->rows));
    else if (span_is(key, "title"))
        text_add(out, row->title);
    else if (span_is(key, "file"))
        text_add(out, row->file);
}

/* Is this a name to be filled in, and no brace of the server's own language? */
static bool is_key(struct span key)
{
    static const char *const keys[] = { "S",   "script", "default", "arch",  "hex", "hexpair",
                                        "tag", "class",  "number",  "title", "file" };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (span_is(key, keys[i]))
            return true;
    return false;
}

static void fill(struct text *out, const char *words, const struct snippet_facts *facts,
                 const struct snippet_row *row)
{
    struct span rest = span_text(words);

    while (rest.len > 0) {
        size_t open = span_find(rest, '{');
        text_add_span(out, span_slice(rest, 0, open));
        rest = span_from(rest, open);
        if (rest.len == 0)
            break;
        struct span key = span_slice(rest, 1, span_find(rest, '}') - 1);
        if (is_key(key)) {
            add_value(out, key, facts, row);
            rest = span_from(rest, key.len + 2);
        } else {
            text_add_char(out, '{');
            rest = span_from(rest, 1);
        }
    }
}

static void fill_rows(struct text *out, const struct snippet *s, const struct snippet_facts *facts,
                      bool is_http)
{
    size_t written = 0;

    for (size_t i = 0; i < facts->row_count; i++) {
        if (facts->rows[i].is_http != is_http)
            continue;
        if (written++ > 0)
            text_add(out, s->between);
        fill(out, is_http ? s->http : s->pxe, facts, &facts->rows[i]);
    }
}

static bool has_both(const struct snippet_facts *facts)
{
    bool pxe = false, http = false;

    for (size_t i = 0; i < facts->row_count; i++) {
        pxe |= !facts->rows[i].is_http;
        http |= facts->rows[i].is_http;
    }
    return pxe && http;
}

bool snippet_write(const char *name, const struct snippet_facts *facts, struct text *out,
                   struct text *note)
{
    for (size_t i = 0; i < sizeof snippets / sizeof snippets[0]; i++) {
        const struct snippet *s = &snippets[i];
        if (!span_is_nocase(span_text(name), s->name))
            continue;
        text_addf(note, "%s. ", s->title);
        fill(note, s->note, facts, NULL);
        fill(out, s->head, facts, NULL);
        fill_rows(out, s, facts, false);
        /* What only separates the two kinds of rows is left out when one of them is not there. */
        if (has_both(facts) || strcmp(s->middle, s->between) != 0)
            fill(out, s->middle, facts, NULL);
        fill_rows(out, s, facts, true);
        fill(out, s->foot, facts, NULL);
        return true;
    }
    return false;
}
