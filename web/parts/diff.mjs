/* Two texts line by line: what goes and what comes, with a few lines around. */
import { el, spoken } from "../text.mjs";

const AROUND = 3;

/* [{kind: same | gone | new, text}], by the longest common run of lines. Beginnings and ends that are
 * the same are not compared, so a large file with a small change is quick. */
export function diffLines(before, after)
{
    const a = before.split("\n");
    const b = after.split("\n");
    let head = 0;
    while (head < a.length && head < b.length && a[head] === b[head])
        head += 1;
    let tail = 0;
    while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail])
        tail += 1;
    const x = a.slice(head, a.length - tail);
    const y = b.slice(head, b.length - tail);
    const middle = [];
    if (x.length * y.length > 4000000) {
        middle.push(...x.map((text) => ({ kind: "gone", text })), ...y.map((text) => ({ kind: "new", text })));
    } else {
        const length = Array.from({ length: x.length + 1 }, () => new Uint32Array(y.length + 1));
        for (let i = x.length - 1; i >= 0; i -= 1)
            for (let k = y.length - 1; k >= 0; k -= 1)
                length[i][k] = x[i] === y[k] ? length[i + 1][k + 1] + 1 : Math.max(length[i + 1][k], length[i][k + 1]);
        for (let i = 0, k = 0; i < x.length || k < y.length;) {
            if (i < x.length && k < y.length && x[i] === y[k]) {
                middle.push({ kind: "same", text: x[i] });
                i += 1;
                k += 1;
            } else if (k >= y.length || (i < x.length && length[i + 1][k] >= length[i][k + 1])) {
                middle.push({ kind: "gone", text: x[i] });
                i += 1;
            } else {
                middle.push({ kind: "new", text: y[k] });
                k += 1;
            }
        }
    }
    const same = (text) => ({ kind: "same", text });
    return [...a.slice(0, head).map(same), ...middle, ...a.slice(a.length - tail).map(same)];
}

const MARKS = { same: " ", gone: "-", new: "+" };
const SAID = { gone: "taken away: ", new: "added: " };

export function diffView(before, after)
{
    const lines = diffLines(before, after);
    const near = lines.map((_, i) => lines.slice(Math.max(0, i - AROUND), i + AROUND + 1).some((l) => l.kind !== "same"));
    const rows = [];
    let skipped = false;
    lines.forEach((line, i) => {
        if (!near[i]) {
            skipped = true;
            return;
        }
        if (skipped)
            rows.push(el("span", { class: "diff-skip", "aria-hidden": "true" }, "⋯\n"));
        skipped = false;
        rows.push(el("span", { class: "diff-line is-" + line.kind }, SAID[line.kind] && spoken(SAID[line.kind]),
                     el("span", { class: "diff-mark", "aria-hidden": "true" }, MARKS[line.kind]), line.text + "\n"));
    });
    return el("pre", { class: "diff", tabindex: 0, "aria-label": "Changes of the file" }, rows.length > 0 ? rows : "Nothing changes.");
}
