/* All machines that were ever seen: found, sorted, and many changed at once. */
import { el, fill, spoken } from "../text.mjs";
import { icon } from "../icons.mjs";
import { get } from "../api.mjs";
import { ago, arch, bootName, dateAndClock, kind, machineName } from "../format.mjs";
import { badge } from "../parts/badge.mjs";
import { emptyState } from "../parts/busy.mjs";
import { askBoot, askForgetSettings, askGroup, askNoteOfAll, askWake } from "../parts/fleet.mjs";
import { menuButton } from "../parts/menu.mjs";
import { dataTable } from "../parts/table.mjs";
import { roleReaches } from "../views.mjs";
import * as live from "../live.mjs";

const NOTE_SHOWN = 120; /* letters of a note that a screen reader is told in the list */

const STAGES = {
    idle: ["", ""], asked: ["asks for an address", "accent"], offered: ["has an offer", "accent"], addressed: ["has an address", "accent"],
    fetching: ["fetches its loader", "accent"], loaded: ["loader runs", "accent"], ipxe: ["iPXE runs", "accent"], script: ["has its script", "accent"],
    kernel: ["fetches its system", "accent"], waiting: ["waits at the menu", "warn"], done: ["booted", "good"],
};

function bootCell(machine, change)
{
    const words = machine.next_boot ? [bootName(machine.next_boot), " ", badge("once", "accent")] : bootName(machine.boot);
    if (!change)
        return words;
    return el("button", { type: "button", class: "button is-quiet is-small", on: { click: () => change([machine]) } },
              words, spoken(": change what " + machineName(machine) + " boots"), icon("down"));
}

function what(machine)
{
    const c = machine.client || {};
    return [[c.manufacturer, c.product].filter(Boolean).join(" "), [arch(c.arch), c.kind !== "os" && kind(c.kind)].filter(Boolean).join(", ")];
}

export async function open(page)
{
    const { root, signal } = page;
    const mayChange = roleReaches(page.me.role, "operator");
    let table = null;
    const after = async (change) => {
        if (await change) {
            table.clear();
            table.reload();
        }
    };
    const boot = mayChange ? (rows) => after(askBoot(rows, signal)) : null;

    const columns = [
        { key: "name", label: "Machine", sort: true, className: "cell-main", cell: (m) => [
            el("a", { href: "/machines/" + m.mac, class: "clamp" }, machineName(m)),
            el("span", { class: "cell-sub" }, m.mac, m.note && el("span", { class: "note-mark", title: m.note },
                icon("note", "Note: " + (m.note.length > NOTE_SHOWN ? m.note.slice(0, NOTE_SHOWN) + "…" : m.note))))] },
        { key: "what", label: "What it is", sort: true, cell: (m) => {
            const [product, firmware] = what(m);
            return [el("span", { class: "clamp" }, product || firmware), product && el("span", { class: "cell-sub" }, firmware)];
        } },
        { key: "address", label: "Address", sort: true, className: "cell-fixed", cell: (m) => m.client?.address || "" },
        { key: "group", label: "Group", sort: true, cell: (m) => m.group || "" },
        { key: "boot", label: "Boots", className: "cell-fixed", cell: (m) => bootCell(m, boot) },
        { key: "stage", label: "State", sort: true, cell: (m) => {
            const [words, kindOf] = STAGES[m.stage] || ["", ""];
            return words && badge(words, kindOf);
        } },
        { key: "last_seen", label: "Last seen", sort: true, className: "cell-fixed", cell: (m) => el("time", { datetime: m.last_seen, title: dateAndClock(m.last_seen) }, ago(m.last_seen)) },
    ];
    if (mayChange)
        columns.push({ key: "more", label: "More", hidden: true, className: "cell-actions", cell: (m) => menuButton({
            label: "Actions for " + machineName(m), entries: [
                { words: "What it boots…", icon: "power", run: () => boot([m]) },
                { words: "Wake", icon: "now", run: () => after(askWake([m])) },
                { words: "Group…", icon: "group", run: () => after(askGroup([m], signal)) },
                { words: "Note…", icon: "note", run: () => after(askNoteOfAll([m])) },
                { words: "Packets (pcap)", icon: "download", href: "/api/v1/machines/" + m.mac + "/pcap", download: m.mac.replaceAll(":", "-") + ".pcap" },
            ] }) });

    async function rows({ q, sort, descending, after, limit, signal: asked })
    {
        const reply = await get("/machines", { signal: asked, query: { q, sort: sort && (descending ? "-" : "") + sort, after, limit } });
        return { rows: reply.machines, next: reply.next, total: reply.total };
    }
    table = dataTable({
        name: "Machines", noun: ["machine", "machines"], columns, query: page.query, signal, sort: "-last_seen",
        search: "Search machines", rowKey: (m) => m.mac, rowName: machineName,
        load: rows,
        bulk: mayChange ? (keys, machines) => [
            el("button", { type: "button", class: "button is-small", on: { click: () => boot(machines) } }, icon("power"), "What they boot…"),
            el("button", { type: "button", class: "button is-small", on: { click: () => after(askWake(machines)) } }, icon("now"), "Wake"),
            el("button", { type: "button", class: "button is-small", on: { click: () => after(askGroup(machines, signal)) } }, icon("group"), "Group…"),
            el("button", { type: "button", class: "button is-small", on: { click: () => after(askNoteOfAll(machines)) } }, icon("note"), "Note…"),
            el("button", { type: "button", class: "button is-small", on: { click: () => after(askForgetSettings(machines)) } }, icon("trash"), "Forget settings…"),
        ] : undefined,
        empty: () => emptyState({ name: "machines", title: "No machine has been seen yet",
                                  text: "Switch one on and let it boot from the network: it appears here by itself, with all it says about itself.",
                                  actions: [el("a", { class: "button is-main", href: "/" }, "The first steps")] }),
    });
    page.title("Machines", "Every machine that was ever seen");
    fill(root, table.element);

    let due = 0;
    live.listen((event) => {
        if (event.machine && !due && !document.querySelector("dialog[open], .menu:not([hidden])"))
            due = setTimeout(() => {
                due = 0;
                table.reload();
            }, 2000);
    }, signal);
    signal.addEventListener("abort", () => clearTimeout(due));
}
