/* See template_check.h. The translation tells faults of the marks, Lua those of the expressions;
 * the chunk is loaded into a state that has nothing, and never called. */
#include "answers/template_check.h"

#include <errno.h>
#include <lauxlib.h>
#include <lua.h>

#include "answers/translate.h"

static int load(const char *name, const struct translation *t, struct text *why)
{
    char chunk_name[128];
    struct text c = text_over(chunk_name, sizeof chunk_name);
    lua_State *lua = luaL_newstate();

    if (!lua)
        return -ENOMEM;
    text_addf(&c, "=%s", name);
    int status = luaL_loadbufferx(lua, t->chunk, t->len, chunk_name, "t");
    const char *said = status == LUA_ERRSYNTAX ? lua_tostring(lua, -1) : NULL;
    if (said)
        text_add_escaped(why, span_text(said));
    lua_close(lua);
    return status == LUA_OK ? 0 : said ? -EINVAL : -ENOMEM;
}

int answer_template_check(const char *name, struct span source, struct text *why)
{
    struct translation t = { 0 };
    int r = translate(source, &t);

    if (r == -EINVAL)
        text_addf(why, "%s:%u: %s", name, t.line, t.fault);
    if (r == 0)
        r = load(name, &t, why);
    translation_done(&t);
    return r;
}
