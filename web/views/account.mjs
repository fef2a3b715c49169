/* One's own account: password, where one is signed in, API tokens. */
import { el, fill } from "../text.mjs";
import { icon } from "../icons.mjs";
import { get, post, put, remove } from "../api.mjs";
import { ago, date, span } from "../format.mjs";
import { signIn, signOut } from "../session.mjs";
import { go } from "../router.mjs";
import { askForm, confirm, openDialog } from "../parts/dialog.mjs";
import { badge } from "../parts/badge.mjs";
import { showWhenThere } from "../parts/busy.mjs";
import { copyable } from "../parts/copyable.mjs";
import { selectField, textField } from "../parts/field.mjs";
import { passwordFault } from "../parts/password.mjs";
import { facts, plainTable } from "../parts/table.mjs";
import { complain, say } from "../parts/toast.mjs";
import { roleReaches } from "../views.mjs";

const DOORS = { session: "by password", link: "by link", proxy: "by a reverse proxy", token: "by token", socket: "on the server" };

function askPassword(me)
{
    const wanted = textField({ name: "new", label: "New password", type: "password", autocomplete: "new-password", required: true, check: passwordFault });
    return askForm({
        title: "Change your password", intro: "Your other sessions end.", action: "Change",
        fields: [textField({ name: "old", label: "The present one", type: "password", autocomplete: "current-password", required: true }), wanted,
                 textField({ name: "again", label: "The new one once more", type: "password", autocomplete: "new-password", required: true,
                             check: (v) => v === wanted.value() ? "" : "This is not the same." })],
        submit: async (v) => {
            await put("/session/password", { old: v.old, new: v.new });
            try {
                await get("/session", { quiet: true });
            } catch {
                await signIn({ name: me.name, password: v.new });
            }
            say("The password is changed.");
            return true;
        },
    });
}

async function askToken(changed)
{
    const made = await askForm({
        title: "A new API token", action: "Make it",
        fields: [textField({ name: "name", label: "What it is for", required: true, placeholder: "monitoring",
                             check: (v) => /^[A-Za-z0-9][A-Za-z0-9._@-]*$/.test(v) ? "" : "Letters, digits, \".\", \"_\", \"-\" and \"@\"." }),
                 selectField({ name: "scope", label: "It may", value: "read", options: [{ value: "read", label: "look" }, { value: "operate", label: "boot machines" }, { value: "admin", label: "change everything" }] }),
                 textField({ name: "prefix", label: "Only paths that begin with", mono: true, placeholder: "/hosts", hint: "Below /api/v1. Empty: all." }),
                 selectField({ name: "days", label: "It ends after", value: "90", options: [{ value: "7", label: "a week" }, { value: "90", label: "90 days" }, { value: "365", label: "a year" }, { value: "0", label: "never" }] })],
        submit: async (v) => post("/tokens", { name: v.name, scope: v.scope, days: Number(v.days), ...(v.prefix ? { prefix: v.prefix } : {}) }),
    });
    if (!made)
        return;
    changed();
    openDialog({ title: "The token, this once", body: [el("p", {}, "It is not shown again. Programs send it as"), copyable("Authorization: Bearer " + made.token, "token")] });
}

async function askRemoveToken(token, changed)
{
    if (!await confirm({ title: "Remove the token " + token.name + "?", text: "Programs that use it are refused from now on.", action: "Remove" }))
        return;
    try {
        await remove("/tokens/" + token.id);
        say("The token is removed.");
        changed();
    } catch (problem) {
        complain(problem);
    }
}

function sessionsCard(page)
{
    const place = el("div", {});
    const show = () => showWhenThere(place, page.signal, async () => {
        const { sessions } = await get("/sessions", { signal: page.signal });
        return plainTable("Sessions", ["Who", "From", "Since", "Idle"], sessions.map((s) => [
            [s.name || "by link", s.current && [" ", badge("this one", "accent")]], s.from, ago(s.begun), span(s.idle_seconds * 1000)]));
    }, 2);
    show();
    async function everywhere()
    {
        if (!await confirm({ title: "Sign out everywhere?", text: "All your sessions end, this one too.", action: "Sign out" }))
            return;
        try {
            await signOut({ everywhere: true });
            go("/sign-in");
        } catch (problem) {
            complain(problem);
        }
    }
    return el("section", { class: "card" }, el("div", { class: "card-head" }, el("h2", {}, "Signed in"),
              page.me.door === "session" && el("button", { type: "button", class: "button is-small", on: { click: everywhere } }, icon("out"), "Sign out everywhere")), place);
}

function tokensCard(page)
{
    const place = el("div", {});
    const show = () => showWhenThere(place, page.signal, async () => {
        const { tokens } = await get("/tokens", { signal: page.signal });
        if (tokens.length === 0)
            return el("p", { class: "quiet" }, "None. A token lets a program use the API: monitoring, a script, the command line of another machine.");
        return plainTable("API tokens", ["For", "May", "Paths", "Ends", "Last used", "Remove"], tokens.map((t) => [
            t.name, t.scope, t.prefix || "all", t.expired ? badge("ended", "warn") : t.expires ? date(t.expires) : "never", t.last_used ? ago(t.last_used) : "never",
            el("button", { type: "button", class: "icon-button", "aria-label": "Remove the token " + t.name, title: "Remove", on: { click: () => askRemoveToken(t, show) } }, icon("trash"))]));
    }, 2);
    show();
    return el("section", { class: "card" }, el("div", { class: "card-head" }, el("h2", {}, "API tokens"),
              el("button", { type: "button", class: "button is-small", on: { click: () => askToken(show) } }, icon("plus"), "New token")), place);
}

export async function open(page)
{
    const { me } = page;
    page.title("Your account");
    fill(page.root,
         el("section", { class: "card narrow" }, el("h2", {}, me.door === "link" ? "Signed in by a link" : me.name),
            facts([["Role", me.role], ["Came in", DOORS[me.door] || me.door], ["Connection", me.secure ? "encrypted (TLS)" : "not encrypted: open this page by https:// where others share the network"]]),
            el("div", { class: "row-line" }, me.door === "session" && el("button", { type: "button", class: "button", on: { click: () => askPassword(me) } }, icon("key"), "Change password"),
               me.door === "link" && roleReaches(me.role, "admin") && el("a", { class: "button is-main", href: "/users" }, "Make an account"))),
         sessionsCard(page), roleReaches(me.role, "admin") && tokensCard(page));
}
