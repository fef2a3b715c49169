/* One machine that boots: who, how far, what it fetches, and where it hangs with what to change. */
import { el, fill } from "../text.mjs";
import { icon } from "../icons.mjs";
import { address } from "../api.mjs";
import { ago, arch, machineName, span } from "../format.mjs";
import { badge } from "./badge.mjs";
import { progressBar } from "./progress.mjs";
import { stageTrack } from "./timeline.mjs";

const STATES = { now: ["Booting", "accent"], stalled: ["Stands still", "bad"], done: ["Done", "good"] };

/* A verdict says why and, behind its first colon outside of brackets, what to change. */
function verdictParts(text)
{
    let depth = 0;
    for (let i = 0; i + 1 < text.length; i++) {
        depth += text[i] === "(" ? 1 : text[i] === ")" ? -1 : 0;
        if (depth <= 0 && text[i] === ":" && text[i + 1] === " ")
            return [text.slice(0, i), text.slice(i + 2)];
    }
    return [text, ""];
}

/* {element, set(boot, machine, now)}; `wall` leaves out what needs a hand. */
export function bootCard({ wall = false } = {})
{
    const name = el(wall ? "span" : "a", { class: "boot-name" });
    const state = el("span", { class: "boot-state" });
    const sub = el("p", { class: "boot-sub" });
    const track = stageTrack();
    const progress = progressBar("Transfer");
    const words = el("p", { class: "boot-words" });
    const verdict = el("div", { class: "boot-verdict" });
    const tools = el("div", { class: "boot-tools" });
    const element = el("li", { class: "boot" },
                       el("div", { class: "boot-head" }, el("h2", {}, name), state), sub, track.element,
                       progress.element, words, verdict, tools);
    const last = {};
    const once = (key, value, change) => {
        if (last[key] !== value) {
            last[key] = value;
            change();
        }
    };

    function setVerdict(boot)
    {
        const [why, change] = verdictParts(boot.verdict);
        fill(verdict, boot.state === "stalled" && el("div", { class: "notice is-bad" }, icon("warn"),
            el("div", {}, el("p", {}, why, change ? "." : ""),
               change && el("p", { class: "boot-change" }, el("strong", {}, "To change: "), change))));
    }
    function setTools(boot)
    {
        if (wall)
            return;
        fill(tools, boot.state === "stalled" &&
            el("a", { class: "button is-small", href: address("/machines/" + boot.machine + "/pcap"),
                      download: boot.machine.replaceAll(":", "-") + ".pcap" }, icon("download"), "Packets (pcap)"),
             boot.waiting && el("a", { class: "button is-small", href: "/machines/" + boot.machine }, "Choose what it boots"));
    }
    function set(boot, machine, now)
    {
        const title = machine ? machineName(machine) : boot.machine;
        once("title", title, () => { name.textContent = title; });
        once("link", boot.machine, () => { if (!wall) name.setAttribute("href", "/machines/" + boot.machine); });
        once("state", boot.state + boot.waiting, () => {
            const [text, kind] = boot.state === "now" && boot.waiting ? ["Waits for a choice", "warn"] : STATES[boot.state];
            fill(state, badge(text, kind));
            element.dataset.state = boot.state;
            setTools(boot);
        });
        const client = machine?.client || {};
        const facts = [title === boot.machine ? "" : boot.machine, arch(boot.arch || client.arch), boot.address || client.address,
                       boot.image && boot.image !== "menu" ? "boots " + boot.image : ""].filter(Boolean).join(" · ");
        once("facts", facts, () => { sub.textContent = facts; });
        track.set(boot, now);
        const file = boot.state === "now" ? boot.file : null;
        progress.element.hidden = !file;
        if (file)
            progress.set(file);
        const when = boot.state === "done" ? "took " + span(boot.last - boot.begun) + ", " + ago(boot.last, now) :
            "last heard " + ago(boot.last, now);
        const said = boot.state === "stalled" ? when : (file ? file.name + " · " : boot.message + " · ") + when;
        once("said", said, () => { words.textContent = said; });
        once("verdict", boot.state + boot.verdict, () => setVerdict(boot));
    }
    return { element, set };
}

/* A list of such cards that keeps those it has: update(boots, names, now). */
export function bootList(options)
{
    const cards = new Map();
    const element = el("ul", { class: "boots" });
    function update(boots, names, now)
    {
        const wanted = new Set(boots.map((b) => b.machine));
        for (const [machine, card] of cards)
            if (!wanted.has(machine)) {
                card.element.remove();
                cards.delete(machine);
            }
        boots.forEach((boot, i) => {
            let card = cards.get(boot.machine);
            if (!card) {
                card = bootCard(options);
                cards.set(boot.machine, card);
            }
            card.set(boot, names.get(boot.machine), now);
            if (element.children[i] !== card.element && !card.element.contains(document.activeElement))
                element.insertBefore(card.element, element.children[i] || null);
        });
    }
    return { element, update };
}
