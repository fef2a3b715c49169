/* Addresses and the wire: what is served where, pools and who has which address, other DHCP servers;
 * boots, bytes and leases over the last day. */
import { el, fill } from "../text.mjs";
import { icon } from "../icons.mjs";
import { get, getAll } from "../api.mjs";
import { ago, bytes, count, dateAndClock, plural, span } from "../format.mjs";
import { badge } from "../parts/badge.mjs";
import { emptyState, showWhenThere } from "../parts/busy.mjs";
import { menuButton } from "../parts/menu.mjs";
import { plot } from "../parts/plot.mjs";
import { askReservation, reservations } from "../parts/reservations.mjs";
import { dataTable, facts, fromList, plainTable } from "../parts/table.mjs";
import { tabs } from "../parts/tabs.mjs";
import { complain } from "../parts/toast.mjs";
import { roleReaches } from "../views.mjs";

const MODES = { proxy: ["beside your DHCP server", "info"], server: ["gives addresses", "good"], off: ["no DHCP", "plain"] };

function interfaceCard(i)
{
    const [words, kind] = MODES[i.mode] || [i.mode, "plain"];
    return el("section", { class: "card" }, el("div", { class: "card-head" }, el("h2", {}, i.name), badge(words, kind)),
        facts([["Address", el("span", { class: "mono" }, i.address + "/" + i.prefix_length)], ["Link", i.up ? badge("up", "good") : badge("down", "bad", { withIcon: true })]]));
}

function subnetCard(s)
{
    const share = s.addresses > 0 ? Math.min(1, s.used / s.addresses) : 0;
    const meter = el("meter", { class: "meter", min: 0, max: Math.max(1, s.addresses), value: s.used, high: s.addresses * 0.9, "aria-label": "Addresses of " + s.network + " that are given out" });
    return el("section", { class: "card" },
        el("div", { class: "card-head" }, el("h2", { class: "mono" }, s.network), share >= 0.9 ? badge("nearly full", "warn", { withIcon: true }) : badge(Math.round(share * 100) + " % in use", "plain")),
        meter, el("p", { class: "quiet" }, count(s.used) + " of " + plural(s.addresses, "address", "addresses") + " given out, " + plural(s.reserved, "machine") + " with one of its own"),
        facts([["Pools", s.pools.map((p) => el("div", { class: "mono" }, p))], ["Router", s.router], ["Name servers", s.dns.join(", ")], ["Domain", s.domain],
               ["Lease", span(s.lease_seconds * 1000)], ["Only on", s.interface]]));
}

function overview(page)
{
    return (panel) => showWhenThere(panel, page.signal, async () => {
        const n = await get("/network", { signal: page.signal });
        return [
            el("div", { class: "columns is-cards" }, n.interfaces.map(interfaceCard), n.interfaces.length === 0 &&
                emptyState({ name: "network", title: "No interface is served", text: "tugboot serves every Ethernet interface with an IPv4 address, or those the configuration names." })),
            n.subnets.length > 0 && el("section", { class: "stack" }, el("h2", {}, "Networks addresses are given in"), el("div", { class: "columns is-cards" }, n.subnets.map(subnetCard))),
            el("section", { class: "stack" }, el("h2", {}, "Other DHCP servers"), n.other_servers.length > 0 ?
                plainTable("Other DHCP servers", ["Address", "Heard on", "Gives addresses", "Answers booting machines", "Last heard"], n.other_servers.map((o) => [
                    el("span", { class: "mono" }, o.address), o.interface || "", o.gives_addresses ? "yes" : "no",
                    o.boots ? badge("yes: it competes", "warn", { withIcon: true }) : "no", ago(o.last_seen)])) :
                el("p", { class: "quiet" }, "None was heard since the daemon started.")),
            el("section", { class: "stack" }, el("h2", {}, "Ports"), el("div", { class: "row-line" }, n.ports.map((p) => badge(p.name + " " + p.port, "plain")))),
        ];
    });
}

function leases(page, mayChange)
{
    return (panel) => {
        const table = dataTable({
            name: "Leases", noun: ["lease", "leases"], query: page.query, signal: page.signal, sort: "address", search: "Search leases",
            rowKey: (l) => l.address, rowName: (l) => l.address,
            columns: [
                { key: "address", label: "Address", sort: true, className: "cell-main", cell: (l) => el("span", { class: "mono" }, l.address) },
                { key: "mac", label: "Machine", sort: true, cell: (l) => l.mac && el("a", { href: "/machines/" + l.mac, class: "mono" }, l.mac) },
                { key: "hostname", label: "Name", sort: true, cell: (l) => l.hostname || "" },
                { key: "status", label: "State", sort: true, cell: (l) => badge(l.status === "declined" ? "in use by somebody else" : l.status,
                    { active: "good", declined: "bad" }[l.status] || "plain") },
                { key: "expires", label: "Until", sort: true, className: "cell-fixed", cell: (l) => el("time", { datetime: l.expires }, dateAndClock(l.expires)) },
                ...(mayChange ? [{ key: "more", label: "More", hidden: true, className: "cell-actions", cell: (l) => l.mac && menuButton({
                    label: "Actions for " + l.address, entries: [{ words: "Keep it for this machine…", icon: "plus",
                        run: () => askReservation({ address: l.address, mac: l.mac }, page.signal).catch(complain) }] }) }] : []),
            ],
            load: fromList(() => getAll("/leases", "leases", { signal: page.signal, most: 70000 }), {
                texts: (l) => [l.address, l.mac, l.hostname, l.status].filter(Boolean),
                order: { address: (l) => l.address.split(".").reduce((n, p) => n * 256 + Number(p), 0), mac: (l) => l.mac || "", hostname: (l) => l.hostname || "", status: (l) => l.status, expires: (l) => Date.parse(l.expires) },
            }),
            empty: () => emptyState({ name: "network", title: "No address is given out", text: page.status.leases?.max > 0 ?
                "The next machine that asks gets one from the pools." : "In mode proxy addresses come from your own DHCP server; tugboot only adds what booting needs." }),
        });
        fill(panel, table.element);
    };
}

/* Minutes that nobody counted are minutes without anything. */
function whole(minutes)
{
    const points = [];
    for (const m of minutes) {
        const last = points[points.length - 1];
        for (let t = last ? last.time + 60000 : m.time_ms; last && t < m.time_ms - 30000; t += 60000)
            points.push({ time: t, boots_done: 0, boots_stalled: 0, bytes_tftp: 0, bytes_http: 0, leases: last.leases });
        points.push({ time: m.time_ms, ...m });
    }
    return points;
}

/* Many minutes as fewer points: sums, but of leases the last. */
function gather(points, most)
{
    const step = Math.max(1, Math.ceil(points.length / most));
    const out = [];
    for (let i = 0; i < points.length; i += step) {
        const part = points.slice(i, i + step);
        const sum = (key) => part.reduce((n, p) => n + p[key], 0);
        out.push({ time: part[0].time, leases: part[part.length - 1].leases, boots_done: sum("boots_done"), boots_stalled: sum("boots_stalled"),
                   tftp: sum("bytes_tftp") / (60 * part.length), http: sum("bytes_http") / (60 * part.length) });
    }
    return out;
}

function history(page)
{
    return (panel) => showWhenThere(panel, page.signal, async () => {
        const points = gather(whole(await getAll("/history", "minutes", { signal: page.signal })), 160);
        return [el("div", { class: "columns is-wide" },
            plot({ title: "Boots", points, say: (n) => count(Math.round(n * 10) / 10), series: [{ key: "boots_done", words: "came to their end", kind: "bar" }, { key: "boots_stalled", words: "stalled", kind: "bar" }] }),
            plot({ title: "Bytes sent, a second", points, isBytes: true, say: (n) => bytes(n), series: [{ key: "http", words: "HTTP" }, { key: "tftp", words: "TFTP" }] }),
            page.status.leases?.max > 0 && plot({ title: "Addresses in use", points, say: (n) => count(Math.round(n)), series: [{ key: "leases", words: "leases" }] })),
            el("p", { class: "quiet row-line" }, icon("info"), "The last day at most, since the daemon started; of transfers that have ended.")];
    });
}

export async function open(page)
{
    const mayChange = roleReaches(page.me.role, "operator");
    page.title("Network", "Addresses, other DHCP servers, and how much goes over the wire");
    fill(page.root, tabs({ label: "About the network", chosen: page.query.get("tab"), rows: [
        { key: "overview", words: "Overview", open: overview(page) },
        { key: "leases", words: "Leases", open: leases(page, mayChange) },
        { key: "reservations", words: "Reservations", open: reservations(page, mayChange) },
        { key: "history", words: "The last day", open: history(page) },
    ] }));
}
