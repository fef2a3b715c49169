/* See render.h. Each rendering has a Lua state of its own, whose memory is counted and wiped; a
 * hook counts steps. Of Lua's own functions templates have those that can neither reach the machine
 * nor work for long: no patterns, no string.rep. Values come in as texts and are never read as
 * templates. */
#include "answers/render.h"

#include <errno.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdlib.h>

#include "base/text.h"

#include "answers/filters.h"
#include "answers/translate.h"

#define MEMORY_MAX    ((size_t)12 << 20)
#define STEPS_AT_ONCE 10000
#define STEPS_MAX     3000000
#define NUMBER_MAX    64
/* Of one text, which a single step may go through, with what Lua keeps before it. */
#define TEXT_MAX     (((size_t)256 << 10) + 64)
#define INCLUDES_MAX 16
#define ITEMS_MAX    4096

struct rendering {
    const struct answer_scope *scope;
    struct answer_output *out;
    struct filters filters;
    size_t memory, cap;
    uint32_t steps;
    unsigned include_depth;
    const char *bound; /* what Lua was refused memory for, a sentence; NULL = for want of it */
};

static const char rendering_key, environment_key;

static struct rendering *rendering_of(lua_State *lua)
{
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &rendering_key);
    struct rendering *r = lua_touserdata(lua, -1);
    lua_pop(lua, 1);
    return r;
}

/* May Lua have this block? For a new one `kind` is the type of what will be in it. Each step makes
 * as much as it likes, so what is made is bounded as well as what is kept. */
static bool may_have(struct rendering *r, bool is_new, size_t kind, size_t had, size_t size)
{
    if (is_new && kind == LUA_TSTRING && size > TEXT_MAX)
        r->bound = "a text within the template becomes longer than 256 KiB";
    else if (size > FILTERS_BYTES_MAX - r->filters.bytes)
        r->bound = FILTERS_TOO_MUCH;
    else
        return size - had <= MEMORY_MAX - r->memory;
    return false;
}

/* Lua's allocator: bounded, and what is let go is wiped, since secrets pass through. Lua counts on
 * it that a block can be made smaller. */
static void *allocate(void *context, void *block, size_t old_size, size_t size)
{
    struct rendering *r = context;
    size_t had = block ? old_size : 0;
    void *moved = NULL;

    if (size > 0) {
        if (size > had && !may_have(r, !block, old_size, had, size))
            return NULL;
        moved = malloc(size);
        if (!moved)
            return NULL;
        if (size > had)
            r->filters.bytes += size;
        if (block)
            memcpy(moved, block, had < size ? had : size);
    }
    if (block) {
        explicit_bzero(block, had);
        free(block);
    }
    r->memory = r->memory - had + size;
    return moved;
}

static void count_steps(lua_State *lua, lua_Debug *debug)
{
    struct rendering *r = rendering_of(lua);
    (void)debug;
    r->steps += STEPS_AT_ONCE;
    if (r->steps > STEPS_MAX)
        (void)filters_fault(lua, "the template works for too long: is there a loop in a loop?");
}

/* Output. */

static void append(lua_State *lua, struct span s)
{
    struct rendering *r = rendering_of(lua);
    struct answer_output *out = r->out;

    if (s.len > ANSWER_OUTPUT_MAX - out->len)
        (void)filters_fault(lua, "the text becomes longer than 1 MiB");
    if (s.len + 1 > r->cap - out->len) {
        size_t cap = (out->len + s.len) * 2 + 1024;
        char *grown = malloc(cap);
        if (!grown)
            (void)filters_fault(lua, "out of memory");
        if (out->text) {
            memcpy(grown, out->text, out->len);
            explicit_bzero(out->text, out->len);
            free(out->text);
        }
        out->text = grown;
        r->cap = cap;
    }
    if (s.len > 0)
        memcpy(out->text + out->len, s.data, s.len);
    out->len += s.len;
    out->text[out->len] = 0;
}

static int write_literal(lua_State *lua)
{
    const struct translation *from = lua_touserdata(lua, lua_upvalueindex(1));
    lua_Integer number = luaL_checkinteger(lua, 1);

    if (number >= 1 && (lua_Unsigned)number <= from->literal_count)
        append(lua, from->literals[number - 1]);
    return 0;
}

static int write_value(lua_State *lua)
{
    lua_settop(lua, 1);
    append(lua, filters_check_text(lua, 1));
    return 0;
}

/* Statements. */

static int truth(lua_State *lua)
{
    bool is_true = lua_toboolean(lua, 1);

    if (lua_type(lua, 1) == LUA_TSTRING)
        is_true = lua_rawlen(lua, 1) > 0;
    else if (lua_type(lua, 1) == LUA_TNUMBER)
        is_true = lua_tonumber(lua, 1) != 0;
    else if (lua_type(lua, 1) == LUA_TTABLE)
        is_true = lua_rawlen(lua, 1) > 0;
    lua_pushboolean(lua, is_true);
    return 1;
}

static int next_item(lua_State *lua)
{
    lua_Integer i = luaL_checkinteger(lua, 2) + 1;
    lua_pushinteger(lua, i);
    return lua_geti(lua, 1, i) == LUA_TNIL ? 1 : 2;
}

static int each(lua_State *lua)
{
    if (lua_type(lua, 1) != LUA_TTABLE)
        return filters_fault(lua, "a loop goes through a list, and this is %s",
                             lua_isnoneornil(lua, 1) ? "nothing" : luaL_typename(lua, 1));
    lua_pushcfunction(lua, next_item);
    lua_pushvalue(lua, 1);
    lua_pushinteger(lua, 0);
    return 3;
}

static int fail(lua_State *lua)
{
    return filters_fault(lua, "%s", luaL_optstring(lua, 1, "the template gives up"));
}

static int run_template(lua_State *lua, const char *name, struct span source);

static int include(lua_State *lua)
{
    struct rendering *r = rendering_of(lua);
    struct span source;
    size_t len = 0;
    const char *name = luaL_checklstring(lua, 1, &len);

    if (!r->scope->find || !r->scope->find(r->scope->context, span_of(name, len), &source))
        return filters_fault(lua, "there is no template \"%s\" to include", name);
    if (r->include_depth == INCLUDES_MAX)
        return filters_fault(lua, "templates include each other without an end");
    r->include_depth++;
    (void)run_template(lua, name, source);
    r->include_depth--;
    return 0;
}

/* Values. */

static bool is_value_named(const char *name, const char *key)
{
    /* A "-" cannot stand in a name here: "_" is the same. */
    for (; *name && *key; name++, key++)
        if (*key != (*name == '-' ? '_' : *name))
            return false;
    return *name == *key;
}

static const struct answer_value *find_value(const struct answer_value *values, size_t count,
                                             const char *key)
{
    for (size_t i = 0; i < count; i++)
        if (is_value_named(values[i].name, key))
            return &values[i];
    return NULL;
}

static void push_value(lua_State *lua, const struct answer_value *value)
{
    if (!value->is_list) {
        lua_pushlstring(lua, value->text.len > 0 ? (const char *)value->text.data : "",
                        value->text.len);
        return;
    }
    lua_newtable(lua);
    for (size_t i = 0; i < value->item_count && i < ITEMS_MAX; i++) {
        lua_pushlstring(lua, (const char *)value->items[i].data, value->items[i].len);
        lua_seti(lua, -2, (lua_Integer)i + 1);
    }
}

/* A bare name: a variable that has to be there. */
static int find_variable(lua_State *lua)
{
    const struct answer_scope *scope = rendering_of(lua)->scope;
    const char *key = luaL_checkstring(lua, 2);
    const struct answer_value *value = find_value(scope->values, scope->value_count, key);

    if (!value)
        return filters_fault(lua,
                             "the variable '%s' is not defined here; 'vars.%s' is nil where it is "
                             "not",
                             key, key);
    push_value(lua, value);
    return 1;
}

/* vars.name: nil where there is none. */
static int find_optional(lua_State *lua)
{
    const struct answer_scope *scope = rendering_of(lua)->scope;
    const struct answer_value *value =
        find_value(scope->values, scope->value_count, luaL_checkstring(lua, 2));

    if (value)
        push_value(lua, value);
    else
        lua_pushnil(lua);
    return 1;
}

static bool push_secret(lua_State *lua, const char *key)
{
    struct rendering *r = rendering_of(lua);
    const struct answer_value *value = find_value(r->scope->secrets, r->scope->secret_count, key);

    if (!value)
        return false;
    r->out->has_secrets = true;
    if (r->scope->hide_secrets)
        lua_pushliteral(lua, ANSWER_HIDDEN_TEXT);
    else
        push_value(lua, value);
    return true;
}

static int find_secret(lua_State *lua)
{
    const char *key = luaL_checkstring(lua, 2);
    if (!push_secret(lua, key))
        return filters_fault(lua,
                             "the secret '%s' is not defined here; secret(\"%s\") is nil where it "
                             "is not",
                             key, key);
    return 1;
}

static int find_optional_secret(lua_State *lua)
{
    if (!push_secret(lua, luaL_checkstring(lua, 1)))
        lua_pushnil(lua);
    return 1;
}

/* A table without rows of its own, answered by a function. */
static void set_table(lua_State *lua, const char *name, lua_CFunction find)
{
    lua_newtable(lua);
    lua_newtable(lua);
    lua_pushcfunction(lua, find);
    lua_setfield(lua, -2, "__index");
    lua_setmetatable(lua, -2);
    lua_setfield(lua, -2, name);
}

/* text:byte(i): one of them. */
static int byte_at(lua_State *lua)
{
    size_t len = 0;
    const char *text = luaL_checklstring(lua, 1, &len);
    lua_Integer at = luaL_optinteger(lua, 2, 1);

    if (at < 0)
        at += (lua_Integer)len + 1;
    if (at < 1 || at > (lua_Integer)len)
        return 0;
    lua_pushinteger(lua, (unsigned char)text[at - 1]);
    return 1;
}

/* Does a format ask for an address ("%p")? */
static bool asks_address(struct span format)
{
    for (size_t i = 0; i < format.len; i++) {
        if (format.data[i] != '%')
            continue;
        do
            i++;
        while (i < format.len && strchr("-+ #0123456789.", format.data[i]) && format.data[i]);
        if (i < format.len && format.data[i] == 'p')
            return true;
    }
    return false;
}

/* text:format(...), as Lua has it, but for what would tell where in memory something lies. It is
 * called in place, so that its faults name the template's line. */
static int format_text(lua_State *lua)
{
    size_t len = 0;
    const char *format = luaL_checklstring(lua, 1, &len);

    if (asks_address(span_of(format, len)))
        return filters_fault(lua, "format: %%p is not for templates");
    for (int i = 2; i <= lua_gettop(lua); i++)
        if (lua_type(lua, i) > LUA_TSTRING)
            return filters_fault(lua, "format takes texts and numbers, and no %s",
                                 luaL_typename(lua, i));
    return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

/* What texts can do by ":": nothing that works for long. */
static void limit_strings(lua_State *lua)
{
    static const char *const kept[] = { "upper", "lower", "sub", "len" };

    luaL_requiref(lua, LUA_STRLIBNAME, luaopen_string, 0);
    lua_newtable(lua);
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        lua_getfield(lua, -2, kept[i]);
        lua_setfield(lua, -2, kept[i]);
    }
    lua_getfield(lua, -2, "format");
    lua_pushcclosure(lua, format_text, 1);
    lua_setfield(lua, -2, "format");
    lua_pushcfunction(lua, byte_at);
    lua_setfield(lua, -2, "byte");
    lua_pushliteral(lua, "");
    lua_getmetatable(lua, -1);
    lua_pushvalue(lua, -3);
    lua_setfield(lua, -2, "__index");
    lua_pop(lua, 4);
}

static int to_text(lua_State *lua)
{
    (void)filters_check_text(lua, 1);
    lua_settop(lua, 1);
    lua_tostring(lua, 1);
    return 1;
}

static int to_number(lua_State *lua)
{
    size_t len = 0;
    const char *text = lua_tolstring(lua, 1, &len);
    if (!text || len > NUMBER_MAX || lua_stringtonumber(lua, text) != len + 1)
        return filters_fault(lua, "this is no number");
    return 1;
}

/* The names templates live in, left on the stack. */
static void push_environment(lua_State *lua, struct rendering *r)
{
    lua_newtable(lua);
    filters_install(lua, &r->filters);
    set_table(lua, "vars", find_optional);
    set_table(lua, "secrets", find_secret);
    lua_pushcfunction(lua, find_optional_secret);
    lua_setfield(lua, -2, "secret");
    lua_pushcfunction(lua, to_text);
    lua_setfield(lua, -2, "tostring");
    lua_pushcfunction(lua, to_number);
    lua_setfield(lua, -2, "tonumber");
    lua_newtable(lua);
    lua_pushcfunction(lua, find_variable);
    lua_setfield(lua, -2, "__index");
    lua_setmetatable(lua, -2);
}

static int free_translation(lua_State *lua)
{
    translation_done(lua_touserdata(lua, 1));
    return 0;
}

/* A translation that Lua frees, whatever happens. */
static struct translation *push_translation(lua_State *lua)
{
    struct translation *t = lua_newuserdatauv(lua, sizeof *t, 0);
    *t = (struct translation){ 0 };
    lua_newtable(lua);
    lua_pushcfunction(lua, free_translation);
    lua_setfield(lua, -2, "__gc");
    lua_setmetatable(lua, -2);
    return t;
}

/* Translate, load and run one template. Raises faults. */
static int run_template(lua_State *lua, const char *name, struct span source)
{
    luaL_checkstack(lua, 16, NULL);
    filters_count_bytes(lua, source.len);
    struct translation *t = push_translation(lua);
    int result = translate(source, t);

    if (result == -EINVAL) {
        lua_pushfstring(lua, "%s:%d: %s", name, (int)t->line, t->fault);
        return lua_error(lua);
    }
    if (result < 0)
        return filters_fault(lua, "out of memory");
    lua_pushfstring(lua, "=%s", name);
    if (luaL_loadbufferx(lua, t->chunk, t->len, lua_tostring(lua, -1), "t") != LUA_OK)
        return lua_error(lua);
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &environment_key);
    lua_setupvalue(lua, -2, 1);
    lua_pushlightuserdata(lua, t);
    lua_pushcclosure(lua, write_literal, 1);
    lua_pushcfunction(lua, write_value);
    lua_pushcfunction(lua, truth);
    lua_pushcfunction(lua, each);
    lua_pushcfunction(lua, include);
    lua_pushcfunction(lua, fail);
    lua_call(lua, 6, 0);
    lua_pop(lua, 2);
    return 0;
}

struct call {
    struct rendering *rendering;
    const char *name;
    struct span source;
};

/* All that may raise a fault, under one roof. */
static int run_all(lua_State *lua)
{
    const struct call *call = lua_touserdata(lua, 1);

    lua_pushlightuserdata(lua, call->rendering);
    lua_rawsetp(lua, LUA_REGISTRYINDEX, &rendering_key);
    limit_strings(lua);
    push_environment(lua, call->rendering);
    lua_rawsetp(lua, LUA_REGISTRYINDEX, &environment_key);
    lua_sethook(lua, count_steps, LUA_MASKCOUNT, STEPS_AT_ONCE);
    append(lua, (struct span){ 0 });
    return run_template(lua, call->name, call->source);
}

static void tell_fault(lua_State *lua, int status, const char *name, const char *bound,
                       struct answer_output *out)
{
    struct text why = text_over(out->why, sizeof out->why);
    const char *said = status == LUA_ERRMEM ? NULL : lua_tostring(lua, -1);

    if (said)
        text_add_escaped(&why, span_text(said));
    else if (bound)
        text_addf(&why, "%s: %s", name, bound);
    else
        text_addf(&why, "%s: the template needs more than %zu MiB of memory", name,
                  MEMORY_MAX >> 20);
}

int answer_render(const char *name, struct span source, const struct answer_scope *scope,
                  struct answer_output *out)
{
    *out = (struct answer_output){ 0 };
    struct rendering r = { .scope = scope, .out = out };
    const struct call call = { .rendering = &r, .name = name, .source = source };

    r.filters.hide_secrets = scope->hide_secrets;
    memcpy(r.filters.salt, scope->salt, sizeof r.filters.salt);
    lua_State *lua = lua_newstate(allocate, &r);
    if (!lua)
        return -ENOMEM;
    lua_pushcfunction(lua, run_all);
    lua_pushlightuserdata(lua, (void *)(uintptr_t)&call);
    int status = lua_pcall(lua, 1, 0, 0);
    if (status != LUA_OK)
        tell_fault(lua, status, name, r.bound, out);
    lua_close(lua);
    if (status == LUA_OK)
        return 0;
    answer_output_done(out);
    return -EINVAL;
}

void answer_output_done(struct answer_output *out)
{
    if (out->text)
        explicit_bzero(out->text, out->len);
    free(out->text);
    out->text = NULL;
    out->len = 0;
}
