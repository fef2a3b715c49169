/* The configuration in force, key by key, with where each value comes from; changes are shown as
 * lines of the file before they are written, and leave everything else in it as it is. */
import { el, fill, spoken } from "../text.mjs";
import { icon } from "../icons.mjs";
import { get, post } from "../api.mjs";
import { plural } from "../format.mjs";
import { badge } from "../parts/badge.mjs";
import { diffView } from "../parts/diff.mjs";
import { button, openDialog } from "../parts/dialog.mjs";
import { entriesOf, settingEditor } from "../parts/setting_editor.mjs";
import { showRows } from "../parts/setting_rows.mjs";
import { complain, say } from "../parts/toast.mjs";
import { again } from "../router.mjs";

const SECTIONS = {
    "": "General", dhcp: "DHCP", tftp: "TFTP", http: "HTTP", https: "HTTPS", altiris: "Broadcom's iPXE", admin: "Dashboard and API", menu: "Boot menu",
    secure: "Secure Boot", bootdisk: "Boot disks", answers: "Answer files", recorder: "Recorder",
};

function sectionOf(path)
{
    return path.includes(".") ? path.split(".")[0] : "";
}

function shown(s)
{
    if (!s.value)
        return el("span", { class: "quiet" }, "not set");
    if (s.form === "switch")
        return s.value === "true" ? "yes" : "no";
    if (s.form === "texts")
        return entriesOf(s.value).map((e) => el("div", { class: "mono" }, e));
    if (s.form === "block") {
        const lines = s.value.split("\n").length;
        return el("details", {}, el("summary", {}, plural(lines, "line")), el("pre", { class: "words", tabindex: 0 }, s.value));
    }
    return el("span", { class: s.form === "text" ? "mono" : undefined }, s.value);
}

/* Show what the file would become; resolves to true when it was written. */
async function confirmChanges(changes, file)
{
    const body = { changes, digest: file.digest };
    const seen = await post("/settings/changes", { ...body, preview: true });
    let open = null;
    const fault = el("p", { class: "form-fault", role: "alert" });
    const write = button("Write and reload", async () => {
        write.disabled = true;
        fault.textContent = "";
        try {
            const done = await post("/settings/changes", body);
            open.close(done);
        } catch (problem) {
            fault.textContent = problem.message;
            write.disabled = false;
        }
    }, "main");
    open = openDialog({ title: "What changes in the file", wide: true, actions: [button("Cancel", () => open.close()), write],
                        body: [el("p", { class: "mono quiet" }, file.path), diffView(seen.before, seen.after), fault] });
    const done = await open.closed;
    if (!done)
        return false;
    if (done.in_force)
        say("Written, and in force.");
    else
        complain("Written, but not in force: " + done.sentence + ".");
    return true;
}

async function edit(s, file)
{
    const { field, value } = settingEditor(s);
    const fault = el("p", { class: "form-fault", role: "alert" });
    let open = null;
    const form = el("form", { class: "form", novalidate: true, id: "setting-form" }, el("p", {}, s.doc), field.element, fault);
    const go = el("button", { type: "submit", form: "setting-form", class: "button is-main" }, "Show the change");
    form.addEventListener("submit", async (event) => {
        event.preventDefault();
        if (!field.check())
            return field.focus();
        const wanted = value();
        if (wanted === null && !s.line)
            return open.close();
        go.disabled = true;
        try {
            if (await confirmChanges([{ path: s.path, value: wanted }], file)) {
                open.close();
                again();
            }
        } catch (problem) {
            field.setFault(problem.message);
            field.focus();
        } finally {
            go.disabled = false;
        }
        return undefined;
    });
    open = openDialog({ title: s.path, body: form, actions: [button("Cancel", () => open.close()), go] });
}

function row(s, file, signal)
{
    const from = s.line ? el("span", { class: "setting-from" }, badge("line " + s.line, "accent")) : el("span", { class: "setting-from quiet" }, "default");
    const mayEdit = file.writable && s.form !== "block" && !s.refused;
    const openRows = () => showRows(s, signal, file.writable ? (changes) => confirmChanges(changes, file) : null).then((done) => done && again()).catch(complain);
    return el("div", { class: "setting", data: { path: s.path } },
        el("div", { class: "setting-name" }, el("h3", { class: "mono" }, s.path), el("p", { class: "quiet" }, s.doc),
            s.refused && el("p", { class: "setting-refused" }, icon("info"), "Not changed here: " + s.refused + ".")),
        el("div", { class: "setting-value" }, shown(s)), from,
        s.rows ? el("button", { type: "button", class: "icon-button", "aria-label": (file.writable ? "Change the rows of " : "Look at the rows of ") + s.path, title: "Rows", on: { click: openRows } }, icon(file.writable ? "edit" : "search")) :
        mayEdit ? el("button", { type: "button", class: "icon-button", "aria-label": "Change " + s.path, title: "Change", on: { click: () => edit(s, file) } }, icon("edit")) : el("span", {}));
}

export async function open(page)
{
    const [{ settings }, file] = await Promise.all([get("/settings", { signal: page.signal }), get("/settings/file", { signal: page.signal })]);
    const search = el("input", { type: "search", class: "input search-input", placeholder: "Search settings", "aria-label": "Search settings", spellcheck: "false" });
    const own = el("input", { type: "checkbox", class: "check", id: "only-own" });
    const place = el("div", { class: "stack" });
    const said = spoken();
    said.setAttribute("role", "status");
    function show()
    {
        const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
        const rows = settings.filter((s) => (!own.checked || s.line > 0) && words.every((w) => (s.path + " " + s.doc + " " + s.value).toLowerCase().includes(w)));
        const names = [...new Set(rows.map((s) => sectionOf(s.path)))];
        said.textContent = plural(rows.length, "setting");
        fill(place, rows.length === 0 && el("p", { class: "quiet" }, "No setting matches."), names.map((name) => el("section", { class: "card setting-card", "aria-label": SECTIONS[name] || name },
            el("h2", {}, SECTIONS[name] || name), rows.filter((s) => sectionOf(s.path) === name).map((s) => row(s, file, page.signal)))));
    }
    search.addEventListener("input", show);
    own.addEventListener("change", show);
    show();
    page.title("Settings", file.path ? "In force now; from " + file.path : "In force now: the defaults");
    const showFile = button("The whole file", () => openDialog({ title: file.path, wide: true, body: el("pre", { class: "words", tabindex: 0 }, file.text || "(empty)") }), "", "audit");
    page.actions(file.path && showFile);
    fill(page.root,
        page.status.reload_trouble && el("div", { class: "notice is-bad" }, icon("warn"), el("p", {}, "The file is not what is in force: " + page.status.reload_trouble)),
        !file.writable && el("div", { class: "notice" }, icon("info"), el("p", {}, "Read-only here: " + file.sentence + ".")),
        el("div", { class: "toolbar", role: "search" }, el("div", { class: "search" }, icon("search"), search),
           el("div", { class: "row-line" }, own, el("label", { for: "only-own" }, "Only what stands in the file")), said), place);
}
