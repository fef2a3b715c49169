/* Records as rows: one table, by kind and name. */
#include <errno.h>

#include "store/sqlite_engine.h"

int engine_put_record(struct store *store, const struct record *record)
{
    bool removes = !record->text || !*record->text;
    struct binder b = engine_bind(store, removes ? STATEMENT_RECORD_REMOVE : STATEMENT_RECORD_PUT);
    bind_text(&b, record_kind_name(record->kind));
    bind_text(&b, record->name);
    if (!removes)
        bind_text(&b, record->text);
    return engine_run(&b);
}
