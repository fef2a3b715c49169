/* autounattend.xml. Microsoft, "Unattended Windows Setup Reference": components and their order.
 * A disk is erased only where the owner said which. */
#include "boot/windows_files.h"

#define COMPONENT_END                                                                              \
    "\" publicKeyToken=\"31bf3856ad364e35\" language=\"neutral\" versionScope=\"nonSxS\">\r\n"

/* An element, unless it has nothing to say. */
static void add_element(struct text *out, const char *name, const char *value)
{
    if (!value[0])
        return;
    text_addf(out, "      <%s>", name);
    text_add_markup(out, span_text(value));
    text_addf(out, "</%s>\r\n", name);
}

static void begin_component(struct text *out, const char *name, const char *arch)
{
    text_addf(out, "    <component name=\"%s\" processorArchitecture=\"%s", name, arch);
    text_add(out, COMPONENT_END);
}

static void end_component(struct text *out)
{
    text_add(out, "    </component>\r\n");
}

static void add_languages(struct text *out, const struct windows_start *w)
{
    add_element(out, "InputLocale", w->keyboard[0] ? w->keyboard : w->locale);
    add_element(out, "SystemLocale", w->locale);
    add_element(out, "UILanguage", w->locale);
    add_element(out, "UserLocale", w->locale);
}

struct partition {
    const char *type, *format, *label;
    unsigned mib; /* 0 = what is left */
    bool is_active;
};

/* EFI system partition, Microsoft's reserved one, Windows; with BIOS a small one for the boot
 * files, and Windows. */
static const struct partition for_efi[] = {
    { "EFI", "FAT32", "System", 300, false },
    { "MSR", NULL, NULL, 16, false },
    { "Primary", "NTFS", "Windows", 0, false },
};
static const struct partition for_bios[] = {
    { "Primary", "NTFS", "System", 500, true },
    { "Primary", "NTFS", "Windows", 0, false },
};

static void add_partitions(struct text *out, const struct partition *parts, size_t count)
{
    text_add(out, "          <CreatePartitions>\r\n");
    for (size_t i = 0; i < count; i++) {
        text_addf(out,
                  "            <CreatePartition wcm:action=\"add\"><Order>%zu</Order><Type>%s"
                  "</Type>",
                  i + 1, parts[i].type);
        if (parts[i].mib > 0)
            text_addf(out, "<Size>%u</Size>", parts[i].mib);
        else
            text_add(out, "<Extend>true</Extend>");
        text_add(out, "</CreatePartition>\r\n");
    }
    text_add(out, "          </CreatePartitions>\r\n          <ModifyPartitions>\r\n");
    for (size_t i = 0; i < count; i++) {
        text_addf(out,
                  "            <ModifyPartition wcm:action=\"add\"><Order>%zu</Order>"
                  "<PartitionID>%zu</PartitionID>",
                  i + 1, i + 1);
        if (parts[i].format)
            text_addf(out, "<Format>%s</Format><Label>%s</Label>", parts[i].format, parts[i].label);
        if (parts[i].is_active)
            text_add(out, "<Active>true</Active>");
        text_add(out, "</ModifyPartition>\r\n");
    }
    text_add(out, "          </ModifyPartitions>\r\n");
}

static void add_disk(struct text *out, const struct windows_start *w, bool is_efi)
{
    size_t count =
        is_efi ? sizeof for_efi / sizeof for_efi[0] : sizeof for_bios / sizeof for_bios[0];
    text_addf(out,
              "      <DiskConfiguration>\r\n        <WillShowUI>OnError</WillShowUI>\r\n"
              "        <Disk wcm:action=\"add\">\r\n          <DiskID>%d</DiskID>\r\n"
              "          <WillWipeDisk>true</WillWipeDisk>\r\n",
              w->wipe_disk);
    add_partitions(out, is_efi ? for_efi : for_bios, count);
    text_add(out, "        </Disk>\r\n      </DiskConfiguration>\r\n");
}

static bool is_number(const char *s)
{
    for (size_t i = 0; s[i]; i++)
        if (s[i] < '0' || s[i] > '9')
            return false;
    return s[0] != 0;
}

static void add_choice(struct text *out, const struct windows_start *w, bool is_efi)
{
    bool has_disk = w->wipe_disk != WINDOWS_NO_DISK;

    if (!w->edition[0] && !has_disk)
        return;
    text_add(out, "      <ImageInstall>\r\n        <OSImage>\r\n");
    if (w->edition[0]) {
        text_addf(out,
                  "          <InstallFrom>\r\n            <MetaData wcm:action=\"add\">"
                  "<Key>/IMAGE/%s</Key><Value>",
                  is_number(w->edition) ? "INDEX" : "NAME");
        text_add_markup(out, span_text(w->edition));
        text_add(out, "</Value></MetaData>\r\n          </InstallFrom>\r\n");
    }
    if (has_disk)
        text_addf(out,
                  "          <InstallTo><DiskID>%d</DiskID><PartitionID>%u</PartitionID>"
                  "</InstallTo>\r\n",
                  w->wipe_disk, is_efi ? 3u : 2u);
    text_add(out, "          <WillShowUI>OnError</WillShowUI>\r\n        </OSImage>\r\n"
                  "      </ImageInstall>\r\n");
}

static void add_setup(struct text *out, const struct windows_plan *plan, bool is_efi)
{
    const struct windows_start *w = plan->image->windows;

    if (w->locale[0] || w->keyboard[0]) {
        begin_component(out, "Microsoft-Windows-International-Core-WinPE", w->arch);
        if (w->locale[0]) {
            text_add(out, "      <SetupUILanguage><UILanguage>");
            text_add_markup(out, span_text(w->locale));
            text_add(out, "</UILanguage></SetupUILanguage>\r\n");
        }
        add_languages(out, w);
        end_component(out);
    }
    begin_component(out, "Microsoft-Windows-Setup", w->arch);
    if (w->wipe_disk != WINDOWS_NO_DISK)
        add_disk(out, w, is_efi);
    add_choice(out, w, is_efi);
    text_add(out, "      <UserData>\r\n        <AcceptEula>true</AcceptEula>\r\n");
    if (w->product_key[0]) {
        text_add(out, "        <ProductKey><Key>");
        text_add_markup(out, span_text(w->product_key));
        text_add(out, "</Key><WillShowUI>OnError</WillShowUI></ProductKey>\r\n");
    }
    text_add(out, "      </UserData>\r\n");
    end_component(out);
    if (plan->driver_count == 0)
        return;
    /* What PE needed, the installed system needs, too. */
    begin_component(out, "Microsoft-Windows-PnpCustomizationsWinPE", w->arch);
    text_add(out, "      <DriverPaths><PathAndCredentials wcm:action=\"add\" wcm:keyValue=\"1\">"
                  "<Path>X:\\tugboot</Path></PathAndCredentials></DriverPaths>\r\n");
    end_component(out);
}

static void add_specialize(struct text *out, const struct windows_start *w, const struct host *host)
{
    char name[16]; /* NetBIOS allows fifteen characters */

    if (!host && !w->time_zone[0])
        return;
    text_add(out, "  <settings pass=\"specialize\">\r\n");
    begin_component(out, "Microsoft-Windows-Shell-Setup", w->arch);
    if (host) {
        span_to_text(span_text(host->name), name, sizeof name);
        add_element(out, "ComputerName", name);
    }
    add_element(out, "TimeZone", w->time_zone);
    end_component(out);
    text_add(out, "  </settings>\r\n");
}

static void make_answers(struct text *out, const struct windows_plan *plan,
                         const struct template_scope *scope)
{
    const struct windows_start *w = plan->image->windows;

    text_add(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n"
                  "<unattend xmlns=\"urn:schemas-microsoft-com:unattend\" "
                  "xmlns:wcm=\"http://schemas.microsoft.com/WMIConfig/2002/State\">\r\n"
                  "  <settings pass=\"windowsPE\">\r\n");
    add_setup(out, plan, arch_is_efi(scope->client->arch));
    text_add(out, "  </settings>\r\n");
    add_specialize(out, w, scope->settings->host);
    if (w->locale[0] || w->keyboard[0]) {
        text_add(out, "  <settings pass=\"oobeSystem\">\r\n");
        begin_component(out, "Microsoft-Windows-International-Core", w->arch);
        add_languages(out, w);
        end_component(out);
        text_add(out, "  </settings>\r\n");
    }
    text_add(out, "</unattend>\r\n");
}

bool windows_write_answers(struct text *out, const struct windows_plan *plan,
                           const struct template_scope *scope, struct text *why)
{
    const char *own = plan->image->windows->answers;
    char name[TEMPLATE_NAME_MAX + 1];

    if (!own[0]) {
        make_answers(out, plan, scope);
        return true;
    }
    enum template_flaw flaw = template_render(span_text(own), scope, out, name);
    if (flaw != TEMPLATE_SOUND)
        text_addf(why, "%s cannot be started: in its answer file the variable '%s' %s",
                  plan->image->name, name, template_flaw_text(flaw));
    return flaw == TEMPLATE_SOUND;
}
