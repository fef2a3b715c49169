/* The control for one key of the configuration, by what the schema says of it. */
import { areaField, selectField, textField } from "./field.mjs";

/* "[\"a\", b]" of a list in force as its entries, a line each. */
export function entriesOf(text)
{
    const inner = text.trim().replace(/^\[|\]$/g, "");
    return (inner.match(/"(?:[^"\\]|\\.)*"|'[^']*'|[^,\n]+/g) || []).map((s) => s.replace(/^\s*-\s+/, "").trim().replace(/^["']|["']$/g, "")).filter(Boolean);
}

function labelOf(s, words)
{
    return (s.label || words) + (s.unit ? " (" + s.unit + ")" : "");
}

function choiceEditor(s, hint)
{
    const isSwitch = s.form === "switch";
    const words = isSwitch ? ["true", "false"] : s.choices.split(" ");
    const field = selectField({ name: s.path, label: labelOf(s, "Value"), value: s.line ? s.value : "", hint,
        options: [{ value: "", label: "Default" + (s.default ? " (" + s.default + ")" : "") }, ...words.map((w) => ({ value: w, label: isSwitch ? { true: "yes", false: "no" }[w] : w }))] });
    return { field, value: () => field.value() === "" ? null : isSwitch ? field.value() === "true" : field.value() };
}

function textsEditor(s, hint)
{
    const field = areaField({ name: s.path, label: labelOf(s, "Values") + ", one a line", value: s.line ? entriesOf(s.value).join("\n") : "", rows: s.label ? 2 : 5, mono: true, hint });
    return { field, value: () => {
        const lines = field.value().split("\n").map((l) => l.trim()).filter(Boolean);
        return lines.length > 0 ? lines : null;
    } };
}

/* {field, value()}; value() as JSON, null for the default. `s` is a setting, or a key of a row with
 * a `label` of its own. */
export function settingEditor(s)
{
    const hint = [s.label && s.doc, s.expected && s.expected[0].toUpperCase() + s.expected.slice(1) + ".", s.default !== undefined && "Default: " + (s.default || "empty") + "."].filter(Boolean).join(" ");
    if (s.form === "switch" || s.form === "choice")
        return choiceEditor(s, hint);
    if (s.form === "texts")
        return textsEditor(s, hint);
    if (s.form === "number") {
        const field = textField({ name: s.path, label: labelOf(s, "Value"), value: s.line ? s.value : "", hint, mono: true,
                                  check: (v) => v.trim() === "" || /^\d+$/.test(v.trim()) ? "" : "A number is needed here." });
        return { field, value: () => field.value().trim() === "" ? null : Number(field.value()) };
    }
    const field = textField({ name: s.path, label: labelOf(s, "Value"), value: s.line ? s.value : "", hint });
    return { field, value: () => field.value() === "" ? null : field.value() };
}
