/* Choosing on a phone what a waiting machine boots: the machines that wait, or one of them by the
 * number on its screen, with what its menu has as large buttons. Who may is the daemon's word; where
 * it lets in everybody who has the number, this page works without signing in. */
import { el, fill } from "../text.mjs";
import { Problem, get, part, post } from "../api.mjs";
import { go } from "../router.mjs";
import { loadSession, me } from "../session.mjs";
import { textField } from "../parts/field.mjs";

function nameOf(pick)
{
    return pick.host || [pick.manufacturer, pick.product].filter(Boolean).join(" ") || pick.mac;
}

function facts(pick)
{
    return [nameOf(pick) === pick.mac ? "" : pick.mac, pick.address, pick.serial && "no. " + pick.serial, pick.arch]
        .filter(Boolean).join(" · ");
}

function frame(...content)
{
    return el("div", { class: "pick" }, el("div", { class: "pick-brand" },
              el("img", { src: "/assets/icon.svg", alt: "", width: 28, height: 28 }), "tugboot"), content);
}

/* The number, for who has it in front of them. */
function numberForm(words)
{
    const field = textField({ name: "number", label: "Number on the screen", required: true, autocomplete: "off",
                              check: (value) => /^\d{4}$/.test(value.trim()) ? "" : "Four digits, as on the machine's screen." });
    field.element.querySelector("input").inputMode = "numeric";
    const form = el("form", { class: "form pick-form", novalidate: true }, words && el("p", { class: "form-fault", role: "alert" }, words),
                    field.element, el("button", { type: "submit", class: "button is-main pick-button" }, "Show this machine"));
    form.addEventListener("submit", (event) => {
        event.preventDefault();
        if (field.check())
            go("/pick/" + part(field.value().trim()));
        else
            field.focus();
    });
    return form;
}

function toSignIn()
{
    go("/sign-in?to=" + encodeURIComponent(location.pathname), { replace: true });
}

/* Asked without making the shell believe that a session ended. */
async function ask(page, path)
{
    try {
        return await get(path, { signal: page.signal, quiet: true });
    } catch (problem) {
        if (problem instanceof Problem && problem.status === 401 && !me()) {
            toSignIn();
            return null;
        }
        throw problem;
    }
}

function waiting(pick)
{
    return el("li", {}, el("a", { class: "button pick-button", href: "/pick/" + pick.number },
                           el("strong", {}, pick.number), el("span", {}, nameOf(pick)), el("small", {}, facts(pick))));
}

/* Those that wait, anew every few seconds. */
async function showList(page)
{
    const place = el("div", { "aria-live": "polite" });
    fill(page.root, frame(el("h1", {}, "Choose for a machine"), place, numberForm("")));
    if (!me())
        return;
    let shown = "";
    async function update()
    {
        const found = await ask(page, "/picks");
        const key = JSON.stringify(found);
        if (!found || key === shown || page.signal.aborted)
            return;
        shown = key;
        fill(place, found.picks.length > 0 ? el("ul", { class: "pick-list" }, found.picks.map(waiting)) :
            el("p", {}, "No machine waits now. Take “Choose on your phone” in a machine's menu."));
    }
    await update();
    const again = setInterval(() => update().catch(() => {}), 3000);
    page.signal.addEventListener("abort", () => clearInterval(again));
}

function showChosen(page, pick, entry)
{
    const done = el("h1", { tabindex: -1 }, entry.title);
    fill(page.root, frame(el("div", { class: "pick-done", role: "status" }, done,
                             el("p", {}, nameOf(pick) + " goes on with this in a moment.")),
                          el("a", { class: "button pick-button", href: "/pick" }, "Another machine")));
    done.focus();
}

function entryButton(page, pick, entry, fault)
{
    const button = el("button", { type: "button", class: "button pick-button" }, el("span", {}, entry.title),
                      entry.note && el("small", {}, "Not with Secure Boot: " + entry.note));
    button.addEventListener("click", async () => {
        const all = page.root.querySelectorAll("button");
        all.forEach((b) => { b.disabled = true; });
        try {
            await post("/picks/" + part(pick.number), { entry: entry.entry }, { quiet: true });
            showChosen(page, pick, entry);
        } catch (problem) {
            all.forEach((b) => { b.disabled = false; });
            fault.textContent = problem.message;
        }
    });
    return el("li", {}, button);
}

/* Its entries under their headings, in menu order. */
function entryLists(page, pick, fault)
{
    const groups = new Map();
    for (const entry of pick.entries) {
        const name = entry.group || "Start";
        groups.set(name, [...(groups.get(name) || []), entry]);
    }
    return [...groups].map(([name, entries]) => [el("h2", {}, name),
        el("ul", { class: "pick-list" }, entries.map((e) => entryButton(page, pick, e, fault)))]);
}

async function showOne(page, number)
{
    let pick;
    try {
        pick = await ask(page, "/picks/" + part(number));
    } catch (problem) {
        if (problem.name !== "Problem")
            throw problem;
        fill(page.root, frame(el("h1", {}, "Choose for a machine"), numberForm(problem.message)));
        return;
    }
    if (!pick)
        return;
    const fault = el("p", { class: "form-fault", role: "alert" });
    fill(page.root, frame(el("h1", {}, nameOf(pick)),
                          el("p", { class: "pick-facts" }, el("strong", {}, "Number " + pick.number), " ", facts(pick)),
                          fault, entryLists(page, pick, fault)));
}

export async function open(page)
{
    document.title = "Choose – tugboot";
    page.root.classList.add("pick-page");
    page.signal.addEventListener("abort", () => page.root.classList.remove("pick-page"));
    if (!me())
        await loadSession();
    if (page.params.number)
        await showOne(page, page.params.number);
    else
        await showList(page);
}
