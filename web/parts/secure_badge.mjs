/* What Secure Boot does with a file, in a word; the daemon's sentence is said beside it. */
import { badge } from "./badge.mjs";

const WORDS = {
    yes: ["starts", "good"], shim: ["by a shim", "good"], "own-keys": ["with your keys", "warn"], no: ["refused", "bad"], unknown: ["not looked at yet", "plain"],
};

export function secureBadge(verdict)
{
    const [words, kind] = WORDS[verdict || "unknown"] || [verdict, "plain"];
    return badge(words, kind, { withIcon: kind !== "plain" });
}
