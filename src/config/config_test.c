/* Whole texts: which faults, where, with which words; and that what is printed is read back. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/config.h"

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */
#include "config/schema.h"
#include "config/value.h"

#define SUBNET                                                                                     \
    "dhcp:\n  mode: server\n  subnets:\n    - network: 192.168.50.0/24\n"                          \
    "      pool: [192.168.50.100-192.168.50.199]\n"

/* Up to four faults, each as "line:column beginning of a part of the sentence". */
static const struct {
    const char *name, *in;
    struct {
        uint32_t line, column;
        const char *says;
    } faults[4];
} cases[] = {
    { "empty text", "", { { 0 } } },
    { "empty sections", "dhcp:\nhosts:\ntftp: {}\n", { { 0 } } },
    { "whole subnet", SUBNET, { { 0 } } },
    { "not a map", "[a]", { { 1, 1, "the configuration is a list" } } },
    { "mistyped", "menu:\n  timout: 30s\n", { { 2, 3, "did you mean \"timeout\"?" } } },
    { "mistyped section", "mneu: {}\n", { { 1, 1, "did you mean \"menu\"?" } } },
    { "elsewhere", "subnets: []\n", { { 1, 1, "did you mean \"dhcp.subnets\"?" } } },
    { "dotted", "tftp.port: 69\n", { { 1, 1, "there is no key \"tftp.port\"" } } },
    { "several at once",
      "tftp: {port: 0}\nhttp: {port: 70000, enabled: maybe}\nnonsense: 1\n",
      { { 1, 14, "a number from 1 to 65535" },
        { 2, 14, "\"70000\" is not right" },
        { 2, 30, "true or false" },
        { 4, 1, NULL } } },
    { "no unit", "menu: {timeout: 30}\n", { { 1, 17, "write 30s for seconds" } } },
    { "unit order", "menu: {timeout: 3s2m}\n", { { 1, 17, "a time with its unit" } } },
    { "too long a time", "menu: {timeout: 2d}\n", { { 1, 17, "to 86400s" } } },
    { "no value", "tftp:\n  port:\n", { { 2, 8, "tftp.port has no value" } } },
    { "list for a value", "state: [a]\n", { { 1, 8, "is a list here" } } },
    { "value for a section", "dhcp: proxy\n", { { 1, 7, "a map of keys" } } },
    { "relative path", "images: srv/boot\n", { { 1, 9, "an absolute path" } } },
    { "server without subnets", "dhcp: {mode: server}\n", { { 1, 14, "add dhcp.subnets" } } },
    { "server on one interface",
      "interfaces: [{name: eth0, mode: server}]\n",
      { { 1, 13, "needs to know which" } } },
    { "no chain's name",
      "chains: [grub, /x, [y]]\n",
      { { 1, 16, "a chain's name, as grub" }, { 1, 20, "an entry of chains is a list" } } },
    { "chains as a map", "chains: {grub: yes}\n", { { 1, 9, "a list of chains' names" } } },
    { "too many chains",
      "chains: [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q]\n",
      { { 1, 9, "at most 16 are taken" } } },
    { "too long a chain", "chains: sixteen-letters-x\n", { { 1, 9, "a chain's name" } } },
    { "interface twice", "interfaces: [eth0, eth0]\n", { { 1, 20, "stands twice" } } },
    { "interface name", "interfaces: [a/b]\n", { { 1, 14, "an interface's name" } } },
    { "host bits",
      "dhcp:\n  subnets:\n    - network: 10.0.0.1/24\n",
      { { 3, 16, "did you mean 10.0.0.0/24?" } } },
    { "no network", "dhcp:\n  subnets:\n    - router: 10.0.0.1\n", { { 3, 7, "no network" } } },
    { "pool outside",
      "dhcp:\n  subnets:\n    - network: 10.0.0.0/24\n      pool: [10.0.1.1-10.0.1.9]\n",
      { { 4, 14, "is not inside 10.0.0.0/24" } } },
    { "pool with broadcast",
      "dhcp:\n  subnets:\n    - network: 10.0.0.0/24\n      pool: 10.0.0.9-10.0.0.255\n",
      { { 4, 13, "first or last address" } } },
    { "pool backwards",
      "dhcp:\n  subnets:\n    - network: 10.0.0.0/24\n      pool: [10.0.0.9-10.0.0.1]\n",
      { { 4, 14, "the lower address first" } } },
    { "pools overlap",
      "dhcp:\n  subnets:\n    - network: 10.0.0.0/24\n"
      "      pool: [10.0.0.10-10.0.0.20, 10.0.0.20-10.0.0.30]\n",
      { { 4, 35, "overlaps another" } } },
    { "as many addresses as there may be",
      "dhcp:\n  subnets:\n    - network: 10.0.0.0/8\n      pool: [10.0.0.1-10.16.0.0]\n",
      { { 0 } } },
    { "one address too many",
      "dhcp:\n  subnets:\n    - network: 10.0.0.0/8\n      pool: [10.0.0.1-10.15.255.255]\n"
      "    - network: 11.0.0.0/8\n      pool: [11.0.0.1-11.0.0.2]\n",
      { { 6, 13, "1048577 addresses" } } },
    { "the whole of a large network",
      "dhcp:\n  subnets:\n    - network: 0.0.0.0/1\n      pool: [0.0.0.1-127.255.255.254]\n",
      { { 4, 13, "2147483646 addresses" } } },
    { "router in the pool",
      "dhcp:\n  subnets:\n    - network: 10.0.0.0/24\n      router: 10.0.0.15\n"
      "      pool: [10.0.0.10-10.0.0.20]\n",
      { { 5, 14, "router's own address" } } },
    { "router outside",
      "dhcp:\n  subnets:\n    - network: 10.0.0.0/24\n      router: 10.0.1.1\n",
      { { 4, 15, "is not inside" } } },
    { "subnets overlap",
      "dhcp:\n  subnets:\n    - network: 10.0.0.0/8\n    - network: 10.1.0.0/16\n",
      { { 4, 16, "overlaps 10.0.0.0/8" } } },
    { "subnet of an unknown interface",
      "interfaces: [eth0]\ndhcp:\n  subnets:\n    - network: 10.0.0.0/8\n      interface: eth1\n",
      { { 5, 18, "never be served" } } },
    { "an upstream that is no address",
      "mirror:\n  upstreams:\n    debian: /srv/debian\n",
      { { 3, 13, "as http://deb.debian.org/debian" } } },
    { "an upstream with a query",
      "mirror:\n  upstreams: {debian: \"http://a.example/x?y\"}\n",
      { { 2, 23, "takes an address" } } },
    { "an upstream's name",
      "mirror:\n  upstreams: {Debian/x: \"http://a.example\"}\n",
      { { 2, 15, "cannot name an upstream" } } },
    { "upstreams as a list", "mirror: {upstreams: [a]}\n", { { 1, 21, "names and addresses" } } },
    { "the mirror on another's port",
      "mirror: {port: 80, upstreams: {a: \"http://a.example\"}}\n",
      { { 1, 16, "mirror.port and http.port" } } },
    { "the same without a mirror", "mirror: {port: 80}\n", { { 0 } } },
    { "tftp on a DHCP port", "tftp: {port: 67}\n", { { 1, 14, "belongs to DHCP" } } },
    { "the same without DHCP", "dhcp: {mode: off}\ntftp: {port: 67}\n", { { 0 } } },
    { "host outside",
      SUBNET "hosts:\n  - {name: a, mac: 52:54:00:00:00:01, address: 10.0.0.1}\n",
      { { 7, 48, "none of the networks" } } },
    { "host without a mark", "hosts:\n  - name: a\n", { { 2, 5, "which machine" } } },
    { "host without a name", "hosts:\n  - mac: 52:54:00:00:00:01\n", { { 2, 5, "no name" } } },
    { "host name twice",
      "hosts:\n  - {name: a, mac: 52:54:00:00:00:01}\n  - {name: a, mac: 52:54:00:00:00:02}\n",
      { { 3, 12, "another host, in line 2" } } },
    { "mac twice, written otherwise",
      "hosts:\n  - {name: a, mac: 52:54:00:00:00:01}\n  - {name: b, mac: 52-54-00-00-00-01}\n",
      { { 3, 20, "another host, in line 2" } } },
    { "group mac",
      "hosts: [{name: a, mac: 01:00:5e:00:00:01}]\n",
      { { 1, 24, "a group address" } } },
    { "implausible boot",
      "hosts:\n  - {name: a, mac: 52:54:00:00:00:01, boot: Debian 12}\n",
      { { 2, 45, "an image's name" } } },
    { "unknown group",
      "hosts:\n  - {name: a, mac: 52:54:00:00:00:01, group: lab}\n",
      { { 2, 46, "there is no group \"lab\"" } } },
    { "groups in a ring",
      "groups:\n  - {name: a, parent: b}\n  - {name: b, parent: a}\n",
      { { 2, 23, "lead back" }, { 3, 23, "lead back" } } },
    { "variable names",
      "groups:\n  - name: a\n    variables: {1a: x, ok: [y], fine: z}\n",
      { { 3, 17, "cannot name a variable" }, { 3, 28, "takes a text" } } },
    { "script in a title", "menu: {title: \"a\\nb\"}\n", { { 1, 15, "a text on one line" } } },
    { "alias beside a mistyped key",
      "state: *x\nimagse: /x\n",
      { { 1, 8, "aliases" }, { 2, 1, "did you mean \"images\"?" } } },
    { "one port for two",
      "http: {port: 4433}\n",
      { { 1, 14, "altiris.port and http.port are both 4433" } } },
    { "one port for two, by the other",
      "http: {port: 8080}\naltiris: {port: 8080}\n",
      { { 2, 17, "are both 8080" } } },
    { "half a pair", "https: {certificate: /c}\n", { { 1, 22, "add https.key" } } },
    { "half a pair, the other half", "https: {key: /c}\n", { { 1, 14, "add https.certificate" } } },
    { "a secret in a list",
      "hosts: [{name: a, mac: 52:54:00:12:34:56, secrets: [x]}]\n",
      { { 1, 52, "takes a map" } } },
    { "a secret that is a map",
      "groups: [{name: a, secrets: {b: {c: hunter2}}}]\n",
      { { 1, 33, "the secret b takes a text" } } },
    { "areas without a CA",
      "https: {client-ca-for: [images]}\n",
      { { 1, 24, "needs https.client-ca" } } },
    { "an area there is not",
      "https: {client-ca: /c, client-ca-for: [images, scribts]}\n",
      { { 1, 48, "images, files, scripts or answers" } } },
    { "a CA and no HTTPS",
      "https: {client-ca: /c, enabled: no}\n",
      { { 1, 8, "keeps everybody out" } } },
    { "HTTPS on the port of HTTP", "https: {port: 80}\n", { { 1, 15, "are both 80" } } },
    { "names", "https: {names: [a.b, 'a b', 10.0.0.1]}\n", { { 1, 22, "a host name" } } },
    { "neither yes nor no",
      "groups: [{name: a, https: maybe}]\n",
      { { 1, 27, "true, false or always" } } },
    { "a listener without a port",
      "admin: {listen: 192.0.2.1}\n",
      { { 1, 17, "an IPv4 address and a port" } } },
    { "a port beyond ports",
      "admin: {listen: \"0.0.0.0:65536\"}\n",
      { { 1, 17, "an IPv4 address and a port" } } },
    { "the dashboard on the port of HTTP",
      "admin: {listen: \"0.0.0.0:80\"}\n",
      { { 1, 17, "both have port 80" } } },
    { "TLS that is neither", "admin: {tls: on}\n", { { 1, 14, "auto, required or off" } } },
    { "names that browsers may use, and sessions",
      "admin: {names: [boot.example, proxy], tls: required, session-idle: 1h, session-max: 1d}\n",
      { { 0 } } },
    { "sessions that end before they are idle",
      "admin: {session-max: 1h}\n",
      { { 1, 8, "session-max is shorter" } } },
    { "no such key", "administration: {listen: x}\n", { { 1, 1, "there is no key" } } },
};

static void test_faults(void **state)
{
    static struct config_faults faults;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct config *config = NULL;
        unsigned want = 0;
        int r = config_parse(span_text(cases[i].in), &config, &faults);
        while (want < 4 && cases[i].faults[want].line > 0)
            want++;
        bool sound = want == 0 ? r == 0 && faults.count == 0 : r == -EINVAL && config == NULL;
        sound = sound && (faults.count == want || (want == 4 && !cases[i].faults[3].says));
        for (unsigned f = 0; sound && f < want; f++) {
            const struct config_fault *got = &faults.rows[f];
            if (!cases[i].faults[f].says)
                continue;
            sound = got->line == cases[i].faults[f].line &&
                    got->column == cases[i].faults[f].column &&
                    strstr(got->text, cases[i].faults[f].says);
        }
        if (!sound) {
            for (unsigned f = 0; f < faults.count; f++)
                fprintf(stderr, "%u:%u %s\n", faults.rows[f].line, faults.rows[f].column,
                        faults.rows[f].text);
            fail_msg("%s: result %d, %u faults", cases[i].name, r, faults.count);
        }
        config_free(config);
    }
}

static const char whole[] =
    "interfaces: [eth0, {name: eth1, mode: off}]\nstate: /s\nimages: /i\nloaders: [/l, \"/m n\"]\n"
    "chains: [grub, snponly-shim]\nfiles: /f\nuser: \"\"\ncontrol: /run/c\n" SUBNET
    "    - {network: 10.0.0.0/8, router: 10.0.0.1, dns: [10.0.0.2, 10.0.0.3], lease: 1h30m,\n"
    "       domain: lab.example, interface: eth0}\n"
    "  probe: no\n  leases-max: 100\n"
    "tftp: {port: 6969, single-port: true, block-size-max: 1024, window-max: 8}\n"
    "http: {enabled: false, port: 8080, connections-max: 16}\n"
    "altiris: {enabled: false, port: 8080}\n"
    "https: {port: 8443, offer: yes, certificate: /c, key: /k, names: [a.b, \"fd00::1\"],\n"
    "  client-ca: /x, client-ca-for: scripts, old-clients: on}\n"
    "menu: {title: \"a \\\"b\\\" \\\\ \xc3\xa4\", timeout: 0s, default: debian-12}\n"
    "secure: {db: /d, dbx: /x/y}\n"
    "recorder: {events-kept: 5000}\n"
    "groups:\n  - {name: lab, arch: efi-x64, chains: disk, variables: {site: north, x: \"1\"}}\n"
    "  - {name: sub, parent: lab, loader: snponly, vendor: Dell, https: on}\n"
    "hosts:\n  - {name: node1, mac: 5254.0012.3456, address: 192.168.50.21, boot: debian-12}\n"
    "  - {name: node2, uuid: 4c4c4544-0032-4810-8053-b9c04f4d4b32, serial: \"007\", group: sub,\n"
    "     arguments: \"console=ttyS0 host=${name}\"}\n";

static void test_values(void **state)
{
    static struct config_faults faults;
    struct config *c = NULL;
    (void)state;
    int r = config_parse(span_text(whole), &c, &faults);
    if (r != 0)
        fail_msg("%u:%u %s", faults.rows[0].line, faults.rows[0].column, faults.rows[0].text);
    assert_int_equal(c->interface_count, 2);
    assert_false(c->interfaces[0].has_mode);
    assert_int_equal(c->interfaces[1].mode, CONFIG_DHCP_OFF);
    assert_string_equal(c->loaders[1], "/m n");
    assert_string_equal(c->chains, "grub snponly-shim");
    assert_string_equal(c->groups[0].chains, "disk");
    assert_null(c->groups[1].chains);
    assert_string_equal(c->user, "");
    assert_int_equal(c->dhcp.subnet_count, 2);
    assert_int_equal(c->dhcp.subnets[0].lease.ns, duration_seconds(43200).ns);
    assert_int_equal(c->dhcp.subnets[1].lease.ns, duration_seconds(5400).ns);
    assert_int_equal(c->dhcp.subnets[1].dns_count, 2);
    assert_false(c->dhcp.probe);
    assert_string_equal(c->menu.title, "a \"b\" \\ \xc3\xa4");
    assert_string_equal(c->secure.db, "/d");
    assert_string_equal(c->secure.dbx, "/x/y");
    assert_int_equal(c->host_count, 2);
    assert_true(c->hosts[0].from_file && c->hosts[0].match.has_mac);
    assert_string_equal(c->hosts[1].match.serial, "007");
    assert_int_equal(c->groups[0].variable_count, 2);
    assert_int_equal(c->https.client_areas, CONFIG_AREA_SCRIPTS);
    assert_int_equal(c->https.name_count, 2);
    assert_string_equal(c->https.names[1], "fd00::1");
    assert_true(c->https.is_said && c->https.offer && c->https.old_clients);
    assert_null(c->groups[0].https);
    assert_string_equal(c->groups[1].https, "true");
    assert_int_equal(c->groups[0].match.arch, ARCH_EFI_X64);
    config_free(c);
}

/* Stands in for the C library's, and counts what it wipes that has the secret in it. */
static unsigned wiped;

static void wipe(void *at, size_t len)
{
    wiped += len > 0 && memmem(at, len, "of: the host", 12) != NULL;
    memset(at, 0, len);
}

void explicit_bzero(void *at, size_t len)
{
    void *volatile hidden = at; /* it is declared never to be read here */
    wipe(hidden, len);
}

void __explicit_bzero_chk(void *at, size_t len, size_t room);

void __explicit_bzero_chk(void *at, size_t len, size_t room)
{
    (void)room;
    explicit_bzero(at, len);
}

/* Secrets are read, printed by their names alone, and wiped in the end: in the tree and in the
 * configuration. */
static void test_secrets(void **state)
{
    static struct config_faults faults;
    static char printed[32768];
    const char *text = "groups: [{name: lab, answers: web, secrets: {token: of-the-group}}]\n"
                       "hosts: [{name: a, mac: 52:54:00:12:34:56, answers: default,\n"
                       "  secrets: {root_password: \"of: the host\", x: two}}]\n"
                       "answers: {window: 10m, grace: 0s}\n";
    struct config *c = NULL;
    struct text t = text_over(printed, sizeof printed);
    (void)state;

    assert_int_equal(config_parse(span_text(text), &c, &faults), 0);
    assert_int_equal(c->hosts[0].secret_count, 2);
    assert_string_equal(c->hosts[0].secrets[0].name, "root_password");
    assert_string_equal(c->hosts[0].secrets[0].value.revealed, "of: the host");
    assert_string_equal(c->groups[0].secrets[0].value.revealed, "of-the-group");
    assert_string_equal(c->groups[0].answers, "web");
    assert_int_equal(c->answers.window.ns, duration_seconds(600).ns);
    assert_int_equal(c->answers.grace.ns, 0);
    config_print(c, &t);
    assert_non_null(strstr(printed, "secrets: {} # not shown: root_password, x\n"));
    assert_null(strstr(printed, "of: the host"));
    assert_null(strstr(printed, "of-the-group"));
    config_free(c);
    assert_int_equal(wiped, 2);
}

/* What is printed is taken back, and prints the same. */
static void test_print(void **state)
{
    static struct config_faults faults;
    static char first[32768], second[32768];
    const char *texts[] = { "", whole,
                            "mirror: {upstreams: {a: \"http://a.example/x/\", b: "
                            "\"https://b.example\"}, size-max: 64}\n" };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct config *a = NULL, *b = NULL;
        struct text t = text_over(first, sizeof first), u = text_over(second, sizeof second);
        assert_int_equal(config_parse(span_text(texts[i]), &a, &faults), 0);
        config_print(a, &t);
        assert_false(t.failed);
        if (config_parse(text_span(&t), &b, &faults) != 0)
            fail_msg("%u:%u %s in\n%s", faults.rows[0].line, faults.rows[0].column,
                     faults.rows[0].text, first);
        config_print(b, &u);
        assert_string_equal(first, second);
        config_free(a);
        config_free(b);
    }
}

static void test_defaults(void **state)
{
    struct config *c = NULL;
    (void)state;
    assert_int_equal(config_defaults(&c), 0);
    assert_string_equal(c->state, "/var/lib/tugboot");
    assert_int_equal(c->dhcp.mode, CONFIG_DHCP_PROXY);
    assert_true(c->dhcp.probe && c->tftp.enabled && c->http.enabled);
    assert_int_equal(c->tftp.port, 69);
    assert_int_equal(c->http.port, 80);
    assert_true(c->https.enabled && !c->https.is_said && !c->https.offer);
    assert_int_equal(c->https.port, 443);
    assert_true(c->altiris.enabled);
    assert_int_equal(c->altiris.port, 4433);
    assert_int_equal(c->loader_count, 1);
    assert_int_equal(c->menu.timeout.ns, duration_seconds(30).ns);
    assert_string_equal(c->menu.default_choice, "local");
    config_free(c);
}

static void test_many_faults(void **state)
{
    static struct config_faults faults;
    static char buffer[8192];
    struct text t = text_over(buffer, sizeof buffer);
    struct config *c = NULL;
    (void)state;
    for (unsigned i = 0; i < CONFIG_FAULTS_MAX + 1; i++)
        text_addf(&t, "zzzz%u: 1\n", i);
    assert_int_equal(config_parse(text_span(&t), &c, &faults), -EINVAL);
    assert_int_equal(faults.count, CONFIG_FAULTS_MAX);
    assert_true(faults.more);
}

/* The control socket of a file that is refused. */
static void test_control_of_a_faulty_file(void **state)
{
    static const struct {
        const char *text, *want;
    } files[] = {
        { "control: /run/other.sock\nmenue: {}\n", "/run/other.sock" },
        { "menue: {}\ncontrol: \"/run/other.sock\"\n", "/run/other.sock" },
        { "menue: {}\n", "/run/tugboot/control.sock" },
        { "control: here\n", "/run/tugboot/control.sock" },
        { "control: [/a]\n", "/run/tugboot/control.sock" },
        { "- control: /a\n", "/run/tugboot/control.sock" },
        { "control: /a\nb: [\n", "/run/tugboot/control.sock" },
        { "", "/run/tugboot/control.sock" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[108];
        config_find_control(span_text(files[i].text), path, sizeof path);
        assert_string_equal(path, files[i].want);
    }
}

static void test_manual_has_every_key(void **state)
{
    static char buffer[65536];
    struct text t = text_over(buffer, sizeof buffer);
    (void)state;
    schema_write_manual(&t);
    assert_false(t.failed);
    for (size_t i = 0; i < schema_count(); i++) {
        assert_true(strlen(schema_at(i)->doc) > 10);
        assert_non_null(strstr(buffer, schema_at(i)->path));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_print),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_many_faults),
        cmocka_unit_test(test_manual_has_every_key),
        cmocka_unit_test(test_control_of_a_faulty_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
