/* What people do to many machines and beside each other: notes, groups, one change of many, and two
 * who change the same thing at once. */
import path from "node:path";
import { axeFaults, check, end, goto, lookAt, setting, settled, startBrowser, switchOn, testCase, tugboot, until, watch } from "./bench.mjs";

const MARKUP = "<img src=x onerror=\"window.pwned=1\">";

const browser = await startBrowser();
const context = await browser.newContext({ viewport: { width: 1360, height: 860 }, reducedMotion: "reduce" });
const page = await context.newPage();
const faults = [];
watch(page, faults);
page.setDefaultTimeout(15000);

const step = (name, work) => testCase(name, async () => {
    await work();
    check(faults.length === 0, faults.splice(0).join("\n"));
}, page);

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

await browser.close();
process.exit(end());
