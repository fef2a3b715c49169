/* What is done to machines, one or many at once: say what they boot, wake them, put them into a
 * group. A machine without a name gets one on the way, since settings belong to names. */
import { el } from "../text.mjs";
import { getAll, part, patch, post, put, remove } from "../api.mjs";
import { bootName, plural } from "../format.mjs";
import { askForm, confirm } from "./dialog.mjs";
import { checkField, selectField, textField } from "./field.mjs";
import { complain, say } from "./toast.mjs";

const AT_ONCE = 4;

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

/* Settings of a machine: of its host if it is one, else of a host that is made for it. */
export async function setHost(machine, settings)
{
    if (machine.host)
        return patch("/hosts/" + part(machine.host), settings);
    const kept = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null && value !== ""));
    return put("/hosts/" + part(nameFor(machine)), { mac: machine.mac, ...kept });
}

export async function setNextBoot(machine, image)
{
    if (!machine.host)
        await setHost(machine, {});
    return post("/hosts/" + part(machine.host || nameFor(machine)) + "/next-boot", { image });
}

/* Do it to each, a few at a time, and say how it went. */
export async function toEach(machines, done, run)
{
    const faults = [];
    const rest = [...machines];
    const worker = async () => {
        for (let m = rest.shift(); m; m = rest.shift()) {
            try {
                await run(m);
            } catch (problem) {
                faults.push((m.host || m.mac) + ": " + problem.message);
            }
        }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    if (faults.length > 0)
        complain(faults.slice(0, 3).join("\n") + (faults.length > 3 ? "\nand " + (faults.length - 3) + " more." : ""));
    if (faults.length < machines.length)
        say(done(machines.length - faults.length));
    return faults.length === 0;
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
            const run = async (m) => {
                if (values.how === "once")
                    await setNextBoot(m, values.image);
                else
                    await setHost(m, { boot: values.image });
                if (values.wake)
                    await post("/hosts/" + part(m.host || nameFor(m)) + "/wake", {});
            };
            const words = (n) => (n === 1 && one ? who(machines) + " boots " : plural(n, "machine") + (n === 1 ? " boots " : " boot ")) +
                (n > 1 && values.image === "local" ? "their own disks" : bootName(values.image)) + (values.how === "once" ? " at the next boot." : " from now on.");
            await toEach(machines, words, run);
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
    return toEach(machines, (n) => "A wake-up packet was sent to " + plural(n, "machine") + ". Whether it wakes shows when it boots.",
                  async (m) => {
                      if (!m.host)
                          await setHost(m, {});
                      await post("/hosts/" + part(m.host || nameFor(m)) + "/wake", {});
                  });
}

export async function askGroup(machines)
{
    const group = textField({ name: "group", label: "Group", hint: "They inherit its settings. Empty: none.", value: machines[0].group || "" });
    const done = await askForm({
        title: "Group of " + who(machines), fields: [group], action: "Set",
        submit: async (values) => toEach(machines, (n) => plural(n, "machine") + (values.group ? " put into " + values.group + "." : " taken out of groups."),
                                         (m) => setHost(m, { group: values.group || null })),
    });
    return done !== undefined;
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
