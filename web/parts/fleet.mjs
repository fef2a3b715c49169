/* What is done to machines, one or many at once: say what they boot, wake them, put them into a
 * group, note something, forget them. A machine without a name gets one on the way, since settings belong to names. */
import { el } from "../text.mjs";
import { getAll, part, post, remove } from "../api.mjs";
import { bootName, plural } from "../format.mjs";
import { askForm, confirm } from "./dialog.mjs";
import { areaField, checkField, selectField } from "./field.mjs";
import { groupField } from "./group_field.mjs";
import { complain, say } from "./toast.mjs";

const AT_ONCE = 256; /* as many as one request may name */

/* The choices of "boots", grouped: what is always there, then the images of the menu. */
export async function bootChoices(signal)
{
    const images = await getAll("/images", "images", { signal });
    return [
        { value: "menu", label: "The menu" }, { value: "local", label: "Its own disk" },
        ...images.map((i) => ({ value: i.name, label: i.title && i.title !== i.name ? i.title + " (" + i.name + ")" : i.name,
                                group: i.group || "Images" })),
    ];
}

/* A name for a machine that has none: what it calls itself, else made of its address. */
export function nameFor(machine)
{
    const own = (machine.client?.hostname || "").toLowerCase().replace(/[^a-z0-9._-]+/g, "-").replace(/^[-.]+/, "").slice(0, 63);
    return own || "machine-" + machine.mac.replaceAll(":", "").slice(6);
}

/* The same change for all of them, in as few requests as there can be; says how it went, in the words
 * `done` has for a count. Resolves to true when each was changed. */
async function changeAll(machines, change, done)
{
    const faults = [];
    let changed = 0;
    for (let first = 0; first < machines.length; first += AT_ONCE) {
        const slice = machines.slice(first, first + AT_ONCE);
        try {
            const reply = await post("/machines/changes", { machines: slice.map((m) => m.mac), ...change });
            changed += reply.done;
            for (const m of reply.machines.filter((r) => !r.done))
                faults.push((m.host || m.mac) + ": " + m.sentence);
        } catch (problem) {
            if (first === 0)
                throw problem;
            faults.push(problem.message);
            break;
        }
    }
    if (faults.length > 0)
        complain(faults.slice(0, 3).join("\n") + (faults.length > 3 ? "\nand " + (faults.length - 3) + " more." : ""));
    if (changed > 0)
        say(done(changed));
    return faults.length === 0;
}

/* The same where no form shows what is thrown. */
async function changeAllAloud(machines, change, done)
{
    try {
        return await changeAll(machines, change, done);
    } catch (problem) {
        complain(problem);
        return false;
    }
}

/* One request a machine, for what has no route for many. */
async function toEach(machines, done, run)
{
    for (const m of machines) {
        try {
            await run(m);
        } catch (problem) {
            complain((m.host || m.mac) + ": " + problem.message);
            return false;
        }
    }
    say(done(machines.length));
    return true;
}

function who(machines)
{
    return machines.length === 1 ? machines[0].host || machines[0].client?.hostname || machines[0].mac : plural(machines.length, "machine");
}

/* Ask what these machines boot, once or from now on; resolves to true when something was changed. */
export async function askBoot(machines, signal)
{
    let choices;
    try {
        choices = await bootChoices(signal);
    } catch (problem) {
        complain(problem);
        return false;
    }
    const one = machines.length === 1 ? machines[0] : null;
    const image = selectField({ name: "image", label: "Boots", options: choices, value: one?.next_boot || one?.boot || "menu" });
    const how = selectField({ name: "how", label: "For", value: "once",
                              options: [{ value: "once", label: "the next boot only" }, { value: "ever", label: "every boot from now on" }] });
    const wake = checkField({ name: "wake", label: "Wake it now (Wake-on-LAN)" });
    const done = await askForm({
        title: "What boots " + who(machines) + "?", fields: [image, how, wake], action: "Set",
        submit: async (values) => {
            const words = (n) => (n === 1 && one ? who(machines) + " boots " : plural(n, "machine") + (n === 1 ? " boots " : " boot ")) +
                (n > 1 && values.image === "local" ? "their own disks" : bootName(values.image)) + (values.how === "once" ? " at the next boot." : " from now on.");
            await changeAll(machines, { [values.how === "once" ? "next_boot" : "boot"]: values.image, wake: values.wake }, words);
            return true;
        },
    });
    return done === true;
}

export async function askWake(machines)
{
    if (machines.length > 1 && !await confirm({ title: "Wake " + who(machines) + "?", action: "Wake", danger: false,
                                                 text: "Each is sent a Wake-on-LAN packet." }))
        return false;
    return changeAllAloud(machines, { wake: true },
                          (n) => "A wake-up packet was sent to " + plural(n, "machine") + ". Whether it wakes shows when it boots.");
}

export async function askGroup(machines, signal)
{
    let group;
    try {
        group = await groupField({ value: machines[0].group || "", hint: "They inherit its settings.", signal });
    } catch (problem) {
        complain(problem);
        return false;
    }
    const done = await askForm({
        title: "Group of " + who(machines), fields: [group], action: "Set",
        submit: async (values) => {
            await group.make();
            await changeAll(machines, { group: values.group }, (n) => plural(n, "machine") + (values.group ? " put into " + values.group + "." : " taken out of groups."));
            return true;
        },
    });
    return done !== undefined;
}

export async function askNoteOfAll(machines)
{
    const note = areaField({ name: "note", label: "Note", rows: 4, value: machines.length === 1 ? machines[0].note || "" : "",
                             hint: "It takes the place of what is noted about each. Empty: no note." });
    const done = await askForm({
        title: "Note about " + who(machines), fields: [note], action: "Set",
        submit: async (values) => {
            await changeAll(machines, { note: values.note.trim() }, (n) => values.note.trim() ? "Noted about " + plural(n, "machine") + "." : "Nothing is noted about " + plural(n, "machine") + " any more.");
            return true;
        },
    });
    return done !== undefined;
}

export async function askForgetSettings(machines)
{
    if (!await confirm({ title: "Forget the settings of " + who(machines) + "?", action: "Forget",
                         text: "They stay in the list; their names, what they boot, their secrets and notes are gone." }))
        return false;
    return changeAllAloud(machines, { forget: true }, (n) => "The settings of " + plural(n, "machine") + " are forgotten.");
}

export async function askForgetChains(machine)
{
    if (!await confirm({ title: "Forget its chains?", action: "Forget", danger: false,
                         text: "What is remembered of how this machine got on with chains of boot programs is forgotten; its next boot begins with the first one again." }))
        return false;
    return toEach([machine], () => "Forgotten: the next boot tries the chains from the first on.", () => remove("/machines/" + machine.mac + "/chains"));
}

export async function askReinstall(machine)
{
    if (!await confirm({ title: "Install it once more?", action: "Install again",
                         text: ["That its installer has said it is done is forgotten, so that what is assigned to it is installed again at its next boot.",
                                el("p", {}, el("strong", {}, "An installation usually erases the disk of the machine."))] }))
        return false;
    return toEach([machine], () => "It is installed again at its next boot.", (m) => post("/hosts/" + part(m.host) + "/reinstall"));
}
