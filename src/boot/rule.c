/* Matching of machines, and inheritance. The order of specificity is that of model/host.h: MAC,
 * UUID, serial, asset tag, architecture, subnet, vendor; each is one bit, so a match by two facts
 * beats one by the better of them alone. A group with a match of its own takes in machines that are
 * no host, or whose host names no group. Parents are followed a bounded number of steps, so a
 * circle in the groups ends by itself. */
#include "boot/rule.h"

#include "boot/choose.h"

/* Each is more than all below it together: choose_host() stops early by that. */
enum weight {
    WEIGHT_MAC = 64,
    WEIGHT_UUID = 32,
    WEIGHT_SERIAL = 16,
    WEIGHT_ASSET = 8,
    WEIGHT_ARCH = 4,
    WEIGHT_SUBNET = 2,
    WEIGHT_VENDOR = 1,
};

static bool is_said(const char *text)
{
    return text && text[0];
}

static bool label_starts_with(const struct label *label, const char *prefix)
{
    struct span start = span_slice(label_span(label), 0, strlen(prefix));
    return span_is_nocase(start, prefix);
}

static bool vendor_fits(const char *vendor, const struct client *client)
{
    return label_starts_with(&client->manufacturer, vendor) ||
           label_starts_with(&client->vendor_class, vendor);
}

/* How well a match fits: 0 = it does not (or says nothing); a higher number is more specific. */
static uint32_t match_weight(const struct host_match *match, const struct client *client)
{
    /* Before it has an address, the relay tells where a machine is. */
    struct ipv4 place = ipv4_is_none(client->address) ? client->relay : client->address;
    const struct {
        bool said, fits;
        uint32_t weight;
    } facts[] = {
        { match->has_mac, mac_equals(match->mac, client->mac), WEIGHT_MAC },
        { match->has_uuid, client->has_uuid && uuid_equals(&match->uuid, &client->uuid),
          WEIGHT_UUID },
        { is_said(match->serial), span_is_nocase(label_span(&client->serial), match->serial),
          WEIGHT_SERIAL },
        { is_said(match->asset), span_is_nocase(label_span(&client->asset), match->asset),
          WEIGHT_ASSET },
        { match->has_arch, match->arch == client->arch, WEIGHT_ARCH },
        { match->has_subnet, !ipv4_is_none(place) && ipv4_prefix_contains(match->subnet, place),
          WEIGHT_SUBNET },
        { is_said(match->vendor), is_said(match->vendor) && vendor_fits(match->vendor, client),
          WEIGHT_VENDOR },
    };
    uint32_t weight = 0;

    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        if (!facts[i].said)
            continue;
        if (!facts[i].fits)
            return 0;
        weight += facts[i].weight;
    }
    return weight;
}

const char *rule_match_text(const struct host_match *match)
{
    if (match->has_mac)
        return "its MAC address";
    if (match->has_uuid)
        return "its UUID";
    if (is_said(match->serial))
        return "its serial number";
    if (is_said(match->asset))
        return "its asset tag";
    if (match->has_arch)
        return "its architecture";
    return match->has_subnet ? "its subnet" : "its vendor";
}

/* The best so far. */
struct contest {
    const struct catalog *catalog;
    const struct client *client;
    const struct host *best;
    uint32_t weight;
};

static void enter(struct contest *contest, size_t place)
{
    const struct host *host = &contest->catalog->hosts[place];
    uint32_t weight = match_weight(&host->match, contest->client);
    if (weight > contest->weight) {
        contest->best = host;
        contest->weight = weight;
    }
}

/* The first of those by MAC that does not come before this one. */
static size_t lower_bound(const struct catalog *catalog, struct mac mac)
{
    const struct host_index *index = catalog->host_index;
    uint64_t wanted = mac_to_u64(mac);
    size_t first = 0, end = index->by_mac_count;

    while (first < end) {
        size_t middle = first + (end - first) / 2;
        if (mac_to_u64(catalog->hosts[index->by_mac[middle]].match.mac) < wanted)
            first = middle + 1;
        else
            end = middle;
    }
    return first;
}

/* A MAC outweighs all else together, so those of the machine's own decide first. */
static void enter_by_index(struct contest *contest)
{
    const struct catalog *catalog = contest->catalog;
    const struct host_index *index = catalog->host_index;

    for (size_t i = lower_bound(catalog, contest->client->mac); i < index->by_mac_count; i++) {
        if (!mac_equals(catalog->hosts[index->by_mac[i]].match.mac, contest->client->mac))
            break;
        enter(contest, index->by_mac[i]);
    }
    if (contest->best)
        return;
    for (size_t i = 0; i < index->other_count; i++)
        enter(contest, index->others[i]);
}

const struct host *choose_host(const struct catalog *catalog, const struct client *client)
{
    struct contest contest = { .catalog = catalog, .client = client };

    if (catalog->host_index)
        enter_by_index(&contest);
    for (size_t i = 0; !catalog->host_index && i < catalog->host_count; i++)
        enter(&contest, i);
    return contest.best;
}

static const struct host_group *find_matching_group(const struct catalog *catalog,
                                                    const struct client *client)
{
    const struct host_group *best = NULL;
    uint32_t best_weight = 0;

    for (size_t i = 0; i < catalog->group_count; i++) {
        uint32_t weight = match_weight(&catalog->groups[i].match, client);
        if (weight > best_weight) {
            best = &catalog->groups[i];
            best_weight = weight;
        }
    }
    return best;
}

static void add_variables(struct rule_settings *out, const struct host_variable *variables,
                          uint8_t count)
{
    for (uint8_t i = 0; i < count && i < HOST_VARIABLES_MAX; i++)
        if (out->variable_count < RULE_VARIABLES_MAX)
            out->variables[out->variable_count++] = variables[i];
}

static void take_word(struct rule_word *word, const char *value, const char *kind, const char *by)
{
    if (!word->value && is_said(value))
        *word = (struct rule_word){ .value = value, .kind = kind, .by = by };
}

/* One chain or an order of them: two ways to say the same thing, so the nearest one counts. */
static void take_start(struct rule_settings *out, const char *loader, const char *chains,
                       const char *kind, const char *by)
{
    if (out->loader.value || out->chains.value)
        return;
    take_word(&out->loader, loader, kind, by);
    take_word(&out->chains, chains, kind, by);
}

void rule_settings_of(const struct catalog *catalog, const struct client *client,
                      struct rule_settings *out)
{
    *out = (struct rule_settings){ .host = choose_host(catalog, client) };

    if (out->host) {
        const struct host *host = out->host;
        take_word(&out->boot, host->boot, "host", host->name);
        out->disk_max_mib = host->disk_max_mib;
        take_start(out, host->loader, host->chains, "host", host->name);
        take_word(&out->https, host->https, "host", host->name);
        take_word(&out->answers, host->answers, "host", host->name);
        add_variables(out, host->variables, host->variable_count);
    }
    const struct host_group *group = out->host && is_said(out->host->group)
                                         ? catalog_find_group(catalog, out->host->group)
                                         : find_matching_group(catalog, client);
    while (group && out->group_count < RULE_GROUPS_MAX) {
        out->groups[out->group_count++] = group;
        take_word(&out->boot, group->boot, "group", group->name);
        if (out->disk_max_mib == 0)
            out->disk_max_mib = group->disk_max_mib;
        take_start(out, group->loader, group->chains, "group", group->name);
        take_word(&out->https, group->https, "group", group->name);
        take_word(&out->answers, group->answers, "group", group->name);
        add_variables(out, group->variables, group->variable_count);
        group = catalog_find_group(catalog, group->parent);
    }
    take_start(out, NULL, catalog->chains, "the configuration", "");
    for (size_t i = out->group_count; i-- > 0;)
        if (is_said(out->groups[i]->arguments))
            out->arguments[out->argument_count++] = out->groups[i]->arguments;
    if (out->host && is_said(out->host->arguments))
        out->arguments[out->argument_count++] = out->host->arguments;
}

void rule_settings_of_anybody(const struct catalog *catalog, struct rule_settings *out)
{
    *out = (struct rule_settings){ .host = NULL };
    take_start(out, NULL, catalog->chains, "the configuration", "");
}

const char *rule_find_variable(const struct rule_settings *settings, struct span name)
{
    for (uint8_t i = 0; i < settings->variable_count; i++)
        if (settings->variables[i].name && span_is(name, settings->variables[i].name))
            return settings->variables[i].value ? settings->variables[i].value : "";
    return NULL;
}
