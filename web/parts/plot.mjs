/* A plot over time as a drawing, with the same numbers as a table for those who do not see it. */
import { el, fill, freshId, svg } from "../text.mjs";
import { clock } from "../format.mjs";
import { plainTable } from "./table.mjs";

const WIDTH = 640;
const HEIGHT = 180;
const LEFT = 56;
const RIGHT = 8;
const TOP = 10;
const BOTTOM = 22;

/* 1, 2 or 5 times a power of ten, not less than `value`; of bytes, a power of two. */
function niceTop(value, isBytes)
{
    if (value <= 0)
        return 1;
    if (isBytes)
        return 2 ** Math.ceil(Math.log2(value));
    const power = 10 ** Math.floor(Math.log10(value));
    return [1, 2, 5, 10].map((n) => n * power).find((n) => n >= value);
}

function xOf(time, from, to)
{
    return LEFT + (to > from ? (time - from) / (to - from) : 1) * (WIDTH - LEFT - RIGHT);
}

function lineOf(points, key, from, to, top)
{
    return points.map((p, i) => (i === 0 ? "M" : "L") + xOf(p.time, from, to).toFixed(1) + " " +
        (TOP + (1 - p[key] / top) * (HEIGHT - TOP - BOTTOM)).toFixed(1)).join("");
}

/* title; points [{time, ...}] in order of time; series [{key, words, kind: line | bar}], at most
 * two; say(value) writes a value; isBytes for the scale. Rows of the table are those where something
 * happened. */
export function plot({ title, points, series, say, isBytes = false })
{
    const id = freshId("plot");
    const from = points[0]?.time || 0;
    const to = points[points.length - 1]?.time || 1;
    const most = Math.max(0, ...points.flatMap((p) => series.map((s) => p[s.key])));
    const top = niceTop(most, isBytes);
    const bottom = HEIGHT - BOTTOM;
    const drawing = svg("svg", { class: "plot", viewBox: "0 0 " + WIDTH + " " + HEIGHT, role: "img", "aria-labelledby": id });
    const marks = [0, 0.5, 1].map((part) => {
        const y = TOP + (1 - part) * (bottom - TOP);
        return [svg("line", { class: "plot-grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y, y2: y }),
                svg("text", { class: "plot-text", x: LEFT - 8, y: y + 4, "text-anchor": "end" }, say(top * part))];
    });
    const times = [0, 0.25, 0.5, 0.75, 1].map((part) => svg("text", { class: "plot-text", x: LEFT + part * (WIDTH - LEFT - RIGHT), y: HEIGHT - 5,
        "text-anchor": part === 0 ? "start" : part === 1 ? "end" : "middle" }, clock(from + part * (to - from)).slice(0, 5)));
    const lines = series.map((s, i) => {
        if (s.kind === "bar") {
            const width = Math.max(1.5, (WIDTH - LEFT - RIGHT) / Math.max(1, points.length) - 0.5);
            return points.filter((p) => p[s.key] > 0).map((p) => {
                const height = p[s.key] / top * (bottom - TOP);
                return svg("rect", { class: "plot-bar is-" + i, x: Math.min(xOf(p.time, from, to), WIDTH - RIGHT - width), width, y: bottom - height, height });
            });
        }
        const path = lineOf(points, s.key, from, to, top);
        return [i === 0 && points.length > 1 && svg("path", { class: "plot-area", d: path + "L" + xOf(to, from, to) + " " + bottom + "L" + LEFT + " " + bottom + "Z" }),
                svg("path", { class: "plot-line is-" + i, d: path })];
    });
    for (const part of [marks, lines, times].flat(3))
        if (part)
            drawing.append(part);
    const rows = points.filter((p) => series.some((s) => p[s.key] > 0)).slice(-60).reverse();
    const table = el("details", { class: "plot-table" }, el("summary", {}, "As a table"));
    table.addEventListener("toggle", () => {
        if (table.open)
            fill(table, el("summary", {}, "As a table"), rows.length > 0 ?
                plainTable(title, ["Time", ...series.map((s) => s.words)], rows.map((p) => [clock(p.time).slice(0, 5), ...series.map((s) => say(p[s.key]))])) :
                el("p", { class: "quiet" }, "Nothing happened in this time."));
    });
    return el("section", { class: "card" }, el("div", { class: "card-head" }, el("h2", { id }, title),
        series.length > 1 && el("p", { class: "plot-key" }, series.map((s, i) => el("span", {}, el("span", { class: "plot-mark is-" + (s.kind === "bar" ? "bar-" : "") + i, "aria-hidden": "true" }), s.words)))),
        points.length > 1 ? drawing : el("p", { class: "quiet" }, "A first point is there after two minutes."), table);
}
