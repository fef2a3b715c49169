/* See story.h. The words of a line and the values in them: the only file that knows how a story is
 * written letter by letter. */
#include "base/reader.h"

#include "story/story.h"

#define M STORY_IN_MESSAGE
#define R STORY_IN_REPLY

static const struct story_key keys[] = {
#define STORY_KEY(name, uses, type, code, doc) { name, uses, type, code, doc },
#include "story/story_keys.def"
#undef STORY_KEY
};

static const struct {
    const char *name, *words;
} clients[] = {
#define STORY_CLIENT(name, words, source) { name, words },
#include "story/story_clients.def"
#undef STORY_CLIENT
};

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool number_parse(struct span text, uint64_t most, uint64_t *ret_number)
{
    uint64_t n = 0;

    if (text.len == 0 || text.len > 10)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        n = n * 10 + (uint64_t)(text.data[i] - '0');
    }
    if (n > most)
        return false;
    *ret_number = n;
    return true;
}

bool story_key_find(struct span name, enum story_use use, struct story_key *ret_key)
{
    uint64_t code;

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (keys[i].uses & use && span_is(name, keys[i].name)) {
            *ret_key = keys[i];
            return true;
        }
    if (!span_starts_with(name, "option") || !number_parse(span_from(name, 6), 254, &code) ||
        code == 0)
        return false;
    *ret_key = (struct story_key){ .uses = M | R, .type = STORY_ANY, .code = (unsigned)code };
    return true;
}

const char *story_client_words(struct span name)
{
    for (size_t i = 0; i < sizeof clients / sizeof clients[0]; i++)
        if (span_is(name, clients[i].name))
            return clients[i].words;
    return NULL;
}

bool story_duration_parse(struct span text, struct duration *ret_duration)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 } };
    int64_t total = 0;

    if (text.len == 0)
        return false;
    while (text.len > 0) {
        size_t digits = 0, letters;
        uint64_t n;
        while (digits < text.len && text.data[digits] >= '0' && text.data[digits] <= '9')
            digits++;
        letters = digits;
        while (letters < text.len && text.data[letters] >= 'a' && text.data[letters] <= 'z')
            letters++;
        struct span unit = span_slice(text, digits, letters - digits);
        if (digits > 6 || !number_parse(span_slice(text, 0, digits), 999999, &n))
            return false;
        int64_t ms = 0;
        for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
            if (span_is(unit, units[i].unit))
                ms = units[i].ms;
        if (ms == 0)
            return false;
        total += (int64_t)n * ms;
        if (total > INT64_C(86400000) * 36500)
            return false;
        text = span_from(text, letters);
    }
    *ret_duration = duration_ms(total);
    return true;
}

/* The quoted text a reader stands in, up to its closing quote. */
static bool take_quoted(struct reader *r, struct span *ret_text)
{
    *ret_text = reader_until(r, '"');
    return !r->failed;
}

static struct span take_while_word(struct span line, size_t *at, bool stop_at_sign)
{
    size_t from = *at;
    while (*at < line.len && !is_blank(line.data[*at]) &&
           !(stop_at_sign && (line.data[*at] == '=' || line.data[*at] == '~')))
        (*at)++;
    return span_slice(line, from, *at - from);
}

static bool take_word(struct span line, size_t *at, struct story_word *ret_word,
                      const char **ret_wrong)
{
    struct story_word word = { .key = take_while_word(line, at, true) };

    if (*at < line.len && !is_blank(line.data[*at])) {
        word.has_value = true;
        word.contains = line.data[*at] == '~';
        (*at)++;
        if (*at < line.len && line.data[*at] == '"') {
            struct reader r = reader_over(span_from(line, *at + 1));
            size_t before = reader_left(&r);
            word.quoted = true;
            if (!take_quoted(&r, &word.value)) {
                *ret_wrong = "the quotes do not close on this line";
                return false;
            }
            *at += 1 + (before - reader_left(&r));
        } else {
            word.value = take_while_word(line, at, false);
        }
    }
    if (*at < line.len && !is_blank(line.data[*at])) {
        *ret_wrong = "a blank must follow the closing quote";
        return false;
    }
    *ret_word = word;
    return true;
}

bool story_words_split(struct span line, struct story_words *ret_words, const char **ret_wrong)
{
    size_t at = 0;

    ret_words->count = 0;
    for (;;) {
        while (at < line.len && is_blank(line.data[at]))
            at++;
        if (at >= line.len || line.data[at] == '#')
            return true;
        if (ret_words->count == STORY_WORDS_MAX) {
            *ret_wrong = "too many words on a line (24 at most)";
            return false;
        }
        if (!take_word(line, &at, &ret_words->at[ret_words->count], ret_wrong))
            return false;
        ret_words->count++;
    }
}

static int hex_digit(uint8_t c)
{
    c = ascii_lower(c);
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool encode_hex(struct span digits, struct writer *out)
{
    if (digits.len % 2 != 0)
        return false;
    for (size_t i = 0; i + 1 < digits.len; i += 2) {
        int high = hex_digit(digits.data[i]), low = hex_digit(digits.data[i + 1]);
        if (high < 0 || low < 0)
            return false;
        writer_u8(out, (uint8_t)(high << 4 | low));
    }
    return !out->failed;
}

static bool encode_text(const struct story_word *word, struct writer *out)
{
    if (!word->quoted && span_starts_with(word->value, "hex:"))
        return encode_hex(span_from(word->value, 4), out);
    writer_bytes(out, word->value);
    return !out->failed;
}

static bool encode_address(struct span value, struct writer *out)
{
    struct ipv4 address;

    if (span_is(value, "offered") || span_is(value, "ours") || span_is(value, "none"))
        return true;
    if (!ipv4_parse(value, &address))
        return false;
    writer_be32(out, address.value);
    return !out->failed;
}

static bool encode_codes(struct span list, struct writer *out)
{
    while (list.len > 0) {
        size_t n = span_find(list, ',');
        uint64_t code;
        if (!number_parse(span_slice(list, 0, n), UINT8_MAX, &code))
            return false;
        writer_u8(out, (uint8_t)code);
        list = span_from(list, n + 1);
    }
    return !out->failed;
}

static bool encode_number(struct span value, enum story_type type, struct writer *out)
{
    struct duration d;
    uint64_t n;

    if (type == STORY_SECONDS) {
        if (!story_duration_parse(value, &d))
            return false;
        writer_be32(out, (uint32_t)(d.ns / 1000000000));
        return !out->failed;
    }
    if (!number_parse(value, type == STORY_U8 ? UINT8_MAX : UINT16_MAX, &n))
        return false;
    if (type == STORY_U16)
        writer_u8(out, (uint8_t)(n >> 8));
    writer_u8(out, (uint8_t)n);
    return !out->failed;
}

static bool encode_mac(struct span value, struct writer *out)
{
    struct mac mac;

    if (!mac_parse(value, &mac))
        return false;
    writer_bytes(out, span_of(mac.bytes, sizeof mac.bytes));
    return !out->failed;
}

bool story_value_encode(enum story_type type, const struct story_word *word, struct writer *out,
                        const char **ret_right)
{
    static const char *const right[] = {
        [STORY_TEXT] = "a \"text\" or hex:0102",
        [STORY_U8] = "a number up to 255",
        [STORY_U16] = "a number up to 65535",
        [STORY_SECONDS] = "a time as 1h30m or 20s",
        [STORY_ADDRESS] = "an IPv4 address, offered, ours or none",
        [STORY_CODES] = "option numbers as 1,3,66",
        [STORY_ANY] = "a \"text\", hex:0102 or an IPv4 address",
        [STORY_HARDWARE] = "a hardware address as 52:54:00:00:00:01",
        [STORY_YES_NO] = "yes or no",
        [STORY_NAME] = "a word",
    };
    struct span value = word->value;

    *ret_right = right[type];
    switch (type) {
    case STORY_TEXT:
        return word->has_value && encode_text(word, out);
    case STORY_U8:
    case STORY_U16:
    case STORY_SECONDS:
        return encode_number(value, type, out);
    case STORY_ADDRESS:
        return encode_address(value, out);
    case STORY_CODES:
        return encode_codes(value, out);
    case STORY_ANY:
        if (word->quoted || span_starts_with(value, "hex:"))
            return encode_text(word, out);
        return encode_address(value, out);
    case STORY_HARDWARE:
        return encode_mac(value, out);
    case STORY_YES_NO:
        return span_is(value, "yes") || span_is(value, "no");
    case STORY_NAME:
        return value.len > 0;
    }
    return false;
}
