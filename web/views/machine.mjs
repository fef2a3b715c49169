/* One machine: its boots as timelines, what it is, what it would get and why, and its settings. */
import { el, fill } from "../text.mjs";
import { icon } from "../icons.mjs";
import { address, get, getTagged, part, patch, put, remove } from "../api.mjs";
import { ago, arch, bootName, dateAndClock, kind, machineName, span } from "../format.mjs";
import { bootWith, bootsOf } from "../boot.mjs";
import { badge } from "../parts/badge.mjs";
import { bootCard } from "../parts/boot_card.mjs";
import { emptyState, showWhenThere } from "../parts/busy.mjs";
import { areaField, selectField, textField } from "../parts/field.mjs";
import { askBoot, askForgetChains, askReinstall, askWake, bootChoices, nameFor } from "../parts/fleet.mjs";
import { confirm } from "../parts/dialog.mjs";
import { changeTagged, linesOf, patched } from "../parts/conflict.mjs";
import { groupField } from "../parts/group_field.mjs";
import { menuButton } from "../parts/menu.mjs";
import { noteCard } from "../parts/note.mjs";
import { facts, plainTable } from "../parts/table.mjs";
import { tabs } from "../parts/tabs.mjs";
import { eventList, eventLine, stageTrack } from "../parts/timeline.mjs";
import { complain, say } from "../parts/toast.mjs";
import { again, go } from "../router.mjs";
import { roleReaches } from "../views.mjs";
import * as live from "../live.mjs";

/* Events come oldest first: a long history is passed through to its end, and that is shown. */
const EVENTS_A_PAGE = 1000;
const EVENTS_SHOWN = 3000;
const PAGES_MOST = 100;

async function lastEvents(mac, signal)
{
    let events = [];
    let after = 0;
    for (let i = 0; i < PAGES_MOST; i++) {
        const page = await get("/machines/" + mac + "/timeline", { signal, query: { limit: EVENTS_A_PAGE, after } });
        events = [...events, ...page.events].slice(-EVENTS_SHOWN);
        if (page.events.length === 0)
            break;
        after = page.last;
    }
    return events;
}

async function findMachine(mac, signal)
{
    const machine = await get("/machines/" + part(mac), { signal });
    let host = null;
    let etag = "";
    if (machine.host) {
        try {
            ({ data: host, etag } = await getTagged("/hosts/" + part(machine.host), { signal }));
        } catch (problem) {
            if (problem.status !== 404)
                throw problem;
        }
    }
    return { machine, host, etag };
}

function pastBoot(boot)
{
    const track = stageTrack();
    track.set(boot, boot.last);
    const [words, kindOf] = { now: ["did not end", "plain"], stalled: ["stood still", "bad"], done: ["done", "good"] }[boot.state];
    return el("details", { class: "past" },
              el("summary", {}, el("time", { datetime: new Date(boot.begun).toISOString() }, dateAndClock(boot.begun)), badge(words, kindOf),
                 boot.image && el("span", {}, boot.image), el("span", { class: "quiet" }, span(boot.last - boot.begun))),
              track.element, boot.verdict && el("div", { class: "notice is-bad" }, icon("warn"), el("p", {}, boot.verdict)),
              eventList(boot.events));
}

function timeline(page, machine)
{
    return async (panel) => showWhenThere(panel, page.signal, async () => {
        const boots = bootsOf(await lastEvents(machine.mac, page.signal));
        if (boots.length === 0)
            return emptyState({ name: "clock", title: "No boot is remembered", text: "The next one is told here, step by step, as it happens." });
        let current = boots[0];
        const card = bootCard();
        const list = eventList(current.events);
        const place = el("ul", { class: "boots is-one" }, card.element);
        const show = () => card.set(current, machine, Date.now());
        show();
        live.listen((event) => {
            if (event.machine !== machine.mac)
                return;
            const next = bootWith(current, event, 1000);
            if (next !== current)
                fill(list);
            current = next;
            if (event.event !== "FILE_PROGRESS")
                list.append(eventLine(event));
            show();
        }, page.signal);
        const tick = setInterval(show, 1000);
        page.signal.addEventListener("abort", () => clearInterval(tick));
        return [place, el("section", { class: "card", "aria-labelledby": "last-boot" }, el("h2", { id: "last-boot" }, "The last boot, step by step"), list),
                boots.length > 1 && el("section", { class: "card", "aria-labelledby": "past-boots" },
                    el("h2", { id: "past-boots" }, "Earlier boots"), boots.slice(1, 30).map(pastBoot))];
    });
}

function factsTab(machine)
{
    const c = machine.client || {};
    return (panel) => fill(panel, el("div", { class: "columns" },
        el("section", { class: "card" }, el("h2", {}, "The machine"), facts([
            ["Manufacturer", c.manufacturer], ["Product", c.product], ["Serial number", c.serial], ["Asset tag", c.asset],
            ["UUID", c.uuid && el("span", { class: "mono" }, c.uuid)], ["Memory", c.memory_mib && c.memory_mib + " MiB"],
            ["Architecture", arch(c.arch) + (c.arch_text && c.arch_text !== c.arch ? " (" + c.arch_text + ")" : "")],
        ])),
        el("section", { class: "card" }, el("h2", {}, "On the network"), facts([
            ["Hardware address", el("span", { class: "mono" }, machine.mac)], ["IP address", c.address], ["Calls itself", c.hostname],
            ["Speaks as", kind(c.kind)], ["Fetches by", (c.transport || "").toUpperCase()],
            ["Vendor class", c.vendor_class && el("span", { class: "mono" }, c.vendor_class)],
            ["User class", c.user_class && el("span", { class: "mono" }, c.user_class)], ["Behind relay", c.relay],
            ["First seen", dateAndClock(machine.first_seen)], ["Last seen", dateAndClock(machine.last_seen) + " (" + ago(machine.last_seen) + ")"],
        ])),
        el("section", { class: "card" }, el("h2", {}, "Chains of boot programs"),
           el("p", { class: "quiet" }, "What was tried on it, and how that went. One that did not start is not tried first again."),
           (machine.chains || []).length > 0 ? plainTable("Chains", ["Chain", "Last time", "Started", "Stalled"],
               machine.chains.map((ch) => [ch.chain, badge(ch.last, ch.last === "started" ? "good" : "warn"), String(ch.started), String(ch.stalled)])) :
               el("p", {}, "None yet."))));
}

function wouldGet(page, machine)
{
    return (panel) => showWhenThere(panel, page.signal, async () => {
        const e = await get("/explain", { signal: page.signal, query: { mac: machine.mac } });
        const start = e.boot.starts === "image" ? e.boot.image : bootName(e.boot.starts);
        const trail = (choice) => el("ol", { class: "trail" }, (choice.trail || []).map((t) => el("li", {}, el("strong", {}, t.rule), ": ", t.said)));
        const told = (choice) => choice.url || choice.file || { nothing: "nothing", script: "a script", "raspberry-pi-menu": "the Raspberry Pi menu" }[choice.starts] || choice.starts;
        return [
            el("div", { class: "columns" },
               el("section", { class: "card" }, el("h2", {}, "Its firmware is told to start"), el("p", { class: "mono" }, told(e.firmware)),
                  e.firmware.hint && el("div", { class: "notice is-warn" }, icon("info"), el("p", {}, e.firmware.hint)), trail(e.firmware)),
               e.ipxe && el("section", { class: "card" }, el("h2", {}, "iPXE is told"), el("p", { class: "mono" }, told(e.ipxe)), trail(e.ipxe)),
               el("section", { class: "card" }, el("h2", {}, "In the end it boots"),
                  el("p", {}, el("strong", {}, start), " ", e.boot.one_shot && badge("once", "accent")),
                  e.boot.secure_boot && el("p", {}, "Secure Boot: " + e.boot.secure_boot),
                  e.boot.obstacle && el("div", { class: "notice is-warn" }, icon("warn"), el("p", {}, e.boot.obstacle)), trail(e.boot))),
            (e.chains || []).length > 0 && el("section", { class: "card" }, el("h2", {}, "Chains, in the order in which they are tried"),
                plainTable("Chains", ["Chain", "Ready", "Secure Boot", "What it is"], e.chains.map((c) => [c.chain,
                    c.ready ? badge("ready", "good") : badge("no", "plain"), c.secure_boot || "", c.ready ? c.text || "" : c.why || ""]))),
            el("details", { class: "card" }, el("summary", {}, "All of it in words"), el("pre", { class: "words", tabindex: 0 }, e.words)),
        ];
    });
}

function variablesText(host)
{
    return Object.entries(host?.variables || {}).map(([k, v]) => k + "=" + v).join("\n");
}

function variablesOf(text)
{
    return Object.fromEntries(text.split("\n").map((l) => l.trim()).filter(Boolean).map((l) => {
        const at = l.indexOf("=");
        return at > 0 ? [l.slice(0, at).trim(), l.slice(at + 1)] : [l, ""];
    }));
}

function settings(page, machine, host, etag, mayChange)
{
    return (panel) => showWhenThere(panel, page.signal, async () => {
        const choices = await bootChoices(page.signal);
        const known = new Set(choices.map((c) => c.value));
        if (host?.boot && !known.has(host.boot))
            choices.push({ value: host.boot, label: host.boot + " (not here)" });
        const group = await groupField({ value: host?.group || "", signal: page.signal });
        const fields = [
            textField({ name: "name", label: "Name", value: host?.name || nameFor(machine), required: true,
                        hint: host ? "" : "It has no settings of its own yet: saving makes it a named machine.",
                        check: (v) => /^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(v) ? "" : "Letters, digits, dots, dashes and underscores." }),
            selectField({ name: "boot", label: "Boots", value: host?.boot || "", options: [{ value: "", label: "As its group or the menu says" }, ...choices] }),
            group,
            textField({ name: "address", label: "Reserved address", value: host?.address || "", mono: true, hint: "Given to it by DHCP, in mode server." }),
            textField({ name: "arguments", label: "Kernel arguments", value: host?.arguments || "", mono: true, hint: "Added to those of the image." }),
            textField({ name: "answers", label: "Template of its answer file", value: host?.answers || "" }),
            areaField({ name: "variables", label: "Variables", value: variablesText(host), mono: true, rows: 4, hint: "NAME=VALUE, one a line; for arguments and answer files." }),
        ];
        const readOnly = host?.read_only || !mayChange;
        for (const f of fields)
            f.input.disabled = readOnly;
        if (host)
            fields[0].input.disabled = true;
        const fault = el("p", { class: "form-fault", role: "alert" });
        const form = el("form", { class: "form card narrow", novalidate: true },
            host?.read_only && el("div", { class: "notice" }, icon("info"), el("p", {}, "This machine stands in the configuration file: change it there, then reload.")),
            fields.map((f) => f.element), fault,
            !readOnly && el("div", { class: "row-line" }, el("button", { type: "submit", class: "button is-main" }, host ? "Save" : "Save as a named machine"),
                host && el("button", { type: "button", class: "button is-quiet", on: { click: forget } }, icon("trash"), "Forget these settings")));
        /* False when somebody else's version was kept. */
        async function save(name, body, variables)
        {
            const path = "/hosts/" + part(name);
            const gone = Object.keys(host?.variables || {}).filter((k) => !(k in variables)).map((k) => [k, null]);
            const change = { ...body, variables: { ...variables, ...Object.fromEntries(gone) } };
            const whole = { mac: machine.mac, ...Object.fromEntries(Object.entries({ ...body, variables }).filter(([, v]) => v !== null)) };
            return changeTagged({
                what: "the settings of " + name, etag,
                send: (tag) => host && tag ? patch(path, change, { etag: tag }) : put(path, whole, { etag: tag }),
                read: () => getTagged(path, { signal: page.signal }),
                words: linesOf, mine: (now) => linesOf(host && now ? patched(now, change) : { ...whole, name }),
            });
        }
        async function forget()
        {
            if (!await confirm({ title: "Forget the settings of " + host.name + "?", action: "Forget",
                                 text: "The machine stays in the list; its name and what it boots are gone." }))
                return;
            try {
                await remove("/hosts/" + part(host.name));
                say("Forgotten.");
                again();
            } catch (problem) {
                complain(problem);
            }
        }
        form.addEventListener("submit", async (event) => {
            event.preventDefault();
            fault.textContent = "";
            const wrong = fields.filter((f) => !f.check());
            if (wrong.length > 0) {
                wrong[0].focus();
                return;
            }
            const values = Object.fromEntries(fields.map((f) => [f.name, f.value().trim()]));
            const body = { boot: values.boot || null, group: values.group || null, address: values.address || null, arguments: values.arguments || null,
                           answers: values.answers || null, variables: null };
            const variables = variablesOf(values.variables);
            try {
                await group.make();
                if (!await save(values.name, body, variables)) {
                    say("What is there was kept.");
                    again();
                    return;
                }
                say("Saved.");
                again();
            } catch (problem) {
                const named = fields.filter((f) => problem.about && problem.about(f.name));
                for (const f of named)
                    f.setFault(problem.about(f.name));
                if (named.length === 0)
                    fault.textContent = problem.message;
            }
        });
        return form;
    });
}

export async function open(page)
{
    const { root, signal, params } = page;
    const { machine, host, etag } = await findMachine(params.mac, signal);
    const mayChange = roleReaches(page.me.role, "operator");
    const change = async (done) => {
        if (await done)
            again();
    };
    const c = machine.client || {};
    page.title(machineName(machine), [[c.manufacturer, c.product].filter(Boolean).join(" "), arch(c.arch), machine.mac, c.address].filter(Boolean).join(" · "));
    page.actions(
        mayChange && el("button", { type: "button", class: "button is-main", on: { click: () => change(askBoot([machine], signal)) } }, icon("power"),
            machine.next_boot ? "Next: " + bootName(machine.next_boot) : "What it boots…"),
        menuButton({ label: "More", entries: [
            { words: "Packets (pcap)", icon: "download", href: address("/machines/" + machine.mac + "/pcap"), download: machine.mac.replaceAll(":", "-") + ".pcap" },
            mayChange && { words: "Wake", icon: "now", run: () => askWake([machine]) },
            mayChange && { words: "Forget its chains", icon: "again", run: () => change(askForgetChains(machine)) },
            mayChange && machine.host && { words: "Install once more…", icon: "again", danger: true, run: () => change(askReinstall(machine)) },
            "-", { words: "All machines", icon: "machines", run: () => go("/machines") },
        ] }));
    fill(root, noteCard(machine, machineName(machine), mayChange, signal, again), tabs({ label: "About this machine", chosen: page.query.get("tab"), rows: [
        { key: "timeline", words: "Timeline", open: timeline(page, machine) },
        { key: "get", words: "What it would get", open: wouldGet(page, machine) },
        { key: "facts", words: "Facts", open: factsTab(machine) },
        { key: "settings", words: "Settings", open: settings(page, machine, host, etag, mayChange) },
    ] }));
}
