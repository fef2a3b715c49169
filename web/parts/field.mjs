/* Form fields: label, control, hint and the sentence about what is wrong, tied together for screen
 * readers. A field is {element, input, name, value(), check(), setFault(text), focus()}. */
import { el, freshId } from "../text.mjs";

function wrap(name, label, input, { hint, required, check, className = "" })
{
    const id = freshId("field");
    const fault = el("p", { class: "field-fault", id: id + "-fault", role: "alert" });
    const note = hint ? el("p", { class: "field-hint", id: id + "-hint" }, hint) : null;
    input.id = id;
    input.setAttribute("aria-describedby", (note ? note.id + " " : "") + fault.id);
    if (required)
        input.setAttribute("aria-required", "true");
    const setFault = (text) => {
        fault.textContent = text || "";
        input.setAttribute("aria-invalid", text ? "true" : "false");
    };
    const field = {
        name, input, setFault,
        element: el("div", { class: "field " + className },
                    el("label", { for: id }, label), input, note, fault),
        value: () => input.type === "checkbox" ? input.checked : input.value,
        focus: () => input.focus(),
        check: () => {
            const value = field.value();
            let text = "";
            if (required && (value === "" || value === false))
                text = "This is needed.";
            else if (check)
                text = check(value) || "";
            setFault(text);
            return text === "";
        },
    };
    input.addEventListener("input", () => setFault(""));
    return field;
}

/* type: text, password, email, number, url, search, datetime-local. `check(value)` returns a
 * sentence, or nothing when it is right. */
export function textField({ name, label, value = "", type = "text", placeholder, autocomplete = "off",
                            mono = false, list, ...rest })
{
    const input = el("input", { type, name, value, placeholder, autocomplete, spellcheck: "false",
                                autocapitalize: "off", list, class: mono ? "input is-mono" : "input" });
    return wrap(name, label, input, rest);
}

export function areaField({ name, label, value = "", rows = 4, mono = false, ...rest })
{
    const input = el("textarea", { name, rows, spellcheck: mono ? "false" : "true",
                                   class: mono ? "input is-mono" : "input" });
    input.value = value;
    return wrap(name, label, input, rest);
}

/* options: [{value, label, group?}] or texts. */
export function selectField({ name, label, value = "", options, ...rest })
{
    return wrap(name, label, select(options, value, { name }), rest);
}

export function checkField({ name, label, value = false, ...rest })
{
    const input = el("input", { type: "checkbox", name, checked: value, class: "check" });
    input.checked = value;
    return wrap(name, label, input, { ...rest, className: "is-check" });
}

/* A bare <select>; `attributes` must name it for screen readers unless a label does. */
export function select(options, value, attributes = {})
{
    const groups = new Map();
    const element = el("select", { class: "input select", ...attributes });
    for (const option of options) {
        const { value: v, label, group } = typeof option === "string" ? { value: option, label: option } : option;
        const item = el("option", { value: v, selected: v === value }, label);
        if (!group) {
            element.append(item);
            continue;
        }
        if (!groups.has(group)) {
            groups.set(group, el("optgroup", { label: group }));
            element.append(groups.get(group));
        }
        groups.get(group).append(item);
    }
    return element;
}
