/* The configuration file as something that can be written: by whom, whether, and how. */
#ifndef SERVE_SETTINGS_FILE_H
#define SERVE_SETTINGS_FILE_H

#include "base/text.h"

#include "config/config.h"

struct settings_file {
    uint8_t *text; /* owned */
    size_t len;
    char digest[65]; /* SHA-256 */
};

/* Read it. `path` "" gives an empty text. 0 or a negative errno. */
must_check int settings_file_read(const char *path, struct settings_file *ret);
void settings_file_done(struct settings_file *file);

/* May this daemon write it? False with a sentence: there is none, another program writes it, the
 * configuration says no, or its owner does not let us. */
bool settings_file_is_writable(const char *path, const struct config *config,
                               const struct settings_file *file, struct text *why);

/* Put `text` in its place, durable: by a new file of its name where the folder lets us, else into
 * the file itself, after a copy of the old text was left in the state folder. 0, or a negative
 * errno and a sentence. */
must_check int settings_file_write(const char *path, const struct config *config,
                                   const struct settings_file *old, struct span text,
                                   struct text *why);

#endif
