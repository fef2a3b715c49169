/* What the API asks of the daemon: plain functions over plain values, so that the handlers can be
 * tested with a backend made of arrays. The daemon's control port (serve/control) fills the table.
 * Every function is called on the thread that called api_handle(); those that change something may
 * wait for the store, none may wait for a client. Sentences go to people: they say what to do. */
#ifndef API_BACKEND_H
#define API_BACKEND_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/event.h"

#include "api/hooks.h"
#include "api/observed.h"
#include "boot/choose.h"
#include "boot/memory.h"
#include "model/account.h"
#include "model/change.h"
#include "model/incoming.h"
#include "model/lease.h"
#include "model/pick.h"

#define API_SENTENCE_MAX   256
#define API_INTERFACES_MAX 16
#define API_PORTS_MAX      8

/* How a call ended that may be refused. */
enum api_result {
    API_DONE,
    API_NOT_FOUND,   /* no such host, image or machine: 404 */
    API_READ_ONLY,   /* the host stands in the configuration file: 409 */
    API_INVALID,     /* a value that cannot be: 422 */
    API_FULL,        /* a table is at its bound: 507 */
    API_UNAVAILABLE, /* the store does not take changes now: 503 */
    API_FAILED,      /* anything else of ours: 500 */
};

struct api_interface {
    char name[16];
    struct ipv4 address;
    uint8_t prefix_length;
    char mode[8]; /* "proxy", "server", "off" */
    bool up;
};

struct api_port {
    char name[16]; /* "dhcp", "pxe", "tftp", "http", "altiris" */
    uint16_t port;
};

/* The daemon at one moment. */
struct api_status {
    uint32_t pid;
    struct calendar started, now;
    char config[256]; /* path, "" = none: the built-in defaults */
    char state[256], images[256];
    struct api_interface interfaces[API_INTERFACES_MAX];
    uint8_t interface_count;
    struct api_port ports[API_PORTS_MAX];
    uint8_t port_count;
    uint64_t leases_active, leases_max; /* leases_max 0: no interface is in mode server */
    uint64_t machines_seen, boots_done, boots_stalled;
    uint64_t bytes_tftp, bytes_http;
    uint64_t packets_refused; /* hostile or broken, all protocols */
    uint64_t last_sequence;   /* of the events */
    bool store_works;
    char store_trouble[API_SENTENCE_MAX];  /* when it does not */
    char reload_trouble[API_SENTENCE_MAX]; /* "" = the configuration file is the one in force */
};

/* One remembered or live event. `json` is the object event_json() writes; it dies with the call
 * that shows it. */
struct api_event {
    uint64_t sequence;
    uint64_t machine;
    struct calendar at;
    struct span json;
};

/* One machine that was seen: its facts and the end of its timeline. */
struct api_machine {
    struct client client;
    struct calendar first_seen, last_seen;
    const char *stage;                   /* event_stage_name() of the last step, "" = none yet */
    const char *message;                 /* of the last event, already escaped; "" = none */
    const char *host;                    /* the host it matches, "" = none */
    const struct host *assigned;         /* the same, NULL = none; lives as long as the catalog */
    const char *note;                    /* what people wrote about it, "" = nothing */
    const struct recollection *recalled; /* of its chains */
};

/* Row functions return false to end the walk. */
typedef bool (*api_lease_fn)(void *context, const struct lease *lease);
typedef bool (*api_event_fn)(void *context, const struct api_event *event);
typedef bool (*api_audit_fn)(void *context, const struct audit_entry *entry);
typedef bool (*api_machine_fn)(void *context, const struct api_machine *machine);

typedef bool (*api_subnet_fn)(void *context, const struct api_subnet *subnet);
typedef bool (*api_other_server_fn)(void *context, const struct api_other_server *server);
typedef bool (*api_minute_fn)(void *context, const struct api_minute *minute);
typedef bool (*api_certificate_fn)(void *context, const struct api_certificate *certificate);
typedef bool (*api_delivery_fn)(void *context, const struct api_delivery *delivery);
typedef bool (*api_recipe_fn)(void *context, const struct api_recipe *recipe);

/* What `render` is asked; texts may be "". */
struct api_render {
    const char *host;
    struct mac mac; /* when there is no host */
    const char *image, *kind, *file;
    bool reveal;
    const char *draft_file; /* "web.preseed": `draft` stands for it; NULL = what is there */
    struct span draft;
};

/* An answer file as the machine would get it. `text` is in the arena. */
struct api_rendered {
    const char *template, *suffix; /* its name is <template>.<suffix> */
    const char *said_by, *name;    /* "host" "node1" */
    bool built_in, has_secrets;
    struct span text;
};

struct access;

/* One key of the configuration. Texts die with the call that shows it. */
struct api_setting {
    const char *path; /* "tftp.port" */
    const char
        *form; /* "text", "switch", "number", "choice", "texts", "block": how to ask for it */
    const char *choices;        /* of a choice, with blanks between; "" */
    const char *fallback;       /* NULL = none */
    const char *unit, *doc;     /* "" = none */
    const char *expected;       /* what the value must be, as part of a sentence */
    struct span value, written; /* in force; as it stands in the file */
    uint32_t line, min, max;    /* line 0: the default */
    const char *refused;        /* why it is not changed here; NULL = it is */
    bool has_rows;              /* a list of maps: see each_setting_row */
};
typedef bool (*api_setting_fn)(void *context, const struct api_setting *setting);

/* One row of a list of maps, as it stands in the file. Texts die with the call that shows it. */
struct api_setting_value {
    struct span key, text;
};
struct api_setting_row {
    uint32_t index, line;
    bool is_plain; /* a text and no map */
    const struct api_setting_value *values;
    size_t value_count;
};
typedef bool (*api_setting_row_fn)(void *context, const struct api_setting_row *row);

/* The configuration file. Texts are in the arena. */
struct api_settings_file {
    const char *path; /* "" = there is none */
    struct span text; /* without its secrets */
    char digest[65];  /* of what is there, to tell it from what somebody else made of it */
    bool is_writable;
    char sentence[API_SENTENCE_MAX]; /* when it is not: why, and what to do */
};

#define API_SETTING_CHANGES_MAX 32

struct api_setting_change {
    const char *path;
    struct span value; /* YAML on one line; empty = take it away */
};

struct api_settings_changes {
    struct api_setting_change rows[API_SETTING_CHANGES_MAX];
    size_t count;
    const char *digest; /* of the file that was looked at; "" = whatever is there */
    bool preview;       /* write nothing */
};

/* What came of it; in the arena. */
struct api_settings_result {
    struct span before, after; /* without their secrets */
    char digest[65];           /* of the file as it is now */
    bool is_written, is_in_force;
    char sentence[API_SENTENCE_MAX]; /* why it is not in force */
};

#define API_PICK_ENTRY_MAX 64

/* A machine that waits for a choice on a phone. */
struct api_pick {
    char number[PICK_NUMBER_MAX];
    struct client client;
    bool is_grub; /* its GRUB waits, else its iPXE */
    struct calendar since;
};

struct api_backend {
    void *context;

    void (*status)(void *context, struct api_status *out);

    /* The catalog in force: images, loaders, hosts (those of the file and those of the store, with
     * their one-shots) and groups. Valid until the next call of the backend. Never NULL. */
    const struct catalog *(*catalog)(void *context);

    /* Where this client would reach us (the interface of its subnet, else the first one). */
    struct reach (*reach)(void *context, const struct client *client);

    /* Insert or replace by name; durable and in the catalog when it returns API_DONE. The host's
     * pointers die with the call. `sentence` is filled unless API_DONE. */
    enum api_result (*host_put)(void *context, const struct host *host,
                                char sentence[API_SENTENCE_MAX]);
    /* The same for many, all of them or none. */
    enum api_result (*hosts_put)(void *context, const struct host *hosts, size_t count,
                                 char sentence[API_SENTENCE_MAX]);
    /* Changes of hosts, one-shots and records in one transaction, all of them or none: durable and
     * in the catalog when it returns API_DONE. None may be of a host of the configuration file, but
     * for its one-shot. */
    enum api_result (*changes)(void *context, const struct change *changes, size_t count,
                               char sentence[API_SENTENCE_MAX]);
    enum api_result (*host_remove)(void *context, const char *name,
                                   char sentence[API_SENTENCE_MAX]);
    /* One-shot boot of a host of either kind; image "" clears it. */
    enum api_result (*next_boot)(void *context, const char *host, const char *image,
                                 char sentence[API_SENTENCE_MAX]);

    /* All leases in ascending order of their address, starting after `after` (none = the first). */
    enum api_result (*each_lease)(void *context, struct ipv4 after, api_lease_fn row,
                                  void *row_context);

    /* Events with sequence > after, oldest first, of one machine or (0) of all, at most `limit`. */
    enum api_result (*each_event)(void *context, uint64_t machine, uint64_t after, uint32_t limit,
                                  api_event_fn row, void *row_context);

    /* Machines, those seen last first; at most those the daemon remembers. */
    enum api_result (*each_machine)(void *context, api_machine_fn row, void *row_context);

    /* What is remembered of how this machine, and others of its firmware, got on with chains. */
    void (*recall)(void *context, const struct client *client, struct recollection *out);
    /* Forget that; API_NOT_FOUND when there is nothing. */
    enum api_result (*forget)(void *context, struct mac mac);

    /* The last raw packets of a machine as a whole pcap file in `arena`. API_NOT_FOUND when the
     * recorder has none. */
    enum api_result (*pcap)(void *context, struct mac mac, struct arena *arena,
                            struct span *ret_pcap);

    /* Secrets of a host of either kind; an empty value takes it back. */
    enum api_result (*secret)(void *context, const struct host_secret *secret,
                              char sentence[API_SENTENCE_MAX]);
    /* Forget that the machine's installer said it was done. */
    enum api_result (*reinstall)(void *context, struct mac mac, char sentence[API_SENTENCE_MAX]);
    /* Send a Wake-on-LAN packet; `password` NULL = none. `interfaces` gets where it went. */
    enum api_result (*wake)(void *context, const struct host *host, const struct mac *password,
                            char interfaces[API_SENTENCE_MAX], char sentence[API_SENTENCE_MAX]);
    /* An answer file, before a machine asks. */
    enum api_result (*render)(void *context, const struct api_render *what, struct arena *arena,
                              struct api_rendered *out, char sentence[API_SENTENCE_MAX]);

    /* How often this event happened since the start. */
    uint64_t (*event_count)(void *context, enum event_id id);

    /* Records, all of them or none: durable and in the catalog when it returns API_DONE. An empty
     * text takes one away. `sentence` is filled unless API_DONE. */
    enum api_result (*records_put)(void *context, const struct record *records, size_t count,
                                   char sentence[API_SENTENCE_MAX]);

    /* Subnets in the order of the configuration; other servers, the first heard first; the minutes
     * of the last day that are over, oldest first; certificates of HTTPS and of Secure Boot's own
     * keys; recipes in the order in which they are tried. API_FAILED: memory. */
    enum api_result (*each_subnet)(void *context, api_subnet_fn row, void *row_context);
    void (*each_other_server)(void *context, api_other_server_fn row, void *row_context);
    void (*each_minute)(void *context, struct calendar after, api_minute_fn row, void *row_context);
    void (*each_certificate)(void *context, api_certificate_fn row, void *row_context);
    enum api_result (*each_recipe)(void *context, api_recipe_fn row, void *row_context);

    /* Webhooks by place, false behind the last; the last tries of one, the latest first; and a test
     * of one. False, and API_NOT_FOUND: there is none of this name. */
    bool (*hook_at)(void *context, size_t index, struct api_hook *out);
    bool (*each_delivery)(void *context, const char *hook, api_delivery_fn row, void *row_context);
    enum api_result (*hook_test)(void *context, const char *hook);

    /* Read the configuration file again. API_INVALID: refused, the old one stays in force and
     * `sentence` says why. */
    enum api_result (*reload)(void *context, char sentence[API_SENTENCE_MAX]);

    /* Accounts and tokens: durable when these return API_DONE; the caller then tells `access`. */
    enum api_result (*account_put)(void *context, const struct account *account,
                                   char sentence[API_SENTENCE_MAX]);
    enum api_result (*account_remove)(void *context, const struct account *account,
                                      char sentence[API_SENTENCE_MAX]);
    enum api_result (*token_put)(void *context, const struct access_token *token,
                                 char sentence[API_SENTENCE_MAX]);
    enum api_result (*token_remove)(void *context, const struct access_token *token,
                                    char sentence[API_SENTENCE_MAX]);
    /* Who did what, the latest first: those with sequence < before (0 = all), at most `limit`. */
    enum api_result (*each_audit)(void *context, uint64_t before, uint32_t limit, api_audit_fn row,
                                  void *row_context);

    /* Who is let in. Never NULL. */
    struct access *access;
    /* Where the dashboard is, as "http://192.0.2.1:8067"; "" = it is not served. */
    void (*page_url)(void *context, char *out, size_t cap);

    /* Images on their way in; numbers as in model/incoming.h. `sentence` has INTAKE_SENTENCE_MAX
     * bytes. A piece is refused with API_UNAVAILABLE when it is to be sent again in a moment, and
     * with API_INVALID when another offset is awaited: see `upload`. */
    enum api_result (*upload_begin)(void *context, const struct intake_wish *wish,
                                    uint32_t *ret_number, char *sentence);
    enum api_result (*upload_piece)(void *context, uint32_t number, uint64_t offset,
                                    struct span bytes, char *sentence);
    enum api_result (*upload_cancel)(void *context, uint32_t number, char *sentence);
    /* By place in the list, or by number; NULL = there is none. `offset`: of the next piece. */
    const struct intake_facts *(*upload_at)(void *context, size_t index);
    const struct intake_facts *(*upload)(void *context, uint32_t number, uint64_t *ret_offset);
    enum api_result (*image_remove)(void *context, const char *name, char *sentence);
    /* What is known of an image's bytes; false = nothing. NULL: nobody reads them. */
    bool (*image_digest)(void *context, const struct image *image, struct api_image_digest *out);
    /* Change keys of an image's image.yaml, whose other bytes stay. */
    enum api_result (*image_change)(void *context, const char *name,
                                    const struct api_setting_change *changes, size_t count,
                                    char *sentence);

    /* Put these entries of the menu into this order. What was written before a failure stays. */
    enum api_result (*images_order)(void *context, const char *const *names, size_t count,
                                    char sentence[API_SENTENCE_MAX]);

    /* The settings one by one, the file they come from, and changes of it. A refusal is API_INVALID
     * (the sentence says which value, and what would be right), API_READ_ONLY, or API_NOT_FOUND
     * when `digest` is of another file than there is now. */
    enum api_result (*each_setting)(void *context, struct arena *arena, api_setting_fn row,
                                    void *row_context);
    /* Of a key that is a list of maps: what a row may say, and the rows of the file from `first`
     * on. API_NOT_FOUND: it is none. */
    enum api_result (*each_setting_field)(void *context, const char *path, api_setting_fn row,
                                          void *row_context);
    enum api_result (*each_setting_row)(void *context, const char *path, uint32_t first,
                                        api_setting_row_fn row, void *row_context);
    enum api_result (*settings_file)(void *context, struct arena *arena,
                                     struct api_settings_file *out);
    enum api_result (*settings_change)(void *context, const struct api_settings_changes *changes,
                                       struct arena *arena, struct api_settings_result *out,
                                       char sentence[API_SENTENCE_MAX]);

    /* Templates of answer files of this site: written after they were read as one, and taken away.
     * API_READ_ONLY: their folder is another user's. */
    enum api_result (*answer_put)(void *context, const char *file, struct span text,
                                  char sentence[API_SENTENCE_MAX]);
    enum api_result (*answer_remove)(void *context, const char *file,
                                     char sentence[API_SENTENCE_MAX]);

    /* Machines that wait for a choice, by their place in the list (false behind the last), or by
     * their number. Choosing: API_NOT_FOUND when it does not wait any more, API_INVALID when
     * somebody else was faster. `by`: for the event. */
    bool (*pick_at)(void *context, size_t i, struct api_pick *out);
    enum api_result (*pick_find)(void *context, const char *number, struct api_pick *out);
    enum api_result (*pick_choose)(void *context, const char *number, const char *entry,
                                   const char *by);
    /* May who knows a number choose without signing in? */
    bool (*picks_open)(void *context);
};

#endif
