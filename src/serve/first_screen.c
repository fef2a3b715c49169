/* See first_screen.h. Plain lines with a word in front, wrapped by nobody: each fits a terminal of
 * 100 columns in the usual case. */
#include "serve/first_screen.h"

#include "boot/chain_plan.h"
#include "serve/admin_url.h"
#include "serve/mode_name.h"

static void head(struct text *out, const char *word)
{
    text_addf(out, "  %-9s ", word);
}

static const char *mode_words(enum dhcp_mode mode)
{
    switch (mode) {
    case DHCP_PROXY:
        return "proxy: your DHCP server gives the addresses, tugboot the boot files";
    case DHCP_SERVER:
        return "server: tugboot gives addresses and boot files";
    case DHCP_OFF:
        return "off: TFTP and HTTP only; your DHCP server must name this machine";
    }
    return "";
}

static void add_interfaces(const struct view *view, struct text *out)
{
    const char *word = "serving";
    for (uint8_t i = 0; i < view->ifaces.count; i++) {
        const struct iface *iface = &view->ifaces.rows[i];
        if (!view_serves(view, iface))
            continue;
        head(out, word);
        word = "";
        text_addf(out, "%s ", iface->name);
        for (uint8_t k = 0; k < iface->address_count; k++) {
            text_add_ipv4(out, iface->addresses[k].addr);
            text_addf(out, "/%u ", iface->addresses[k].link.length);
        }
        text_addf(out, "(%s)\n", mode_words(view_mode(view, iface)));
    }
    for (uint8_t i = 0; i < view->config->interface_count; i++) {
        const char *name = view->config->interfaces[i].name;
        if (view_serves(view, iface_by_name(&view->ifaces, name)))
            continue;
        head(out, word);
        word = "";
        text_addf(out, "%s: waiting, it is %s\n", name,
                  iface_by_name(&view->ifaces, name) ? "down or has no IPv4 address" : "not there");
    }
    if (word[0] != 0) {
        head(out, word);
        text_add(out, "nothing yet: no Ethernet interface is up with an IPv4 address; tugboot "
                      "waits for one\n");
    }
}

static void add_ports(const struct view *view, bool altiris_served, struct text *out)
{
    const struct config *config = view->config;
    head(out, "ports");
    text_add(out, "DHCP 67 and 4011");
    if (config->tftp.enabled)
        text_addf(out, ", TFTP %u", config->tftp.port);
    if (config->http.enabled)
        text_addf(out, ", HTTP %u", config->http.port);
    if (view->https_port != 0)
        text_addf(out, ", HTTPS %u", view->https_port);
    if (altiris_served)
        text_addf(out, ", for Broadcom's iPXE %u", config->altiris.port);
    text_add(out, " (a firewall must let them in)\n");
}

/* What a machine nothing is known of gets by PXE. */
static void plan_for(const struct view *view, enum arch arch, struct chain_plan *ret_plan)
{
    const struct catalog *catalog = view->catalog;
    const struct client client = { .kind = CLIENT_PXE, .arch = arch };
    const struct reach reach = { .beside = view->config->dhcp.mode == CONFIG_DHCP_PROXY };
    struct rule_settings anybody;
    rule_settings_of_anybody(catalog, &anybody);
    chain_plan_make(catalog, &client, &anybody, &reach, NULL, ret_plan);
}

static void add_chain(const struct catalog *catalog, const struct chain_plan *plan,
                      const char *words, struct text *out)
{
    const struct chain_option *first = &plan->options[0];
    char data[256];
    struct text hint = text_over(data, sizeof data);
    bool trusted = plan->ready_count > 0 && first->trust == CHAIN_TRUST_YES;

    chain_plan_add_hint(plan, plan->ready_count > 0, &hint);
    if (plan->ready_count == 0) {
        text_addf(out, "%s: none; %s\n", words, data);
        return;
    }
    text_addf(out, "%s: %s, %s (%s)", words, first->name, first->first->file,
              catalog->roots[first->first->root].path);
    if (!trusted)
        text_addf(out, "; not with Secure Boot%s%s", data[0] ? ": " : "", data);
    text_add_char(out, '\n');
}

static void add_loaders(const struct view *view, struct text *out)
{
    static const struct {
        enum arch arch;
        const char *words;
        bool usual;
    } rows[] = {
        { ARCH_BIOS_X86, "BIOS", true },
        { ARCH_EFI_X64, "UEFI x64", true },
        { ARCH_EFI_ARM64, "UEFI arm64", true },
        { ARCH_EFI_IA32, "UEFI 32-bit x86", false },
        { ARCH_EFI_ARM32, "UEFI arm32", false },
        { ARCH_EFI_RISCV64, "UEFI RISC-V", false },
        { ARCH_EFI_LOONG64, "UEFI LoongArch", false },
    };
    const char *word = "loaders";
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct chain_plan plan;
        plan_for(view, rows[i].arch, &plan);
        if (plan.ready_count == 0 && !rows[i].usual)
            continue;
        head(out, word);
        word = "";
        add_chain(view->catalog, &plan, rows[i].words, out);
    }
}

static void add_menu(const struct view *view, struct text *out)
{
    const struct catalog *c = view->catalog;
    head(out, "menu");
    text_addf(out, "%zu image%s in %s", c->image_count, c->image_count == 1 ? "" : "s",
              view->config->images);
    for (size_t i = 0; i < c->image_count && i < 4; i++)
        text_addf(out, "%s%s", i == 0 ? ": " : ", ", c->images[i].name);
    text_add(out, c->image_count > 4 ? ", ...\n" : "\n");
    if (c->host_count > 0) {
        head(out, "hosts");
        text_addf(out, "%zu known by name\n", c->host_count);
    }
}

static void add_dashboard(const struct first_screen *screen, struct text *out)
{
    if (!screen->admin_served)
        return;
    head(out, "dashboard");
    admin_url_write(screen->view, out);
    if (screen->link) {
        text_add(out, "/sign-in#link=");
        text_add(out, screen->link);
        text_add_char(out, '\n');
        head(out, "");
        text_add(out, "(signs in once, within a day; 'tugboot login-link' makes another)");
    }
    text_add_char(out, '\n');
}

static void add_next_steps(const struct first_screen *screen, struct text *out)
{
    const char *word = "next";
    if (screen->view->catalog->image_count == 0) {
        head(out, word);
        word = "";
        text_add(out, "put something on the menu: tugboot image add FOLDER-OR-FILE\n");
        head(out, word);
        text_add(out,
                 "(Debian's installer: apt-get install debian-installer-12-netboot-amd64, then "
                 "tugboot image add\n");
        head(out, word);
        text_add(out, "/usr/lib/debian-installer/images/12/amd64/text)\n");
    }
    head(out, word);
    text_add(out, "switch a machine on and let it boot from the network; each step shows below\n");
}

void first_screen_write(const struct first_screen *screen, struct text *out)
{
    const struct view *view = screen->view;
    text_addf(out, "tugboot %s\n", TUGBOOT_VERSION);
    add_interfaces(view, out);
    add_ports(view, screen->altiris_served, out);
    add_loaders(view, out);
    add_menu(view, out);
    if (view->config->files[0] != 0) {
        head(out, "files");
        text_addf(out, "%s is served as it is at /\n", view->config->files);
    }
    head(out, "config");
    text_addf(out, "%s\n", screen->config_path[0] ? screen->config_path : "built-in defaults");
    head(out, "state");
    text_addf(out, "%s; control socket %s\n", view->config->state, view->config->control);
    head(out, "rights");
    text_addf(out, "%s\n", screen->rights);
    if (screen->notes[0] != 0) {
        head(out, "note");
        text_addf(out, "%s\n", screen->notes);
    }
    add_dashboard(screen, out);
    add_next_steps(screen, out);
    text_add_char(out, '\n');
}
