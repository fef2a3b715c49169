/* Numbers, times and names as people read them. Pure functions: nothing here touches the page. */

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

export function bytes(n)
{
    let value = Number(n) || 0;
    let unit = 0;
    while (value >= 1024 && unit < UNITS.length - 1) {
        value /= 1024;
        unit += 1;
    }
    return (unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)) + " " + UNITS[unit];
}

export function rate(bytesPerSecond)
{
    return bytes(bytesPerSecond) + "/s";
}

export function count(n)
{
    return (Number(n) || 0).toLocaleString("en-GB");
}

/* "1 machine", "3 machines" */
export function plural(n, one, many = one + "s")
{
    return count(n) + " " + (n === 1 ? one : many);
}

/* How long, in at most two units: "4 s", "2 min 10 s", "3 h 5 min", "12 d". */
export function span(ms)
{
    const s = Math.max(0, Math.round(ms / 1000));
    if (s < 60)
        return s + " s";
    if (s < 3600)
        return Math.floor(s / 60) + " min" + (s < 600 && s % 60 ? " " + (s % 60) + " s" : "");
    if (s < 86400)
        return Math.floor(s / 3600) + " h" + (s % 3600 >= 60 ? " " + Math.floor(s % 3600 / 60) + " min" : "");
    return Math.floor(s / 86400) + " d";
}

/* How long ago, for a list: "just now", "5 min ago", "3 d ago". */
export function ago(time, now = Date.now())
{
    const ms = now - timeOf(time);
    if (ms < 5000)
        return "just now";
    return span(ms < 3600000 ? Math.floor(ms / 60000) * 60000 || ms : ms) + " ago";
}

/* Milliseconds of a time in any of the API's forms. */
export function timeOf(time)
{
    return typeof time === "number" ? time : Date.parse(time);
}

const two = (n) => String(n).padStart(2, "0");

export function clock(time)
{
    const at = new Date(timeOf(time));
    return two(at.getHours()) + ":" + two(at.getMinutes()) + ":" + two(at.getSeconds());
}

export function date(time)
{
    const at = new Date(timeOf(time));
    return at.getFullYear() + "-" + two(at.getMonth() + 1) + "-" + two(at.getDate());
}

export function dateAndClock(time)
{
    return date(time) + " " + clock(time);
}

const ARCHES = {
    "bios-x86": "BIOS", "efi-ia32": "UEFI, 32-bit", "efi-x64": "UEFI x64", "efi-arm32": "UEFI ARM 32",
    "efi-arm64": "UEFI ARM64", "efi-riscv64": "UEFI RISC-V 64", "efi-loong64": "UEFI LoongArch 64",
};

export function arch(name)
{
    return ARCHES[name] || name || "";
}

const KINDS = {
    pxe: "PXE firmware", http: "HTTP Boot firmware", ipxe: "iPXE", os: "operating system",
    rpi: "Raspberry Pi", uboot: "U-Boot", petitboot: "Petitboot", unknown: "unknown",
};

export function kind(name)
{
    return KINDS[name] || name || "";
}

/* What to call a machine: its host name, else what it says of itself, else its address. */
export function machineName(machine)
{
    const client = machine.client || {};
    return machine.host || client.hostname || client.product || machine.mac;
}

/* What boots when "boot" says this. */
export function bootName(boot)
{
    return { "": "as the menu says", menu: "the menu", local: "its own disk", shell: "the iPXE shell" }[boot || ""] || boot;
}
