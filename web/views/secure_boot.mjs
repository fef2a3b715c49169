/* Secure Boot: which loaders there are and what firmware does with them, the chains they make, the
 * certificates with their dates, and what one machine would get. */
import { el, fill } from "../text.mjs";
import { icon } from "../icons.mjs";
import { get, getAll } from "../api.mjs";
import { arch, date, machineName, span } from "../format.mjs";
import { badge } from "../parts/badge.mjs";
import { emptyState, showWhenThere } from "../parts/busy.mjs";
import { copyable } from "../parts/copyable.mjs";
import { select } from "../parts/field.mjs";
import { secureBadge } from "../parts/secure_badge.mjs";
import { facts, plainTable } from "../parts/table.mjs";
import { tabs } from "../parts/tabs.mjs";

const MONTH_MS = 30 * 86400000;
const USES = {
    https: "HTTPS, shown to machines", "https-ca": "The CA that issues it", "secure-boot-pk": "Platform key (PK)",
    "secure-boot-kek": "Key exchange key (KEK)", "secure-boot-db": "Your signing key (db)",
};
const TRUST = {
    unsigned: ["does not start", "bad"], signed: ["starts", "good"], "own-keys": ["with your own keys", "warn"], "as-the-image": ["as the image", "info"],
};

function loaders(page)
{
    return (panel) => showWhenThere(panel, page.signal, async () => {
        const rows = await getAll("/loaders", "loaders", { signal: page.signal });
        const here = rows.filter((l) => l.here);
        const missing = rows.filter((l) => !l.here);
        return [
            here.length > 0 ? plainTable("Loaders", ["Loader", "For", "With Secure Boot", "Signed by", "Where"], here.map((l) => [
                el("strong", { class: "nowrap" }, l.name), el("span", { class: "nowrap" }, arch(l.arch)), l.arch === "bios-x86" ? el("span", { class: "quiet" }, "BIOS has none") :
                    [secureBadge(l.secure_boot), l.secure_boot_text && l.secure_boot_text !== l.secure_boot && el("span", { class: "cell-sub" }, l.secure_boot_text)],
                l.vendor || "", el("span", { class: "mono clamp" }, l.path || "")])) :
                emptyState({ name: "secure", title: "No loader is here", text: "Machines get no answer until there is one for their kind.", actions: [copyable("tugboot loader fetch", "command")] }),
            missing.length > 0 && el("details", { class: "card" }, el("summary", {}, "Known, and not here (" + missing.length + ")"),
                plainTable("Loaders that are not here", ["Loader", "For", "What gets it"], missing.map((l) => [l.name, arch(l.arch), l.get ? copyable(l.get, "command") : ""]))),
        ];
    });
}

function chains(page)
{
    return (panel) => showWhenThere(panel, page.signal, async () => {
        const all = await getAll("/chains", "chains", { signal: page.signal });
        const kinds = [...new Set(all.map((c) => c.arch))];
        const list = select(kinds.map((k) => ({ value: k, label: arch(k) })), kinds.includes("efi-x64") ? "efi-x64" : kinds[0], { id: "chain-arch" });
        const place = el("div", { "aria-live": "polite" });
        const show = () => fill(place, plainTable("Chains, in the order in which they are tried", ["Chain", "What it is", "With Secure Boot", "By"], all.filter((c) => c.arch === list.value).map((c) => {
            const [words, kind] = c.arch === "bios-x86" ? ["BIOS has none", "plain"] : TRUST[c.secure_boot] || [c.secure_boot, "plain"];
            return [[el("strong", { class: "nowrap" }, c.name), c.on_request_only && el("span", { class: "cell-sub" }, "only where it is named")],
                    [c.text, el("span", { class: "cell-sub mono" }, [c.first, c.second].filter(Boolean).join(" → "))],
                    badge(words, kind), [c.tftp && "TFTP", c.http && "HTTP"].filter(Boolean).join(", ")];
        })));
        list.addEventListener("change", show);
        show();
        return [el("p", { class: "quiet" }, "The first one that works is what a machine gets; one that did not start on a machine is not tried first there again."),
                el("div", { class: "field narrow" }, el("label", { for: "chain-arch" }, "Machines"), list), place];
    });
}

function dates(c)
{
    const left = Date.parse(c.ends) - Date.now();
    const words = left < 0 ? "ended " + span(-left) + " ago" : span(left) + " left";
    return [date(c.starts) + " to " + date(c.ends), " ", badge(words, left < 0 ? "bad" : left < MONTH_MS ? "warn" : "good", { withIcon: left < MONTH_MS })];
}

function certificates(page)
{
    return (panel) => showWhenThere(panel, page.signal, async () => {
        const { certificates: rows } = await get("/certificates", { signal: page.signal });
        if (rows.length === 0)
            return emptyState({ name: "key", title: "No certificate of your own", text: "HTTPS makes its own when it is switched on. Keys of your own, for machines that are to trust nobody else, are made by command.",
                                actions: [copyable("tugboot keys create", "command")] });
        return el("div", { class: "columns" }, rows.map((c) => el("section", { class: "card" }, el("h2", {}, USES[c.use] || c.use),
            facts([["Subject", c.subject], ["Issued by", c.issuer === c.subject ? "itself" : c.issuer], ["Good", dates(c)], ["Key", c.key],
                   ["SHA-256", el("span", { class: "mono" }, c.fingerprint)], ["File", el("span", { class: "mono" }, c.file)]]))));
    });
}

function machine(page)
{
    return (panel) => showWhenThere(panel, page.signal, async () => {
        const { machines } = await get("/machines", { signal: page.signal, query: { limit: 500 } });
        if (machines.length === 0)
            return emptyState({ name: "machines", title: "No machine has been seen yet", text: "Switch one on: then it can be told here what it would get, and why." });
        const list = select(machines.map((m) => ({ value: m.mac, label: machineName(m) + " (" + (arch(m.client?.arch) || m.mac) + ")" })), machines[0].mac, { id: "secure-machine" });
        const answer = el("div", { class: "stack", "aria-live": "polite" });
        const show = () => showWhenThere(answer, page.signal, async () => {
            const e = await get("/explain", { signal: page.signal, query: { mac: list.value } });
            return [el("div", { class: "columns" },
                el("section", { class: "card" }, el("h2", {}, "Its firmware starts"), el("p", { class: "mono" }, e.firmware.url || e.firmware.file || e.firmware.starts),
                   e.firmware.hint && el("div", { class: "notice is-warn" }, icon("info"), el("p", {}, e.firmware.hint))),
                el("section", { class: "card" }, el("h2", {}, "In the end it boots"), el("p", {}, el("strong", {}, e.boot.image || e.boot.starts)),
                   e.boot.secure_boot && el("p", {}, "Secure Boot: " + e.boot.secure_boot),
                   e.boot.obstacle && el("div", { class: "notice is-warn" }, icon("warn"), el("p", {}, e.boot.obstacle)))),
                (e.chains || []).length > 0 && plainTable("Chains for this machine", ["Chain", "Ready", "With Secure Boot", "What it is"], e.chains.map((c) => [
                    c.chain, c.ready ? badge("ready", "good") : badge("no", "plain"), c.secure_boot || "", c.ready ? c.text || "" : c.why || ""]))];
        });
        list.addEventListener("change", show);
        show();
        return [el("div", { class: "field narrow" }, el("label", { for: "secure-machine" }, "Machine"), list), answer];
    });
}

export async function open(page)
{
    page.title("Secure Boot", "What firmware lets start, and why");
    fill(page.root, tabs({ label: "About Secure Boot", chosen: page.query.get("tab"), rows: [
        { key: "loaders", words: "Loaders", open: loaders(page) },
        { key: "chains", words: "Chains", open: chains(page) },
        { key: "certificates", words: "Certificates and keys", open: certificates(page) },
        { key: "machine", words: "One machine", open: machine(page) },
    ] }));
}
