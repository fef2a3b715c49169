/* Keyboard shortcuts: one key, or two in a row ("g m"). They rest while somebody types or a dialog
 * is open, and can be switched off (WCAG 2.1.4), since speech input triggers single letters. */
import { keep, recall } from "./theme.mjs";

const KEY = "tugboot-shortcuts";
const SECOND_MS = 1200;

const shortcuts = new Map();
let first = "";
let firstAt = 0;

export function shortcutsAreOn()
{
    return recall(KEY, "on") === "on";
}

export function setShortcuts(on)
{
    keep(KEY, on ? "on" : "off");
}

/* `keys` "?" or "g m"; until `signal` aborts, when one is given. `words` for the help. */
export function addShortcut(keys, words, run, signal)
{
    shortcuts.set(keys, { keys, words, run });
    if (signal)
        signal.addEventListener("abort", () => {
            if (shortcuts.get(keys)?.run === run)
                shortcuts.delete(keys);
        });
}

export function allShortcuts()
{
    return [...shortcuts.values()];
}

function isTyping(target)
{
    return target instanceof Element &&
        target.closest("input:not([type=checkbox], [type=radio], [type=button]), textarea, select, [contenteditable], [role=menu]") !== null;
}

function take(event)
{
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || !shortcutsAreOn())
        return;
    if (isTyping(event.target) || document.querySelector("dialog[open]"))
        return;
    const pair = event.timeStamp - firstAt < SECOND_MS ? shortcuts.get(first + " " + event.key) : null;
    const found = pair || shortcuts.get(event.key);
    first = found ? "" : event.key;
    firstAt = event.timeStamp;
    if (!found)
        return;
    event.preventDefault();
    found.run();
}

export function startShortcuts()
{
    document.addEventListener("keydown", take);
}
