/* Who is told of events by HTTP: how the last try went, what waits, and a test. */
import { el, fill } from "../text.mjs";
import { get, part, post } from "../api.mjs";
import { ago, count, plural } from "../format.mjs";
import { me } from "../session.mjs";
import { badge } from "./badge.mjs";
import { button } from "./dialog.mjs";
import { facts } from "./table.mjs";
import { complain, say } from "./toast.mjs";

const STATES = { works: ["works", "good"], failing: ["is not taken", "bad"], unused: ["nothing sent yet", "plain"] };
const LOOK_MS = 500;
const LOOKS = 40;

async function trySoon(name, before, signal)
{
    for (let i = 0; i < LOOKS && !signal.aborted; i++) {
        await new Promise((done) => setTimeout(done, LOOK_MS));
        const { deliveries } = await get("/webhooks/" + part(name) + "/deliveries", { signal });
        const news = deliveries.filter((d) => d.number > before);
        const failed = news.find((d) => !d.delivered);
        if (failed)
            return "not taken: " + failed.reason;
        if (news.some((d) => d.event === "WEBHOOK_TEST"))
            return "";
    }
    return "nothing has come of it yet";
}

function card(hook, { signal, again })
{
    const [words, kind] = STATES[hook.state];
    const test = button("Send a test", async () => {
        test.disabled = true;
        try {
            await post("/webhooks/" + part(hook.name) + "/test");
            const trouble = await trySoon(hook.name, hook.tries, signal);
            say(trouble ? hook.name + ": " + trouble : hook.name + " has taken the test");
        } catch (problem) {
            if (!signal.aborted)
                complain(problem);
        } finally {
            test.disabled = false;
            if (!signal.aborted)
                again();
        }
    }, "is-small");
    test.setAttribute("aria-label", "Send a test to " + hook.name);
    return el("section", { class: "card" },
        el("div", { class: "card-head" }, el("h3", {}, hook.name), badge(words, kind, { withIcon: kind === "bad" })),
        facts([["Sent to", el("span", { class: "mono clamp" }, hook.url)], ["Events", hook.events],
               ["Taken", count(hook.delivered) + (hook.last_delivered ? ", the last one " + ago(hook.last_delivered) : "")],
               ["Waiting", hook.waiting > 0 && plural(hook.waiting, "event")], ["Given up", hook.lost > 0 && plural(hook.lost, "event")],
               ["Reason", hook.reason]]),
        me().role === "admin" && el("p", {}, test));
}

/* A section about all of them; empty when there is none. */
export function webhooksSection(signal)
{
    const element = el("div", {});
    async function show()
    {
        try {
            const { webhooks } = await get("/webhooks", { signal });
            fill(element, webhooks.length > 0 && el("section", { class: "stack" }, el("h2", {}, "Webhooks"),
                el("div", { class: "columns is-cards" }, webhooks.map((w) => card(w, { signal, again: show })))));
        } catch (problem) {
            if (!signal.aborted)
                complain(problem);
        }
    }
    show();
    return element;
}
