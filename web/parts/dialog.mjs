/* Dialogs: the browser's own <dialog>, which holds the focus, closes by Escape and gives the focus
 * back to what opened it. */
import { el, freshId } from "../text.mjs";
import { icon } from "../icons.mjs";

/* Open one. `body` is content, `actions` are buttons (the first is the safe one). `wide` for
 * content that needs room. Returns {dialog, close, closed}: closed is a promise of what was given to
 * close(), undefined after Escape. */
export function openDialog({ title, body, actions = [], wide = false })
{
    const id = freshId("dialog");
    const shut = el("button", { type: "button", class: "icon-button", "aria-label": "Close" },
                    icon("close"));
    const dialog = el("dialog", { class: "dialog" + (wide ? " is-wide" : ""), "aria-labelledby": id },
                      el("div", { class: "dialog-head" }, el("h2", { id }, title), shut),
                      el("div", { class: "dialog-body" }, body),
                      actions.length > 0 && el("div", { class: "dialog-foot" }, actions));
    let result;
    const close = (value) => {
        result = value;
        dialog.close();
    };
    shut.addEventListener("click", () => close());
    dialog.addEventListener("click", (event) => {
        if (event.target === dialog)
            close();
    });
    const closed = new Promise((resolve) => {
        dialog.addEventListener("close", () => {
            dialog.remove();
            resolve(result);
        });
    });
    document.body.append(dialog);
    dialog.showModal();
    (dialog.querySelector("[autofocus]") ||
     dialog.querySelector(".dialog-body input, .dialog-body select, .dialog-body textarea"))?.focus();
    return { dialog, close, closed };
}

export function button(words, run, kind = "", name = "")
{
    return el("button", { type: "button", class: "button" + (kind ? " is-" + kind : ""),
                          on: { click: run } }, name && icon(name), words);
}

/* Ask before something that cannot be taken back: resolves to true when it was meant. */
export async function confirm({ title, text, action, danger = true })
{
    let open = null;
    const cancel = button("Cancel", () => open.close(false));
    cancel.setAttribute("autofocus", "");
    const go = button(action, () => open.close(true), danger ? "danger" : "main");
    open = openDialog({ title, body: [text].flat().map((t) => t instanceof Node ? t : el("p", {}, t)),
                        actions: [cancel, go] });
    return (await open.closed) === true;
}

/* A form in a dialog. `fields` are those of parts/field.mjs; `submit(values)` does the work, and
 * what it throws is shown: beside its field, or above the buttons. Resolves to what submit
 * returned, undefined when it was given up. */
export function askForm({ title, intro, fields, action, submit, wide })
{
    const fault = el("p", { class: "form-fault", role: "alert" });
    const form = el("form", { class: "form", novalidate: true }, intro && el("p", {}, intro),
                    fields.map((f) => f.element), fault);
    let open = null;
    const id = freshId("form");
    form.id = id;
    const cancel = button("Cancel", () => open.close());
    const go = el("button", { type: "submit", form: id, class: "button is-main" }, action);
    form.addEventListener("submit", async (event) => {
        event.preventDefault();
        fault.textContent = "";
        const wrong = fields.filter((f) => !f.check());
        if (wrong.length > 0) {
            wrong[0].focus();
            return;
        }
        go.disabled = true;
        try {
            const values = Object.fromEntries(fields.map((f) => [f.name, f.value()]));
            open.close(await submit(values) ?? true);
        } catch (problem) {
            const named = fields.filter((f) => problem.about && problem.about(f.name));
            for (const f of named)
                f.setFault(problem.about(f.name));
            if (named.length > 0)
                named[0].focus();
            else
                fault.textContent = problem.message;
        } finally {
            go.disabled = false;
        }
    });
    open = openDialog({ title, body: form, actions: [cancel, go], wide });
    return open.closed;
}
