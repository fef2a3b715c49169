/* startnet.cmd and what runs it. Values of the configuration are plain printable text without
 * quotation marks (image/windows_keys.c sees to that), so inside quotes only "%" has a meaning to
 * the command interpreter. Foreign text is not written here at all. */
#include "boot/windows_files.h"

#define DRIVERS_FOLDER "X:\\tugboot"
#define SYSTEM_FOLDER  "X:\\Windows\\System32"
#define SHARE_DRIVE    "Z:"
#define TRIES          20 /* three seconds apart */

void windows_write_shell(struct text *out)
{
    text_add(out, "[LaunchApps]\r\n\"" WINDOWS_FILE_START "\"\r\n");
}

/* In quotes, for cmd.exe. */
static void add_quoted(struct text *out, const char *value)
{
    text_add_char(out, '"');
    for (; *value; value++) {
        if (*value == '%')
            text_add_char(out, '%');
        text_add_char(out, *value);
    }
    text_add_char(out, '"');
}

/* A path of the .inf's folder, with the file's subfolder: [.inf's folder number]\sub\file. */
static void add_place(struct text *out, size_t number, const char *file)
{
    char buffer[512];
    struct text t = text_over(buffer, sizeof buffer);

    text_addf(&t, DRIVERS_FOLDER "\\%zu\\%s", number, file);
    for (size_t i = 0; i < t.len; i++)
        if (buffer[i] == '/')
            buffer[i] = '\\';
    add_quoted(out, buffer);
    if (t.failed)
        out->failed = true;
}

static void add_copy(struct text *out, const struct windows_driver *driver, size_t number,
                     size_t file)
{
    char name[WINDOWS_FILE_NAME_MAX], folder[512];
    const char *path = file == 0 ? driver->inf : driver->files[file - 1];
    const char *slash = strrchr(path, '/');

    windows_driver_file_name(number - 1, file, name);
    if (slash) {
        span_to_text(span_of(path, (size_t)(slash - path)), folder, sizeof folder);
        text_add(out, "md ");
        add_place(out, number, folder);
        text_add(out, " >nul 2>nul\r\n");
    }
    text_addf(out, "copy /b /y " SYSTEM_FOLDER "\\%s ", name);
    add_place(out, number, path);
    text_add(out, " >nul\r\n");
}

/* They came side by side under names of ours: put each driver into a folder of its own, as it was,
 * and load it. */
static void add_drivers(struct text *out, const struct windows_plan *plan)
{
    for (size_t i = 0; i < plan->driver_count; i++) {
        const struct windows_driver *driver = plan->drivers[i];
        text_addf(out, "md " DRIVERS_FOLDER "\\%zu >nul\r\n", i + 1);
        for (size_t file = 0; file <= driver->file_count; file++)
            add_copy(out, driver, i + 1, file);
        text_add(out, "echo tugboot: driver ");
        add_quoted(out, driver->inf);
        text_add(out, "\r\ndrvload ");
        add_place(out, i + 1, driver->inf);
        text_add(out, "\r\n");
    }
    if (plan->left_out > 0)
        text_addf(out,
                  "echo tugboot: %zu more drivers fit this machine, and wimboot has no room "
                  "for their files\r\n",
                  plan->left_out);
}

static void add_failure(struct text *out, const char *const *sentences)
{
    for (; *sentences; sentences++)
        text_addf(out, "echo tugboot: %s\r\n", *sentences);
    text_add(out, "echo tugboot: type exit to restart the machine\r\ncmd /k\r\nexit /b 1\r\n");
}

/* The share becomes a drive. An address may take a while to come. */
static void add_share(struct text *out, const struct windows_start *w)
{
    static const char *const failure[] = {
        "the share could not be connected. ipconfig shows whether there is a network",
        "(no address: a driver for the network card is missing),",
        "and 'net use' above why the server refused. It must be SMB 2 or later.",
        NULL,
    };
    text_add(out, "set tries=0\r\n:connect\r\nnet use " SHARE_DRIVE " ");
    add_quoted(out, w->share);
    if (w->user[0]) {
        text_add_char(out, ' ');
        add_quoted(out, w->password);
        text_add(out, " /user:");
        add_quoted(out, w->user);
    }
    text_addf(out,
              " /persistent:no && goto connected\r\n"
              "set /a tries+=1\r\nif %%tries%% geq %u goto refused\r\n"
              "echo tugboot: waiting for the share\r\nping -n 4 127.0.0.1 >nul\r\ngoto connect\r\n"
              ":refused\r\n",
              TRIES);
    add_failure(out, failure);
    text_add(out, ":connected\r\n");
}

static void add_setup(struct text *out, const struct windows_plan *plan)
{
    static const char *const no_setup[] = {
        "there is no setup.exe on the share: copy all files of the medium to it, or give",
        "the folder they are in with it, as \\\\server\\share\\folder",
        NULL,
    };
    text_add(out, "if exist " SHARE_DRIVE "\\setup.exe goto setup\r\n");
    add_failure(out, no_setup);
    text_add(out, ":setup\r\n" SHARE_DRIVE "\\setup.exe");
    if (plan->has_answers)
        text_add(out, " /unattend:" SYSTEM_FOLDER "\\" WINDOWS_FILE_ANSWERS);
    text_add(out, "\r\n");
}

/* Setup from the medium that only sent its boot.wim finds no files and asks for a driver, which
 * nobody understands. */
static void add_setup_without_share(struct text *out, const struct image *image)
{
    text_add(out, "echo.\r\necho tugboot: Windows Setup needs the files of its medium, by a share "
                  "of Windows or Samba.\r\n");
    text_addf(out, "echo tugboot: Name it on the boot server: in image.yaml of %s, windows: share:",
              image->name);
    text_add(out, "\r\necho tugboot: Or put a medium in now, if Setup is to find it itself.\r\n"
                  "pause\r\nif exist X:\\setup.exe X:\\setup.exe\r\ncmd /k\r\n");
}

void windows_write_start(struct text *out, const struct windows_plan *plan,
                         const struct template_scope *scope)
{
    const struct windows_start *w = plan->image->windows;

    text_add(out, "@echo off\r\nrem made by tugboot for this machine\r\n");
    if (scope->settings->host)
        text_addf(out, "echo tugboot: this machine is %s\r\n", scope->settings->host->name);
    add_drivers(out, plan);
    text_add(out, "wpeinit\r\n");
    if (w->share[0])
        add_share(out, w);
    if (w->command[0])
        text_addf(out, "%s\r\n", w->command);
    else if (w->is_setup && w->share[0])
        add_setup(out, plan);
    else if (w->is_setup)
        add_setup_without_share(out, plan->image);
    else
        text_add(out, "cmd /k\r\n");
}
