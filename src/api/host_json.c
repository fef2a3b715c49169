/* JSON in, for the one noun people write: a host. Each key is a row with its type and bound; what
 * no row names is refused with the list of those that are. Jansson reads the syntax (RFC 8259),
 * refusing duplicate keys; nothing of its tree outlives a call. */
#include "api/host_json.h"

#include <jansson.h>
#include <stdlib.h>

#include "model/name.h"
#include "model/record.h"

#define TEXT_MAX     63
#define TEMPLATE_MAX 1023

/* One reading under way. */
struct reading {
    struct arena *arena;
    struct host *host; /* a group is read as one, with its parent as the group */
    bool is_group;
    struct text sentence;
};

static bool refuse(struct reading *r, const char *key, const char *what)
{
    text_addf(&r->sentence, "\"%s\" %s.", key, what);
    return false;
}

bool host_name_is_sound(struct span name)
{
    return name_is_sound(name, HOST_NAME_MAX);
}

static bool is_control(uint8_t c)
{
    return c < 0x20 || c == 0x7f;
}

/* A note is written in lines. */
static bool is_control_in_lines(uint8_t c)
{
    return is_control(c) && c != '\n' && c != '\t';
}

/* A string without control characters, within its bound, copied to the arena. */
static bool keep_text_without(struct reading *r, const char *key, const json_t *value, size_t max,
                              bool (*is_refused)(uint8_t c), const char **ret_text)
{
    if (!json_is_string(value))
        return refuse(r, key, "must be a text in quotes");
    struct span s = span_of(json_string_value(value), json_string_length(value));
    if (s.len > max)
        return refuse(r, key, "is too long");
    for (size_t i = 0; i < s.len; i++)
        if (is_refused(s.data[i]))
            return refuse(r, key, "has a control character in it");
    char *copy = arena_alloc(r->arena, s.len + 1);
    if (!copy)
        return refuse(r, key, "does not fit into the request's memory");
    span_to_text(s, copy, s.len + 1);
    *ret_text = copy;
    return true;
}

static bool keep_text(struct reading *r, const char *key, const json_t *value, size_t max,
                      const char **ret_text)
{
    return keep_text_without(r, key, value, max, is_control, ret_text);
}

static bool read_mac(struct reading *r, struct span s)
{
    r->host->match.has_mac = mac_parse(s, &r->host->match.mac);
    return r->host->match.has_mac && !mac_is_zero(r->host->match.mac);
}

static bool read_uuid(struct reading *r, struct span s)
{
    r->host->match.has_uuid = uuid_parse(s, &r->host->match.uuid);
    return r->host->match.has_uuid && !uuid_is_void(&r->host->match.uuid);
}

static bool read_arch(struct reading *r, struct span s)
{
    r->host->match.has_arch = arch_parse(s, &r->host->match.arch);
    return r->host->match.has_arch && r->host->match.arch != ARCH_NONE;
}

static bool read_subnet(struct reading *r, struct span s)
{
    r->host->match.has_subnet = ipv4_prefix_parse(s, &r->host->match.subnet);
    return r->host->match.has_subnet;
}

static bool read_address(struct reading *r, struct span s)
{
    return ipv4_parse(s, &r->host->address) && ipv4_is_unicast(r->host->address);
}

static bool read_https(struct reading *r, struct span s)
{
    static const char *const words[] = { "true", "false", "always" };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (span_is(s, words[i]))
            r->host->https = words[i];
    return r->host->https != NULL;
}

/* Keys whose text is a value of a type. */
static const struct typed_key {
    const char *key;
    bool (*read)(struct reading *r, struct span s);
    const char *form;
} typed_keys[] = {
    { "mac", read_mac, "must be a MAC address, such as 52:54:00:12:34:56" },
    { "uuid", read_uuid, "must be a UUID, such as 4c4c4544-0032-3010-8053-b4c04f4e3132" },
    { "arch", read_arch, "must be a kind of machine, such as bios-x86, efi-x64 or efi-arm64" },
    { "subnet", read_subnet, "must be a network without host bits, such as 192.168.50.0/24" },
    { "address", read_address, "must be an address a machine can have, such as 192.168.50.21" },
    { "https", read_https, "must be \"true\", \"false\" or \"always\"" },
};

/* Keys whose text is kept as it is. */
static const struct text_key {
    const char *key;
    size_t at; /* in struct host */
    size_t max;
} text_keys[] = {
    { "serial", offsetof(struct host, match.serial), TEXT_MAX },
    { "asset", offsetof(struct host, match.asset), TEXT_MAX },
    { "vendor", offsetof(struct host, match.vendor), TEXT_MAX },
    { "boot", offsetof(struct host, boot), 63 },
    { "next_boot", offsetof(struct host, next_boot), 63 },
    { "loader", offsetof(struct host, loader), 31 },
    { "chains", offsetof(struct host, chains), 255 },
    { "arguments", offsetof(struct host, arguments), TEMPLATE_MAX },
    { "group", offsetof(struct host, group), HOST_NAME_MAX - 1 },
    { "answers", offsetof(struct host, answers), 63 },
};

static bool variable_name_is_sound(const char *name)
{
    for (size_t i = 0; name[i]; i++) {
        uint8_t c = ascii_lower((uint8_t)name[i]);
        if (!((c >= 'a' && c <= 'z') || c == '_' || (i > 0 && c >= '0' && c <= '9')))
            return false;
    }
    return name[0] != 0 && strlen(name) < HOST_NAME_MAX;
}

bool secret_name_is_sound(const char *name)
{
    return variable_name_is_sound(name) && strlen(name) < SECRET_NAME_MAX;
}

static bool read_variables(struct reading *r, json_t *object)
{
    const char *name;
    json_t *value;

    if (!json_is_object(object))
        return refuse(r, "variables", "must be an object of texts");
    if (json_object_size(object) > HOST_VARIABLES_MAX)
        return refuse(r, "variables", "has more than 16 entries");
    json_object_foreach(object, name, value)
    {
        struct host_variable *v = &r->host->variables[r->host->variable_count];
        if (!variable_name_is_sound(name))
            return refuse(r, "variables",
                          "has a name that is not made of letters, digits and underscores");
        struct span kept = arena_copy(r->arena, span_of(name, strlen(name) + 1));
        if (!kept.data)
            return refuse(r, "variables", "do not fit into the request's memory");
        v->name = (const char *)kept.data;
        if (!keep_text(r, "variables", value, TEMPLATE_MAX, &v->value))
            return false;
        r->host->variable_count++;
    }
    return true;
}

static bool refuse_key(struct reading *r, const char *key)
{
    char shown[64];
    struct text t = text_over(shown, sizeof shown);
    text_add_escaped(&t, span_slice(span_text(key), 0, 15));
    text_addf(&r->sentence, "There is no setting \"%s\". There are: name", shown);
    for (size_t i = 0; i < sizeof typed_keys / sizeof typed_keys[0]; i++)
        text_addf(&r->sentence, ", %s", typed_keys[i].key);
    for (size_t i = 0; i < sizeof text_keys / sizeof text_keys[0]; i++)
        text_addf(&r->sentence, ", %s", text_keys[i].key);
    text_add(&r->sentence, ", note, variables.");
    return false;
}

static bool read_typed(struct reading *r, const struct typed_key *row, const json_t *value)
{
    const char *text;
    if (!keep_text(r, row->key, value, TEXT_MAX, &text))
        return false;
    return text[0] == 0 || row->read(r, span_text(text)) || refuse(r, row->key, row->form);
}

/* One key of the object: by its row. */
static bool read_key(struct reading *r, const char *key, json_t *value)
{
    if (r->is_group && (strcmp(key, "address") == 0 || strcmp(key, "next_boot") == 0 ||
                        strcmp(key, "group") == 0 || strcmp(key, "note") == 0))
        return refuse(r, key, "is nothing a group can have");
    if (r->is_group && strcmp(key, "parent") == 0)
        return keep_text(r, key, value, HOST_NAME_MAX - 1, &r->host->group);
    for (size_t i = 0; i < sizeof typed_keys / sizeof typed_keys[0]; i++)
        if (strcmp(key, typed_keys[i].key) == 0)
            return read_typed(r, &typed_keys[i], value);
    for (size_t i = 0; i < sizeof text_keys / sizeof text_keys[0]; i++) {
        if (strcmp(key, text_keys[i].key) != 0)
            continue;
        const char *text;
        if (!keep_text(r, key, value, text_keys[i].max, &text))
            return false;
        memcpy((char *)r->host + text_keys[i].at, &text, sizeof text);
        return true;
    }
    if (strcmp(key, "variables") == 0)
        return read_variables(r, value);
    if (strcmp(key, "note") == 0)
        return keep_text_without(r, key, value, MACHINE_NOTE_MAX, is_control_in_lines,
                                 &r->host->note);
    if (strcmp(key, "name") == 0 || strcmp(key, "read_only") == 0)
        return true;
    return refuse_key(r, key);
}

static bool read_name(struct reading *r, const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, "name");
    if (value && !keep_text(r, "name", value, HOST_NAME_MAX - 1, &r->host->name))
        return false;
    if (value && name && strcmp(r->host->name, name) != 0)
        return refuse(r, "name", "is another one than that of the path");
    if (!value) {
        struct span kept =
            name ? arena_copy(r->arena, span_of(name, strlen(name) + 1)) : (struct span){ 0 };
        r->host->name = (const char *)kept.data;
    }
    if (!r->host->name || !host_name_is_sound(span_text(r->host->name)))
        return refuse(r, "name",
                      "must be letters, digits, dots, dashes and underscores, at most 63");
    return true;
}

static bool has_match(const struct host_match *m)
{
    return m->has_mac || m->has_uuid || m->has_arch || m->has_subnet ||
           (m->serial && m->serial[0]) || (m->asset && m->asset[0]) || (m->vendor && m->vendor[0]);
}

static bool read_object(struct reading *r, json_t *object, const char *name)
{
    const char *key;
    json_t *value;

    if (!json_is_object(object)) {
        text_add(&r->sentence,
                 "A host is a JSON object, such as {\"mac\": \"52:54:00:12:34:56\"}.");
        return false;
    }
    if (!read_name(r, object, name))
        return false;
    json_object_foreach(object, key, value)
    {
        if (!read_key(r, key, value))
            return false;
    }
    if (!r->is_group && !has_match(&r->host->match)) {
        text_add(&r->sentence, "A host needs something to be known by: mac, uuid, serial, asset, "
                               "arch, subnet or vendor.");
        return false;
    }
    if (r->host->note && r->host->note[0] && !r->host->match.has_mac)
        return refuse(r, "note", "needs \"mac\": it is kept by the machine's hardware address");
    return true;
}

static bool finish(struct reading *r, json_t *object, const char *name, struct host *ret_host)
{
    struct host host = { 0 };
    r->host = &host;
    if (!read_object(r, object, name))
        return false;
    *ret_host = host;
    return true;
}

static json_t *load(struct reading *r, struct span json)
{
    json_error_t error;
    const char *data = json.len > 0 ? (const char *)json.data : "";
    json_t *root = json_loadb(data, json.len, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        text_addf(&r->sentence, "This is not JSON: line %d, column %d: %s.", error.line,
                  error.column, error.text);
    return root;
}

bool host_from_json(struct span json, const char *name, struct arena *arena, struct host *ret_host,
                    char sentence[API_SENTENCE_MAX])
{
    struct reading r = { .arena = arena, .sentence = text_over(sentence, API_SENTENCE_MAX) };
    json_auto_t *root = load(&r, json);
    return root && finish(&r, root, name, ret_host);
}

bool note_from_json(struct span json, struct arena *arena, const char **ret_text,
                    char sentence[API_SENTENCE_MAX])
{
    struct reading r = { .arena = arena, .sentence = text_over(sentence, API_SENTENCE_MAX) };
    json_auto_t *root = load(&r, json);

    if (!root || !keep_text_without(&r, "text", json_object_get(root, "text"), MACHINE_NOTE_MAX,
                                    is_control_in_lines, ret_text))
        return false;
    return (*ret_text)[0] || refuse(&r, "text", "is empty: DELETE takes a note away");
}

bool reservation_from_json(struct span json, struct arena *arena, struct mac *ret_mac,
                           const char **ret_host, char sentence[API_SENTENCE_MAX])
{
    struct reading r = { .arena = arena, .sentence = text_over(sentence, API_SENTENCE_MAX) };
    json_auto_t *root = load(&r, json);
    const json_t *host = json_object_get(root, "host");
    const char *mac;

    *ret_host = "";
    if (!root || !keep_text(&r, "mac", json_object_get(root, "mac"), TEXT_MAX, &mac) ||
        (host && !keep_text(&r, "host", host, HOST_NAME_MAX - 1, ret_host)))
        return false;
    if (!mac_parse(span_text(mac), ret_mac) || mac_is_zero(*ret_mac))
        return refuse(&r, "mac", "must be a MAC address, such as 52:54:00:12:34:56");
    return (*ret_host)[0] == 0 || host_name_is_sound(span_text(*ret_host)) ||
           refuse(&r, "host", "must be letters, digits, dots, dashes and underscores, at most 63");
}

bool group_from_json(struct span json, const char *name, struct arena *arena,
                     struct host_group *ret_group, char sentence[API_SENTENCE_MAX])
{
    struct reading r = { .arena = arena,
                         .is_group = true,
                         .sentence = text_over(sentence, API_SENTENCE_MAX) };
    struct host read;
    json_auto_t *root = load(&r, json);

    if (!root || !finish(&r, root, name, &read))
        return false;
    *ret_group = (struct host_group){ .name = read.name,
                                      .parent = read.group,
                                      .match = read.match,
                                      .boot = read.boot,
                                      .loader = read.loader,
                                      .chains = read.chains,
                                      .https = read.https,
                                      .arguments = read.arguments,
                                      .answers = read.answers,
                                      .variable_count = read.variable_count };
    memcpy(ret_group->variables, read.variables, sizeof read.variables);
    return true;
}

/* RFC 7396 section 2; depth is bounded by the form of a host: objects in one object. */
static bool merge_patch(json_t *target, json_t *patch, int depth)
{
    const char *key;
    json_t *value;

    json_object_foreach(patch, key, value)
    {
        if (json_is_null(value)) {
            (void)json_object_del(target, key);
        } else if (json_is_object(value) && depth > 0) {
            json_t *inner = json_object_get(target, key);
            if (!json_is_object(inner)) {
                inner = json_object();
                if (!inner || json_object_set_new(target, key, inner) != 0)
                    return false;
            }
            if (!merge_patch(inner, value, depth - 1))
                return false;
        } else if (json_object_set(target, key, value) != 0) {
            return false;
        }
    }
    return true;
}

bool json_merge(struct span old, struct span patch, struct arena *arena, struct span *ret)
{
    json_error_t error;
    json_auto_t *target = json_loadb((const char *)old.data, old.len, 0, &error);
    json_auto_t *changes =
        target ? json_loadb((const char *)patch.data, patch.len, JSON_REJECT_DUPLICATES, &error)
               : NULL;
    if (!json_is_object(changes) || !merge_patch(target, changes, 1))
        return false;
    size_t size = json_dumpb(target, NULL, 0, JSON_COMPACT);
    char *data = arena_alloc(arena, size + 1);
    if (!data || json_dumpb(target, data, size, JSON_COMPACT) != size)
        return false;
    *ret = span_of(data, size);
    return true;
}

bool host_from_patch(struct span old, struct span patch, const char *name, struct arena *arena,
                     struct host *ret_host, char sentence[API_SENTENCE_MAX])
{
    struct reading r = { .arena = arena, .sentence = text_over(sentence, API_SENTENCE_MAX) };
    json_auto_t *target = load(&r, old);
    json_auto_t *changes = target ? load(&r, patch) : NULL;
    if (!changes)
        return false;
    if (!json_is_object(changes)) {
        text_add(&r.sentence, "A change is a JSON object, such as {\"boot\": \"local\"}.");
        return false;
    }
    if (!merge_patch(target, changes, 1)) {
        text_add(&r.sentence, "Out of memory.");
        return false;
    }
    return finish(&r, target, name, ret_host);
}

bool json_single_text(struct span json, const char *key, char *out, size_t cap)
{
    json_error_t error;
    const char *data = json.len > 0 ? (const char *)json.data : "";
    json_auto_t *root = json_loadb(data, json.len, JSON_REJECT_DUPLICATES, &error);
    const json_t *value = json_object_get(root, key);

    if (!json_is_string(value) || json_object_size(root) != 1 || json_string_length(value) >= cap)
        return false;
    span_to_text(span_of(json_string_value(value), json_string_length(value)), out, cap);
    return true;
}

bool hosts_from_json(struct span json,
                     bool (*row)(void *context, const char *name, struct span json, char *sentence),
                     void *context, char sentence[API_SENTENCE_MAX])
{
    struct reading r = { .sentence = text_over(sentence, API_SENTENCE_MAX) };
    json_auto_t *root = load(&r, json);
    const json_t *list = json_object_get(root, "hosts");
    if (!root)
        return false;
    if (!json_is_array(list) || json_object_size(root) != 1) {
        text_add(&r.sentence, "Many hosts are written {\"hosts\": [{\"name\": ...}, ...]}.");
        return false;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *host = json_array_get(list, i);
        const char *name = json_string_value(json_object_get(host, "name"));
        if (!name || !host_name_is_sound(span_text(name))) {
            text_addf(&r.sentence, "Entry %zu of the list has no name, or none that can be.",
                      i + 1);
            return false;
        }
        char *text = json_dumps(host, JSON_COMPACT);
        bool taken = text && row(context, name, span_text(text), sentence);
        free(text);
        if (!taken)
            return false;
    }
    return true;
}
