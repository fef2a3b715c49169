/* What people do to many machines and beside each other: notes, groups, one change of many, and two
 * who change the same thing at once. */
import fs from "node:fs";
import path from "node:path";
import { axeFaults, check, end, goto, lookAt, openDesk, setting, settled, switchOn, tugboot, until } from "./bench.mjs";

const MARKUP = "<img src=x onerror=\"window.pwned=1\">";

const { browser, page, step } = await openDesk(15000);

async function picture(name)
{
    const found = await axeFaults(page);
    check(found.length === 0, found.join("; "));
    if (setting.pictures)
        await page.screenshot({ path: path.join(setting.pictures, name + ".png") });
}

function dialog()
{
    return page.getByRole("dialog").last();
}

async function hosts()
{
    return JSON.parse(await tugboot("host", "list", "--json")).hosts;
}

const { mac: alphaMac } = setting.machines.alpha;

await step("sign in, and three machines that were seen", async () => {
    await page.goto((await tugboot("login-link")).trim());
    await until(async () => (await page.evaluate(() => fetch("/api/v1/status").then((r) => r.status))) === 200, "signed in");
    for (const name of ["alpha", "bravo", "charlie"])
        await switchOn(name, "--name", name).ended;
    await goto(page, "/machines");
    await until(async () => await page.locator("tbody tr").count() === 3, "three rows");
});

await step("a note is written on the machine's page, marked in the list, and found", async () => {
    await goto(page, "/machines/" + alphaMac);
    await page.getByRole("button", { name: "Note something" }).click();
    await dialog().getByLabel("Note").fill("Rack 4, by the door\nAda's; " + MARKUP);
    await picture("note-dialog");
    await dialog().getByRole("button", { name: "Save" }).click();
    await page.locator(".note", { hasText: "Rack 4, by the door" }).waitFor();
    check((await tugboot("host", "note", alphaMac)).startsWith("Rack 4, by the door\nAda's; <img"), "the command shows it");
    await lookAt(page, "note", "/machines/" + alphaMac);
    await goto(page, "/machines");
    await page.locator("tbody tr .note-mark").waitFor();
    await page.getByRole("searchbox").fill("ada's door");
    await until(async () => await page.locator("tbody tr").count() === 1, "only that machine");
    await page.getByRole("searchbox").fill("");
    await lookAt(page, "machines-noted", "/machines");
});

await step("a note too long is told beside its field", async () => {
    await goto(page, "/machines/" + alphaMac);
    await page.getByRole("button", { name: "Change the note" }).click();
    await dialog().getByLabel("Note").fill("ü".repeat(1001));
    await dialog().getByRole("button", { name: "Save" }).click();
    await dialog().getByText("at most 2000 bytes; this one has 2002").waitFor();
    await page.keyboard.press("Escape");
});

await step("many at once: a new group for two of them, in one request", async () => {
    const requests = [];
    const note = (r) => r.method() === "POST" && requests.push(new URL(r.url()).pathname);
    page.on("request", note);
    await goto(page, "/machines");
    for (const name of ["alpha", "bravo"])
        await page.locator("tbody tr", { hasText: name }).getByRole("checkbox").check();
    await page.getByRole("button", { name: "Group…" }).first().click();
    await dialog().getByLabel("Group", { exact: true }).selectOption({ label: "New…" });
    await dialog().getByLabel("Name of the new group").fill("no good name");
    await dialog().getByRole("button", { name: "Set" }).click();
    await dialog().getByText("Letters, digits, dots").waitFor();
    await dialog().getByLabel("Name of the new group").fill("rack-4");
    await picture("group-new");
    await dialog().getByRole("button", { name: "Set" }).click();
    await page.getByText("2 machines put into rack-4.").waitFor();
    page.off("request", note);
    check(requests.filter((p) => p.endsWith("/machines/changes")).length === 1, requests.join(" "));
    const made = await hosts();
    check(made.length === 2 && made.every((h) => h.group === "rack-4"), JSON.stringify(made));
    check(made.find((h) => h.name === "alpha").note.startsWith("Rack 4"), "the note is the host's");
});

await step("a group that is known is chosen from the list", async () => {
    await goto(page, "/machines/" + setting.machines.bravo.mac + "?tab=settings");
    await page.getByLabel("Group", { exact: true }).selectOption("");
    await page.getByRole("button", { name: "Save" }).click();
    await until(async () => !(await hosts()).find((h) => h.name === "bravo").group, "taken out");
    await settled(page);
    await page.getByLabel("Group", { exact: true }).selectOption("rack-4");
    await page.getByRole("button", { name: "Save" }).click();
    await until(async () => (await hosts()).find((h) => h.name === "bravo").group === "rack-4", "put back");
});

await step("two who write the same note: both versions are shown, and one decides", async () => {
    await goto(page, "/machines/" + alphaMac);
    await page.getByRole("button", { name: "Change the note" }).click();
    await dialog().getByLabel("Note").waitFor();
    await tugboot("host", "note", alphaMac, "Moved to rack 9");
    await dialog().getByLabel("Note").fill("Sold in May");
    await dialog().getByRole("button", { name: "Save" }).click();
    const conflict = page.getByRole("dialog", { name: /Somebody else changed the note/ });
    await conflict.waitFor();
    const shown = await conflict.innerText();
    check(shown.includes("Moved to rack 9") && shown.includes("Sold in May"), shown);
    await picture("conflict");
    await conflict.getByRole("button", { name: "Keep what is there" }).click();
    await page.locator(".note", { hasText: "Moved to rack 9" }).waitFor();
    await page.getByRole("button", { name: "Change the note" }).click();
    await dialog().getByLabel("Note").waitFor();
    await tugboot("host", "note", alphaMac, "Moved to rack 10");
    await dialog().getByLabel("Note").fill("Sold in June");
    await dialog().getByRole("button", { name: "Save" }).click();
    await conflict.waitFor();
    await conflict.getByRole("button", { name: "Write mine over it" }).click();
    await page.locator(".note", { hasText: "Sold in June" }).waitFor();
    check((await tugboot("host", "note", alphaMac)).trim() === "Sold in June", "it was written");
});

await step("two who change the same machine's settings", async () => {
    await goto(page, "/machines/" + alphaMac + "?tab=settings");
    await page.getByLabel("Kernel arguments").fill("mine=1");
    await tugboot("host", "set", "alpha", "--args", "theirs=1");
    await page.getByRole("button", { name: "Save" }).click();
    const conflict = page.getByRole("dialog", { name: /Somebody else changed the settings of alpha/ });
    await conflict.waitFor();
    const shown = await conflict.innerText();
    check(shown.includes("arguments: theirs=1") && shown.includes("arguments: mine=1"), shown);
    await conflict.getByRole("button", { name: "Write mine over it" }).click();
    await until(async () => (await hosts()).find((h) => h.name === "alpha").arguments === "mine=1", "mine is written");
});

await step("settings of many are forgotten, and the machines stay", async () => {
    await goto(page, "/machines");
    for (const name of ["alpha", "bravo", "charlie"])
        await page.locator("tbody tr", { hasText: name }).getByRole("checkbox").check();
    await page.getByRole("button", { name: "Forget settings…" }).click();
    await dialog().getByRole("button", { name: "Forget" }).click();
    await page.getByText(/there is nothing to forget/).first().waitFor();
    await page.getByText("The settings of 2 machines are forgotten.").waitFor();
    check((await hosts()).length === 0, "no host is left");
    check(await page.locator("tbody tr").count() === 3, "the machines are there");
});

await step("an address is kept for a machine, given to another, and free again", async () => {
    await goto(page, "/network?tab=reservations");
    await page.getByText("No address is kept for a machine").waitFor();
    await page.getByRole("button", { name: "Keep an address…" }).last().click();
    await dialog().getByLabel("Address", { exact: true }).fill("10.99.99.9");
    await dialog().getByLabel("Hardware address").fill(setting.machines.charlie.mac);
    await dialog().getByRole("button", { name: "Keep it" }).click();
    await dialog().getByText(/in none of the networks/).waitFor();
    await picture("reservation-dialog");
    await dialog().getByLabel("Address", { exact: true }).fill("192.168.77.50");
    await dialog().getByLabel("Name").fill("printer");
    await dialog().getByRole("button", { name: "Keep it" }).click();
    await page.locator("tbody tr", { hasText: "192.168.77.50" }).waitFor();
    const machine = switchOn("charlie", "--name", "charlie");
    check((await machine.ended).includes("192.168.77.50"), await machine.ended);
    await lookAt(page, "reservations", "/network?tab=reservations");
    const row = page.locator("tbody tr", { hasText: "192.168.77.50" });
    await row.getByRole("button", { name: /^Actions for/ }).click();
    await page.getByRole("menuitem", { name: "Another machine…" }).click();
    await dialog().getByLabel("Hardware address").fill(setting.machines.delta.mac);
    await tugboot("host", "set", "printer", "--mac", setting.machines.bravo.mac);
    await dialog().getByRole("button", { name: "Save" }).click();
    const conflict = page.getByRole("dialog", { name: /Somebody else changed who gets 192.168.77.50/ });
    await conflict.getByText(setting.machines.bravo.mac).first().waitFor();
    await conflict.getByRole("button", { name: "Write mine over it" }).click();
    await page.locator("tbody tr", { hasText: setting.machines.delta.mac }).waitFor();
    check(!(await hosts()).find((h) => h.name === "printer").address, "the printer has none any more");
    await row.getByRole("button", { name: /^Actions for/ }).click();
    await page.getByRole("menuitem", { name: "Keep it no longer…" }).click();
    await dialog().getByRole("button", { name: "Keep it no longer" }).click();
    await page.getByText("No address is kept for a machine").waitFor();
});

await step("two who move entries of the menu", async () => {
    /* By the daemon's own user, as what is uploaded: another user's folders it cannot write. */
    const owner = fs.statSync(setting.images);
    for (const name of ["one", "two", "three"]) {
        await tugboot("image", "add", setting.installer, "--name", name, "--title", name);
        const folder = path.join(setting.images, name);
        for (const entry of ["", ...fs.readdirSync(folder)])
            fs.lchownSync(path.join(folder, entry), owner.uid, owner.gid);
    }
    await goto(page, "/images");
    const order = async () => (await page.locator("tbody tr .mono").allInnerTexts()).filter((t) => ["one", "two", "three"].includes(t));
    await until(async () => (await order()).length === 3, "three images");
    await settled(page);
    const first = await order();
    const actions = (name) => page.locator("tbody tr", { hasText: name }).first().getByRole("button", { name: /^Actions for/ }).click();
    const further = () => page.getByRole("menuitem", { name: "Further up" }).click();
    await actions(first[1]);
    await further();
    await until(async () => (await order()).join() === [first[1], first[0], first[2]].join(), "the second is first");
    await settled(page);
    /* Another window, which moves something while the menu is open here: the page hears of it, and
     * reads nothing anew under an open menu. */
    await actions(first[2]);
    const other = await page.evaluate(async () => {
        const csrf = (await (await fetch("/api/v1/session")).json()).csrf;
        const now = await fetch("/api/v1/menu/order");
        const images = (await now.json()).images.reverse();
        const reply = await fetch("/api/v1/menu/order", { method: "PUT", body: JSON.stringify({ images }),
            headers: { "If-Match": now.headers.get("ETag"), "Content-Type": "application/json", "X-CSRF-Token": csrf } });
        return reply.status;
    });
    check(other === 200, "the other window: " + other);
    await further();
    const conflict = page.getByRole("dialog", { name: /Somebody else changed the order of the menu/ });
    await conflict.waitFor();
    await picture("order-conflict");
    await conflict.getByRole("button", { name: "Keep what is there" }).click();
    await until(async () => (await order()).join() === [first[2], first[0], first[1]].join(), "theirs is kept");
});

await step("rows of the configuration: one is added, changed and taken out, with its lines shown", async () => {
    const file = () => fs.readFileSync(setting.config, "utf8");
    const mark = "# ask Ada first\n";
    fs.writeFileSync(setting.config, mark + file());
    await goto(page, "/settings");
    await page.getByRole("searchbox").fill("hosts");
    await page.getByRole("button", { name: "Change the rows of hosts" }).click();
    await dialog().getByText("The file has none.").waitFor();
    await dialog().getByRole("button", { name: "One more…" }).click();
    const form = page.getByRole("dialog", { name: "One more of hosts" });
    await form.getByLabel("name", { exact: true }).fill("kiosk");
    await form.getByLabel("mac", { exact: true }).fill("no mac");
    await form.getByRole("button", { name: "Show the change" }).click();
    await form.getByText(/line \d+: .*/).waitFor();
    await form.getByLabel("mac", { exact: true }).fill("52:54:00:12:00:01");
    await form.getByLabel("variables", { exact: true }).fill("room=B 12");
    await picture("row-form");
    await form.getByRole("button", { name: "Show the change" }).click();
    await page.getByRole("button", { name: "Write and reload" }).click();
    await until(() => file().includes("kiosk") && file().startsWith(mark), "it is written");
    await until(async () => (await hosts()).some((h) => h.name === "kiosk" && h.read_only && h.variables.room === "B 12"), "it is in force");
    await settled(page);
    await page.getByRole("searchbox").fill("hosts");
    await page.getByRole("button", { name: "Change the rows of hosts" }).click();
    await dialog().getByText("1 row in the file.").waitFor();
    await picture("rows");
    await dialog().getByRole("button", { name: "Change kiosk" }).click();
    const change = page.getByRole("dialog", { name: "hosts: kiosk" });
    await change.getByLabel("boot", { exact: true }).fill("local");
    await change.getByLabel("variables", { exact: true }).fill("room=B 13\nfloor=2");
    await change.getByRole("button", { name: "Show the change" }).click();
    await page.getByRole("button", { name: "Write and reload" }).click();
    await until(async () => (await hosts()).some((h) => h.name === "kiosk" && h.boot === "local" && h.variables.room === "B 13" && h.variables.floor === "2"), "it is changed");
    await settled(page);
    await page.getByRole("searchbox").fill("hosts");
    await page.getByRole("button", { name: "Change the rows of hosts" }).click();
    await dialog().getByRole("button", { name: "Take out kiosk" }).click();
    await dialog().getByRole("button", { name: "Show the change" }).click();
    await page.getByRole("button", { name: "Write and reload" }).click();
    await until(() => !file().includes("kiosk"), "it is gone");
    check(file().startsWith(mark), "the comment stays");
});

await step("subnets are rows; what is kept for the file says why", async () => {
    await goto(page, "/settings");
    await page.getByRole("searchbox").fill("dhcp.subnets");
    await page.getByRole("button", { name: "Change the rows of dhcp.subnets" }).click();
    await dialog().locator("strong", { hasText: "192.168.77.0/24" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("searchbox").fill("");
    for (const key of ["user", "state", "control", "files"]) {
        const row = page.locator(".setting[data-path='" + key + "']");
        await row.getByText(/^Not changed here: /).waitFor();
        check(await row.getByRole("button").count() === 0, key + " has a button");
    }
    await lookAt(page, "settings-rows", "/settings");
});

await browser.close();
process.exit(end());
