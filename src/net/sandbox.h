/* Giving up rights: after the sockets are open and before the first packet is read, the daemon
 * becomes its own user, keeps no capability, may not gain any (no-new-privs), sees only its folders
 * (Landlock) and may use only the system calls it needs (seccomp). Each step that the kernel does
 * not offer is reported, not silently skipped. */
#ifndef NET_SANDBOX_H
#define NET_SANDBOX_H

#include "base/checked.h"
#include "base/text.h"

#define SANDBOX_FOLDERS_MAX 64

struct sandbox_folder {
    const char *path;
    bool writable;
};

struct sandbox_settings {
    const char *user; /* "" = stay who we are */
    struct sandbox_folder folders[SANDBOX_FOLDERS_MAX];
    uint8_t folder_count;
    char config_folder[256]; /* memory for paths the caller makes */
    char certificate_folders[3][256];
    bool seccomp; /* off only where a sanitizer needs calls of its own */
};

/* As many descriptors as the hard limit allows; returns the new soft limit. */
uint64_t sandbox_raise_descriptors(void);

/* The ids of a user; false when there is no such user. */
bool sandbox_find_user(const char *name, uint32_t *ret_uid, uint32_t *ret_gid);

/* Do all steps, for this thread and those it starts later: call it before any thread is made.
 * `report` gets a phrase per step for the first screen ("user tugboot, no capabilities, ...").
 * Negative errno when a step that must work failed; `why` then says which. */
must_check int sandbox_enter(const struct sandbox_settings *settings, struct text *report,
                             struct text *why);

#define SANDBOX_TABLE_MAX ((uint64_t)256 << 20)

/* For a process that takes foreign files apart and does nothing but read descriptors it was given
 * and answer on one: no file can be opened or written (but memory of up to SANDBOX_TABLE_MAX bytes
 * that is handed over as a descriptor), no process made, memory and the time for a piece of work
 * are bounded. For a process of one thread, after sandbox_enter() without
 * folders and before the first foreign byte. With `seccomp` false only the bounds. Negative errno
 * and `why` on failure. */
must_check int sandbox_enter_worker(bool seccomp, struct text *why);

/* For a child that becomes a program of somebody else's (net/tool.h): `user` when we are root (""
 * or unknown: nobody), no capability, programs and libraries of the system only, nothing that can
 * be written, no network. What it has open stays open. Negative errno when a step that must work
 * failed. */
must_check int sandbox_enter_tool(const char *user);

#endif
