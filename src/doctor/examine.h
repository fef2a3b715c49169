/* From what was seen on the wire and on this machine to what is wrong, in words. Pure: the shell
 * (cli/cmd_doctor.c) gathers the facts. Sentences may hold foreign text: whoever shows them makes
 * it harmless. */
#ifndef DOCTOR_EXAMINE_H
#define DOCTOR_EXAMINE_H

#include "base/text.h"

#include "doctor/answer.h"
#include "doctor/bpdu.h"

#define DOCTOR_ANSWERS_MAX  96
#define DOCTOR_FETCHES_MAX  32
#define DOCTOR_PORTS_MAX    8
#define DOCTOR_FINDINGS_MAX 64
#define DOCTOR_SAID_MAX     200

enum fetch_result {
    FETCH_GOOD,
    FETCH_SILENT,     /* nothing came back */
    FETCH_LARGE_LOST, /* TFTP: the option acknowledgement came, the first block did not */
    FETCH_REFUSED,    /* an error came back; `said` */
};

/* One attempt to get what an answer names. */
struct doctor_fetch {
    enum pose pose;
    bool is_http;
    struct ipv4 server; /* TFTP */
    char file[ANSWER_FILE_MAX];
    enum fetch_result result;
    uint32_t block_size; /* TFTP: what was granted */
    char said[DOCTOR_SAID_MAX];
};

/* A port tugboot needs and somebody else has. */
struct doctor_port {
    bool is_tcp;
    uint16_t port;
    char owner[DOCTOR_SAID_MAX];
};

struct doctor_facts {
    char interface[16];
    uint16_t mtu;
    uint16_t block_size_max; /* of the configuration */
    bool daemon_runs;
    bool daemon_serves;           /* ... this interface, in a mode other than off */
    uint16_t http_port;           /* of the configuration */
    char filter[DOCTOR_SAID_MAX]; /* the chain that drops what no rule lets in; "" = none known */
    bool has_bpdu;
    struct bpdu bpdu;
    struct doctor_answer answers[DOCTOR_ANSWERS_MAX];
    size_t answer_count;
    struct doctor_fetch fetches[DOCTOR_FETCHES_MAX];
    size_t fetch_count;
    struct doctor_port ports[DOCTOR_PORTS_MAX];
    size_t port_count;
    bool asked_4011[DOCTOR_ANSWERS_MAX]; /* of the answer of this index: asked there, in vain */
    char no_loader[POSE_COUNT][DOCTOR_SAID_MAX];  /* why this tugboot has nothing for it */
    char not_secure[POSE_COUNT][DOCTOR_SAID_MAX]; /* why Secure Boot refuses what it gives */
};

enum finding_level {
    FINDING_PROBLEM,
    FINDING_WARNING,
    FINDING_NOTE,
};

enum finding_id {
#define FINDING(name, ...) FINDS_##name,
#include "doctor/finding.def"
#undef FINDING
    FINDS_COUNT
};

struct finding {
    enum finding_id id;
    char sentence[400], cure[400];
};

struct findings {
    struct finding rows[DOCTOR_FINDINGS_MAX];
    size_t count;
};

const char *finding_name(enum finding_id id);
enum finding_level finding_level(enum finding_id id);
const char *finding_level_name(enum finding_level level);

/* All that is wrong, in the order of finding.def's sections: the network, this machine, the
 * answers, what is behind them. What holds for several poses is said once for each. */
void doctor_examine(const struct doctor_facts *facts, struct findings *out);

/* Would a machine of this kind get as far as its boot program? An address, one server that says
 * what to start in a form this firmware takes, and a file that can be had. */
bool doctor_would_boot(const struct doctor_facts *facts, enum pose pose);

/* The answer of `pose` that a machine would boot by; NULL when there is none. */
const struct doctor_answer *doctor_boot_answer(const struct doctor_facts *facts, enum pose pose);

/* Where a machine asks for the file of this answer by TFTP. */
struct ipv4 doctor_file_server(const struct doctor_answer *answer);

/* Should the shell ask port 4011 of this answer's server? */
bool doctor_needs_4011(const struct doctor_answer *answer);

#endif
