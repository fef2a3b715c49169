/* Which interfaces came and went between two views, told as events. */
#ifndef SERVE_INTERFACE_NEWS_H
#define SERVE_INTERFACE_NEWS_H

#include "serve/view.h"

/* True: an interface is served now that was not before, or was served otherwise (another address,
 * another mode), so that it is worth asking the wire who else answers there. */
bool interface_news_tell(const struct view *former, const struct view *view, struct now now,
                         const struct event_sink *events);

#endif
