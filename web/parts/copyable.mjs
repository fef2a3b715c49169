/* Text to be taken elsewhere: a command, a key, a link. */
import { el } from "../text.mjs";
import { icon } from "../icons.mjs";
import { say } from "./toast.mjs";

async function copy(text, element)
{
    try {
        await navigator.clipboard.writeText(text);
    } catch {
        /* no clipboard without HTTPS: select it, so that one key copies it */
        const range = document.createRange();
        range.selectNodeContents(element);
        const selection = getSelection();
        selection.removeAllRanges();
        selection.addRange(range);
        say("It is selected: copy it with Ctrl+C.");
        return;
    }
    say("Copied.");
}

/* One line or many; `what` names it for screen readers. */
export function copyable(text, what = "text")
{
    const code = el("code", { tabindex: 0 }, text);
    return el("div", { class: "copyable" + (text.includes("\n") ? " is-block" : "") }, code,
              el("button", { type: "button", class: "icon-button", "aria-label": "Copy " + what,
                             title: "Copy " + what, on: { click: () => copy(text, code) } },
                 icon("copy")));
}
