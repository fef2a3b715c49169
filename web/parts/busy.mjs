/* What stands where content will be, or where there is none: loading, nothing, a refusal. */
import { el, fill } from "../text.mjs";
import { icon } from "../icons.mjs";
import { whenNoMenu } from "./menu.mjs";

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

const newest = new WeakMap();

/* Fill `root` with what `make` returns (or resolves to): lines while it lasts, a sentence if it
 * fails. What has menus stays until the new is there and none of them is open; asked for twice, only
 * the later is shown. A view that was left meanwhile shows nothing. */
export async function showWhenThere(root, signal, make, lines = 4)
{
    const mine = {};
    newest.set(root, mine);
    const isOver = () => signal.aborted || newest.get(root) !== mine;
    const slow = root.querySelector("[aria-haspopup=menu]") ? 0 : setTimeout(() => fill(root, skeleton(lines)), 120);
    let content = null;
    root.setAttribute("aria-busy", "true");
    try {
        content = await make();
    } catch (problem) {
        if (problem.name !== "AbortError" && problem.name !== "Problem")
            console.error(problem);
        content = problem.name === "AbortError" ? null : problemState(problem, () => showWhenThere(root, signal, make, lines));
    } finally {
        clearTimeout(slow);
    }
    if (content !== null)
        await whenNoMenu(root, signal);
    if (isOver())
        return;
    if (content !== null)
        fill(root, content);
    root.removeAttribute("aria-busy");
}
