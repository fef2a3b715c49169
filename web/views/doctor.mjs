/* What is wrong here and what to do; what a message on a machine's screen means; the lines by which
 * another DHCP server hands machines over. */
import { el, fill } from "../text.mjs";
import { icon } from "../icons.mjs";
import { get, getAll, part } from "../api.mjs";
import { plural } from "../format.mjs";
import { badge } from "../parts/badge.mjs";
import { emptyState, showWhenThere } from "../parts/busy.mjs";
import { copyable } from "../parts/copyable.mjs";
import { select } from "../parts/field.mjs";
import { facts } from "../parts/table.mjs";
import { tabs } from "../parts/tabs.mjs";
import { setQuery } from "../router.mjs";

const LEVELS = { problem: ["problem", "bad"], warning: ["warning", "warn"], hint: ["hint", "info"] };
const RANK = { problem: 0, warning: 1, hint: 2 };

function finding(f)
{
    const [words, kind] = LEVELS[f.level] || [f.level, "plain"];
    return el("li", { class: "card finding is-" + kind }, el("div", { class: "row-line" }, badge(words, kind, { withIcon: true }), el("span", { class: "quiet mono" }, f.code)),
        el("p", {}, f.says), f.fix && el("p", { class: "finding-fix" }, icon("right"), el("span", {}, f.fix)));
}

function examination(page)
{
    return (panel) => {
        const place = el("div", { class: "stack", "aria-live": "polite" });
        const look = () => showWhenThere(place, page.signal, async () => {
            const d = await get("/doctor", { signal: page.signal });
            const rows = [...d.findings].sort((a, b) => RANK[a.level] - RANK[b.level]);
            const wrong = rows.filter((f) => f.level !== "hint").length;
            return [el("div", { class: "notice" + (d.well ? "" : " is-warn") }, icon(d.well ? "check" : "warn"),
                       el("p", {}, d.well ? "Nothing is wrong that the daemon can see from within." : plural(wrong, "thing") + " to look at.")),
                    rows.length > 0 && el("ul", { class: "stack" }, rows.map(finding))];
        });
        look();
        fill(panel, el("div", { class: "row-line" }, el("button", { type: "button", class: "button", on: { click: look } }, icon("again"), "Look again")), place,
            el("section", { class: "card" }, el("h2", {}, "On the wire"),
               el("p", {}, "Posing as machines of every kind and listening to what each DHCP server answers takes rights the daemon has given up. By command, as root, it does that too:"),
               copyable("tugboot doctor", "command")));
    };
}

function answer(m)
{
    return el("section", { class: "card" }, el("div", { class: "card-head" }, el("h2", {}, m.key || "A message of iPXE"), badge(m.says, "plain")),
        facts([["What happened", m.cause], ["How to see it", m.look], ["What to change", m.cure], ["Read in", m.source]]));
}

function screen(page)
{
    return (panel) => showWhenThere(panel, page.signal, async () => {
        const all = await getAll("/screen-messages", "messages", { signal: page.signal });
        const input = el("input", { type: "search", class: "input search-input", id: "message", value: page.query.get("message") || "", placeholder: "PXE-E53, or https://ipxe.org/040ee119", spellcheck: "false", autocomplete: "off" });
        const place = el("div", { class: "stack", "aria-live": "polite" });
        let wait = 0;
        async function show()
        {
            const text = input.value.trim();
            setQuery({ message: text });
            if (!text) {
                fill(place, el("details", { class: "card" }, el("summary", {}, "All " + all.length + " that are known"), el("div", { class: "stack" }, all.filter((m) => m.key).map(answer))));
                return;
            }
            try {
                const found = await get("/screen-messages/find", { signal: page.signal, query: { message: text } });
                fill(place, answer(found.message), found.ipxe && el("p", { class: "quiet" }, "In iPXE: " + [found.ipxe.error, "file " + found.ipxe.file, "place " + found.ipxe.part].filter(Boolean).join(", ") + "."));
            } catch (problem) {
                if (problem.name !== "AbortError")
                    fill(place, emptyState({ name: "search", title: "This message is not known", text: problem.message }));
            }
        }
        input.addEventListener("input", () => {
            clearTimeout(wait);
            wait = setTimeout(show, 250);
        });
        page.signal.addEventListener("abort", () => clearTimeout(wait));
        show();
        return [el("div", { class: "field" }, el("label", { for: "message" }, "What the screen says"), el("div", { class: "search is-wide" }, icon("search"), input)), place];
    });
}

function handOver(page)
{
    return (panel) => showWhenThere(panel, page.signal, async () => {
        const { servers } = await get("/dhcp-snippets", { signal: page.signal });
        const list = select(servers.map((s) => ({ value: s.name, label: s.title })), page.query.get("server") || servers[0]?.name, { id: "snippet-server" });
        const place = el("div", { class: "stack", "aria-live": "polite" });
        const show = () => showWhenThere(place, page.signal, async () => {
            setQuery({ server: list.value });
            const s = await get("/dhcp-snippets/" + part(list.value), { signal: page.signal });
            return [s.note && el("p", {}, s.note), copyable(s.settings, "settings")];
        });
        list.addEventListener("change", show);
        show();
        return [el("p", {}, "In mode proxy nothing has to be changed at your DHCP server. Where it sits behind a relay, or machines ask it alone, these lines hand them over to this tugboot."),
                el("div", { class: "field narrow" }, el("label", { for: "snippet-server" }, "Your DHCP server"), list), place];
    });
}

export async function open(page)
{
    page.title("Doctor", "What is wrong, and what to do about it");
    fill(page.root, tabs({ label: "Help", chosen: page.query.get("tab"), rows: [
        { key: "findings", words: "Findings", open: examination(page) },
        { key: "screen", words: "A message on a screen", open: screen(page) },
        { key: "dhcp", words: "Hand over from your DHCP server", open: handOver(page) },
    ] }));
}
