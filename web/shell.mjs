/* The frame around a view: navigation, the state of the live stream, theme, account; the heading
 * and its actions. It is made once and changed, so that the focus and a screen reader's place stay. */
import { el, fill, spoken } from "./text.mjs";
import { icon } from "./icons.mjs";
import { views, roleReaches } from "./views.mjs";
import { menuButton } from "./parts/menu.mjs";
import { setTheme, theme } from "./theme.mjs";
import { toastRegions } from "./parts/toast.mjs";
import { showHelp } from "./parts/help.mjs";
import * as live from "./live.mjs";

const LIVE_WORDS = {
    live: "Live: what you see is now", waiting: "Not connected: trying again", off: "Not connected",
};

function brand()
{
    return el("a", { class: "brand", href: "/" },
              el("img", { src: "/assets/icon.svg", alt: "", width: 26, height: 26 }), el("span", {}, "tugboot"));
}

function liveMark()
{
    const dot = el("span", { class: "live-dot", "aria-hidden": "true" });
    const words = el("span", { class: "live-words" });
    const mark = el("p", { class: "live", role: "status" }, dot, words);
    live.watchState((state) => {
        mark.dataset.state = state;
        mark.title = LIVE_WORDS[state];
        fill(words, { live: "Live", waiting: "Reconnecting", off: "Off" }[state], spoken(". ", LIVE_WORDS[state]));
    });
    return mark;
}

function themeMenu()
{
    const rows = [["system", "As the system"], ["light", "Light"], ["dark", "Dark"]];
    return menuButton({
        face: icon("sun"), label: "Theme", above: true,
        entries: () => rows.map(([name, words]) => ({ words, checked: theme() === name, run: () => setTheme(name) })),
    });
}

/* `actions.signOut` ends the session. */
export function makeShell(actions)
{
    const links = new Map();
    const list = el("ul", { class: "nav-list" });
    const account = el("div", { class: "nav-account" });
    const nav = el("nav", { class: "rail", id: "nav", "aria-label": "Main" }, brand(), list,
                   el("div", { class: "nav-foot" }, liveMark(), account));
    const opener = el("button", { type: "button", class: "icon-button", "aria-controls": "nav",
                                  "aria-expanded": "false", "aria-label": "Menu" }, icon("menu"));
    const bar = el("header", { class: "bar" }, opener, brand());
    const shade = el("div", { class: "shade" });
    const heading = el("h1", { tabindex: -1 });
    const note = el("p", { class: "page-note" });
    const pageActions = el("div", { class: "page-actions" });
    const root = el("div", { class: "page-body" });
    const main = el("main", { id: "content", tabindex: -1 },
                    el("div", { class: "page-head" }, el("div", {}, heading, note), pageActions), root);
    const announcer = el("p", { class: "spoken", role: "status", "aria-live": "polite" });
    const frame = el("div", { class: "frame" }, bar, nav, shade, main);
    const skip = el("a", { class: "skip", href: "#content", on: { click: (e) => {
        e.preventDefault();
        main.focus();
    } } }, "Skip to content");

    document.body.append(skip, frame, toastRegions(), announcer);

    const narrow = matchMedia("(max-width: 899px)");
    function setOpen(open)
    {
        frame.classList.toggle("nav-open", open);
        opener.setAttribute("aria-expanded", String(open));
        nav.inert = narrow.matches && !open;
        main.inert = narrow.matches && open;
        if (open)
            list.querySelector("a")?.focus();
    }
    opener.addEventListener("click", () => setOpen(!frame.classList.contains("nav-open")));
    shade.addEventListener("click", () => setOpen(false));
    nav.addEventListener("keydown", (event) => {
        if (event.key === "Escape" && frame.classList.contains("nav-open")) {
            setOpen(false);
            opener.focus();
        }
    });
    narrow.addEventListener("change", () => setOpen(false));
    setOpen(false);

    function showUser(me)
    {
        links.clear();
        fill(list, views.filter((v) => v.icon && me && roleReaches(me.role, v.role)).map((view) => {
            const link = el("a", { href: view.path, class: "nav-link" }, icon(view.icon), el("span", {}, view.name));
            links.set(view.path, link);
            return el("li", {}, link);
        }));
        fill(account, me && menuButton({
            face: [icon("account"), el("span", { class: "account-name" }, me.name), el("span", { class: "account-role" }, me.role)],
            className: "account-button", above: true,
            entries: [{ words: "Your account", href: "/account", icon: "key" },
                      { words: "Wall screen", href: "/wall", icon: "wall" },
                      { words: "Keyboard shortcuts", run: showHelp, icon: "keyboard" },
                      { words: "Sign out", run: actions.signOut, icon: "out" }],
        }), themeMenu());
    }

    /* Make room for a view; `visit.how` says whether the focus has to be moved to it. */
    function begin(row, visit)
    {
        frame.classList.toggle("is-bare", Boolean(row.bare));
        setOpen(false);
        const current = row.below || row.path;
        for (const [path, link] of links) {
            if (path === current)
                link.setAttribute("aria-current", "page");
            else
                link.removeAttribute("aria-current");
        }
        fill(root);
        fill(pageActions);
        root.className = "page-body";
        title(row.name, "");
        if (visit.how === "first" || visit.how === "again")
            return;
        scrollTo(0, 0);
        (row.bare ? main : heading).focus({ preventScroll: true });
        announcer.textContent = row.name;
    }
    function title(text, words)
    {
        heading.textContent = text;
        fill(note, words);
        document.title = text + " · tugboot";
    }
    return { root, showUser, begin, title, actions: (...elements) => fill(pageActions, elements) };
}
