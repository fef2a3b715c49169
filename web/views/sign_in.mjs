/* Signing in: with a password, or by the link of the first screen, whose token comes behind a '#'
 * and so is neither sent nor logged anywhere on the way. The first link leads to the first account. */
import { el, fill, leadsHere } from "../text.mjs";
import { post } from "../api.mjs";
import { go } from "../router.mjs";
import { askSession, me, signIn } from "../session.mjs";
import { textField } from "../parts/field.mjs";
import { copyable } from "../parts/copyable.mjs";
import { passwordFault } from "../parts/password.mjs";

function destination(query)
{
    const to = query.get("to") || "/";
    return to.startsWith("/") && leadsHere(to) && !to.startsWith("/sign-in") ? to : "/";
}

function card(...content)
{
    return el("div", { class: "sign-in" }, el("div", { class: "sign-in-card" },
              el("div", { class: "sign-in-brand" }, el("img", { src: "/assets/icon.svg", alt: "", width: 36, height: 36 }), "tugboot"),
              content));
}

/* A form that shows what is refused above its button. */
function form(title, intro, fields, action, submit)
{
    const fault = el("p", { class: "form-fault", role: "alert" });
    const go2 = el("button", { type: "submit", class: "button is-main" }, action);
    const element = el("form", { class: "form", novalidate: true }, el("h1", {}, title), intro && el("p", {}, intro),
                       fields.map((f) => f.element), fault, go2);
    element.addEventListener("submit", async (event) => {
        event.preventDefault();
        fault.textContent = "";
        const wrong = fields.filter((f) => !f.check());
        if (wrong.length > 0) {
            wrong[0].focus();
            return;
        }
        go2.disabled = true;
        try {
            await submit(Object.fromEntries(fields.map((f) => [f.name, f.value()])));
        } catch (problem) {
            const wait = problem.retryAfter > 0 ? " Try again in " + problem.retryAfter + " s." : "";
            fault.textContent = problem.message + (problem.status === 429 ? wait : "");
        } finally {
            go2.disabled = false;
        }
    });
    setTimeout(() => fields[0]?.focus());
    return element;
}

function firstUser(page)
{
    const name = textField({ name: "name", label: "Name", autocomplete: "username", required: true, value: "admin" });
    const password = textField({ name: "password", label: "Password", type: "password", autocomplete: "new-password", required: true,
                                 hint: "At least 8 characters; a sentence of several words is best.", check: passwordFault });
    const again = textField({ name: "again", label: "The same once more", type: "password", autocomplete: "new-password", required: true,
                              check: (value) => value === password.value() ? "" : "This is not the same." });
    fill(page.root, card(form("Your account", "You are the first here. This account may do everything; others can be added later.",
                              [name, password, again], "Make the account", async (values) => {
        await post("/setup", { name: values.name, password: values.password });
        /* the session is the account's now */
        await askSession();
        go(destination(page.query), { replace: true });
    }), el("a", { class: "button is-quiet", href: destination(page.query) }, "Not now: this link signs you in until you sign out")));
}

function byPassword(page, words)
{
    const name = textField({ name: "name", label: "Name", autocomplete: "username", required: true });
    const password = textField({ name: "password", label: "Password", type: "password", autocomplete: "current-password", required: true });
    fill(page.root, card(form("Sign in", words, [name, password], "Sign in", async (values) => {
        await signIn(values);
        go(destination(page.query), { replace: true });
    }), el("p", { class: "field-hint" }, "Forgotten? On the server, a link that signs in is made by ", copyable("tugboot login-link", "command"))));
}

function byLinkOnly(page, words)
{
    fill(page.root, card(el("h1", {}, "Sign in by link"), el("p", {}, words ||
        "Nobody has an account here yet. When tugboot starts it prints a link that opens this page; another one is made on the server by"),
        copyable("tugboot login-link", "command")));
}

export async function open(page)
{
    const link = /(?:^#|[#&])(?:link|token)=([\w.~-]+)/.exec(location.hash)?.[1];
    if (link)
        history.replaceState(null, "", location.pathname + location.search);
    let words = "";
    if (link) {
        try {
            await signIn({ link });
        } catch (problem) {
            words = problem.message;
        }
    }
    const session = await askSession();
    if (me() && session.has_accounts === false)
        firstUser(page);
    else if (me())
        go(destination(page.query), { replace: true });
    else if (session.has_accounts === false)
        byLinkOnly(page, words && words + " Another one is made on the server by");
    else
        byPassword(page, words);
}
