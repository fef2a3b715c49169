/* The page begins here: who is signed in, then the view of the address. */
import { whenSignedOut, get } from "./api.mjs";
import { addRoute, again, go, setFallback, startRouter } from "./router.mjs";
import { addShortcut, startShortcuts } from "./keys.mjs";
import { applyTheme } from "./theme.mjs";
import { forget, loadSession, me, signOut } from "./session.mjs";
import { makeShell } from "./shell.mjs";
import { emptyState, problemState } from "./parts/busy.mjs";
import { complain } from "./parts/toast.mjs";
import { showHelp } from "./parts/help.mjs";
import { el, fill } from "./text.mjs";
import { roleReaches, views } from "./views.mjs";
import * as live from "./live.mjs";

applyTheme();
document.querySelector("noscript")?.remove();
const shell = makeShell({ signOut: leave });

const notHere = {
    name: "Not found", open: true,
    load: async () => ({ open: (page) => fill(page.root, emptyState({
        title: "There is no such page", text: "The address leads nowhere here.",
        actions: [el("a", { class: "button is-main", href: "/" }, "To the start")],
    })) }),
};

function signInPath()
{
    const here = location.pathname + location.search;
    return "/sign-in" + (here === "/" || here.startsWith("/sign-in") ? "" : "?to=" + encodeURIComponent(here));
}

async function leave()
{
    try {
        await signOut();
    } catch (problem) {
        complain(problem);
    }
    shell.showUser(null);
    go("/sign-in");
}

/* The session ended behind our back. */
whenSignedOut(() => {
    if (!me())
        return;
    forget();
    shell.showUser(null);
    for (const dialog of document.querySelectorAll("dialog[open]"))
        dialog.close();
    go(signInPath());
});

/* Somebody is signed in: show what is theirs, and listen. Returns the daemon's status. */
async function arrive()
{
    shell.showUser(me());
    const status = await get("/status");
    live.start(status.last_event);
    return status;
}

async function show(row, visit)
{
    shell.begin(row, visit);
    const page = { ...visit, root: shell.root, title: shell.title, actions: shell.actions, me: me() };
    try {
        if (!me() && !row.open) {
            if (!await loadSession()) {
                go(signInPath(), { replace: true });
                return;
            }
            page.me = me();
        }
        if (me()) {
            page.status = await arrive();
            shell.begin(row, { ...visit, how: "again" });
        }
        if (row.role && !roleReaches(me().role, row.role)) {
            fill(shell.root, emptyState({ name: "secure", title: "Not for your role",
                                          text: "You are signed in as " + me().role + "; this page needs " + row.role + "." }));
            return;
        }
        const view = await row.load();
        if (!visit.signal.aborted)
            await view.open(page);
    } catch (problem) {
        if (visit.signal.aborted || problem.name === "AbortError")
            return;
        if (problem.name !== "Problem")
            console.error(problem);
        fill(shell.root, problemState(problem.name === "Problem" ? problem :
            { message: "The page could not be shown. Reload it; if that does not help, the daemon may have been upgraded meanwhile." }, again));
    }
}

for (const row of views) {
    addRoute(row.path, row);
    if (row.key)
        addShortcut("g " + row.key, "Go to " + row.name, () => {
            if (me() && roleReaches(me().role, row.role))
                go(row.path);
        });
}
setFallback(notHere);
addShortcut("?", "This list", showHelp);
startShortcuts();
startRouter(show);
