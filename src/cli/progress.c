/* See progress.h. */
#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>

static void add_time(struct text *out, uint64_t seconds)
{
    if (seconds >= 3600)
        text_addf(out, "%" PRIu64 " h ", seconds / 3600);
    if (seconds >= 60)
        text_addf(out, "%" PRIu64 " min", seconds / 60 % 60);
    else
        text_addf(out, "%" PRIu64 " s", seconds);
    text_add(out, " left");
}

/* "label:  42 %, 1.2 GiB of 2.9 GiB, 85.0 MiB/s, 20 s left"; `total` 0 = it is not known. Rate and
 * time stand there once a second has passed. */
static void write_line(const struct progress *p, uint64_t done, uint64_t total, struct instant now,
                       struct text *out)
{
    int64_t ms = duration_to_ms(instant_since(now, p->began));

    text_addf(out, "%s: ", p->label);
    if (total > 0 && done <= total) {
        text_addf(out, "%3u %%, ", (unsigned)((double)done / (double)total * 100));
        text_add_bytes(out, done);
        text_add(out, " of ");
        text_add_bytes(out, total);
    } else {
        text_add_bytes(out, done);
    }
    if (ms < 1000 || done <= p->began_at)
        return;
    double rate = (double)(done - p->began_at) * 1000 / (double)ms;
    text_add(out, ", ");
    text_add_bytes(out, (uint64_t)rate);
    text_add(out, "/s");
    if (total > done && rate >= 1) {
        text_add(out, ", ");
        add_time(out, (uint64_t)((double)(total - done) / rate) + 1);
    }
}

void progress_show(struct progress *p, uint64_t done, uint64_t total, struct instant now)
{
    char line[400];
    struct text t = text_over(line, sizeof line);
    unsigned tenths = total > 0 ? (unsigned)((double)done / (double)total * 10) : 0;

    if (!p->has_begun) {
        p->has_begun = true;
        p->began = p->shown = now;
        p->began_at = done;
        p->tenths = tenths;
        return;
    }
    if (p->is_terminal ? !instant_reached(now, instant_after(p->shown, duration_ms(200)))
                       : tenths <= p->tenths)
        return;
    p->shown = now;
    p->tenths = tenths;
    write_line(p, done, total, now, &t);
    fprintf(stderr, p->is_terminal ? "\r%s\033[K" : "%s\n", line);
}

void progress_end(struct progress *p)
{
    if (p->is_terminal && p->has_begun)
        fputs("\r\033[K", stderr);
}
