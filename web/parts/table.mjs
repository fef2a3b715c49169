/* A table that works for ten rows and for ten thousand: searched, sorted and paged where the data
 * is (the server, or fromList() for what is here whole). Rows can be selected for things done to
 * many at once. On a narrow screen each row is a card. */
import { el, fill, freshId, spoken } from "../text.mjs";
import { icon } from "../icons.mjs";
import { count, plural } from "../format.mjs";
import { addShortcut } from "../keys.mjs";
import { setQuery } from "../router.mjs";
import { whenNoMenu } from "./menu.mjs";
import { emptyState, problemState, skeleton } from "./busy.mjs";

const SEARCH_WAIT_MS = 200;

/* A source of rows for a list that is here whole: texts(row) is what a search looks through,
 * order[key](row) what a column sorts by. */
export function fromList(rows, { texts, order = {} })
{
    return async ({ q, sort, descending, after, limit }) => {
        const words = q.toLowerCase().split(/\s+/).filter(Boolean);
        const all = await (typeof rows === "function" ? rows() : rows);
        const found = all.filter((row) => {
            const text = texts(row).join(" ").toLowerCase();
            return words.every((w) => text.includes(w));
        });
        if (order[sort])
            found.sort((a, b) => {
                const x = order[sort](a);
                const y = order[sort](b);
                const way = typeof x === "number" && typeof y === "number" ? x - y :
                    String(x).localeCompare(String(y), "en", { numeric: true });
                return descending ? -way : way;
            });
        const first = Number(after) || 0;
        const next = first + limit < found.length ? String(first + limit) : "";
        return { rows: found.slice(first, first + limit), next, total: found.length };
    };
}

/* What a table is made of:
 *   name       said by screen readers, and above an empty page
 *   noun       ["machine", "machines"] for counts
 *   columns    {key, label, cell(row), sort: may it be sorted by, className, hidden: label unseen}
 *   load       async ({q, sort, descending, after, limit, signal}) -> {rows, next, total}
 *   rowKey     row -> text that names it; rowName: row -> what a person calls it
 *   query      page.query: search, order and page stand in the address; signal: page.signal
 *   sort       the first order: "key" or "-key"
 *   search     the placeholder of the search field; none without it
 *   filters    elements beside the search
 *   bulk       (keys, rows) -> buttons, when rows are selected; without it none can be
 *   empty      () -> element when there is nothing at all
 *   rowClass   row -> a class
 * Returns {element, reload({quiet}), selected()}. */
export function dataTable(t)
{
    const limit = t.limit || 50;
    const state = {
        q: t.query.get("q") || "", order: t.query.get("sort") || t.sort || "",
        after: t.query.get("after") || "", before: [], next: "", rows: [], total: undefined,
    };
    const chosen = new Map();
    const wrap = el("div", { class: "table-wrap" });
    const said = el("p", { class: "spoken", role: "status" });
    const pager = el("div", { class: "pager" });
    const bulkBar = el("div", { class: "bulk", role: "region", "aria-label": "Selected rows" });
    const search = t.search ? el("input", { type: "search", class: "input search-input", value: state.q,
                                            placeholder: t.search, "aria-label": t.search,
                                            spellcheck: "false", autocomplete: "off" }) : null;
    let body = null;
    let wait = null;
    let asking = null;

    const selectAll = t.bulk ? el("input", { type: "checkbox", class: "check",
                                             "aria-label": "Select all rows of this page" }) : null;

    function showChosen()
    {
        const keys = [...chosen.keys()];
        bulkBar.hidden = keys.length === 0;
        if (selectAll) {
            const here = state.rows.filter((r) => chosen.has(t.rowKey(r))).length;
            selectAll.checked = here > 0 && here === state.rows.length;
            selectAll.indeterminate = here > 0 && here < state.rows.length;
        }
        if (keys.length === 0)
            return;
        fill(bulkBar, el("span", { class: "bulk-count" }, count(keys.length) + " selected"),
             t.bulk(keys, [...chosen.values()]),
             el("button", { type: "button", class: "button is-quiet",
                            on: { click: () => { chosen.clear(); showRows(); } } }, "Clear"));
    }

    function choose(row, on)
    {
        if (on)
            chosen.set(t.rowKey(row), row);
        else
            chosen.delete(t.rowKey(row));
        showChosen();
    }

    function headCell(column)
    {
        const key = state.order.replace(/^-/, "");
        const down = state.order.startsWith("-");
        const attributes = { scope: "col", role: "columnheader", class: column.className };
        if (!column.sort)
            return el("th", attributes, column.hidden ? spoken(column.label) : column.label);
        const isSorted = key === column.key;
        const turn = () => {
            state.order = isSorted && !down ? "-" + column.key : column.key;
            begin();
        };
        return el("th", { ...attributes, "aria-sort": isSorted ? (down ? "descending" : "ascending") : "none" },
                  el("button", { type: "button", class: "sort", data: { sort: column.key }, on: { click: turn } },
                     column.label, icon(isSorted && !down ? "up" : "down")));
    }

    function rowElement(row)
    {
        const key = t.rowKey(row);
        const box = t.bulk ? el("input", { type: "checkbox", class: "check", "aria-label": "Select " + t.rowName(row),
                                           on: { change: (e) => choose(row, e.target.checked) } }) : null;
        if (box)
            box.checked = chosen.has(key);
        return el("tr", { role: "row", data: { key }, class: (t.rowClass ? t.rowClass(row) : "") || undefined },
                  box && el("td", { role: "cell", class: "cell-check" }, box),
                  t.columns.map((c) => el("td", { role: "cell", class: c.className, data: { label: c.label } },
                                          c.cell(row))));
    }

    /* Which control of which row has the focus, to give it back after the rows were made anew. */
    function focusPlace()
    {
        const row = document.activeElement?.closest?.("tr[data-key]");
        if (!row || !wrap.contains(row))
            return null;
        return { key: row.dataset.key, at: controls(row).indexOf(document.activeElement) };
    }

    function controls(row)
    {
        return [...row.querySelectorAll("a[href], button, input, select")];
    }

    function showRows()
    {
        const place = focusPlace();
        const sorted = document.activeElement?.dataset?.sort;
        if (state.rows.length === 0) {
            const isSearch = state.q !== "" || state.after !== "" || (t.isFiltered && t.isFiltered());
            body = null;
            fill(wrap, isSearch || !t.empty ?
                emptyState({ name: "search", title: "Nothing found",
                             text: isSearch ? "No row matches. Fewer words find more." : "" }) : t.empty());
            wrap.classList.add("is-bare");
        } else {
            wrap.classList.remove("is-bare");
            body = el("tbody", { role: "rowgroup" }, state.rows.map(rowElement));
            fill(wrap, el("table", { class: "table", role: "table", "aria-label": t.name },
                          el("thead", { role: "rowgroup" },
                             el("tr", { role: "row" },
                                selectAll && el("th", { scope: "col", role: "columnheader", class: "cell-check" }, selectAll),
                                t.columns.map(headCell))), body));
        }
        if (place) {
            const row = [...wrap.querySelectorAll("tr[data-key]")].find((r) => r.dataset.key === place.key);
            if (row)
                controls(row)[place.at]?.focus();
        } else if (sorted) {
            wrap.querySelector("[data-sort=\"" + CSS.escape(sorted) + "\"]")?.focus();
        }
        showPager();
        showChosen();
    }

    function showPager()
    {
        const noun = t.noun || ["row", "rows"];
        const total = state.total ?? (state.before.length === 0 && !state.next ? state.rows.length : undefined);
        const words = total !== undefined ? plural(total, ...noun) : count(state.rows.length) + " " + noun[1] + " on this page";
        const step = (words2, name, on, run) =>
            el("button", { type: "button", class: "button is-quiet", disabled: !on, on: { click: run } },
               name === "left" && icon(name), words2, name === "right" && icon(name));
        fill(pager, el("span", { class: "pager-count" }, words),
             (state.next || state.after) && el("span", { class: "pager-steps" },
                 step("Previous", "left", state.after !== "", back), step("Next", "right", state.next !== "", forth)));
    }

    async function load(quiet)
    {
        asking?.abort();
        asking = new AbortController();
        const mine = asking;
        const timer = quiet || state.rows.length > 0 ? 0 : setTimeout(() => fill(wrap, skeleton(8)), 120);
        if (!quiet)
            wrap.setAttribute("aria-busy", "true");
        try {
            const reply = await t.load({
                q: state.q, sort: state.order.replace(/^-/, ""), descending: state.order.startsWith("-"),
                after: state.after, limit, signal: AbortSignal.any([t.signal, mine.signal]),
            });
            if (quiet)
                await whenNoMenu(wrap, AbortSignal.any([t.signal, mine.signal]));
            if (mine.signal.aborted || t.signal.aborted)
                return;
            clearTimeout(timer);
            state.rows = reply.rows;
            state.next = reply.next || "";
            state.total = reply.total;
            for (const row of state.rows)
                if (chosen.has(t.rowKey(row)))
                    chosen.set(t.rowKey(row), row);
            showRows();
            if (!quiet)
                said.textContent = pager.firstChild ? pager.firstChild.textContent : "";
        } catch (problem) {
            if (problem.name !== "AbortError" && !mine.signal.aborted && !t.signal.aborted && !quiet) {
                state.rows = [];
                fill(pager);
                fill(wrap, problemState(problem, () => load(false)));
                if (problem.name !== "Problem")
                    console.error(problem);
            }
        } finally {
            clearTimeout(timer);
            wrap.removeAttribute("aria-busy");
        }
    }

    function begin()
    {
        state.after = "";
        state.before = [];
        setQuery({ q: state.q, sort: state.order === t.sort ? "" : state.order, after: "" });
        return load(false);
    }

    function turnTo(after)
    {
        state.after = after;
        setQuery({ after });
        load(false);
        wrap.scrollIntoView({ block: "nearest" });
    }
    function forth()
    {
        state.before.push(state.after);
        turnTo(state.next);
    }
    function back()
    {
        turnTo(state.before.pop() || "");
    }

    if (search) {
        search.addEventListener("input", () => {
            clearTimeout(wait);
            wait = setTimeout(() => {
                state.q = search.value.trim();
                begin();
            }, SEARCH_WAIT_MS);
        });
        addShortcut("/", "Search this page", () => search.focus(), t.signal);
    }
    selectAll?.addEventListener("change", () => {
        const on = selectAll.checked;
        for (const row of state.rows)
            choose(row, on);
        showRows();
    });
    const step = (by) => () => {
        const rows = [...wrap.querySelectorAll("tr[data-key]")];
        const at = rows.indexOf(document.activeElement?.closest?.("tr[data-key]"));
        const to = rows[Math.max(0, Math.min(rows.length - 1, at + by))];
        (to?.querySelector("a[href]") || to?.querySelector("button, select, input"))?.focus();
    };
    addShortcut("j", "Next row", step(1), t.signal);
    addShortcut("k", "Previous row", step(-1), t.signal);
    bulkBar.hidden = true;
    const element = el("div", { class: "data" },
                       (search || t.filters) && el("div", { class: "toolbar", role: "search" },
                           search && el("div", { class: "search" }, icon("search"), search), t.filters),
                       bulkBar, wrap, pager, said);
    load(false);
    return { element, reload: ({ quiet = true } = {}) => load(quiet), begin,
             selected: () => [...chosen.keys()], clear: () => { chosen.clear(); showRows(); } };
}

/* A short table without any of that: heads are texts, rows lists of cells. */
export function plainTable(name, heads, rows)
{
    return el("div", { class: "table-wrap", role: "group", "aria-label": name, tabindex: 0 },
              el("table", { class: "table is-plain", role: "table", "aria-label": name },
                 el("thead", { role: "rowgroup" },
                    el("tr", { role: "row" }, heads.map((h) => el("th", { scope: "col", role: "columnheader" }, h)))),
                 el("tbody", { role: "rowgroup" }, rows.map((row) => el("tr", { role: "row" },
                    row.map((cell, i) => el("td", { role: "cell", data: { label: heads[i] } }, cell)))))));
}

/* Facts of one thing: [[name, content], ...]; what is empty is left out. */
export function facts(rows)
{
    return el("dl", { class: "facts", id: freshId("facts") },
              rows.filter(([, content]) => content !== undefined && content !== null && content !== "")
                  .map(([name, content]) => el("div", {}, el("dt", {}, name), el("dd", {}, content))));
}
