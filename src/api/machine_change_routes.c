/* One change of many machines: a room of them is one transaction and one new catalog. A machine
 * without a name gets one on the way, since settings belong to names; of hosts that stand in the
 * configuration file only the one-shot boot is changed. */
#include "api/call.h"
#include "api/host_json.h"
#include "api/machine_changes.h"
#include "api/machine_name.h"

/* One machine under way. */
struct subject {
    struct mac mac;
    const struct host *host; /* what it is now; NULL = it has no name */
    char name[HOST_NAME_MAX];
    char mac_text[MAC_TEXT_MAX];
    struct record note;
    char sentence[96]; /* why it is not changed; "" = it is */
    bool is_same;      /* an earlier one is the same host */
};

struct job {
    struct api_call *call;
    const struct catalog *catalog;
    struct machine_changes *wanted;
    struct subject *subjects; /* one each */
    struct host *hosts;       /* as they are to be, one each at most */
    struct change *changes;   /* CHANGES_EACH of each at most */
    size_t host_count, change_count;
};

#define CHANGES_EACH 3

static void refuse(struct subject *s, const char *sentence)
{
    if (!s->sentence[0])
        span_to_text(span_text(sentence), s->sentence, sizeof s->sentence);
}

/* Of a name for a machine that has none. */
static bool is_taken(const struct job *job, const struct subject *self, const char *name)
{
    if (catalog_find_host(job->catalog, name))
        return true;
    for (const struct subject *s = job->subjects; s < self; s++)
        if (strcmp(s->name, name) == 0)
            return true;
    return false;
}

static struct subject *find_subject(struct job *job, struct mac mac)
{
    for (size_t i = 0; i < job->wanted->count; i++)
        if (mac_equals(job->subjects[i].mac, mac))
            return &job->subjects[i];
    return NULL;
}

static bool take_machine(void *context, const struct api_machine *machine)
{
    struct subject *s = find_subject(context, machine->client.mac);
    if (!s)
        return true;
    s->host = machine->assigned;
    if (!s->host)
        machine_name_by_itself(&machine->client.hostname, s->name);
    return true;
}

static void find_hosts(struct job *job)
{
    for (size_t i = 0; i < job->wanted->count; i++) {
        struct subject *s = &job->subjects[i];
        const struct client client = { .mac = job->wanted->macs[i] };
        *s = (struct subject){ .mac = client.mac, .host = choose_host(job->catalog, &client) };
        mac_format(s->mac, s->mac_text);
    }
    (void)job->call->backend->each_machine(job->call->backend->context, take_machine, job);
    for (size_t i = 0; i < job->wanted->count; i++) {
        struct subject *s = &job->subjects[i];
        if (s->host)
            span_to_text(span_text(s->host->name), s->name, sizeof s->name);
        for (unsigned n = 0; !s->host && (!s->name[0] || is_taken(job, s, s->name)); n++)
            machine_name_by_address(s->mac, n, s->name);
        for (size_t k = 0; k < i && !s->is_same; k++)
            s->is_same = s->host && job->subjects[k].host == s->host;
    }
}

/* What becomes of each. */

static void add_change(struct job *job, struct change change)
{
    job->changes[job->change_count++] = change;
}

static void add_record(struct job *job, struct subject *s, const char *text)
{
    s->note = (struct record){ RECORD_NOTE, s->mac_text, text };
    add_change(job, (struct change){ .kind = CHANGE_RECORD, .record = &s->note });
}

static void forget(struct job *job, struct subject *s)
{
    struct change change = { .kind = CHANGE_HOST_REMOVE };
    const char *note = catalog_find_note(job->catalog, s->mac);

    if (s->host && s->host->from_file) {
        refuse(s, "It stands in the configuration file: remove it there, then reload.");
        return;
    }
    if (!s->host && !note[0]) {
        refuse(s, "It has no name and no note: there is nothing to forget.");
        return;
    }
    if (s->host && !s->is_same) {
        span_to_text(span_text(s->host->name), change.name, sizeof change.name);
        add_change(job, change);
    }
    if (note[0])
        add_record(job, s, "");
}

/* Settings for good; a host that is new gets its one-shot here, too. */
static void set_host(struct job *job, struct subject *s)
{
    const struct machine_changes *wanted = job->wanted;
    struct host *host = &job->hosts[job->host_count];

    if (s->host)
        *host = *s->host;
    else
        *host = (struct host){ .name = s->name, .match = { .has_mac = true, .mac = s->mac } };
    if (wanted->boot)
        host->boot = wanted->boot;
    if (wanted->group)
        host->group = wanted->group;
    if (wanted->next_boot)
        host->next_boot = wanted->next_boot;
    job->host_count++;
    add_change(job, (struct change){ .kind = CHANGE_HOST_PUT, .host = host });
}

static void set_next_boot(struct job *job, const struct subject *s)
{
    struct change change = { .kind = CHANGE_NEXT_BOOT };
    span_to_text(span_text(s->name), change.name, sizeof change.name);
    span_to_text(span_text(job->wanted->next_boot), change.value, sizeof change.value);
    add_change(job, change);
}

static void set(struct job *job, struct subject *s)
{
    const struct machine_changes *wanted = job->wanted;
    bool sets_host = wanted->boot || wanted->group || (wanted->next_boot && !s->host);

    if (s->host && s->host->from_file && (wanted->boot || wanted->group)) {
        refuse(s, "It stands in the configuration file: change it there, then reload.");
        return;
    }
    if (sets_host && !s->is_same)
        set_host(job, s);
    else if (wanted->next_boot && !s->is_same)
        set_next_boot(job, s);
    if (wanted->note)
        add_record(job, s, wanted->note);
}

static size_t count_refused(const struct job *job)
{
    size_t refused = 0;
    for (size_t i = 0; i < job->wanted->count; i++)
        refused += job->subjects[i].sentence[0] != 0;
    return refused;
}

static void refuse_rest(struct job *job, const char *sentence)
{
    for (size_t i = 0; i < job->wanted->count; i++)
        refuse(&job->subjects[i], sentence);
    job->change_count = 0;
}

static void wake(struct job *job, struct subject *s)
{
    char interfaces[API_SENTENCE_MAX] = "", sentence[API_SENTENCE_MAX] = "";
    const struct api_backend *backend = job->call->backend;
    struct host host = { .name = s->name, .match = { .has_mac = true, .mac = s->mac } };

    if (s->host)
        host.address = s->host->address;
    if (backend->wake(backend->context, &host, NULL, interfaces, sentence) != API_DONE)
        refuse(s, sentence[0] ? sentence : "No packet could be sent.");
}

static void write_results(const struct job *job)
{
    struct text body = call_text(job->call);
    struct json_writer j = json_over(&body);
    size_t refused = count_refused(job);

    json_write_object_begin(&j, NULL);
    json_write_number(&j, "done", (int64_t)(job->wanted->count - refused));
    json_write_number(&j, "refused", (int64_t)refused);
    json_write_array_begin(&j, "machines");
    for (size_t i = 0; i < job->wanted->count; i++) {
        const struct subject *s = &job->subjects[i];
        json_write_object_begin(&j, NULL);
        json_write_text(&j, "mac", s->mac_text);
        if (s->host)
            json_write_text(&j, "host", s->name);
        json_write_bool(&j, "done", !s->sentence[0]);
        if (s->sentence[0])
            json_write_text(&j, "sentence", s->sentence);
        json_write_object_end(&j);
    }
    json_write_array_end(&j);
    json_write_object_end(&j);
    call_reply_json(job->call, &body);
}

/* Names that have to be there; false after a refusal. */
static bool names_are_sound(struct api_call *call, const struct catalog *catalog,
                            const struct machine_changes *wanted)
{
    if ((wanted->boot && !catalog_takes_boot_word(catalog, wanted->boot)) ||
        (wanted->next_boot && !catalog_takes_boot_word(catalog, wanted->next_boot))) {
        call_problem(call, 422, "no-such-image",
                     "There is no such image; 'tugboot image list' has them.");
        return false;
    }
    if (wanted->group && wanted->group[0] && !catalog_find_group(catalog, wanted->group)) {
        call_invalid(call, "\"group\" must be a group that is there; PUT makes a new one.");
        return false;
    }
    return true;
}

static void run(struct job *job)
{
    const struct api_backend *backend = job->call->backend;
    struct machine_changes *wanted = job->wanted;
    char sentence[API_SENTENCE_MAX] = "";
    enum api_result result = API_DONE;

    find_hosts(job);
    for (size_t i = 0; i < wanted->count; i++)
        (wanted->forgets ? forget : set)(job, &job->subjects[i]);
    if (wanted->all_or_none && count_refused(job) > 0)
        refuse_rest(job, "It was left as it is, since another one cannot be changed.");
    if (job->change_count > 0)
        result = backend->changes(backend->context, job->changes, job->change_count, sentence);
    if (result != API_DONE) {
        call_refused(job->call, result, sentence);
        return;
    }
    /* There is a new catalog by now, and the hosts of the one before are gone: names are ours. */
    job->catalog = backend->catalog(backend->context);
    for (size_t i = 0; i < wanted->count; i++) {
        struct subject *s = &job->subjects[i];
        s->host = catalog_find_host(job->catalog, s->name);
        if (wanted->wakes && !s->sentence[0])
            wake(job, s);
    }
    write_results(job);
}

void route_machines_change(struct api_call *call)
{
    char sentence[API_SENTENCE_MAX];
    struct machine_changes *wanted = arena_new(call->arena, struct machine_changes);
    struct job job = { .call = call,
                       .catalog = call->backend->catalog(call->backend->context),
                       .wanted = wanted };

    if (!wanted) {
        call_refused(call, API_FAILED, "");
        return;
    }
    if (!machine_changes_from_json(call->request->body, call->arena, wanted, sentence)) {
        call_invalid(call, sentence);
        return;
    }
    if (!names_are_sound(call, job.catalog, wanted))
        return;
    job.subjects = arena_array(call->arena, struct subject, wanted->count);
    job.hosts = arena_array(call->arena, struct host, wanted->count);
    job.changes = arena_array(call->arena, struct change, wanted->count * CHANGES_EACH);
    if (job.subjects && job.hosts && job.changes)
        run(&job);
    else
        call_refused(call, API_FAILED, "The request's memory is used up: name fewer machines.");
}
