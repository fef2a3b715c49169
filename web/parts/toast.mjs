/* A sentence about what was just done, at the edge of the page. Good news leaves by itself; a
 * refusal stays until it is closed. Both are said by screen readers. */
import { el } from "../text.mjs";
import { icon } from "../icons.mjs";

const SHOWN_MS = 6000;
const MOST = 4;

let good = null;
let bad = null;

/* The two live regions, once, at the page's start: a region that is made with its text in it is
 * not read out. */
export function toastRegions()
{
    good = el("div", { class: "toasts", role: "status", "aria-live": "polite" });
    bad = el("div", { class: "toasts", role: "alert", "aria-live": "assertive" });
    return el("div", { class: "toast-shelf" }, bad, good);
}

function add(region, kind, name, words)
{
    const close = el("button", { type: "button", class: "icon-button", "aria-label": "Close" },
                     icon("close"));
    const toast = el("div", { class: "toast is-" + kind }, icon(name),
                     el("p", {}, words), close);
    close.addEventListener("click", () => toast.remove());
    region.append(toast);
    while (region.children.length > MOST)
        region.firstChild.remove();
    return toast;
}

/* It was done. */
export function say(words)
{
    const toast = add(good, "good", "check", words);
    let timer = setTimeout(() => toast.remove(), SHOWN_MS);
    const hold = () => clearTimeout(timer);
    const leave = () => {
        timer = setTimeout(() => toast.remove(), SHOWN_MS / 2);
    };
    toast.addEventListener("pointerenter", hold);
    toast.addEventListener("pointerleave", leave);
    toast.addEventListener("focusin", hold);
    toast.addEventListener("focusout", leave);
}

/* It was refused: a Problem, or a sentence. */
export function complain(problem)
{
    if (problem && problem.name === "AbortError")
        return;
    add(bad, "bad", "warn", problem instanceof Error ? problem.message : String(problem));
}
