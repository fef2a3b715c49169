/* How far a boot is, out of its events: a pure reading, the same for the live page, the wall screen
 * and a machine's history. A boot begins with a DISCOVER of firmware (or of whatever comes first
 * after a boot that ended), and its stages only move forward. */

export const STAGES = [
    { key: "dhcp", words: "DHCP" },
    { key: "loader", words: "Loader" },
    { key: "script", words: "Script" },
    { key: "kernel", words: "Kernel" },
    { key: "system", words: "System" },
    { key: "done", words: "Done" },
];
const ORDER = STAGES.map((s) => s.key);

/* A boot that says nothing for so long is another one when the machine is heard again. */
const GAP_MS = 30 * 60 * 1000;
/* A system that was started and is not heard of is taken for running after this. */
export const SETTLED_MS = 10 * 60 * 1000;

/* Which stage an event shows the boot to be in. Those that are missing move nothing. */
const STAGE_OF = {
    DHCP_DISCOVER: "dhcp", DHCP_OFFER_SENT: "dhcp", DHCP_PROXY_OFFER_SENT: "dhcp", DHCP_REQUEST: "dhcp",
    DHCP_ACK_SENT: "dhcp", DHCP_OTHER_CHOSEN: "dhcp", DHCP_PXE_ACK_SENT: "loader",
    TFTP_STARTED: "loader", TFTP_PROBED: "loader", TFTP_DONE: "loader", HTTP_LOADER_DONE: "loader",
    DISK_PROBED: "loader", DISK_STARTED: "loader", DISK_PROGRESS: "loader", DISK_DONE: "loader",
    SCRIPT_SENT: "script", GRUB_CONFIG_SENT: "script",
    HTTP_KERNEL_DONE: "kernel", TFTP_KERNEL_DONE: "kernel",
    BOOT_DONE: "system", ANSWER_SENT: "system", BOOT_LOCAL: "done", INSTALL_FINISHED: "done",
};

function freshStages()
{
    return Object.fromEntries(ORDER.map((key) => [key, { state: "ahead", begun: 0, ended: 0 }]));
}

function freshBoot(event)
{
    return {
        machine: event.machine, begun: event.time_ms, last: event.time_ms, stage: "", stages: freshStages(),
        state: "now", image: "", message: "", verdict: "", arch: "", kind: "", address: "", bytes: 0,
        file: null, waiting: false, events: [],
    };
}

function arrive(boot, stage, at)
{
    const to = ORDER.indexOf(stage);
    const from = ORDER.indexOf(boot.stage);
    if (to <= from) {
        if (boot.stages[boot.stage].state === "stalled")
            boot.stages[boot.stage].state = "now";
        return;
    }
    for (let i = 0; i < to; i++) {
        const part = boot.stages[ORDER[i]];
        if (part.state === "ahead")
            part.state = "skipped";
        else if (part.state !== "skipped") {
            part.state = "done";
            part.ended ||= at;
        }
    }
    Object.assign(boot.stages[stage], { state: "now", begun: at });
    boot.stage = stage;
}

function finish(boot, at)
{
    arrive(boot, "done", at);
    Object.assign(boot.stages.done, { state: "done", ended: at });
    boot.state = "done";
    boot.file = null;
}

/* Does this event open a new boot? `kind` of a DISCOVER says who speaks. */
function isBeginning(boot, event)
{
    if (!boot)
        return STAGE_OF[event.event] !== undefined;
    if (event.time_ms - boot.last > GAP_MS)
        return true;
    if (event.event !== "DHCP_DISCOVER" || event.fields.kind === "ipxe")
        return false;
    if (event.fields.kind === "os")
        return false;
    return boot.stage !== "dhcp" || boot.state !== "now";
}

function takeFile(boot, event, isWhole)
{
    const name = event.fields.file || event.fields.what;
    const done = Number(event.fields.bytes) || 0;
    const total = Number(event.fields.total) || (isWhole ? done : 0);
    if (isWhole) {
        boot.bytes += done;
        if (boot.file && boot.file.name === name)
            boot.file = null;
        return;
    }
    const before = boot.file && boot.file.name === name ? boot.file : null;
    const ms = before ? event.time_ms - before.at : 0;
    const perSecond = ms > 0 && done > before.done ? (done - before.done) * 1000 / ms : 0;
    boot.file = { name, done, total, at: event.time_ms,
                  perSecond: before && before.perSecond ? 0.6 * before.perSecond + 0.4 * perSecond : perSecond };
}

/* Take one more event into the boot (null: none yet) and return the boot it now is, which is
 * another object when a new one began. `keep`: how many events are kept with it. */
export function bootWith(boot, event, keep = 0)
{
    if (isBeginning(boot, event))
        boot = freshBoot(event);
    if (!boot)
        return null;
    boot.last = event.time_ms;
    if (event.event !== "FILE_PROGRESS")
        boot.message = event.message;
    if (keep > 0 && event.event !== "FILE_PROGRESS") {
        boot.events.push(event);
        if (boot.events.length > keep)
            boot.events.shift();
    }
    const f = event.fields || {};
    if (f.arch)
        boot.arch = f.arch;
    if (f.address)
        boot.address = f.address;
    if (event.event === "DHCP_DISCOVER" && f.kind)
        boot.kind = f.kind;
    const isOs = event.event === "DHCP_DISCOVER" && f.kind === "os";
    if (isOs && (boot.stage === "system" || boot.stage === "kernel")) {
        arrive(boot, "system", event.time_ms);
    } else if (["DHCP_ACK_SENT", "DHCP_OTHER_CHOSEN"].includes(event.event) && boot.stage === "system") {
        finish(boot, event.time_ms);
    } else if (event.event === "BOOT_STALLED" || event.event === "INSTALL_FAILED") {
        boot.state = "stalled";
        boot.verdict = event.message;
        if (boot.stage)
            boot.stages[boot.stage].state = "stalled";
    } else if (STAGE_OF[event.event]) {
        if (boot.state === "stalled") {
            boot.state = "now";
            boot.verdict = "";
        }
        if (STAGE_OF[event.event] === "done")
            finish(boot, event.time_ms);
        else if (boot.state !== "done")
            arrive(boot, STAGE_OF[event.event], event.time_ms);
    }
    if (event.event === "FILE_PROGRESS" && boot.state === "now" && boot.stage === "script" && /^images\//.test(f.file || ""))
        arrive(boot, "kernel", event.time_ms);
    if (event.event === "FILE_PROGRESS" || event.event === "DISK_PROGRESS")
        takeFile(boot, event, false);
    else if (/^(HTTP|HTTP_KERNEL|HTTP_LOADER|TFTP|TFTP_KERNEL|DISK)_DONE$/.test(event.event))
        takeFile(boot, event, true);
    else if (/_(ABORTED|TIMED_OUT|CUT)$/.test(event.event))
        boot.file = null;
    if (event.event === "SCRIPT_SENT" || event.event === "GRUB_CONFIG_SENT") {
        boot.image = f.what && f.what !== "who are you" ? f.what : boot.image;
        boot.waiting = f.what === "menu";
    } else if (event.event === "BOOT_DONE" || event.event === "INSTALL_FINISHED") {
        boot.image = f.image || boot.image;
        boot.waiting = false;
    } else if (event.event === "BOOT_LOCAL") {
        boot.image = "its own disk";
        boot.waiting = false;
    } else if (boot.stage === "kernel") {
        boot.waiting = false;
    }
    return boot;
}

/* A system under way that is not heard of any more runs, as far as can be known from here. */
export function settle(boot, now)
{
    if (boot.state === "now" && boot.stage === "system" && now - boot.last > SETTLED_MS)
        finish(boot, boot.last);
}

/* All boots of one machine out of its events, the latest first. */
export function bootsOf(events)
{
    const boots = [];
    let boot = null;
    for (const event of events) {
        const next = bootWith(boot, event, 1000);
        if (next && next !== boot)
            boots.unshift(next);
        boot = next;
    }
    return boots;
}
