/* See interface_news.h. */
#include "serve/interface_news.h"

#include "serve/mode_name.h"

static void tell(const struct view *view, const struct iface *iface, bool is_served, struct now now,
                 const struct event_sink *events)
{
    struct event event = event_make(is_served ? EVENT_INTERFACE_UP : EVENT_INTERFACE_DOWN, now, 0);

    event_add_text(&event, "interface", iface->name);
    if (is_served) {
        event_add_ipv4(&event, "address", iface->addresses[0].addr.value);
        event_add_text(&event, "mode", mode_name(view_mode(view, iface)));
    }
    event_emit(events, &event);
}

bool interface_news_tell(const struct view *former, const struct view *view, struct now now,
                         const struct event_sink *events)
{
    bool news = false;

    for (uint8_t i = 0; i < view->ifaces.count; i++) {
        const struct iface *iface = &view->ifaces.rows[i];
        const struct iface *before = iface_by_index(&former->ifaces, iface->index);
        bool is_served = view_serves(view, iface), was_served = view_serves(former, before);
        bool moved = is_served && was_served &&
                     !ipv4_equals(iface->addresses[0].addr, before->addresses[0].addr);
        if (is_served != was_served || moved)
            tell(view, iface, is_served, now, events);
        news = news || (is_served && (!was_served || moved ||
                                      view_mode(view, iface) != view_mode(former, before)));
    }
    for (uint8_t i = 0; i < former->ifaces.count; i++) {
        const struct iface *gone = &former->ifaces.rows[i];
        if (view_serves(former, gone) && !iface_by_index(&view->ifaces, gone->index))
            tell(view, gone, false, now, events);
    }
    return news;
}
