/* The configuration in force: made as a whole from text, or refused as a whole with every fault
 * named. Immutable. Keys, types, bounds, defaults and texts are rows of schema.def. */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "base/checked.h"
#include "base/clock.h"
#include "base/text.h"

#include "model/host.h"
#include "model/subnet.h"

#define CONFIG_PATH_MAX          256
#define CONFIG_INTERFACES_MAX    16
#define CONFIG_LOADERS_MAX       8
#define CONFIG_CHAINS_MAX        16
#define CONFIG_CHAIN_NAME_MAX    15
#define CONFIG_SUBNETS_MAX       64
#define CONFIG_HOSTS_MAX         65536
#define CONFIG_GROUPS_MAX        1024
#define CONFIG_HTTPS_NAMES_MAX   16
#define CONFIG_UPSTREAMS_MAX     16
#define CONFIG_WEBHOOKS_MAX      16
#define CONFIG_WEBHOOK_WORDS_MAX 32
#define CONFIG_ADMIN_PROXIES_MAX 8
#define CONFIG_ADMIN_GROUPS_MAX  8
#define CONFIG_ADMIN_NAMES_MAX   16
#define CONFIG_RANGES_MAX        1024       /* pools of all subnets together */
#define CONFIG_ADDRESSES_MAX     (1U << 20) /* the same, counted in addresses */

enum config_dhcp_mode {
    CONFIG_DHCP_PROXY,
    CONFIG_DHCP_SERVER,
    CONFIG_DHCP_OFF,
};

struct config_interface {
    char name[16];
    bool has_mode; /* else dhcp.mode */
    enum config_dhcp_mode mode;
};

/* What may be kept for machines with a certificate, as bits. */
enum config_area {
    CONFIG_AREA_IMAGES = 1 << 0,
    CONFIG_AREA_FILES = 1 << 1,
    CONFIG_AREA_SCRIPTS = 1 << 2,
    CONFIG_AREA_ANSWERS = 1 << 3,
};

struct config_https {
    bool enabled;
    bool is_said; /* some key of https stands in the file: the port is wanted */
    uint16_t port;
    bool offer, old_clients;
    char certificate[CONFIG_PATH_MAX], key[CONFIG_PATH_MAX]; /* "" = made here */
    char names[CONFIG_HTTPS_NAMES_MAX][128];
    uint8_t name_count;
    char client_ca[CONFIG_PATH_MAX]; /* "" = clients are not asked */
    uint8_t client_areas;            /* bits of enum config_area */
};

enum config_admin_tls {
    CONFIG_ADMIN_TLS_AUTO,     /* the port speaks both */
    CONFIG_ADMIN_TLS_REQUIRED, /* plain requests are sent to https:// */
    CONFIG_ADMIN_TLS_OFF,
};

/* Groups of a directory, as a reverse proxy names them. */
struct config_group_names {
    char rows[CONFIG_ADMIN_GROUPS_MAX][64];
    uint8_t count;
};

/* The dashboard and the API for people and programs, apart from the boot listeners. */
struct config_admin {
    bool enabled;
    bool is_said; /* some key of admin stands in the file: the port is wanted */
    struct endpoint listen;
    enum config_admin_tls tls;
    char names[CONFIG_ADMIN_NAMES_MAX][128]; /* what browsers may call it, besides its own names */
    uint8_t name_count;
    char url[128];  /* how people reach it, "" = as it listens */
    bool pick_open; /* who knows a waiting machine's number may choose for it without signing in */
    struct duration idle, longest;                 /* of a session */
    bool edit;                                     /* may this file be changed on the page? */
    struct ipv4 proxies[CONFIG_ADMIN_PROXIES_MAX]; /* whose word about who asks is believed */
    uint8_t proxy_count;
    char proxy_user[64], proxy_groups[64]; /* the fields in which they give it */
    struct config_group_names proxy_admins, proxy_operators, proxy_viewers;
};

/* An archive of packages the mirror keeps copies of. */
struct config_upstream {
    char name[40], url[256]; /* without a slash at the end */
};

/* Who is told of events by HTTP. */
struct config_webhook {
    char name[40], url[512];
    char words[CONFIG_WEBHOOK_WORDS_MAX][48]; /* what base/event_filter.h takes */
    uint8_t word_count;
    char secret_file[CONFIG_PATH_MAX], ca[CONFIG_PATH_MAX]; /* ca "" = the system's */
    struct duration give_up;
};

struct config {
    struct config_interface interfaces[CONFIG_INTERFACES_MAX];
    uint8_t interface_count; /* 0: every Ethernet interface with an IPv4 address */
    char state[CONFIG_PATH_MAX];
    char images[CONFIG_PATH_MAX];
    char loaders[CONFIG_LOADERS_MAX][CONFIG_PATH_MAX];
    uint8_t loader_count;
    char recipes[CONFIG_PATH_MAX]; /* "" = recipes in the state folder */
    const char *chains;            /* names with a space between them; NULL = the usual order */
    char files[CONFIG_PATH_MAX];   /* "" = none */
    char user[33];                 /* whom to become; "" = stay */
    char control[CONFIG_PATH_MAX]; /* unix socket */

    struct {
        enum config_dhcp_mode mode;
        struct subnet subnets[CONFIG_SUBNETS_MAX];
        uint8_t subnet_count;
        bool probe;
        uint32_t leases_max;
    } dhcp;
    struct {
        bool enabled;
        uint16_t port;
        bool single_port;
        uint16_t block_size_max, window_max;
    } tftp;
    struct {
        bool enabled;
        uint16_t port;
        uint32_t connections_max;
    } http;
    struct config_https https;
    struct {
        bool enabled;
        uint16_t port;
    } altiris;
    struct config_admin admin;
    struct {
        char title[64];
        struct duration timeout;
        char default_choice[64];
        bool pick; /* offer to choose on a phone */
    } menu;
    struct {
        char db[CONFIG_PATH_MAX], dbx[CONFIG_PATH_MAX]; /* "" = none */
    } secure;
    struct {
        uint32_t size_max_mib, menu_max_mib;
    } bootdisk;
    struct {
        struct duration window, grace;
        bool routed; /* also where no link tells who asks */
    } answers;
    struct {
        uint32_t events_kept;
    } recorder;
    struct {
        uint16_t port;
        char folder[CONFIG_PATH_MAX]; /* "" = mirror in the state folder */
        uint32_t size_max_mib;
        bool offline;
        char proxy[128]; /* "" = that of the environment */
        struct config_upstream upstreams[CONFIG_UPSTREAMS_MAX];
        uint8_t upstream_count; /* 0 = there is no mirror */
    } mirror;
    struct config_webhook webhooks[CONFIG_WEBHOOKS_MAX];
    uint8_t webhook_count;

    const struct host *hosts; /* memory of the configuration */
    size_t host_count;
    const struct host_group *groups;
    size_t group_count;
    void *memory; /* frees all that pointers above lead to; wiped, since there are secrets in it */
    size_t memory_size;
};

/* One thing that is wrong with the text, with its place and what would be right. */
struct config_fault {
    uint32_t line, column; /* from 1; 0 = the whole file */
    char text[256];
};

#define CONFIG_FAULTS_MAX 64

struct config_faults {
    struct config_fault rows[CONFIG_FAULTS_MAX];
    uint16_t count;
    bool more; /* there were more than fit */
};

/* The configuration when there is no file. */
must_check int config_defaults(struct config **ret_config);

/* Read a whole text. 0 and a configuration, -EINVAL and at least one fault, or another negative
 * errno (memory). All faults are found in one run. */
must_check int config_parse(struct span yaml, struct config **ret_config,
                            struct config_faults *faults);

/* The path of the control socket out of a text that config_parse() refuses: `control:` when it can
 * be found, else the default. So that a daemon can be asked while its file is being mended. */
void config_find_control(struct span yaml, char *out, size_t cap);

/* Append the configuration as YAML, every key with its value, for `tugboot check --print`. */
void config_print(const struct config *config, struct text *out);

void config_free(struct config *config);

/* Where packages are mirrored; 0 = they are not. */
static inline uint16_t config_mirror_port(const struct config *config)
{
    return config->mirror.upstream_count > 0 ? config->mirror.port : 0;
}

#endif
