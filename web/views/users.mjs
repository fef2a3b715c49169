/* Who may sign in, and what each may do. */
import { el, fill } from "../text.mjs";
import { icon } from "../icons.mjs";
import { get, part, put, remove } from "../api.mjs";
import { date } from "../format.mjs";
import { askForm, confirm } from "../parts/dialog.mjs";
import { badge } from "../parts/badge.mjs";
import { emptyState } from "../parts/busy.mjs";
import { selectField, textField } from "../parts/field.mjs";
import { menuButton } from "../parts/menu.mjs";
import { passwordFault } from "../parts/password.mjs";
import { dataTable, fromList } from "../parts/table.mjs";
import { complain, say } from "../parts/toast.mjs";

const ROLES = [
    { value: "viewer", label: "viewer: looks" },
    { value: "operator", label: "operator: boots machines" },
    { value: "admin", label: "admin: changes everything" },
];

function passwordField(label, hint = "At least 8 characters; a sentence of several words is best.")
{
    return textField({ name: "password", label, type: "password", autocomplete: "new-password", required: true, check: passwordFault, hint });
}

function askNew()
{
    return askForm({
        title: "A new account", action: "Make it",
        fields: [textField({ name: "name", label: "Name", required: true, autocomplete: "off",
                             check: (v) => /^[A-Za-z0-9][A-Za-z0-9._@-]*$/.test(v) ? "" : "Letters, digits, \".\", \"_\", \"-\" and \"@\"." }),
                 selectField({ name: "role", label: "Role", value: "operator", options: ROLES }),
                 passwordField("First password", "Tell it to the person, who can change it under \"Your account\".")],
        submit: async (v) => {
            await put("/users/" + part(v.name), { role: v.role, password: v.password });
            say(v.name + " may sign in.");
            return true;
        },
    });
}

function askRole(user)
{
    return askForm({
        title: "Role of " + user.name, action: "Set", fields: [selectField({ name: "role", label: "Role", value: user.role, options: ROLES })],
        submit: async (v) => {
            await put("/users/" + part(user.name), { role: v.role });
            say(user.name + " is " + v.role + " now.");
            return true;
        },
    });
}

function askPassword(user)
{
    return askForm({
        title: "A new password for " + user.name, intro: "Their sessions end.", action: "Set", fields: [passwordField("Password")],
        submit: async (v) => {
            await put("/users/" + part(user.name), { password: v.password });
            say("The password of " + user.name + " is another one now.");
            return true;
        },
    });
}

async function askRemove(user)
{
    if (!await confirm({ title: "Remove " + user.name + "?", text: "The account is gone, and its sessions end.", action: "Remove" }))
        return false;
    try {
        await remove("/users/" + part(user.name));
        say(user.name + " is removed.");
        return true;
    } catch (problem) {
        complain(problem);
        return false;
    }
}

export async function open(page)
{
    let table = null;
    const after = async (change) => {
        if (await change)
            table.reload();
    };
    table = dataTable({
        name: "Accounts", noun: ["account", "accounts"], query: page.query, signal: page.signal, sort: "name",
        rowKey: (u) => u.name, rowName: (u) => u.name,
        load: fromList(async () => (await get("/users", { signal: page.signal })).users,
                       { texts: (u) => [u.name, u.role], order: { name: (u) => u.name, role: (u) => u.role, created: (u) => Date.parse(u.created) } }),
        columns: [
            { key: "name", label: "Name", sort: true, className: "cell-main", cell: (u) => [el("strong", {}, u.name), u.name === page.me.name && el("span", { class: "cell-sub" }, "you")] },
            { key: "role", label: "Role", sort: true, cell: (u) => badge(u.role, u.role === "admin" ? "accent" : "plain") },
            { key: "created", label: "Since", sort: true, className: "cell-fixed", cell: (u) => date(u.created) },
            { key: "more", label: "More", hidden: true, className: "cell-actions", cell: (u) => menuButton({ label: "Actions for " + u.name, entries: [
                { words: "Role…", icon: "users", run: () => after(askRole(u)) },
                { words: "New password…", icon: "key", run: () => after(askPassword(u)) },
                { words: "Remove…", icon: "trash", danger: true, run: () => after(askRemove(u)) },
            ] }) },
        ],
        empty: () => emptyState({ name: "users", title: "Nobody has an account yet", text: "You are signed in by a link. Make an account, so that you can come back without one.",
                                  actions: [el("button", { type: "button", class: "button is-main", on: { click: () => after(askNew()) } }, "Make an account")] }),
    });
    page.title("Users", "Who may sign in, and what they may do");
    page.actions(el("button", { type: "button", class: "button is-main", on: { click: () => after(askNew()) } }, icon("plus"), "New account"));
    fill(page.root, table.element);
}
