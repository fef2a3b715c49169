/* What must become durable: the unit the store takes, many to a transaction. */
#ifndef MODEL_CHANGE_H
#define MODEL_CHANGE_H

#include "base/event.h"

#include "model/account.h"
#include "model/chain_result.h"
#include "model/client.h"
#include "model/hook_event.h"
#include "model/host.h"
#include "model/installed.h"
#include "model/kept_session.h"
#include "model/lease.h"
#include "model/record.h"

enum change_kind {
    CHANGE_NONE,
    CHANGE_LEASE_PUT,    /* insert or replace by address */
    CHANGE_LEASE_REMOVE, /* by address */
    CHANGE_HOST_PUT,     /* insert or replace by name */
    CHANGE_HOST_REMOVE,  /* by name */
    CHANGE_NEXT_BOOT,    /* host name, image ("" clears): one-shot boot; the host may be one of the
                            configuration file */
    CHANGE_EVENT,        /* append to a machine's timeline */
    CHANGE_CLIENT_SEEN,  /* facts about a machine, by MAC */
    CHANGE_CHAIN_RESULT, /* how a machine got on with a chain: insert or replace by both */
    CHANGE_CHAIN_FORGET, /* all results of the machine `chain->mac` */
    CHANGE_SECRET,       /* insert, replace or, with an empty value, remove by host and name */
    CHANGE_INSTALLED,    /* insert or replace by MAC; with image "" or NULL, remove */
    CHANGE_ACCOUNT_PUT,  /* insert or replace by name */
    CHANGE_ACCOUNT_REMOVE,
    CHANGE_TOKEN_PUT, /* insert or replace by id */
    CHANGE_TOKEN_REMOVE,
    CHANGE_AUDIT,       /* append to the list of who did what; the oldest go at AUDIT_KEPT */
    CHANGE_HOOK_PUT,    /* an event waits for a webhook */
    CHANGE_HOOK_REMOVE, /* by id: delivered, or given up */
    CHANGE_SESSION_PUT, /* insert or replace by digest */
    CHANGE_SESSION_REMOVE,
    CHANGE_RECORD, /* insert, replace or, with an empty text, remove by kind and name */
};

/* Pointers and what they point to stay valid until the store has reported the batch. */
struct change {
    enum change_kind kind;
    struct lease lease;
    const struct host *host;
    const struct event *event;
    const struct client_seen *seen;
    const struct chain_result *chain;
    const struct host_secret *secret;
    const struct installed *installed;
    const struct account *account;
    const struct access_token *token;
    const struct audit_entry *audit;
    const struct record *record;
    const struct hook_event *waiting;
    const struct kept_session *session;
    char name[HOST_NAME_MAX];
    char value[128];
};

#endif
