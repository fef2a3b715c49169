/* Writes the parts of the manual that are rows of tables, as scdoc source: the pages of the
 * commands (cli/commands.def), of the configuration (config/schema.def) and of the events
 * (base/events.def). Run by the build on the building machine; reads nothing but its arguments. */
#include <stdio.h>
#include <string.h>

#define OPTION(name_, value_, text_)                                                               \
    {                                                                                              \
        name_, value_, text_                                                                       \
    }
#define OPTION_CONFIG                                                                              \
    OPTION("--config", "FILE", "The configuration (default: /etc/tugboot/tugboot.yaml).")
#define OPTION_JSON OPTION("--json", NULL, "Print JSON.")
#define OPTION_NONE OPTION(NULL, NULL, NULL)
#include "cli/options_daemon.h"
#include "cli/options_host.h"
#include "cli/options_keys.h"

struct option {
    const char *name, *value, *text;
};

static const struct command {
    const char *name, *operands, *line, *text;
    const struct option *options;
} commands[] = {
#define COMMAND(function_, name_, operands_, least_, most_, line_, text_, ...)                     \
    { name_, operands_, line_, text_,                                                              \
      (const struct option[]){ __VA_ARGS__, { NULL, NULL, NULL } } },
#include "cli/commands.def"
#undef COMMAND
};
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static const struct key {
    const char *scope, *path, *fallback, *unit, *doc;
} keys[] = {
#define KEY(scope_, path_, type_, field_, min_, max_, fallback_, unit_, doc_)                      \
    { #scope_, path_, fallback_, unit_, doc_ },
#include "config/schema.def"
#undef KEY
};

static const struct event {
    const char *name, *level, *stage, *message, *help;
} events[] = {
#define EVENT(id_, level_, stage_, message_, help_) { #id_, #level_, #stage_, message_, help_ },
#include "base/events.def"
#undef EVENT
};

static const struct route {
    const char *method, *path, *role, *text;
} routes[] = {
#define ROUTE(method_, path_, handler_, role_, text_) { #method_, path_, #role_, text_ },
#include "api/routes.def"
#undef ROUTE
};

/* Text with scdoc's own signs taken literally. */
static void print_plain(const char *text)
{
    for (; *text; text++) {
        if (strchr("\\_*#|[]", *text))
            putchar('\\');
        putchar(*text);
    }
}

/* In lower case, after a dash for a blank: "image add" as a page's name. */
static void print_page_name(const char *name)
{
    for (; *name; name++)
        putchar(*name == ' ' ? '-' : *name);
}

static void print_sentence(const char *line)
{
    print_plain(line);
    putchar('\n');
}

static int write_command(const char *page)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct command *c = &commands[i];
        char name[64];
        snprintf(name, sizeof name, "%s", c->name);
        for (char *at = name; *at; at++)
            *at = *at == ' ' ? '-' : *at;
        if (strcmp(name, page) != 0)
            continue;
        printf("tugboot-%s(1)\n\n# NAME\n\ntugboot-%s - ", page, page);
        print_sentence(c->line);
        printf("\n# SYNOPSIS\n\n*tugboot %s*%s", c->name, c->options[0].name ? " [options]" : "");
        if (c->operands[0]) {
            putchar(' ');
            print_plain(c->operands);
        }
        puts("\n\n# DESCRIPTION\n");
        print_sentence(c->text);
        puts("\n# OPTIONS\n");
        for (const struct option *o = c->options; o->name; o++) {
            printf("*%s*", o->name);
            if (o->value)
                printf(" _%s_", o->value);
            printf("\n\t");
            print_sentence(o->text);
            putchar('\n');
        }
        puts("*--help*\n\tShow a summary.\n");
        puts("# EXIT STATUS\n\nSee *tugboot*(1).\n");
        puts("# SEE ALSO\n\n*tugboot*(1), *tugboot.yaml*(5), *tugboot-events*(7)");
        return 0;
    }
    fprintf(stderr, "make_man: there is no command %s\n", page);
    return 1;
}

static void write_overview(void)
{
    puts("tugboot(1)\n\n# NAME\n\ntugboot - boots machines from the network\n\n# SYNOPSIS\n\n"
         "*tugboot* _command_ [options]\n\n# DESCRIPTION\n\n"
         "tugboot answers machines that boot from the network: it tells their firmware what to "
         "load (DHCP or proxyDHCP), gives them the files (TFTP, HTTP) and shows a menu (iPXE). "
         "*tugboot serve* is the daemon; all other commands look at it, change what it offers, or "
         "work from the files on disk when it does not run.\n\n# COMMANDS\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        fputs("*tugboot-", stdout);
        print_page_name(commands[i].name);
        fputs("*(1)\n\t", stdout);
        print_sentence(commands[i].line);
        putchar('\n');
    }
    puts("# EXIT STATUS\n\n*0*\n\tDone.\n\n*1*\n\tIt was tried and did not work; standard error "
         "says why.\n\n*2*\n\tThe command line was not understood.\n\n*3*\n\tNo daemon answers on "
         "the control socket.\n\n*4*\n\tThere is no such host, image, machine or file.\n");
    puts(
        "# ENVIRONMENT\n\nWhat the options of the same meaning are for those commands that ask the "
        "daemon:\n\n*TUGBOOT_URL*\n\tWhere the daemon is (--url).\n\n*TUGBOOT_TOKEN_FILE*, "
        "*TUGBOOT_TOKEN*\n\tThe file with the token to send there, or the token "
        "(--token-file).\n\n*TUGBOOT_CA_FILE*\n\tThe CA to trust there (--ca-file).\n");
    puts("# FILES\n\n_/etc/tugboot/tugboot.yaml_\n\tThe configuration; need not exist.\n\n"
         "_/var/lib/tugboot_\n\tThe database, and below it images and loaders.\n\n"
         "_/run/tugboot/control.sock_\n\tWhere the daemon takes commands.\n");
    puts("# THE CONTROL SOCKET\n\nThe commands speak HTTP/1.1 with JSON over the control socket; "
         "errors are problem documents (RFC 9457). Paths, below /api/v1:\n");
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        printf("*%s* ", routes[i].method);
        print_plain(routes[i].path);
        printf("\n\t");
        print_sentence(routes[i].text);
        putchar('\n');
    }
    puts("# SEE ALSO\n\n*tugboot-serve*(1), *tugboot.yaml*(5), *tugboot-events*(7)");
}

static void write_keys(const char *scope, const char *heading, const char *text)
{
    printf("# %s\n\n%s\n\n", heading, text);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const struct key *k = &keys[i];
        if (strcmp(k->scope, scope) != 0)
            continue;
        putchar('*');
        print_plain(k->path);
        printf("*\n\t");
        print_plain(k->doc);
        if (k->unit[0]) {
            printf(" In ");
            print_plain(k->unit);
            putchar('.');
        }
        if (k->fallback) {
            printf(" Default: ");
            print_plain(k->fallback[0] ? k->fallback : "empty");
            putchar('.');
        }
        puts("\n");
    }
}

static void write_config(void)
{
    puts("tugboot.yaml(5)\n\n# NAME\n\ntugboot.yaml - the configuration of tugboot\n\n"
         "# DESCRIPTION\n\n"
         "A YAML file. Every key is optional and none is needed to start. The file is taken whole "
         "or refused whole; *tugboot check* names every fault with its line and column. A dot in "
         "a name below stands for a section: \"dhcp.mode\" is written as \"mode\" under "
         "\"dhcp\".\n");
    write_keys("TOP", "KEYS", "On top:");
    write_keys("INTERFACE", "INTERFACES",
               "For each entry of *interfaces* that is not just a name:");
    write_keys("SUBNET", "SUBNETS", "For each entry of *dhcp.subnets*:");
    write_keys("HOST", "HOSTS", "For each entry of *hosts*:");
    write_keys("GROUP", "GROUPS", "For each entry of *groups*:");
    puts("# EXAMPLE\n\n```\ndhcp:\n  mode: server\n  subnets:\n    - network: 192.168.50.0/24\n"
         "      pool: [192.168.50.100-192.168.50.199]\n      router: 192.168.50.1\n"
         "      dns: [192.168.50.1]\nhosts:\n  - name: node1\n    mac: 52:54:00:12:34:56\n"
         "    address: 192.168.50.21\n    boot: local\n```\n\n"
         "# SEE ALSO\n\n*tugboot*(1), *tugboot-check*(1)");
}

static void write_events(void)
{
    puts("tugboot-events(7)\n\n# NAME\n\ntugboot-events - what tugboot tells, and what to do "
         "about it\n\n# DESCRIPTION\n\nEvery step of a boot and everything an operator should know "
         "is an event. They are shown by *tugboot serve* and *tugboot events*. Words in braces "
         "are filled in; as JSON they are the event's fields.\n\n# EVENTS\n");
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        const struct event *e = &events[i];
        putchar('*');
        print_plain(e->name);
        printf("* (");
        for (const char *at = e->level; *at; at++)
            putchar(*at >= 'A' && *at <= 'Z' ? *at + ('a' - 'A') : *at);
        printf(")\n\t\"");
        print_plain(e->message);
        printf("\" ");
        print_sentence(e->help);
        putchar('\n');
    }
    puts("# SEE ALSO\n\n*tugboot*(1), *tugboot-events*(1)");
}

int main(int argc, char **argv)
{
    const char *page = argc == 2 ? argv[1] : "";
    if (strncmp(page, "tugboot-", 8) == 0 && strcmp(page, "tugboot-events.7") != 0)
        return write_command(page + 8);
    if (strcmp(page, "tugboot") == 0)
        write_overview();
    else if (strcmp(page, "tugboot.yaml") == 0)
        write_config();
    else if (strcmp(page, "tugboot-events.7") == 0)
        write_events();
    else
        return fprintf(stderr, "usage: make_man PAGE\n") > 0 ? 2 : 2;
    return fflush(stdout) == 0 ? 0 : 1;
}
