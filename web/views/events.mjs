/* What happened, newest last, and what happens now. Filtered here: by gravity, machine and words;
 * followed until somebody scrolls up or pauses it. */
import { el, fill } from "../text.mjs";
import { icon } from "../icons.mjs";
import { get } from "../api.mjs";
import { count, date } from "../format.mjs";
import { addShortcut } from "../keys.mjs";
import { emptyState } from "../parts/busy.mjs";
import { select } from "../parts/field.mjs";
import { eventLine } from "../parts/timeline.mjs";
import { complain } from "../parts/toast.mjs";
import { webhooksSection } from "../parts/webhooks.mjs";
import { setQuery } from "../router.mjs";
import * as live from "../live.mjs";

const PAGE = 500;
const MOST = 5000;
const GRAVITY = ["debug", "info", "notice", "warning", "error"];

export async function open(page)
{
    const { root, signal } = page;
    const filter = { q: page.query.get("q") || "", level: page.query.get("level") || "info", machine: page.query.get("machine") || "" };
    let events = [];
    let first = Math.max(0, page.status.last_event - PAGE);
    let follows = true;
    let missed = 0;
    const list = el("ol", { class: "event-list", "aria-label": "Events, newest last" });
    const place = el("div", { class: "card event-card", tabindex: 0, role: "region", "aria-label": "Events" });
    const said = el("p", { class: "quiet", role: "status" });
    const older = el("button", { type: "button", class: "button is-quiet is-small", on: { click: loadOlder } }, icon("up"), "Earlier ones");
    const search = el("input", { type: "search", class: "input search-input", value: filter.q, placeholder: "Search events", "aria-label": "Search events", spellcheck: "false" });
    const level = select([{ value: "debug", label: "All" }, { value: "info", label: "Without details" }, { value: "notice", label: "Notable" },
                          { value: "warning", label: "Warnings and errors" }, { value: "error", label: "Errors" }], filter.level, { "aria-label": "How grave" });
    const pause = el("button", { type: "button", class: "button", "aria-pressed": "false", on: { click: () => setFollow(!follows) } });
    const machine = el("button", { type: "button", class: "button is-small", on: { click: () => setMachine("") } });

    function matches(e)
    {
        const words = filter.q.toLowerCase().split(/\s+/).filter(Boolean);
        const text = (e.message + " " + (e.machine || "") + " " + e.event).toLowerCase();
        return GRAVITY.indexOf(e.level) >= GRAVITY.indexOf(filter.level) && (!filter.machine || e.machine === filter.machine) && words.every((w) => text.includes(w));
    }
    function line(e)
    {
        const item = eventLine(e, { withMachine: true });
        item.classList.add("has-machine");
        return item;
    }
    function items(rows)
    {
        let day = "";
        return rows.flatMap((e) => {
            const its = date(e.time_ms);
            const head = its !== day && el("li", { class: "event-day" }, its);
            day = its;
            return [head, line(e)];
        });
    }
    function toEnd()
    {
        place.scrollTop = place.scrollHeight;
    }
    function show()
    {
        const rows = events.filter(matches);
        machine.hidden = !filter.machine;
        fill(machine, "Only " + filter.machine, icon("close"));
        older.hidden = first === 0;
        said.textContent = count(rows.length) + " of the latest " + count(events.length) + " events";
        fill(list, items(rows));
        fill(place, older, rows.length > 0 ? list : emptyState({ name: "events", title: events.length > 0 ? "No event matches" : "Nothing has happened yet",
            text: events.length > 0 ? "Fewer words or a lesser gravity show more." : "What machines do and what the daemon does is told here as it happens." }));
        if (follows)
            toEnd();
    }
    function setFollow(on)
    {
        follows = on;
        pause.setAttribute("aria-pressed", String(!on));
        fill(pause, icon(on ? "pause" : "now"), on ? "Pause" : missed > 0 ? "Follow (" + count(missed) + " new)" : "Follow");
        if (on) {
            missed = 0;
            show();
        }
    }
    function setMachine(mac)
    {
        filter.machine = mac;
        change();
    }
    function change()
    {
        setQuery({ q: filter.q, level: filter.level === "info" ? "" : filter.level, machine: filter.machine });
        show();
    }
    async function loadOlder()
    {
        older.disabled = true;
        try {
            const from = Math.max(0, first - PAGE);
            const { events: rows } = await get("/events", { query: { after: from, limit: PAGE }, signal });
            const before = place.scrollHeight;
            events = [...rows.filter((e) => e.sequence <= first), ...events];
            first = from;
            follows = false;
            setFollow(false);
            show();
            place.scrollTop = place.scrollHeight - before;
        } catch (problem) {
            complain(problem);
        } finally {
            older.disabled = false;
        }
    }

    const reply = await get("/events", { query: { after: first, limit: PAGE }, signal });
    events = reply.events;
    search.addEventListener("input", () => {
        filter.q = search.value.trim();
        change();
    });
    level.addEventListener("change", () => {
        filter.level = level.value;
        change();
    });
    place.addEventListener("scroll", () => {
        const atEnd = place.scrollHeight - place.scrollTop - place.clientHeight < 40;
        if (follows && !atEnd)
            setFollow(false);
    });
    live.listen((e) => {
        if (events.length > 0 && e.sequence <= events[events.length - 1].sequence)
            return;
        events.push(e);
        if (events.length > MOST) {
            first = events[events.length - MOST - 1]?.sequence || first;
            events = events.slice(-MOST);
        }
        if (!matches(e))
            return;
        if (follows) {
            if (list.isConnected)
                list.append(line(e));
            else
                show();
            toEnd();
        } else {
            missed += 1;
            setFollow(false);
        }
    }, signal);
    addShortcut("/", "Search this page", () => search.focus(), signal);
    addShortcut("f", "Follow events, or pause", () => setFollow(!follows), signal);
    page.title("Events", "Everything the daemon tells, as it happens");
    page.actions(pause);
    fill(root, el("div", { class: "toolbar", role: "search" }, el("div", { class: "search" }, icon("search"), search), level, machine, said), place, webhooksSection(signal));
    setFollow(true);
}
