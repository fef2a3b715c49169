/* See manager.h. */
#include "serve/manager.h"

#include <unistd.h>

#include "net/notify.h"
#include "serve/mode_name.h"

void manager_open(struct manager *manager, struct text *notes)
{
    *manager = MANAGER_NONE;
    int r = notify_open(&manager->fd);
    if (r < 0) {
        text_add(notes, notes->len > 0 ? "; " : "");
        text_addf(notes,
                  "the service manager cannot be told that tugboot serves (NOTIFY_SOCKET: %s)",
                  strerror(-r));
    }
}

static void write_status(const struct view *view, struct text *out)
{
    const char *before = "serving ";
    for (uint8_t i = 0; i < view->ifaces.count; i++) {
        const struct iface *iface = &view->ifaces.rows[i];
        if (!view_serves(view, iface))
            continue;
        text_addf(out, "%s%s (%s)", before, iface->name, mode_name(view_mode(view, iface)));
        before = ", ";
    }
    if (out->len == 0)
        text_add(out, "waiting for an interface with an IPv4 address");
}

static void tell_alive(struct timer *timer, struct now now)
{
    struct manager *m = timer->context;
    notify_send(m->fd, "WATCHDOG=1");
    /* Without memory for the timer there is no next message, and the manager starts us anew. */
    (void)!loop_arm(m->loop, timer, instant_after(now.steady, m->period));
}

int manager_start(struct manager *manager, struct loop *loop, const struct view *view)
{
    struct manager *m = manager;
    uint64_t period = m->fd >= 0 ? notify_watchdog_ms() : 0;
    int r = 0;

    m->loop = loop;
    m->period = duration_ms((int64_t)period);
    timer_init(&m->watchdog, tell_alive, m);
    if (period > 0)
        r = loop_arm(loop, &m->watchdog, instant_after(loop_now(loop).steady, m->period));
    if (r == 0)
        manager_tell(m, view);
    return r;
}

void manager_reloading(struct manager *manager)
{
    if (manager->loop)
        notify_reloading(manager->fd, loop_now(manager->loop).steady);
}

void manager_tell(struct manager *manager, const struct view *view)
{
    char buffer[512];
    struct text status = text_over(buffer, sizeof buffer);

    if (manager->fd < 0 || !manager->loop)
        return;
    write_status(view, &status);
    notify_ready(manager->fd, buffer);
}

void manager_stopping(struct manager *manager)
{
    notify_send(manager->fd, "STOPPING=1\nSTATUS=ending: leases and records are being written");
    manager_close(manager); /* nothing after that: what is published meanwhile is no news */
}

void manager_close(struct manager *manager)
{
    if (manager->loop)
        loop_disarm(manager->loop, &manager->watchdog);
    if (manager->fd >= 0)
        close(manager->fd);
    *manager = MANAGER_NONE;
}
