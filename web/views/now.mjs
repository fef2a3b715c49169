/* Every machine that is booting, as it boots. */
import { el, fill } from "../text.mjs";
import { icon } from "../icons.mjs";
import { get } from "../api.mjs";
import { bytes, plural, span } from "../format.mjs";
import { bootList } from "../parts/boot_card.mjs";
import { firstSteps } from "../parts/first_steps.mjs";
import { followBoots, shown } from "../boots.mjs";

function trouble(status)
{
    const rows = [];
    if (status.store_works === false)
        rows.push(["bad", "The database takes no changes: " + (status.store_trouble || "a full disk, most often") + ". New leases are not given until it works again."]);
    if (status.reload_trouble)
        rows.push(["warn", "The configuration file is not the one in force: " + status.reload_trouble]);
    if (status.interfaces && status.interfaces.length > 0 && !status.interfaces.some((i) => i.up))
        rows.push(["bad", "No interface is up: machines cannot reach this server."]);
    return rows.map(([kind, words]) => el("div", { class: "notice is-" + kind, role: "alert" }, icon("warn"), el("p", {}, words)));
}

function figures(status, counts)
{
    const figure = (value, words) => el("div", { class: "figure" }, el("dd", {}, value), el("dt", {}, words));
    return el("dl", { class: "figures" },
              figure(String(counts.now), "booting"), figure(String(counts.stalled), "standing still"),
              figure(String(status.boots.done), "boots done"),
              figure(bytes(status.bytes.http + status.bytes.tftp), "sent"),
              status.leases.max > 0 && figure(String(status.leases.active), "leases of " + status.leases.max),
              figure(span(status.uptime_seconds * 1000), "up"));
}

function calm(status, images)
{
    const on = (status.interfaces || []).filter((i) => i.up).map((i) => i.name + " at " + i.address + " (" + i.mode + ")");
    return el("div", { class: "calm" }, el("div", { class: "calm-mark", "aria-hidden": "true" }),
              el("h2", {}, "Nothing is booting"),
              el("p", {}, on.length > 0 ? "Listening on " + on.join(", ") + ". " : "",
                 plural(images, "image") + " on the menu."),
              el("p", { class: "quiet" }, "A machine that boots from the network appears here the moment it asks."));
}

export async function open(page)
{
    const { root, signal, status } = page;
    const [images, machines] = await Promise.all([get("/images", { signal }), get("/machines", { signal, query: { limit: 1 } })]);
    const modes = (status.interfaces || []).map((i) => i.mode);
    const mode = modes.includes("server") ? "server" : modes[0] || "off";
    const boots = followBoots();
    const list = bootList();
    const head = el("div", { class: "now-head" });
    const place = el("div", { class: "now-place" });
    const said = el("p", { class: "spoken", role: "status" });
    const isNew = () => images.images.length === 0 || (machines.total === 0 && boots.all.size === 0);
    let due = 0;
    let counted = "";

    page.title("Now", "Machines that boot from the network, as they do it");
    page.actions(el("a", { class: "button", href: "/pick" }, "Choose for a waiting machine"), el("a", { class: "button", href: "/wall" }, icon("wall"), "Wall screen"));

    function update()
    {
        due = 0;
        const now = Date.now();
        const rows = shown(boots.all, now);
        const counts = { now: rows.filter((b) => b.state === "now").length, stalled: rows.filter((b) => b.state === "stalled").length };
        const key = JSON.stringify(counts);
        if (key !== counted) {
            counted = key;
            fill(head, trouble(status), figures(status, counts));
            if (rows.length > 0)
                said.textContent = plural(counts.now, "machine") + " booting, " + counts.stalled + " standing still";
        }
        list.update(rows, boots.names, now);
        const shows = rows.length > 0 ? "boots" : isNew() ? "steps" : "calm";
        if (place.dataset.shows !== shows) {
            place.dataset.shows = shows;
            fill(place, shows === "boots" ? list.element : shows === "calm" ? calm(status, images.images.length) :
                firstSteps({ has: { images: images.images.length > 0, machines: machines.total > 0 }, mode, status }));
        }
    }
    function soon()
    {
        if (!due && !signal.aborted)
            due = setTimeout(update, 60);
    }
    fill(root, head, place, said);
    await boots.start(signal, status.last_event, soon);
    update();
    const tick = setInterval(update, 1000);
    const fresh = setInterval(async () => {
        try {
            Object.assign(status, await get("/status", { signal }));
            counted = "";
        } catch {
            /* the live mark says that the daemon is away */
        }
    }, 10000);
    signal.addEventListener("abort", () => {
        clearInterval(tick);
        clearInterval(fresh);
        clearTimeout(due);
    });
}
