/* Notices changes in folders and all below them (inotify), and tells once when they have settled.
 */
#ifndef NET_WATCH_FOLDER_H
#define NET_WATCH_FOLDER_H

#include "net/loop.h"

/* Folders watched at most, sub-folders included; what lies deeper is seen at the next change above
 * it. */
#define WATCH_FOLDERS_MAX 4096

struct watch_folder;

/* `changed` is called on the loop 300 ms after the last change, at the latest 2 s after the first.
 * 0 or a negative errno. */
must_check int watch_folder_new(struct loop *loop, void (*changed)(void *context), void *context,
                                struct watch_folder **ret_watch);
void watch_folder_free(struct watch_folder *watch);

/* Watch a folder by absolute path, with its sub-folders but those whose name begins with a dot. One
 * that is not there is looked for every few seconds; its coming is a change. The path is copied. */
must_check int watch_folder_add(struct watch_folder *watch, const char *path);

#endif
