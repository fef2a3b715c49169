/* A picture of the boot menu as a machine shows it, drawn from the very script it gets: 80 columns
 * of iPXE's, or GRUB's entries. */
import { el } from "../text.mjs";

/* iPXE: "menu TITLE", "item --gap -- TEXT", "item [--key k] NAME TEXT", "item" for an empty line. */
function fromIpxe(text)
{
    const rows = [];
    let title = "";
    for (const line of text.split("\n")) {
        const menu = /^menu (.*)$/.exec(line);
        const gap = /^item --gap --(?: (.*))?$/.exec(line);
        const item = /^item (?:--key (\S+) |-- )?(\S+) (.*)$/.exec(line);
        if (menu && !title)
            title = menu[1];
        else if (gap)
            rows.push({ kind: "gap", text: gap[1] || "" });
        else if (line === "item")
            rows.push({ kind: "gap", text: "" });
        else if (item)
            rows.push({ kind: "item", name: item[2], text: item[3].replace("${refused}", "(not with Secure Boot)") });
    }
    const chosen = /--default (\S+)/.exec(text);
    return { title, rows, chosen: chosen ? chosen[1] : "" };
}

/* GRUB: menuentry 'TEXT' ...; an entry that does nothing is a line of text. */
function fromGrub(text)
{
    const rows = [];
    for (const line of text.split("\n")) {
        const entry = /^\s*menuentry\s+(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")(.*)$/.exec(line);
        if (entry) {
            const words = (entry[1] ?? entry[2]).replaceAll("\\'", "'");
            rows.push({ kind: /\{\s*(true|:)?\s*;?\s*\}/.test(entry[3]) || words.trim() === "" ? "gap" : "item", text: words });
        }
    }
    return { title: "GNU GRUB", rows: rows.filter((r, i) => i === 0 || r.text !== rows[i - 1].text + " (Secure Boot refuses it)"), chosen: "" };
}

/* Draw what GET /menu gave. */
export function menuPicture(menu)
{
    const { title, rows, chosen } = menu.loader === "grub" ? fromGrub(menu.text) : fromIpxe(menu.text);
    const first = rows.findIndex((r) => r.kind === "item" && (!chosen || r.name === chosen));
    const items = rows.filter((r) => r.kind === "item").length;
    return el("figure", { class: "boot-menu" + (menu.loader === "grub" ? " is-grub" : "") },
        el("figcaption", { class: "spoken" }, "The boot menu, titled " + title + ", with " + items + " entries"),
        el("div", { class: "boot-menu-screen", tabindex: 0, role: "group", "aria-label": "Boot menu" }, el("p", { class: "boot-menu-title" }, title),
            el("ul", {}, rows.map((r, i) => el("li", { class: r.kind === "gap" ? "is-gap" : i === first ? "is-chosen" : undefined }, r.text || " ")))));
}

