/* Lists of maps in the configuration file (subnets, hosts, groups, interfaces): their rows, and a
 * form for one with what the schema says may stand in it. What is changed is handed on as changes of
 * the file, which are shown before they are written. */
import { el, spoken } from "../text.mjs";
import { icon } from "../icons.mjs";
import { get } from "../api.mjs";
import { plural } from "../format.mjs";
import { button, confirm, openDialog } from "./dialog.mjs";
import { areaField } from "./field.mjs";
import { entriesOf, settingEditor } from "./setting_editor.mjs";

async function readRows(path, signal)
{
    const rows = [];
    let fields = [];
    for (let after;;) {
        const page = await get("/settings/rows", { signal, query: { path, after } });
        fields = page.fields;
        rows.push(...page.rows);
        if (!page.next)
            return { fields, rows };
        after = page.next;
    }
}

function nameOf(row)
{
    return row.values.name || row.values.network || row.values.mac || "row " + (row.index + 1);
}

/* What else a row says, on a line. */
function restOf(row)
{
    const name = nameOf(row);
    return Object.entries(row.values).filter(([, v]) => v !== name)
        .map(([k, v]) => k + " " + (v.trim().startsWith("[") || v.includes("\n") ? entriesOf(v).join(", ") : v)).join(" · ");
}

const isMap = (field) => field.form === "block";

/* An editor of names and values, a line each: {field, value()} where value() is an object. */
function mapEditor(field, row)
{
    const begin = field.key + ".";
    const lines = Object.entries(row?.values || {}).filter(([k]) => k.startsWith(begin)).map(([k, v]) => k.slice(begin.length) + "=" + v);
    const area = areaField({ name: field.key, label: field.key, value: lines.join("\n"), rows: 3, mono: true, hint: field.doc + " NAME=VALUE, one a line." });
    return { field: area, value: () => Object.fromEntries(area.value().split("\n").map((l) => l.trim()).filter(Boolean).map((l) => {
        const at = l.indexOf("=");
        return at > 0 ? [l.slice(0, at).trim(), l.slice(at + 1)] : [l, ""];
    })) };
}

function editorOf(field, row)
{
    const value = row?.values[field.key];
    return isMap(field) ? mapEditor(field, row) :
        settingEditor({ ...field, path: field.key, label: field.key, value: value || "", line: value === undefined ? 0 : 1 });
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/* What has to be changed in the file for one row that is there. */
function changesOf(base, row, parts)
{
    const at = base + "." + row.index + ".";
    const changes = [];
    for (const { field, before, now } of parts) {
        if (same(before, now))
            continue;
        if (!isMap(field)) {
            changes.push({ path: at + field.key, value: now });
            continue;
        }
        const names = new Set([...Object.keys(before), ...Object.keys(now)]);
        if (Object.keys(now).length === 0)
            changes.push({ path: at + field.key, value: null });
        else if (Object.keys(before).length === 0)
            changes.push({ path: at + field.key, value: now });
        else
            for (const name of names)
                if (before[name] !== now[name])
                    changes.push({ path: at + field.key + "." + name, value: now[name] === undefined ? null : now[name] });
    }
    return changes;
}

function wholeOf(parts)
{
    return Object.fromEntries(parts.filter(({ now }) => now !== null && !(typeof now === "object" && !Array.isArray(now) && Object.keys(now).length === 0))
        .map(({ field, now }) => [field.key, now]));
}

/* Ask for one row, new without `row`. Resolves to true when the file was written. */
async function askRow(s, { fields, rows }, row, write)
{
    const editors = fields.map((field) => ({ field, editor: editorOf(field, row) }));
    const before = editors.map(({ editor }) => editor.value());
    const fault = el("p", { class: "form-fault", role: "alert" });
    let open = null;
    const form = el("form", { class: "form", novalidate: true, id: "row-form" }, editors.map(({ editor }) => editor.field.element), fault);
    const go = el("button", { type: "submit", form: "row-form", class: "button is-main" }, "Show the change");
    form.addEventListener("submit", async (event) => {
        event.preventDefault();
        fault.textContent = "";
        const wrong = editors.filter(({ editor }) => !editor.field.check());
        if (wrong.length > 0)
            return wrong[0].editor.field.focus();
        const parts = editors.map(({ field, editor }, i) => ({ field, before: before[i], now: editor.value() }));
        const whole = wholeOf(parts);
        const changes = row && !row.plain ? changesOf(s.path, row, parts) :
            row ? [{ path: s.path + "." + row.index, value: whole }] :
            rows.length > 0 ? [{ path: s.path + "." + rows.length, value: whole }] : [{ path: s.path, value: [whole] }];
        if (changes.length === 0 || same(parts.map((p) => p.before), parts.map((p) => p.now)))
            return open.close();
        go.disabled = true;
        try {
            if (await write(changes))
                open.close(true);
        } catch (problem) {
            /* "line 7: mac: ...": beside that field */
            const about = editors.find(({ field }) => problem.message.includes(": " + field.key + ": "));
            if (about) {
                about.editor.field.setFault(problem.message);
                about.editor.field.focus();
            } else {
                fault.textContent = problem.message;
            }
        } finally {
            go.disabled = false;
        }
        return undefined;
    });
    open = openDialog({ title: row ? s.path + ": " + nameOf(row) : "One more of " + s.path, body: form, actions: [button("Cancel", () => open.close()), go] });
    return (await open.closed) === true;
}

/* The rows of a setting in a dialog. `write(changes)` shows and writes them, and resolves to whether
 * it did; without it they are only looked at. Resolves to true when the file was written. */
export async function showRows(s, signal, write)
{
    const known = await readRows(s.path, signal);
    let open = null;
    const fault = el("p", { class: "form-fault", role: "alert" });
    const done = async (work) => {
        fault.textContent = "";
        try {
            if (await work())
                open.close(true);
        } catch (problem) {
            fault.textContent = problem.message;
        }
    };
    const drop = async (row) => await confirm({ title: "Take " + nameOf(row) + " out of " + s.path + "?", action: "Show the change", danger: false,
                                                text: "The lines that go are shown before anything is written." }) &&
        write([{ path: known.rows.length > 1 ? s.path + "." + row.index : s.path, value: null }]);
    const list = el("ul", { class: "rows" }, known.rows.map((row) => el("li", {},
        el("div", {}, el("strong", { class: "mono" }, nameOf(row)), el("div", { class: "quiet" }, restOf(row))),
        el("span", { class: "quiet" }, "line " + row.line),
        write && el("span", { class: "row-line" },
            el("button", { type: "button", class: "icon-button", title: "Change", on: { click: () => done(() => askRow(s, known, row, write)) } }, icon("edit"), spoken("Change " + nameOf(row))),
            el("button", { type: "button", class: "icon-button", title: "Take out", on: { click: () => done(() => drop(row)) } }, icon("trash"), spoken("Take out " + nameOf(row)))))));
    open = openDialog({ title: s.path, wide: true, actions: [button("Close", () => open.close()), write && button("One more…", () => done(() => askRow(s, known, null, write)), "main", "plus")].filter(Boolean),
        body: [el("p", {}, s.doc), el("p", { class: "quiet" }, known.rows.length > 0 ? plural(known.rows.length, "row") + " in the file." : "The file has none."), list, fault] });
    return (await open.closed) === true;
}
