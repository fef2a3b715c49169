/* The list of keyboard shortcuts, and the switch for them. */
import { el } from "../text.mjs";
import { allShortcuts, setShortcuts, shortcutsAreOn } from "../keys.mjs";
import { openDialog } from "./dialog.mjs";

export function showHelp()
{
    if (document.querySelector("dialog[open]"))
        return;
    const box = el("input", { type: "checkbox", class: "check", id: "shortcuts-on" });
    box.checked = shortcutsAreOn();
    box.addEventListener("change", () => setShortcuts(box.checked));
    openDialog({
        title: "Keyboard shortcuts",
        body: [
            el("dl", { class: "keys" }, allShortcuts().map(({ keys, words }) =>
                el("div", {}, el("dt", {}, keys.split(" ").map((k) => el("kbd", {}, k))), el("dd", {}, words)))),
            el("p", { class: "field is-check" }, el("label", { for: box.id }, "Use these shortcuts"), box),
        ],
    });
}
