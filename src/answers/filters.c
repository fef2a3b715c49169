/* See filters.h. A filter is a table whose metatable has __bor, so that Lua's own "|" applies it:
 * value | shell. One that takes arguments can be called, value | join(", "), and gives another.
 * Every filter has the same form in C: value at 1, arguments behind it, one result. */
#include "answers/filters.h"

#include <crypt.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/text.h"

#define SHA512_SALT_DIGITS 16
#define HASHES_MAX         16
#define PARTS_MAX          1024
#define REPLACED_MAX       256

static const char filters_key;

static struct filters *filters_of(lua_State *lua)
{
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &filters_key);
    struct filters *filters = lua_touserdata(lua, -1);
    lua_pop(lua, 1);
    return filters;
}

int filters_fault(lua_State *lua, const char *format, ...)
{
    lua_Debug where;
    va_list args;

    lua_pushliteral(lua, "");
    for (int level = 1; lua_getstack(lua, level, &where); level++) {
        if (!lua_getinfo(lua, "Sl", &where) || where.currentline <= 0)
            continue;
        lua_pushfstring(lua, "%s:%d: ", where.short_src, where.currentline);
        lua_replace(lua, -2);
        break;
    }
    va_start(args, format);
    lua_pushvfstring(lua, format, args);
    va_end(args);
    lua_concat(lua, 2);
    return lua_error(lua);
}

void filters_count_bytes(lua_State *lua, size_t bytes)
{
    struct filters *filters = filters_of(lua);

    if (bytes > FILTERS_BYTES_MAX - filters->bytes)
        (void)filters_fault(lua, FILTERS_TOO_MUCH);
    filters->bytes += bytes;
}

struct span filters_check_text(lua_State *lua, int index)
{
    size_t len = 0;

    if (lua_isnoneornil(lua, index))
        filters_fault(lua, "there is no value here");
    if (lua_type(lua, index) == LUA_TBOOLEAN) {
        lua_pushstring(lua, lua_toboolean(lua, index) ? "true" : "false");
        lua_replace(lua, index);
    }
    if (lua_type(lua, index) == LUA_TTABLE)
        filters_fault(lua, "a list is no text: join() makes one of it, or a loop goes through it");
    const char *text = lua_tolstring(lua, index, &len);
    if (!text)
        filters_fault(lua, "a %s is no text", luaL_typename(lua, index));
    filters_count_bytes(lua, len);
    return span_of(text, len);
}

/* An argument of a filter. */
static struct span argument_text(lua_State *lua, int index)
{
    size_t len = 0;

    if (lua_type(lua, index) != LUA_TSTRING && lua_type(lua, index) != LUA_TNUMBER)
        (void)filters_fault(lua, "this filter takes texts as its arguments");
    const char *text = lua_tolstring(lua, index, &len);
    return span_of(text, len);
}

static void add_text(luaL_Buffer *b, const char *text)
{
    luaL_addlstring(b, text, strlen(text));
}

static bool is_hidden(lua_State *lua, struct span s)
{
    return filters_of(lua)->hide_secrets && span_is(s, ANSWER_HIDDEN_TEXT);
}

/* 'a'\''b': a word of the shell, whatever is in it. */
static int filter_shell(lua_State *lua)
{
    struct span s = filters_check_text(lua, 1);
    luaL_Buffer b;

    if (span_find(s, 0) < s.len)
        return filters_fault(lua, "a zero byte cannot stand in a shell word");
    luaL_buffinit(lua, &b);
    luaL_addchar(&b, '\'');
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] == '\'')
            add_text(&b, "'\\''");
        else
            luaL_addchar(&b, (char)s.data[i]);
    }
    luaL_addchar(&b, '\'');
    luaL_pushresult(&b);
    return 1;
}

static void add_json_text(luaL_Buffer *b, struct span s)
{
    static const char hex[] = "0123456789abcdef";

    luaL_addchar(b, '"');
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.data[i];
        if (c == '"' || c == '\\') {
            luaL_addchar(b, '\\');
            luaL_addchar(b, (char)c);
        } else if (c < 0x20 || c == 0x7f) {
            add_text(b, "\\u00");
            luaL_addchar(b, hex[c >> 4]);
            luaL_addchar(b, hex[c & 15]);
        } else {
            luaL_addchar(b, (char)c);
        }
    }
    luaL_addchar(b, '"');
}

/* Push the items of the list at 1 as texts: how many there are. A buffer's own stack slots lie
 * between its calls, so items are converted before there is one. */
static lua_Integer push_items(lua_State *lua)
{
    lua_Integer count = luaL_len(lua, 1);

    if (count > PARTS_MAX)
        (void)filters_fault(lua, "the list is too long");
    luaL_checkstack(lua, (int)count + 8, NULL);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_geti(lua, 1, i);
        (void)filters_check_text(lua, lua_gettop(lua));
        lua_tostring(lua, -1);
    }
    return count;
}

/* A list of texts as JSON. */
static int json_list(lua_State *lua)
{
    lua_Integer count = push_items(lua);
    luaL_Buffer b;
    luaL_buffinit(lua, &b);
    luaL_addchar(&b, '[');
    for (lua_Integer i = 1; i <= count; i++) {
        size_t len = 0;
        const char *text = lua_tolstring(lua, 1 + (int)i, &len);
        if (i > 1)
            add_text(&b, ", ");
        add_json_text(&b, span_of(text, len));
    }
    luaL_addchar(&b, ']');
    luaL_pushresult(&b);
    return 1;
}

/* JSON (RFC 8259); YAML 1.2 reads the same. */
static int filter_json(lua_State *lua)
{
    if (lua_type(lua, 1) == LUA_TNUMBER || lua_type(lua, 1) == LUA_TBOOLEAN) {
        luaL_tolstring(lua, 1, NULL);
        return 1;
    }
    lua_settop(lua, 1);
    if (lua_type(lua, 1) == LUA_TTABLE)
        return json_list(lua);
    struct span s = filters_check_text(lua, 1);
    luaL_Buffer b;
    luaL_buffinit(lua, &b);
    add_json_text(&b, s);
    luaL_pushresult(&b);
    return 1;
}

/* XML 1.0 2.2, 2.4: text or attribute. */
static int filter_xml(lua_State *lua)
{
    struct span s = filters_check_text(lua, 1);
    luaL_Buffer b;

    luaL_buffinit(lua, &b);
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.data[i];
        if (c < 0x20 && c != '\t' && c != '\n' && c != '\r')
            return filters_fault(lua, "a control character cannot stand in XML");
        if (c == '<')
            add_text(&b, "&lt;");
        else if (c == '>')
            add_text(&b, "&gt;");
        else if (c == '&')
            add_text(&b, "&amp;");
        else if (c == '"')
            add_text(&b, "&quot;");
        else if (c == '\'')
            add_text(&b, "&apos;");
        else
            luaL_addchar(&b, (char)c);
    }
    luaL_pushresult(&b);
    return 1;
}

/* The rest of a line: for preseed and other languages without quotes. */
static int filter_line(lua_State *lua)
{
    struct span s = filters_check_text(lua, 1);

    for (size_t i = 0; i < s.len; i++)
        if (s.data[i] < 0x20 || s.data[i] == 0x7f)
            return filters_fault(lua, "a line end or control character would end this line");
    lua_settop(lua, 1);
    return 1;
}

/* crypt(3)'s SHA-512, as shadow(5) keeps it. */
static int filter_sha512crypt(lua_State *lua)
{
    static const char digits[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    struct filters *filters = filters_of(lua);
    struct span s = filters_check_text(lua, 1);
    char salt[3 + SHA512_SALT_DIGITS + 2] = "$6$";

    if (is_hidden(lua, s)) {
        lua_settop(lua, 1);
        return 1;
    }
    if (span_find(s, 0) < s.len)
        return filters_fault(lua, "a zero byte cannot stand in a password");
    if (filters->hashes++ == HASHES_MAX)
        return filters_fault(lua, "more than 16 password hashes in one template");
    for (size_t i = 0; i < SHA512_SALT_DIGITS; i++)
        salt[3 + i] =
            digits[(filters->salt[i % ANSWER_SALT_BYTES] + filters->hashes * (i + 7)) % 64];
    salt[3 + SHA512_SALT_DIGITS] = '$';
    struct crypt_data *data = calloc(1, sizeof *data);
    if (!data)
        return filters_fault(lua, "out of memory");
    const char *hash = crypt_rn((const char *)s.data, salt, data, (int)sizeof *data);
    char kept[128] = "";
    if (hash && hash[0] == '$')
        span_to_text(span_text(hash), kept, sizeof kept);
    explicit_bzero(data, sizeof *data);
    free(data);
    if (kept[0] == 0)
        return filters_fault(lua, "this system's libcrypt makes no SHA-512 password hash");
    lua_pushstring(lua, kept);
    return 1;
}

static int filter_b64(lua_State *lua)
{
    struct span s = filters_check_text(lua, 1);

    if (is_hidden(lua, s)) {
        lua_settop(lua, 1);
        return 1;
    }
    if (s.len > ANSWER_OUTPUT_MAX / 2)
        return filters_fault(lua, "the text is too long");
    luaL_Buffer b;
    char *out = luaL_buffinitsize(lua, &b, s.len / 3 * 4 + 8);
    int len = EVP_EncodeBlock((unsigned char *)out, s.data, (int)s.len);
    luaL_pushresultsize(&b, (size_t)len);
    return 1;
}

static int change_case(lua_State *lua, bool upper)
{
    struct span s = filters_check_text(lua, 1);
    luaL_Buffer b;

    luaL_buffinit(lua, &b);
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = upper && s.data[i] >= 'a' && s.data[i] <= 'z' ? (uint8_t)(s.data[i] - 32)
                    : upper                                       ? s.data[i]
                                                                  : ascii_lower(s.data[i]);
        luaL_addchar(&b, (char)c);
    }
    luaL_pushresult(&b);
    return 1;
}

static int filter_upper(lua_State *lua)
{
    return change_case(lua, true);
}

static int filter_lower(lua_State *lua)
{
    return change_case(lua, false);
}

/* value | default(other): where the value is nil, false or empty. */
static int filter_default(lua_State *lua)
{
    size_t len = 1;
    lua_settop(lua, 2);
    if (lua_type(lua, 1) == LUA_TSTRING)
        (void)lua_tolstring(lua, 1, &len);
    lua_pushvalue(lua, lua_toboolean(lua, 1) && len > 0 ? 1 : 2);
    return 1;
}

/* list | join(between) */
static int filter_join(lua_State *lua)
{
    struct span between = lua_isnoneornil(lua, 2) ? span_of(" ", 1) : argument_text(lua, 2);
    luaL_Buffer b;

    if (lua_type(lua, 1) != LUA_TTABLE) {
        lua_settop(lua, 1);
        (void)filters_check_text(lua, 1);
        return 1;
    }
    int first = lua_gettop(lua) + 1;
    lua_Integer count = push_items(lua);
    luaL_buffinit(lua, &b);
    for (lua_Integer i = 0; i < count; i++) {
        size_t len = 0;
        const char *text = lua_tolstring(lua, first + (int)i, &len);
        if (i > 0)
            luaL_addlstring(&b, (const char *)between.data, between.len);
        luaL_addlstring(&b, text, len);
    }
    luaL_pushresult(&b);
    return 1;
}

/* text | indent(columns): every line but the first. */
static int filter_indent(lua_State *lua)
{
    struct span s = filters_check_text(lua, 1);
    lua_Integer columns = lua_isnoneornil(lua, 2) ? 4 : lua_tointeger(lua, 2);
    luaL_Buffer b;

    if (columns < 1 || columns > 64)
        return filters_fault(lua, "indent takes 1 to 64 columns");
    luaL_buffinit(lua, &b);
    for (size_t i = 0; i < s.len; i++) {
        luaL_addchar(&b, (char)s.data[i]);
        for (lua_Integer n = 0; s.data[i] == '\n' && i + 1 < s.len && n < columns; n++)
            luaL_addchar(&b, ' ');
    }
    luaL_pushresult(&b);
    return 1;
}

/* text | replace(old, new), without patterns. */
static int filter_replace(lua_State *lua)
{
    struct span s = filters_check_text(lua, 1);
    struct span old = argument_text(lua, 2), new = argument_text(lua, 3);
    luaL_Buffer b;

    if (old.len == 0)
        return filters_fault(lua, "replace takes a text that is not empty");
    if (old.len > REPLACED_MAX)
        return filters_fault(lua, "replace takes an old text of at most 256 bytes");
    /* A text of one letter over and over is compared with the old one at each of its bytes. */
    filters_count_bytes(lua, s.len * (old.len / 16));
    luaL_buffinit(lua, &b);
    while (s.len > 0) {
        bool here = span_equals(span_slice(s, 0, old.len), old);
        if (here)
            luaL_addlstring(&b, (const char *)new.data, new.len);
        else
            luaL_addchar(&b, (char)s.data[0]);
        s = span_from(s, here ? old.len : 1);
    }
    luaL_pushresult(&b);
    return 1;
}

static const struct {
    const char *name;
    lua_CFunction run;
    bool has_arguments;
} rows[] = {
    { "shell", filter_shell, false },    { "json", filter_json, false },
    { "yaml", filter_json, false },      { "xml", filter_xml, false },
    { "line", filter_line, false },      { "sha512crypt", filter_sha512crypt, false },
    { "b64", filter_b64, false },        { "upper", filter_upper, false },
    { "lower", filter_lower, false },    { "default", filter_default, true },
    { "join", filter_join, true },       { "indent", filter_indent, true },
    { "replace", filter_replace, true },
};

/* value | filter: upvalues are the function and its arguments. */
static int apply(lua_State *lua)
{
    lua_settop(lua, 1);
    int arguments = (int)lua_tointeger(lua, lua_upvalueindex(1));
    lua_pushvalue(lua, lua_upvalueindex(2));
    lua_insert(lua, 1);
    for (int i = 0; i < arguments; i++)
        lua_pushvalue(lua, lua_upvalueindex(3 + i));
    lua_call(lua, 1 + arguments, 1);
    return 1;
}

/* Make a filter of the function and its `arguments` on top of the stack. */
static void push_filter(lua_State *lua, int arguments)
{
    lua_pushinteger(lua, arguments);
    lua_insert(lua, -(arguments + 2));
    lua_pushcclosure(lua, apply, arguments + 2);
    lua_newtable(lua);
    lua_newtable(lua);
    lua_pushvalue(lua, -3);
    lua_setfield(lua, -2, "__bor");
    lua_pushliteral(lua, "filter");
    lua_setfield(lua, -2, "__name");
    lua_setmetatable(lua, -2);
    lua_remove(lua, -2);
}

/* filter(arguments...): another filter, with them. */
static int with_arguments(lua_State *lua)
{
    lua_remove(lua, 1); /* the filter itself */
    int count = lua_gettop(lua);
    if (count > 3)
        return filters_fault(lua, "a filter takes at most 3 arguments");
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    push_filter(lua, count);
    return 1;
}

void filters_install(lua_State *lua, struct filters *filters)
{
    lua_pushlightuserdata(lua, filters);
    lua_rawsetp(lua, LUA_REGISTRYINDEX, &filters_key);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        lua_pushcfunction(lua, rows[i].run);
        push_filter(lua, 0);
        if (rows[i].has_arguments) {
            lua_getmetatable(lua, -1);
            lua_pushcfunction(lua, rows[i].run);
            lua_pushcclosure(lua, with_arguments, 1);
            lua_setfield(lua, -2, "__call");
            lua_pop(lua, 1);
        }
        lua_setfield(lua, -2, rows[i].name);
    }
}
