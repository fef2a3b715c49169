/* See site_records.h. */
#include "serve/site_records.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static bool has_host(struct site *site, const char *name)
{
    const struct catalog *catalog = site_view(site)->catalog;

    for (size_t i = 0; i < catalog->host_count; i++)
        if (strcmp(catalog->hosts[i].name, name) == 0)
            return true;
    return false;
}

int site_set_secret(struct site *site, const struct host_secret *secret, char *sentence, size_t cap)
{
    const struct change change = { .kind = CHANGE_SECRET, .secret = secret };
    if (!has_host(site, secret->host)) {
        snprintf(sentence, cap, "there is no host '%s'", secret->host);
        return -ENOENT;
    }
    return site_commit(site, &change, sentence, cap);
}

int site_forget_installed(struct site *site, struct mac mac, char *sentence, size_t cap)
{
    const struct installed none = { .mac = mac };
    const struct change change = { .kind = CHANGE_INSTALLED, .installed = &none };
    if (!catalog_find_installed(site_view(site)->catalog, mac)) {
        snprintf(sentence, cap, "no installation of this machine is known");
        return -ENOENT;
    }
    return site_commit(site, &change, sentence, cap);
}

struct done_installing {
    struct work work;
    struct site *site;
    struct mac mac;
    char image[INSTALLED_IMAGE_MAX];
};

/* The host's one-shot of that image, if it is still there: a boot disk that was fetched in parts,
 * or a machine that was told by another way. */
static void use_up_one_shot(struct site *site, const struct done_installing *done)
{
    const struct client client = { .mac = done->mac };
    const struct host *host = choose_host(site_view(site)->catalog, &client);

    if (host && host->next_boot && strcmp(host->next_boot, done->image) == 0)
        site_next_boot_used(site, host->name, done->image);
}

static void note_installed(struct work *work)
{
    struct done_installing *done = work->context;
    struct site *site = done->site;
    const struct installed installed = { .mac = done->mac,
                                         .image = done->image,
                                         .at = loop_now(site_loop(site)).calendar };
    const struct change change = { .kind = CHANGE_INSTALLED, .installed = &installed };
    char sentence[256] = "";

    use_up_one_shot(site, done);
    if (site_commit(site, &change, sentence, sizeof sentence) < 0) {
        struct event event = event_make(EVENT_STORE_FAILED, loop_now(site_loop(site)), 0);
        event_add_text(&event, "reason", sentence);
        event_emit(site_events(site), &event);
    }
    free(done);
}

void site_installed(struct site *site, struct mac mac, const char *image)
{
    struct done_installing *done = calloc(1, sizeof *done);
    if (!done)
        return;
    done->work = (struct work){ .run = note_installed, .context = done };
    done->site = site;
    done->mac = mac;
    span_to_text(span_text(image), done->image, sizeof done->image);
    loop_post(site_loop(site), &done->work);
}
