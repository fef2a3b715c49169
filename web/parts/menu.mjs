/* A button that opens a short list of things to do: arrows move, Escape closes, Tab leaves. */
import { el, freshId } from "../text.mjs";
import { icon } from "../icons.mjs";

function items(list)
{
    return [...list.querySelectorAll("[role=menuitem], [role=menuitemradio]")];
}

const LOOK_MS = 200;

/* Waits until no such list is open below `root`: what is read anew must not take one away below the
 * finger that is about to choose. */
export async function whenNoMenu(root, signal)
{
    while (!signal.aborted && root.querySelector("[aria-haspopup=menu][aria-expanded=true]"))
        await new Promise((done) => setTimeout(done, LOOK_MS));
}

/* `entries`: {words, run | href, icon, danger, checked} or "-" for a line; a function is asked anew
 * at each opening. `face` is the button's content. */
export function menuButton({ face, label, entries, className = "icon-button", above = false })
{
    const id = freshId("menu");
    const opener = el("button", { type: "button", class: className, "aria-haspopup": "menu",
                                  "aria-expanded": "false", "aria-controls": id,
                                  "aria-label": label, title: label }, face || icon("more"));
    const list = el("div", { class: "menu" + (above ? " is-above" : ""), role: "menu", id,
                             "aria-label": label || "Menu", hidden: true });
    const element = el("div", { class: "menu-place" }, opener, list);

    function close(giveBack)
    {
        list.hidden = true;
        opener.setAttribute("aria-expanded", "false");
        document.removeEventListener("pointerdown", outside);
        if (giveBack)
            opener.focus();
    }
    function outside(event)
    {
        if (!element.contains(event.target))
            close(false);
    }
    function entry(e)
    {
        if (e === "-")
            return el("div", { class: "menu-line", role: "separator" });
        const role = e.checked === undefined ? "menuitem" : "menuitemradio";
        const attributes = { role, tabindex: -1, class: "menu-item" + (e.danger ? " is-danger" : ""),
                             "aria-checked": e.checked === undefined ? undefined : String(e.checked) };
        const content = [e.icon && icon(e.icon), el("span", {}, e.words),
                         e.checked && icon("check")];
        const run = () => {
            close(!e.href);
            if (e.run)
                e.run();
        };
        return e.href ?
            el("a", { ...attributes, href: e.href, download: e.download, on: { click: run } }, content) :
            el("button", { ...attributes, type: "button", on: { click: run } }, content);
    }
    function show()
    {
        const rows = typeof entries === "function" ? entries() : entries;
        list.replaceChildren(...rows.filter(Boolean).map(entry));
        list.hidden = false;
        opener.setAttribute("aria-expanded", "true");
        document.addEventListener("pointerdown", outside);
        items(list)[0]?.focus();
    }
    opener.addEventListener("click", () => list.hidden ? show() : close(true));
    opener.addEventListener("keydown", (event) => {
        if (event.key === "ArrowDown" && list.hidden) {
            event.preventDefault();
            show();
        }
    });
    list.addEventListener("keydown", (event) => {
        const all = items(list);
        const at = all.indexOf(document.activeElement);
        const to = { ArrowDown: (at + 1) % all.length, ArrowUp: (at - 1 + all.length) % all.length,
                     Home: 0, End: all.length - 1 }[event.key];
        if (to !== undefined) {
            event.preventDefault();
            all[to].focus();
        } else if (event.key === "Escape") {
            event.stopPropagation();
            close(true);
        } else if (event.key === "Tab") {
            close(false);
        }
    });
    return element;
}
