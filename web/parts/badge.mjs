/* A word with a colour: the word alone says it too. kind: good, warn, bad, info, plain. */
import { el } from "../text.mjs";
import { icon } from "../icons.mjs";

const ICONS = { good: "check", warn: "warn", bad: "stop", info: "info" };

export function badge(words, kind = "plain", { withIcon = false } = {})
{
    return el("span", { class: "badge is-" + kind }, withIcon && ICONS[kind] && icon(ICONS[kind]), words);
}
