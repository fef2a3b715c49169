/* A boot as stages in a row, and its events as a list. */
import { el, fill, spoken } from "../text.mjs";
import { icon } from "../icons.mjs";
import { clock, span } from "../format.mjs";
import { STAGES } from "../boot.mjs";

const STATE_WORDS = { done: "done", now: "under way", stalled: "stands still here", ahead: "not yet", skipped: "not needed" };

/* The stages of a boot (boot.mjs): {element, set(boot, now)}. */
export function stageTrack()
{
    const marks = STAGES.map((stage) => {
        const dot = el("span", { class: "stage-dot", "aria-hidden": "true" });
        const took = el("span", { class: "stage-took" });
        const state = spoken();
        const item = el("li", { class: "stage" }, dot, el("span", { class: "stage-name" }, stage.words), state, took);
        return { item, dot, took, state };
    });
    const element = el("ol", { class: "track", "aria-label": "Stages of this boot" }, marks.map((m) => m.item));
    const set = (boot, now = Date.now()) => {
        STAGES.forEach((stage, i) => {
            const { item, dot, took, state } = marks[i];
            const part = boot.stages[stage.key];
            if (item.dataset.state !== part.state) {
                item.dataset.state = part.state;
                fill(dot, part.state === "done" && icon("check"), part.state === "stalled" && icon("close"));
                state.textContent = ": " + STATE_WORDS[part.state];
                if (part.state === "now" || part.state === "stalled")
                    item.setAttribute("aria-current", "step");
                else
                    item.removeAttribute("aria-current");
            }
            const ms = part.begun ? (part.ended || now) - part.begun : 0;
            const words = part.begun && part.state !== "skipped" && (ms >= 1000 || part.state === "now") ? span(ms) : "";
            if (took.textContent !== words)
                took.textContent = words;
        });
    };
    return { element, set };
}

const LEVELS = { error: "bad", warning: "warn", notice: "info" };

/* One event as a line. */
export function eventLine(event, { withMachine = false } = {})
{
    const kind = LEVELS[event.level] || "plain";
    return el("li", { class: "event is-" + kind },
              el("time", { datetime: new Date(event.time_ms).toISOString(), title: new Date(event.time_ms).toLocaleString("en-GB") },
                 clock(event.time_ms)),
              el("span", { class: "event-stage" }, event.stage || ""),
              withMachine && event.machine && el("a", { href: "/machines/" + event.machine, class: "event-machine" }, event.machine),
              el("span", { class: "event-text" }, kind !== "plain" && kind !== "info" && spoken(event.level + ": "), event.message));
}

export function eventList(events, options)
{
    return el("ol", { class: "event-list" }, events.map((e) => eventLine(e, options)));
}
