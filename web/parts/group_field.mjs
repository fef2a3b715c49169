/* The choice of a group: those that are known, none, or a new one, which is made when it is used. */
import { el } from "../text.mjs";
import { getAll, part, put } from "../api.mjs";
import { selectField, textField } from "./field.mjs";

const NEW = "\n"; /* no group can be called so */

/* A field like those of parts/field.mjs; `make()` makes the group that was chosen, if it is new. */
export async function groupField({ label = "Group", value = "", hint = "It inherits the group's settings.", signal })
{
    const groups = await getAll("/groups", "groups", { signal });
    const names = groups.map((g) => g.name);
    if (value && !names.includes(value))
        names.push(value);
    names.sort();
    const list = selectField({ name: "group", label, value, hint,
                               options: [{ value: "", label: "None" }, ...names.map((n) => ({ value: n, label: n })), { value: NEW, label: "New…" }] });
    const name = textField({ name: "group", label: "Name of the new group", mono: true, required: true,
                             hint: "It begins without settings; machines in it follow what it is told.",
                             check: (v) => names.includes(v) ? "There is a group of this name: choose it above." :
                                 /^[A-Za-z0-9_][A-Za-z0-9._-]{0,62}$/.test(v) ? "" : "Letters, digits, dots, dashes and underscores." });
    const isNew = () => list.input.value === NEW;
    name.element.hidden = true;
    list.input.addEventListener("change", () => {
        name.element.hidden = !isNew();
        if (isNew())
            name.focus();
    });
    return {
        name: "group", input: list.input,
        element: el("div", { class: "stack" }, list.element, name.element),
        value: () => isNew() ? name.input.value : list.input.value,
        check: () => isNew() ? name.check() : list.check(),
        setFault: (text) => (isNew() ? name : list).setFault(text),
        focus: () => (isNew() ? name : list).focus(),
        make: async () => {
            if (isNew() && !groups.some((g) => g.name === name.input.value))
                await put("/groups/" + part(name.input.value), {});
        },
    };
}
