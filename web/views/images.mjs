/* What can be booted: added by drag and drop or from an address, what was recognised, what Secure
 * Boot makes of it; titles, order and arguments; and the menu as a machine shows it. */
import { el, fill, spoken } from "../text.mjs";
import { icon } from "../icons.mjs";
import { get, getAll, getTagged, part, patch, post, put, remove } from "../api.mjs";
import { arch, machineName, plural } from "../format.mjs";
import { answerFiles } from "../parts/answer_files.mjs";
import { badge } from "../parts/badge.mjs";
import { menuPicture } from "../parts/boot_menu.mjs";
import { emptyState, showWhenThere } from "../parts/busy.mjs";
import { changeTagged, linesOf, patched } from "../parts/conflict.mjs";
import { askForm, button, confirm, openDialog } from "../parts/dialog.mjs";
import { areaField, checkField, select, selectField, textField } from "../parts/field.mjs";
import { menuButton } from "../parts/menu.mjs";
import { progressBar } from "../parts/progress.mjs";
import { secureBadge } from "../parts/secure_badge.mjs";
import { facts, plainTable } from "../parts/table.mjs";
import { tabs } from "../parts/tabs.mjs";
import { complain, say } from "../parts/toast.mjs";
import { sendFile } from "../parts/upload.mjs";
import { roleReaches } from "../views.mjs";
import * as live from "../live.mjs";

const KINDS = { linux: "Linux kernel", efi: "EFI program", sanboot: "disk image", wim: "Windows", memdisk: "disk image in memory" };
const LOOK_MS = 1000;
const MANY_LETTERS = 40;

const STATES = {
    checking: "looking at what is there already", receiving: "is being sent", fetching: "is being fetched", finishing: "is written to disk and checked", done: "has arrived", failed: "did not arrive",
};

/* Files and addresses on their way in; they go on while the tab is another. */
function makeArrivals(page, changed)
{
    const sending = new Map();
    const cards = new Map();
    const refused = new Map();
    const element = el("ul", { class: "stack", "aria-label": "On their way in" });
    let timer = 0;

    function card(u)
    {
        const known = cards.get(u.number);
        if (known)
            return known;
        const bar = progressBar(u.file);
        const state = el("span", { class: "quiet" });
        const fault = el("p", { class: "form-fault", role: "alert" });
        const stop = el("button", { type: "button", class: "icon-button", on: { click: () => give(u.number) } }, icon("close"));
        const drop = el("button", { type: "button", class: "button is-small", hidden: true, on: { click: () => take(u) } }, icon("trash"), "Remove its files");
        const item = el("li", { class: "card arrival" }, el("div", { class: "card-head" }, el("strong", {}, u.name), el("span", { class: "row-line" }, state, stop)), el("p", { class: "quiet mono clamp" }, u.url || u.file), bar.element, fault, el("div", { class: "row-line" }, drop));
        const made = { item, remove: drop, bar, state, fault, stop, at: Date.now(), done: u.done, rate: 0 };
        cards.set(u.number, made);
        element.append(item);
        return made;
    }
    function show(u)
    {
        const c = card(u);
        const now = Date.now();
        if (now - c.at > 400) {
            c.rate = Math.max(0, (u.done - c.done) * 1000 / (now - c.at));
            c.at = now;
            c.done = u.done;
        }
        const isOver = u.state === "done" || u.state === "failed";
        c.item.dataset.state = u.state;
        c.state.textContent = STATES[u.state] || u.state;
        c.stop.setAttribute("aria-label", (isOver ? "Dismiss " : "Stop ") + u.name);
        c.stop.title = isOver ? "Dismiss" : "Stop";
        c.bar.set({ done: u.done, total: u.bytes, perSecond: isOver ? 0 : c.rate });
        c.bar.element.hidden = isOver;
        const reason = u.state === "done" ? refused.get(u.name) : "";
        c.item.dataset.state = reason ? "failed" : u.state;
        c.remove.hidden = !reason;
        c.fault.textContent = u.state === "failed" ? u.sentence : reason ? "It is not on the menu: " + reason : "";
    }
    async function look()
    {
        clearTimeout(timer);
        timer = 0;
        if (page.signal.aborted)
            return;
        const { uploads } = await get("/uploads", { signal: page.signal });
        const here = new Set(uploads.map((u) => u.number));
        for (const [number, c] of cards) {
            if (!here.has(number)) {
                c.item.remove();
                cards.delete(number);
            }
        }
        let moving = false;
        for (const u of uploads) {
            const before = cards.get(u.number)?.item.dataset.state;
            if (!(u.state === "receiving" && sending.has(u.number)))
                show(u);
            moving = moving || (u.state !== "done" && u.state !== "failed");
            if (u.state === "done" && before && before !== "done") {
                say(u.name + " has arrived.");
                changed();
            }
        }
        element.hidden = cards.size === 0;
        if (moving)
            timer = setTimeout(lookAgain, LOOK_MS);
    }
    function lookAgain()
    {
        look().catch(complain);
    }
    async function take(u)
    {
        try {
            await remove("/images/" + part(u.name));
            refused.delete(u.name);
        } catch (problem) {
            complain(problem);
        }
        give(u.number);
    }
    /* What came and is no image is told by an event. */
    function hear(event)
    {
        if (event.event !== "IMAGE_REFUSED" || !event.fields?.name)
            return false;
        refused.set(event.fields.name, event.fields.reason);
        return true;
    }
    async function begin()
    {
        const { events } = await get("/events", { query: { after: Math.max(0, page.status.last_event - 500), limit: 500 }, signal: page.signal });
        events.forEach(hear);
        await look();
    }
    live.listen((event) => {
        if (event.event === "IMAGE_REMOVED" || event.event === "IMAGE_ARRIVED")
            refused.delete(event.fields?.name);
        if (hear(event))
            lookAgain();
    }, page.signal);
    async function give(number)
    {
        sending.get(number)?.abort();
        try {
            await remove("/uploads/" + number);
        } catch (problem) {
            complain(problem);
        }
        lookAgain();
    }
    async function send(file, wish)
    {
        const mine = new AbortController();
        const signal = AbortSignal.any([page.signal, mine.signal]);
        let number = 0;
        await new Promise((resolve, reject) => {
            sendFile(file, wish, { signal, told: (u) => {
                number = u.number;
                sending.set(number, mine);
                show(u);
                element.hidden = false;
                resolve();
            } }).then(() => lookAgain(), (problem) => {
                if (number === 0)
                    reject(problem);
                else
                    complain(problem);
                lookAgain();
            }).finally(() => sending.delete(number));
        });
    }
    page.signal.addEventListener("abort", () => clearTimeout(timer));
    return { element, look: () => begin().catch(complain), send, fetch: async (wish) => {
        await post("/uploads", wish);
        lookAgain();
    } };
}

function nameCheck(value)
{
    return value === "" || /^[a-z0-9_][a-z0-9._-]{0,62}$/.test(value) ? "" : "Small letters, digits, dots, dashes and underscores.";
}

function detailFields()
{
    return [
        textField({ name: "name", label: "Name", hint: "For commands and hosts. Empty: made of the file's name.", check: nameCheck, mono: true }),
        textField({ name: "title", label: "Title on the menu", hint: "Empty: what is recognised." }),
        textField({ name: "sha256", label: "SHA-256", mono: true, hint: "As its publisher says. Another file is then refused.",
                    check: (v) => v === "" || /^[0-9a-fA-F]{64}$/.test(v.trim()) ? "" : "64 hexadecimal digits." }),
    ];
}

function wishOf(values)
{
    return Object.fromEntries(["name", "title", "sha256", "url"].map((k) => [k, k === "sha256" ? (values[k] || "").trim().toLowerCase() : (values[k] || "").trim()]).filter(([, v]) => v));
}

function askAddress(arrivals)
{
    return askForm({ title: "From an address", action: "Fetch", intro: "The daemon fetches it by itself; this page may be closed meanwhile.",
        fields: [textField({ name: "url", label: "Address", type: "url", required: true, placeholder: "https://…/debian-12-netinst.iso", check: (v) => /^https?:\/\/\S+$/.test(v.trim()) ? "" : "It begins with http:// or https://." }), ...detailFields()],
        submit: (values) => arrivals.fetch(wishOf(values)) });
}

/* The place files are dropped on; also a button. */
function dropZone(arrivals)
{
    const input = el("input", { type: "file", class: "spoken", multiple: true, tabindex: -1, "aria-hidden": "true" });
    const zone = el("div", { class: "drop" }, el("span", { class: "drop-mark" }, icon("upload")),
        el("div", {}, el("p", {}, el("strong", {}, "Drop an image here"), " – an ISO, a disk image, a WIM, an EFI program, a kernel."), el("p", { class: "quiet" }, "What was sent is kept when the connection breaks: the same file goes on from there.")),
        el("div", { class: "row-line" }, button("Choose a file…", () => input.click(), "main", "plus"), button("From an address…", () => askAddress(arrivals), "", "download")), input);
    async function take(files)
    {
        for (const file of files) {
            try {
                await arrivals.send(file, {});
            } catch (problem) {
                complain(problem);
            }
        }
    }
    input.addEventListener("change", () => {
        take([...input.files]);
        input.value = "";
    });
    for (const type of ["dragenter", "dragover"])
        zone.addEventListener(type, (event) => {
            event.preventDefault();
            zone.classList.add("is-over");
        });
    for (const type of ["dragleave", "drop"])
        zone.addEventListener(type, () => zone.classList.remove("is-over"));
    zone.addEventListener("drop", (event) => {
        event.preventDefault();
        take([...event.dataTransfer.files]);
    });
    return zone;
}

async function askSettings(listed, signal)
{
    const path = "/images/" + part(listed.name);
    const [{ answers }, { data: image, etag }] = await Promise.all([get("/answers", { signal }), getTagged(path, { signal })]);
    const names = answers.filter((a) => !image.answer_kind || a.kind === image.answer_kind).map((a) => a.name);
    return askForm({ title: image.title || image.name, action: "Save", wide: true,
        fields: [
            textField({ name: "title", label: "Title on the menu", value: image.title || "", hint: "Empty: what is recognised." }),
            textField({ name: "group", label: "Heading it stands under", value: image.group || "" }),
            ...(image.kind === "linux" ? [areaField({ name: "arguments", label: "Kernel arguments", value: image.arguments || "", rows: image.arguments?.length > MANY_LETTERS ? 4 : 2, mono: true, hint: "A template: ${host}, ${server} and the variables of hosts and groups may stand in it. Empty: what is recognised." })] : []),
            ...(image.answer_kind ? [selectField({ name: "answers", label: "Template of its answer file", value: image.answers || "", options: [{ value: "", label: "As hosts and groups say" }, ...new Set(names)] })] : []),
            checkField({ name: "hidden", label: "Not on the menu", value: image.hidden, hint: "Hosts and groups that are told to boot it still do." }),
        ],
        submit: async (values) => {
            const body = {};
            for (const key of ["title", "group", "arguments", "answers"])
                if (values[key] !== undefined && values[key].trim() !== (image[key] || ""))
                    body[key] = values[key].replace(/\s+/g, " ").trim() || null;
            if (values.hidden !== image.hidden)
                body.hidden = values.hidden || null;
            if (Object.keys(body).length === 0)
                return;
            const words = (data) => linesOf(data, ["title", "group", "arguments", "answers", "hidden", "order"]);
            const done = await changeTagged({ what: image.title || image.name, etag, send: (tag) => patch(path, body, { etag: tag }),
                                              read: () => getTagged(path, { signal }), words, mine: (now) => words(patched(now || image, body)) });
            if (!done)
                say("What is there was kept.");
        } });
}

/* An answer file as a machine would get it. */
async function showAnswer(image, signal)
{
    const { machines } = await get("/machines", { query: { limit: 200 }, signal });
    if (machines.length === 0)
        return complain("No machine has been seen yet: there is nobody to make an answer file for.");
    const list = select(machines.map((m) => ({ value: m.mac, label: machineName(m) })), machines[0].mac, { id: "answer-machine" });
    const place = el("div", { class: "stack", "aria-live": "polite" });
    const show = () => showWhenThere(place, signal, async () => {
        const r = await get("/render", { query: { mac: list.value, image: image.name }, signal });
        return [el("p", { class: "quiet" }, "Template " + r.template + "." + r.suffix + (r.built_in ? ", built in" : "") + (r.has_secrets ? "; its secrets are not shown." : ".")), el("pre", { class: "words", tabindex: 0 }, r.text)];
    });
    list.addEventListener("change", show);
    show();
    openDialog({ title: "Answer file for " + (image.title || image.name), wide: true, body: [el("div", { class: "field" }, el("label", { for: "answer-machine" }, "For"), list), place] });
    return undefined;
}

/* How many of the machines that were seen it is for. */
function fits(image, machines)
{
    const able = machines.filter((m) => image.arches.includes(m.client?.arch));
    return machines.length > 0 ? able.length + " of the " + plural(machines.length, "machine") + " seen" : "";
}

async function showFacts(image, signal)
{
    const { machines } = await get("/machines", { query: { limit: 500 }, signal });
    openDialog({ title: image.title || image.name, wide: true, body: whatItIs(image, machines) });
}

const DIGESTS = {
    waiting: "not read yet", intact: "as they were recorded", damaged: "DAMAGED: not as recorded, and nobody wrote to them",
    changed: "written to since they were recorded", gone: "a file is missing", unreadable: "a file cannot be read", failed: "could not be read",
};

function digestWords(image)
{
    if (image.digest === "reading")
        return "being read: " + image.digest_percent + " %";
    return image.digest && [DIGESTS[image.digest] || image.digest, image.digest_file && el("div", { class: "quiet" }, image.digest_file)];
}

function isBad(image)
{
    return ["damaged", "changed", "gone", "unreadable"].includes(image.digest);
}

function whatItIs(image, machines)
{
    return facts([["Name", el("span", { class: "mono" }, image.name)], ["Kind", KINDS[image.kind] || image.kind], ["Starts", image.kernel || image.program ? el("span", { class: "mono" }, image.kernel || image.program) : ""],
        ["Initrds", (image.initrds || []).map((i) => el("div", { class: "mono" }, i))], ["Arguments", image.arguments && el("span", { class: "mono" }, image.arguments)],
        ["Machines", image.arches.map(arch).join(", ")], ["Can boot it", fits(image, machines)], ["Least memory", image.memory_mib && image.memory_mib + " MiB"], ["Answer file", image.answer_kind],
        ["Secure Boot", [secureBadge(image.secure_boot), image.secure_boot_text && el("div", { class: "quiet" }, image.secure_boot_text)]], ["Its shim", image.shim && el("span", { class: "mono" }, image.shim)],
        ["Bytes", digestWords(image)],
        ["Tried", image.untested ? "nobody has booted it like this yet" : ""]]);
}

/* The menu in this order, unless somebody else has moved something: false when theirs was kept. */
async function saveOrder(mains, etag, signal)
{
    const names = mains.map((i) => i.name);
    const words = (data) => data.images.join("\n");
    return changeTagged({ what: "the order of the menu", etag, send: (tag) => put("/menu/order", { images: names }, { etag: tag }),
                          read: () => getTagged("/menu/order", { signal }), words, mine: () => names.join("\n") });
}

function list(page, arrivals, state)
{
    const mayChange = roleReaches(page.me.role, "admin");
    return (panel) => {
        const place = el("div", {});
        const soon = () => setTimeout(reload, 400);
        const reload = () => showWhenThere(place, page.signal, async () => {
            /* The tag first: of a move in between the worst is then a question too many, never an order lost. */
            const { etag } = await getTagged("/menu/order", { signal: page.signal });
            const images = await getAll("/images", "images", { signal: page.signal });
            if (images.length === 0)
                return emptyState({ name: "images", title: "No image yet", text: mayChange ? "Drop one above, fetch one from an address, or copy it into " + (page.status.images || "the images folder") + "." : "An admin adds the first one." });
            const mains = images.filter((i) => !i.main || i.main === i.name);
            const after = async (done) => {
                if (await done)
                    reload();
            };
            const move = async (image, by) => {
                const at = mains.indexOf(image);
                const rows = [...mains];
                rows.splice(at, 1);
                rows.splice(at + by, 0, image);
                try {
                    say(await saveOrder(rows, etag, page.signal) ? "The menu has a new order." : "What is there was kept.");
                } catch (problem) {
                    complain(problem);
                }
                soon();
            };
            const drop = async (image) => {
                if (!await confirm({ title: "Remove " + (image.title || image.name) + "?", text: "It goes off the menu, and its files are deleted.", action: "Remove" }))
                    return;
                try {
                    await remove("/images/" + part(image.name));
                    say("Removed.");
                } catch (problem) {
                    complain(problem);
                }
                soon();
            };
            const rows = images.map((image) => {
                const isMain = mains.includes(image);
                const at = mains.indexOf(image);
                return [el("div", {}, el("button", { type: "button", class: "link-button", on: { click: () => showFacts(image, page.signal).catch(complain) } }, image.title || image.name, spoken(": what was recognised")),
                           el("span", { class: "cell-sub mono" }, image.name)),
                        [KINDS[image.kind] || image.kind, image.hidden && [" ", badge("not on the menu", "warn")], image.untested && [" ", badge("untested", "plain")],
                            isBad(image) && [" ", badge(image.digest, "bad")], image.digest === "reading" && [" ", badge("being read: " + image.digest_percent + " %", "plain")]],
                        image.arches.map(arch).join(", "), secureBadge(image.secure_boot), image.group || "",
                        mayChange && menuButton({ label: "Actions for " + (image.title || image.name), entries: [
                            { words: "Title, arguments, …", icon: "edit", run: () => after(askSettings(image, page.signal).then((r) => {
                                if (r)
                                    soon();
                            })) },
                            image.answer_kind && { words: "Answer file…", icon: "audit", run: () => showAnswer(image, page.signal).catch(complain) },
                            isMain && at > 0 && { words: "Further up", icon: "up", run: () => move(image, -1) },
                            isMain && at < mains.length - 1 && { words: "Further down", icon: "down", run: () => move(image, 1) },
                            "-", isMain && { words: "Remove…", icon: "trash", danger: true, run: () => drop(image) }] })];
            });
            return plainTable("Images, in the order of the menu", ["Image", "What it is", "Machines", "Secure Boot", "Heading", "More"], rows);
        }, 6);
        state.reload = reload;
        reload();
        fill(panel, mayChange && dropZone(arrivals), arrivals.element, place);
    };
}

function picture(page)
{
    return (panel) => showWhenThere(panel, page.signal, async () => {
        const { machines } = await get("/machines", { signal: page.signal, query: { limit: 200 } });
        const options = [{ value: "arch=efi-x64", label: "Any UEFI x64 machine" }, { value: "arch=bios-x86", label: "Any BIOS machine" }, { value: "arch=efi-arm64", label: "Any UEFI ARM64 machine" },
                         ...machines.map((m) => ({ value: "mac=" + m.mac, label: machineName(m), group: "Machines that were seen" }))];
        const who = select(options, page.query.get("as") || options[0].value, { id: "menu-machine" });
        const by = select([{ value: "ipxe", label: "iPXE" }, { value: "grub", label: "GRUB" }], "ipxe", { id: "menu-loader" });
        const place = el("div", { class: "stack", "aria-live": "polite" });
        const show = () => showWhenThere(place, page.signal, async () => {
            const [key, ...rest] = who.value.split("=");
            return menuPicture(await get("/menu", { signal: page.signal, query: { [key]: rest.join("="), loader: by.value } }));
        }, 8);
        who.addEventListener("change", show);
        by.addEventListener("change", show);
        show();
        return [el("div", { class: "toolbar" }, el("div", { class: "field" }, el("label", { for: "menu-machine" }, "As seen by"), who), el("div", { class: "field" }, el("label", { for: "menu-loader" }, "Drawn by"), by)), place];
    });
}

export async function open(page)
{
    const state = { reload: () => {} };
    const reload = () => state.reload();
    const isAdmin = roleReaches(page.me.role, "admin");
    const arrivals = isAdmin ? makeArrivals(page, () => setTimeout(reload, 600)) : { element: null };
    page.title("Images", "What can be booted, in the order of the menu");
    fill(page.root, tabs({ label: "About images", chosen: page.query.get("tab"), rows: [
        { key: "list", words: "Images", open: list(page, arrivals, state) },
        { key: "menu", words: "The menu", open: picture(page) },
        ...(roleReaches(page.me.role, "operator") ? [{ key: "answers", words: "Answer files", open: answerFiles(page.signal, isAdmin) }] : []),
    ] }));
    if (isAdmin)
        arrivals.look();
    live.listen((event) => {
        if (event.event === "CATALOG_CHANGED" || event.event === "INSPECTED")
            reload();
    }, page.signal);
}
