/* Tells when something below one of several folders changed: names that came, went or were
 * renamed, files that were written, permissions. Many changes make one call: 300 ms after the last
 * of them, at the latest 2 s after the first. Names that begin with "." are not looked at (an image
 * being added is such a name). */
#ifndef NET_WATCH_FOLDER_H
#define NET_WATCH_FOLDER_H

#include "net/loop.h"

#define WATCH_FOLDER_QUIET_MS  300
#define WATCH_FOLDER_LATEST_MS 2000
#define WATCH_FOLDER_CHECK_MS  5000 /* how often a folder is looked for that is not there */

#define WATCH_FOLDERS_MAX     32   /* given to watch_folder_add() */
#define WATCH_SUB_FOLDERS_MAX 8192 /* all together, they themselves included */

struct watch_folder;

/* Watch nothing yet. `changed` is called from the loop; it may add folders, but not free the
 * watch. 0, or a negative errno (-EMFILE: this user has too many inotify instances). */
must_check int watch_folder_new(struct loop *loop, void (*changed)(void *context), void *context,
                                struct watch_folder **ret_watch);

/* Watch the folder `path` and all below it; links are followed for `path` only. It need not exist:
 * its appearing, and another folder in its place, are changes too, noticed within
 * WATCH_FOLDER_CHECK_MS. 0, -ENOSPC (WATCH_FOLDERS_MAX), -ENOMEM. */
must_check int watch_folder_add(struct watch_folder *w, const char *path);

/* Whether every folder that is there is watched: false when there are too many, or one may not be
 * read. Changes in those that are not watched go unnoticed. */
bool watch_folder_is_complete(const struct watch_folder *w);

void watch_folder_free(struct watch_folder *w);

#endif
