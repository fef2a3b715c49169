/* The configuration in force, key by key, with where each value comes from; changes are shown as
 * lines of the file before they are written, and leave everything else in it as it is. */
import { el, fill, spoken } from "../text.mjs";
import { icon } from "../icons.mjs";
import { get, post } from "../api.mjs";
import { plural } from "../format.mjs";
import { badge } from "../parts/badge.mjs";
import { diffView } from "../parts/diff.mjs";
import { button, openDialog } from "../parts/dialog.mjs";
import { areaField, selectField, textField } from "../parts/field.mjs";
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

/* "[\"a\", b]" of a list in force as its entries, a line each. */
function entriesOf(text)
{
    const inner = text.trim().replace(/^\[|\]$/g, "");
    return (inner.match(/"(?:[^"\\]|\\.)*"|'[^']*'|[^,\n]+/g) || []).map((s) => s.replace(/^\s*-\s+/, "").trim().replace(/^["']|["']$/g, "")).filter(Boolean);
}

/* The control for one key: {field, value()}; value() as JSON, null for the default. */
function editor(s)
{
    const hint = [s.expected && s.expected[0].toUpperCase() + s.expected.slice(1) + ".", s.default !== undefined && "Default: " + (s.default || "empty") + "."].filter(Boolean).join(" ");
    if (s.form === "switch" || s.form === "choice") {
        const words = s.form === "switch" ? ["true", "false"] : s.choices.split(" ");
        const field = selectField({ name: s.path, label: "Value", value: s.line ? s.value : "", hint,
            options: [{ value: "", label: "Default" + (s.default ? " (" + s.default + ")" : "") }, ...words.map((w) => ({ value: w, label: { true: "yes", false: "no" }[w] || w }))] });
        const isSwitch = s.form === "switch";
        return { field, value: () => field.value() === "" ? null : isSwitch ? field.value() === "true" : field.value() };
    }
    if (s.form === "texts") {
        const field = areaField({ name: s.path, label: "Values, one a line", value: s.line ? entriesOf(s.value).join("\n") : "", rows: 5, mono: true, hint });
        return { field, value: () => {
            const lines = field.value().split("\n").map((l) => l.trim()).filter(Boolean);
            return lines.length > 0 ? lines : null;
        } };
    }
    if (s.form === "number") {
        const field = textField({ name: s.path, label: "Value" + (s.unit ? " (" + s.unit + ")" : ""), value: s.line ? s.value : "", hint, mono: true,
                                  check: (v) => v.trim() === "" || /^\d+$/.test(v.trim()) ? "" : "A number is needed here." });
        return { field, value: () => field.value().trim() === "" ? null : Number(field.value()) };
    }
    const field = textField({ name: s.path, label: "Value", value: s.line ? s.value : "", hint });
    return { field, value: () => field.value() === "" ? null : field.value() };
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
    const { field, value } = editor(s);
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

function row(s, file)
{
    const from = s.line ? el("span", { class: "setting-from" }, badge("line " + s.line, "accent")) : el("span", { class: "setting-from quiet" }, "default");
    const mayEdit = file.writable && s.form !== "block";
    return el("div", { class: "setting", data: { path: s.path } },
        el("div", { class: "setting-name" }, el("h3", { class: "mono" }, s.path), el("p", { class: "quiet" }, s.doc)),
        el("div", { class: "setting-value" }, shown(s)), from,
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
            el("h2", {}, SECTIONS[name] || name), rows.filter((s) => sectionOf(s.path) === name).map((s) => row(s, file)))));
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
