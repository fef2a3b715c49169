/* Who changed what, and who was refused. */
import { el, fill } from "../text.mjs";
import { get } from "../api.mjs";
import { dateAndClock } from "../format.mjs";
import { badge } from "../parts/badge.mjs";
import { emptyState } from "../parts/busy.mjs";
import { dataTable } from "../parts/table.mjs";

function verdict(status)
{
    const kind = status < 300 ? "good" : status < 400 ? "plain" : status < 500 ? "warn" : "bad";
    const words = status < 300 ? "done" : { 401: "not signed in", 403: "not allowed", 404: "not found", 429: "too many tries" }[status] || "refused";
    return badge(words + " (" + status + ")", kind);
}

export async function open(page)
{
    const table = dataTable({
        name: "Audit log", noun: ["entry", "entries"], query: page.query, signal: page.signal, limit: 100,
        rowKey: (e) => String(e.sequence), rowName: (e) => e.method + " " + e.path,
        load: async ({ after, limit, signal }) => {
            const reply = await get("/audit", { signal, query: { after, limit } });
            return { rows: reply.audit, next: reply.next };
        },
        columns: [
            { key: "at", label: "When", className: "cell-fixed", cell: (e) => el("time", { datetime: e.at }, dateAndClock(e.at)) },
            { key: "who", label: "Who", className: "cell-main", cell: (e) => [el("strong", {}, e.who || (e.door === "link" ? "by link" : e.door === "socket" ? "command line" : "nobody")),
                el("span", { class: "cell-sub" }, [e.door, e.from].filter(Boolean).join(", "))] },
            { key: "what", label: "What", cell: (e) => el("code", { class: "clamp" }, e.method + " " + e.path) },
            { key: "result", label: "Result", cell: (e) => verdict(e.status) },
        ],
        empty: () => emptyState({ name: "audit", title: "Nothing was changed yet", text: "Every change, and everything that was refused, is written down here." }),
    });
    page.title("Audit log", "Who changed what, and who was refused");
    fill(page.root, table.element);
}
