/* Addresses that are kept for a machine: listed, added, given to another, and kept no longer. */
import { el, fill } from "../text.mjs";
import { getAll, getTagged, part, put, remove } from "../api.mjs";
import { badge } from "./badge.mjs";
import { emptyState } from "./busy.mjs";
import { changeTagged, linesOf } from "./conflict.mjs";
import { askForm, button, confirm } from "./dialog.mjs";
import { textField } from "./field.mjs";
import { menuButton } from "./menu.mjs";
import { dataTable, fromList } from "./table.mjs";
import { complain, say } from "./toast.mjs";

const path = (address) => "/reservations/" + part(address);
const number = (address) => address.split(".").reduce((n, p) => n * 256 + Number(p), 0);
const words = (r) => linesOf(r, ["address", "mac", "host"]);

/* Ask for one, new or (with `known`) of another machine; resolves to true when it was written. */
export async function askReservation(known, signal)
{
    let etag = "";
    let now = known;
    if (known?.host)
        ({ data: now, etag } = await getTagged(path(known.address), { signal }));
    const isNew = !etag;
    const address = textField({ name: "address", label: "Address", value: now?.address || "", mono: true, required: true, placeholder: "192.168.50.21",
                                check: (v) => /^\d{1,3}(\.\d{1,3}){3}$/.test(v.trim()) ? "" : "An IPv4 address, such as 192.168.50.21." });
    address.input.disabled = !isNew;
    const mac = textField({ name: "mac", label: "Hardware address", value: now?.mac || "", mono: true, required: true, placeholder: "52:54:00:12:34:56",
                            check: (v) => /^[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}$/.test(v.trim()) ? "" : "Six pairs of digits, such as 52:54:00:12:34:56." });
    const host = textField({ name: "host", label: "Name", hint: "Of a machine that has none yet. Empty: made of its hardware address.",
                             check: (v) => v === "" || /^[A-Za-z0-9_][A-Za-z0-9._-]{0,62}$/.test(v) ? "" : "Letters, digits, dots, dashes and underscores." });
    const done = await askForm({
        title: isNew ? "Keep an address for a machine" : "Who gets " + now.address, action: isNew ? "Keep it" : "Save",
        intro: "The machine is given this address whenever it asks; the pools leave it out.",
        fields: isNew ? [address, mac, host] : [address, mac], submit: async (values) => {
            const wish = { mac: values.mac.trim(), ...(values.host ? { host: values.host } : {}) };
            const where = values.address.trim();
            const kept = await changeTagged({ what: "who gets " + where, etag, send: (tag) => put(path(where), wish, { etag: tag }),
                                              read: () => getTagged(path(where), { signal }), words, mine: () => words({ address: where, ...wish }) });
            say(kept ? where + " is kept for " + wish.mac + "." : "What is there was kept.");
            return true;
        },
    });
    return done === true;
}

async function takeAway(r, signal)
{
    if (!await confirm({ title: "Keep " + r.address + " no longer?", action: "Keep it no longer",
                         text: "The machine " + r.host + " gets an address from the pools when it asks next. Its other settings stay." }))
        return false;
    const { etag } = await getTagged(path(r.address), { signal });
    await remove(path(r.address), { etag });
    say(r.address + " is free.");
    return true;
}

/* The tab. */
export function reservations(page, mayChange)
{
    return (panel) => {
        let table = null;
        const after = async (work) => {
            try {
                if (await work())
                    table.reload();
            } catch (problem) {
                complain(problem);
            }
        };
        const gives = page.status.leases?.max > 0;
        const add = mayChange && gives && button("Keep an address…", () => after(() => askReservation(null, page.signal)), "main", "plus");
        table = dataTable({
            name: "Reservations", noun: ["reservation", "reservations"], query: page.query, signal: page.signal, sort: "address", search: "Search reservations",
            rowKey: (r) => r.address + r.host, rowName: (r) => r.address, filters: add ? [add] : [],
            columns: [
                { key: "address", label: "Address", sort: true, className: "cell-main", cell: (r) => el("span", { class: "mono" }, r.address) },
                { key: "mac", label: "Machine", sort: true, cell: (r) => el("a", { href: "/machines/" + r.mac, class: "mono" }, r.mac) },
                { key: "host", label: "Name", sort: true, cell: (r) => r.host },
                { key: "read_only", label: "Stands in", cell: (r) => r.read_only ? badge("the configuration file", "plain") : "" },
                ...(mayChange ? [{ key: "more", label: "More", hidden: true, className: "cell-actions", cell: (r) => r.read_only ? "" : menuButton({
                    label: "Actions for " + r.address, entries: [
                        { words: "Another machine…", icon: "edit", run: () => after(() => askReservation(r, page.signal)) },
                        { words: "Keep it no longer…", icon: "trash", danger: true, run: () => after(() => takeAway(r, page.signal)) },
                    ] }) }] : []),
            ],
            load: fromList(() => getAll("/reservations", "reservations", { signal: page.signal, most: 70000 }), {
                texts: (r) => [r.address, r.mac, r.host],
                order: { address: (r) => number(r.address), mac: (r) => r.mac, host: (r) => r.host },
            }),
            empty: () => emptyState({ name: "network", title: "No address is kept for a machine", text: gives ?
                "A machine that has to be found at the same place keeps its address: a printer, a server." :
                "In mode proxy addresses come from your own DHCP server, and are kept there.",
                actions: add ? [button("Keep an address…", () => after(() => askReservation(null, page.signal)), "main", "plus")] : [] }),
        });
        fill(panel, table.element);
    };
}
