/* The templates of answer files: looked at, copied, changed with a preview for a machine, written
 * when they can be read. */
import { el, fill, spoken } from "../text.mjs";
import { get, getAll, getTagged, part, post, put, remove } from "../api.mjs";
import { machineName } from "../format.mjs";
import { badge } from "./badge.mjs";
import { showWhenThere } from "./busy.mjs";
import { askForm, button, confirm, openDialog } from "./dialog.mjs";
import { areaField, select, selectField, textField } from "./field.mjs";
import { menuButton } from "./menu.mjs";
import { plainTable } from "./table.mjs";
import { complain, say } from "./toast.mjs";

const WAIT_MS = 500;

function nameOf(t)
{
    return t.name + "." + t.suffix;
}

/* The editor: the text at the left, what a machine would get at the right. Resolves to true when it
 * was written. `etag` "" for one that is new. */
async function edit(file, text, etag, mayWrite, signal)
{
    const [{ machines }, images] = await Promise.all([get("/machines", { query: { limit: 200 }, signal }), getAll("/images", "images", { signal })]);
    const field = areaField({ name: "text", label: "Template", value: text, rows: 20, mono: true });
    field.input.disabled = !mayWrite;
    const who = select(machines.map((m) => ({ value: m.mac, label: machineName(m) })), machines[0]?.mac, { id: "try-machine" });
    const what = select([{ value: "", label: "What it would boot" }, ...images.filter((i) => i.answer_kind).map((i) => ({ value: i.name, label: i.title || i.name }))], "", { id: "try-image" });
    const shown = el("pre", { class: "words answer-shown", tabindex: 0, "aria-label": "What the machine would get" });
    const fault = el("p", { class: "form-fault", role: "alert" });
    let wait = 0;
    let open = null;
    async function tryIt()
    {
        clearTimeout(wait);
        fault.textContent = "";
        if (machines.length === 0) {
            shown.textContent = "No machine has been seen yet: there is nobody to try it for.";
            return;
        }
        try {
            const made = await post("/answers/" + part(file) + "/preview", { text: field.value(), mac: who.value, image: what.value || undefined }, { signal });
            shown.textContent = made.text;
            fill(fault);
        } catch (problem) {
            if (problem.name !== "AbortError")
                fault.textContent = problem.message;
        }
    }
    field.input.addEventListener("input", () => {
        clearTimeout(wait);
        wait = setTimeout(tryIt, WAIT_MS);
    });
    who.addEventListener("change", tryIt);
    what.addEventListener("change", tryIt);
    const write = button("Write", async () => {
        write.disabled = true;
        try {
            await put("/answers/" + part(file), { text: field.value() }, { etag });
            say(file + " is written.");
            open.close(true);
        } catch (problem) {
            fault.textContent = problem.message;
        } finally {
            write.disabled = false;
        }
    }, "main");
    open = openDialog({ title: file, wide: true, actions: [button(mayWrite ? "Cancel" : "Close", () => open.close()), mayWrite && write],
        body: [el("div", { class: "answer-editor" }, field.element,
            el("div", { class: "answer-try" }, el("div", { class: "toolbar" }, el("div", { class: "field" }, el("label", { for: "try-machine" }, "As made for"), who),
                el("div", { class: "field" }, el("label", { for: "try-image" }, "Installing"), what)), shown)), fault] });
    open.dialog.classList.add("is-wider");
    tryIt();
    const done = await open.closed;
    clearTimeout(wait);
    return done === true;
}

async function askNew(templates, mayWrite, signal)
{
    const sources = templates.map(nameOf);
    const made = await askForm({ title: "A template of your own", action: "Begin",
        fields: [textField({ name: "name", label: "Name", required: true, mono: true, hint: "What hosts, groups and images call it.", check: (v) => /^[a-z0-9_][a-z0-9._-]{0,62}$/.test(v) ? "" : "Small letters, digits, dots, dashes and underscores." }),
                 selectField({ name: "from", label: "From", value: "default.preseed", options: sources, hint: "It begins as a copy of this one, and is of its kind." })],
        submit: async (values) => {
            const file = values.name + values.from.slice(values.from.lastIndexOf("."));
            if (templates.some((t) => nameOf(t) === file))
                throw Object.assign(new Error("There is a template " + file + " already."), { about: () => "" });
            return { file, text: (await get("/answers/" + part(values.from), { signal })).text };
        } });
    return made && edit(made.file, made.text, "", mayWrite, signal);
}

/* The tab: `mayWrite` for admins. */
export function answerFiles(signal, mayWrite)
{
    return (panel) => {
        const reload = () => showWhenThere(panel, signal, async () => {
            const templates = await getAll("/answers", "answers", { signal });
            const after = async (done) => {
                try {
                    if (await done)
                        reload();
                } catch (problem) {
                    complain(problem);
                }
            };
            const look = async (t) => {
                const { data, etag } = await getTagged("/answers/" + part(nameOf(t)), { signal });
                return edit(nameOf(t), data.text, etag, mayWrite && !t.built_in, signal);
            };
            const takeAway = async (t) => {
                if (!await confirm({ title: "Take away " + nameOf(t) + "?", text: "Machines that are told to use it get no answer file until they are told another.", action: "Take away" }))
                    return false;
                await remove("/answers/" + part(nameOf(t)));
                say("Taken away.");
                return true;
            };
            return [el("p", {}, "An installer asks questions; an answer file holds the answers. It is made for each machine from one of these templates: hosts, groups and images say which."),
                mayWrite && el("div", { class: "row-line" }, button("A template of your own…", () => after(askNew(templates, mayWrite, signal)), "main", "plus")),
                plainTable("Templates of answer files", ["Template", "For", "Served as", "Whose", "More"], templates.map((t) => [
                    el("button", { type: "button", class: "link-button mono", on: { click: () => after(look(t)) } }, nameOf(t), spoken(": " + (mayWrite && !t.built_in ? "change it" : "look at it"))), t.for, el("span", { class: "mono" }, t.file),
                    t.built_in ? badge("built in", "plain") : badge("yours", "accent"),
                    mayWrite && !t.built_in && menuButton({ label: "Actions for " + nameOf(t), entries: [{ words: "Change…", icon: "edit", run: () => after(look(t)) }, { words: "Take away…", icon: "trash", danger: true, run: () => after(takeAway(t)) }] })]))];
        }, 6);
        reload();
    };
}
