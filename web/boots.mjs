/* The boots of all machines, as they go on: remembered events first, then the live ones. The live
 * page and the wall screen both show this. */
import { get } from "./api.mjs";
import * as live from "./live.mjs";
import { bootWith, settle } from "./boot.mjs";

const REMEMBERED = 1000;
const EVENTS_KEPT = 60;
/* How long a boot stays on the page after its end, and how long one that stands still. */
const DONE_SHOWN_MS = 3 * 60 * 1000;
const STALLED_SHOWN_MS = 60 * 60 * 1000;
const SILENT_SHOWN_MS = 30 * 60 * 1000;

/* After these more is known of a machine: its host name, what iPXE tells of it, its host. */
const TELLS_MORE = new Set(["DHCP_ACK_SENT", "DHCP_OTHER_CHOSEN", "SCRIPT_SENT", "GRUB_CONFIG_SENT"]);

/* {all: Map of machine to boot, names: Map of machine to what is known of it, start(signal,
 * changed)}; `changed(machine)` is called after each event that concerns a boot. */
export function followBoots()
{
    const all = new Map();
    const names = new Map();
    const asked = new Set();

    function take(event)
    {
        if (!event.machine)
            return false;
        const boot = bootWith(all.get(event.machine) || null, event, EVENTS_KEPT);
        if (boot)
            all.set(event.machine, boot);
        return boot !== null;
    }

    /* What the machine is called: asked once a machine, and again when it boots anew. */
    async function learn(machine, signal, changed, anew = false)
    {
        if (asked.has(machine) && !anew)
            return;
        asked.add(machine);
        try {
            names.set(machine, await get("/machines/" + machine, { signal }));
            changed(machine);
        } catch {
            asked.delete(machine);
        }
    }

    async function start(signal, lastEvent, changed)
    {
        const page = await get("/events", {
            signal, query: { after: Math.max(0, lastEvent - REMEMBERED) || undefined, limit: REMEMBERED },
        });
        let last = 0;
        for (const event of page.events) {
            last = event.sequence;
            take(event);
        }
        for (const machine of shown(all, Date.now()).map((b) => b.machine))
            learn(machine, signal, changed);
        live.listen((event) => {
            if (event.sequence <= last || !take(event))
                return;
            learn(event.machine, signal, changed, TELLS_MORE.has(event.event));
            changed(event.machine);
        }, signal);
        live.start(last);
    }
    return { all, names, start };
}

/* Those to be seen now: what stands still first, then what is under way, then what is done. */
export function shown(all, now)
{
    const rank = { stalled: 0, now: 1, done: 2 };
    const rows = [];
    for (const boot of all.values()) {
        settle(boot, now);
        const silent = now - boot.last;
        const limit = boot.state === "done" ? DONE_SHOWN_MS : boot.state === "stalled" ? STALLED_SHOWN_MS : SILENT_SHOWN_MS;
        /* A machine that only renews its lease is not booting. */
        const isOs = boot.kind === "os" && boot.stage === "dhcp";
        if (silent <= limit && !isOs)
            rows.push(boot);
    }
    return rows.sort((a, b) => rank[a.state] - rank[b.state] || b.begun - a.begun);
}
