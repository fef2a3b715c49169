/* What stands where content will be, or where there is none: loading, nothing, a refusal. */
import { el, fill } from "../text.mjs";
import { icon } from "../icons.mjs";

/* Grey lines in the form of what comes. */
export function skeleton(lines = 4)
{
    return el("div", { class: "skeleton", "aria-hidden": "true" },
              Array.from({ length: lines }, () => el("div", { class: "skeleton-line" })));
}

/* Nothing here, and what to do about it: title, one sentence, and buttons or links. */
export function emptyState({ name = "info", title, text, actions = [] })
{
    return el("div", { class: "empty" }, el("div", { class: "empty-mark" }, icon(name)),
              el("h2", {}, title), text && el("p", {}, text),
              actions.length > 0 && el("div", { class: "empty-actions" }, actions));
}

/* A refusal in the place of what was asked for. */
export function problemState(problem, again)
{
    return el("div", { class: "empty is-problem", role: "alert" },
              el("div", { class: "empty-mark" }, icon("warn")),
              el("h2", {}, problem.status === 404 ? "Not found" : "That did not work"),
              el("p", {}, problem.message),
              again && el("div", { class: "empty-actions" },
                          el("button", { type: "button", class: "button", on: { click: again } },
                             "Try again")));
}

/* Fill `root` with what `make` returns (or resolves to): lines while it lasts, a sentence if it
 * fails. A view that was left meanwhile shows nothing. */
export async function showWhenThere(root, signal, make, lines = 4)
{
    const again = () => showWhenThere(root, signal, make, lines);
    const slow = setTimeout(() => fill(root, skeleton(lines)), 120);
    root.setAttribute("aria-busy", "true");
    try {
        const content = await make();
        if (!signal.aborted)
            fill(root, content);
    } catch (problem) {
        if (!signal.aborted && problem.name !== "AbortError") {
            if (problem.name !== "Problem")
                console.error(problem);
            fill(root, problemState(problem, again));
        }
    } finally {
        clearTimeout(slow);
        root.removeAttribute("aria-busy");
    }
}
