/* Tabs of one view: arrows move between them, the chosen one stands in the address. */
import { el, fill, freshId } from "../text.mjs";
import { setQuery } from "../router.mjs";

/* rows: {key, words, open(root)}; `chosen` the key to begin with. */
export function tabs({ rows, chosen, label })
{
    const panel = el("div", { class: "tab-panel", role: "tabpanel", tabindex: 0, id: freshId("panel") });
    const list = el("div", { class: "tabs", role: "tablist", "aria-label": label });
    const all = rows.map((row) => el("button", { type: "button", role: "tab", class: "tab",
                                                 id: freshId("tab"), "aria-controls": panel.id,
                                                 on: { click: () => choose(row) } }, row.words));
    list.append(...all);

    function choose(row, isFirst = false)
    {
        rows.forEach((r, i) => {
            all[i].setAttribute("aria-selected", String(r === row));
            all[i].tabIndex = r === row ? 0 : -1;
        });
        panel.setAttribute("aria-labelledby", all[rows.indexOf(row)].id);
        if (!isFirst)
            setQuery({ tab: row === rows[0] ? "" : row.key });
        fill(panel);
        row.open(panel);
    }
    list.addEventListener("keydown", (event) => {
        const at = all.indexOf(document.activeElement);
        const to = { ArrowRight: (at + 1) % all.length, ArrowLeft: (at - 1 + all.length) % all.length,
                     Home: 0, End: all.length - 1 }[event.key];
        if (to === undefined)
            return;
        event.preventDefault();
        choose(rows[to]);
        all[to].focus();
    });
    choose(rows.find((r) => r.key === chosen) || rows[0], true);
    return el("div", { class: "tabbed" }, list, panel);
}
