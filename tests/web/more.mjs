/* Images, network, Secure Boot, doctor, events and settings in the browser: an upload that a machine
 * then finds on its menu, a change of the configuration that leaves its comments, and how each view
 * looks. */
import fs from "node:fs";
import path from "node:path";
import { axeFaults, check, end, goto, layoutFaults, lookAt, openDesk, setting, settled, switchOn, tugboot, until } from "./bench.mjs";

const COMMENT = "# the lab on the second floor: ask Ada before changing\n";

const { browser, page, step } = await openDesk(15000);

/* A disc as BIOS firmware starts it: an ISO 9660 volume with an El Torito boot record, made by
 * xorriso out of a folder. */
function makeDisc(name)
{
    const folder = path.join(setting.folder, "disc-" + name);
    fs.mkdirSync(folder, { recursive: true });
    fs.copyFileSync(path.join(setting.installer, "debian-installer/amd64/linux"), path.join(folder, "vmlinuz"));
    fs.copyFileSync(path.join(setting.installer, "debian-installer/amd64/initrd.gz"), path.join(folder, "initrd.gz"));
    fs.mkdirSync(path.join(folder, "boot/grub"), { recursive: true });
    fs.writeFileSync(path.join(folder, "boot/grub/grub.cfg"), "menuentry \"Install the lab\" {\n linux /vmlinuz quiet\n initrd /initrd.gz\n}\n");
    return folder;
}

async function openByLink()
{
    await page.goto((await tugboot("login-link")).trim());
    await page.waitForFunction(() => document.querySelector("main h1, main h2")?.textContent);
    await until(async () => (await page.evaluate(() => fetch("/api/v1/status").then((r) => r.status))) === 200, "signed in");
    await goto(page, "/");
}

await step("sign in", openByLink);

await step("an ISO that is uploaded is recognised and on the menu of a machine", async () => {
    const disc = path.join(setting.folder, "lab-1.0.iso");
    const { execFileSync } = await import("node:child_process");
    execFileSync("xorriso", ["-as", "mkisofs", "-quiet", "-R", "-J", "-V", "LAB", "-o", disc, makeDisc("lab")], { stdio: "ignore" });
    await goto(page, "/images");
    await page.getByText("No image yet").waitFor();
    await page.locator("input[type=file]").setInputFiles(disc);
    await page.locator(".arrival").waitFor();
    await page.locator(".arrival[data-state=done]").waitFor();
    const row = page.locator("tbody tr", { hasText: "lab-1.0" }).first();
    await row.waitFor();
    check((await row.innerText()).includes("UEFI") || (await row.innerText()).includes("BIOS"), await row.innerText());
    const machine = switchOn("alpha", "--name", "alpha");
    check((await machine.ended).includes("menu"), await machine.ended);
    await lookAt(page, "images", "/images");
});

await step("title, heading and order are changed, and the picture of the menu shows it", async () => {
    await goto(page, "/images");
    const row = page.locator("tbody tr", { hasText: "lab-1.0" }).first();
    await row.waitFor();
    await row.getByRole("button", { name: /^Actions for/ }).click();
    // What comes meanwhile takes no open menu away; it is there once that is closed.
    await tugboot("image", "add", setting.installer, "--name", "debian-12");
    await page.waitForTimeout(1500);
    await page.getByRole("menuitem", { name: /Title, arguments/ }).click();
    await page.locator("tbody tr", { hasText: "debian-12" }).first().waitFor();
    const dialog = page.getByRole("dialog");
    check((await axeFaults(page)).length === 0, (await axeFaults(page)).join("; "));
    await dialog.getByLabel("Title on the menu").fill("The lab: install");
    await dialog.getByLabel("Heading it stands under").fill("Ours");
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.locator("tbody tr", { hasText: "The lab: install" }).first().waitFor();
    await goto(page, "/images?tab=menu");
    await page.locator(".boot-menu li", { hasText: "The lab: install" }).first().waitFor();
    check((await page.locator(".boot-menu-screen").innerText()).includes("Ours"), "the heading");
    await lookAt(page, "menu", "/images?tab=menu");
    await page.getByLabel("Drawn by").selectOption("grub");
    await page.locator(".boot-menu.is-grub").waitFor();
});

await step("a template of an answer file is begun, tried for a machine, and written", async () => {
    await goto(page, "/images?tab=answers");
    await page.getByRole("button", { name: /A template of your own/ }).click();
    let dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("web");
    await dialog.getByRole("button", { name: "Begin" }).click();
    const text = page.getByLabel("Template", { exact: true });
    await text.waitFor();
    dialog = page.getByRole("dialog").last();
    await dialog.getByLabel("Installing").selectOption("debian-12");
    await text.fill("# for {{ hostname }}\n{% if x");
    await dialog.getByRole("alert").filter({ hasText: "web.preseed:" }).waitFor();
    await text.fill("# this is for {{ hostname }}\n");
    await dialog.locator(".answer-shown", { hasText: "# this is for alpha" }).waitFor();
    check((await axeFaults(page)).length === 0, (await axeFaults(page)).join("; "));
    if (setting.pictures)
        await page.screenshot({ path: path.join(setting.pictures, "answer-editor.png") });
    await dialog.getByRole("button", { name: "Write" }).click();
    await page.getByRole("button", { name: /^web.preseed/ }).waitFor();
    await lookAt(page, "answers", "/images?tab=answers");
});

await step("an image is hidden, and gone from the menu", async () => {
    await goto(page, "/images");
    await page.locator("tbody tr", { hasText: "The lab: install" }).first().getByRole("button", { name: /^Actions for/ }).click();
    await page.getByRole("menuitem", { name: /Title, arguments/ }).click();
    await page.getByRole("dialog").getByLabel("Not on the menu").check();
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await page.locator("tbody .badge", { hasText: "not on the menu" }).first().waitFor();
    await goto(page, "/images?tab=menu");
    await page.locator(".boot-menu li").first().waitFor();
    check(!(await page.locator(".boot-menu-screen").innerText()).includes("The lab: install"), "it is still on the menu");
});

await step("an address that cannot be fetched is told, and dismissed", async () => {
    await goto(page, "/images");
    await page.getByRole("button", { name: /From an address/ }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Address").fill("http://127.0.0.1:9/none.iso");
    await dialog.getByRole("button", { name: "Fetch" }).click();
    await page.locator(".arrival[data-state=failed]").waitFor();
    check((await page.locator(".arrival[data-state=failed]").innerText()).includes("127.0.0.1"), "a sentence");
    await page.getByRole("button", { name: /^Dismiss none/ }).click();
    await page.locator(".arrival[data-state=failed]").waitFor({ state: "detached" });
});

await step("a file that is dropped and is no image is told, and removed", async () => {
    await goto(page, "/images");
    const files = await page.evaluateHandle(() => {
        const transfer = new DataTransfer();
        transfer.items.add(new File(["no image at all, but a few words"], "letter.img"));
        return transfer;
    });
    await page.dispatchEvent(".drop", "drop", { dataTransfer: files });
    const card = page.locator(".arrival", { hasText: "letter" });
    await card.getByText(/It is not on the menu: /).waitFor();
    check((await axeFaults(page)).length === 0, (await axeFaults(page)).join("; "));
    await card.getByRole("button", { name: "Remove its files" }).click();
    await card.waitFor({ state: "detached" });
    await until(() => !fs.existsSync(path.join(setting.images, "letter")), "its files are gone");
});

await step("what an image is, and for whom", async () => {
    await goto(page, "/images");
    await page.getByRole("button", { name: /what was recognised/ }).first().click();
    await page.getByRole("dialog").getByText(/of the \d+ machines? seen/).waitFor();
    check((await axeFaults(page)).length === 0, (await axeFaults(page)).join("; "));
    await page.keyboard.press("Escape");
});

await step("an image is removed", async () => {
    await goto(page, "/images");
    await page.locator("tbody tr", { hasText: "The lab: install" }).first().getByRole("button", { name: /^Actions for/ }).click();
    await page.getByRole("menuitem", { name: "Remove…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await page.locator("tbody tr", { hasText: "The lab: install" }).first().waitFor({ state: "detached" });
});

await step("a setting is changed after its lines were seen, and comments stay", async () => {
    const before = COMMENT + fs.readFileSync(setting.config, "utf8");
    fs.writeFileSync(setting.config, before);
    await goto(page, "/settings");
    await page.getByRole("searchbox").fill("menu.title");
    await page.getByRole("button", { name: "Change menu.title" }).click();
    const dialog = page.getByRole("dialog").first();
    check((await axeFaults(page)).length === 0, (await axeFaults(page)).join("; "));
    await dialog.getByLabel("Value").fill("Lab: second floor");
    await dialog.getByRole("button", { name: "Show the change" }).click();
    const diff = page.locator(".diff");
    await diff.waitFor();
    check((await diff.locator(".is-new").innerText()).includes("Lab: second floor"), await diff.innerText());
    check((await axeFaults(page)).length === 0, (await axeFaults(page)).join("; "));
    if (setting.pictures)
        await page.screenshot({ path: path.join(setting.pictures, "settings-diff.png") });
    check(fs.readFileSync(setting.config, "utf8") === before, "nothing is written before it is confirmed");
    await page.getByRole("button", { name: "Write and reload" }).click();
    await page.getByText("Written, and in force.").waitFor();
    const after = fs.readFileSync(setting.config, "utf8");
    check(after.startsWith(COMMENT) && after.includes("Lab: second floor"), after);
    await page.getByRole("searchbox").fill("menu.title");
    await page.locator(".setting", { hasText: "Lab: second floor" }).waitFor();
    await lookAt(page, "settings", "/settings");
});

await step("a value that cannot be is refused beside its field", async () => {
    await goto(page, "/settings");
    await page.getByRole("searchbox").fill("tftp.port");
    await page.getByRole("button", { name: "Change tftp.port" }).click();
    const dialog = page.getByRole("dialog").first();
    await dialog.getByLabel(/^Value/).fill("99999");
    await dialog.getByRole("button", { name: "Show the change" }).click();
    await dialog.getByText(/a number from 1 to 65535/).last().waitFor();
    await page.keyboard.press("Escape");
});

await step("a file that another program writes is read-only, and says so", async () => {
    const before = fs.readFileSync(setting.config, "utf8");
    fs.writeFileSync(setting.config, "# Ansible managed\n" + before);
    await goto(page, "/settings");
    await page.getByText(/another program writes this file/).waitFor();
    check(await page.getByRole("button", { name: /^Change / }).count() === 0, "there is still a button");
    fs.writeFileSync(setting.config, before);
});

await step("events: what happened, filtered, and what happens now", async () => {
    await goto(page, "/events");
    await page.locator(".event").first().waitFor();
    const machine = switchOn("bravo", "--name", "bravo");
    await machine.ended;
    await page.locator(".event", { hasText: setting.machines.bravo.mac }).first().waitFor();
    await page.getByRole("searchbox").fill(setting.machines.bravo.mac);
    await until(async () => (await page.locator(".event").allInnerTexts()).every((t) => t.includes(setting.machines.bravo.mac)), "only its events");
    await page.getByRole("searchbox").fill("");
    await page.getByRole("heading", { level: 1 }).click();
    await page.keyboard.press("f");
    await page.getByRole("button", { name: /^Follow/ }).waitFor();
    await page.keyboard.press("f");
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await lookAt(page, "events", "/events");
});

await step("network: interfaces, pools, leases, the last day", async () => {
    await goto(page, "/network");
    await page.getByText("given out").first().waitFor();
    await lookAt(page, "network", "/network");
    await lookAt(page, "leases", "/network?tab=leases");
    await lookAt(page, "history-begins", "/network?tab=history");
    /* A day that was busier than a test can be. */
    const day = Date.now() - 86400000;
    await page.route("**/api/v1/history*", (route) => route.fulfill({ json: { minutes: Array.from({ length: 1440 }, (_, i) => ({
        time_ms: day + i * 60000, boots_done: i % 37 === 0 ? 3 : 0, boots_stalled: i % 301 === 0 ? 1 : 0,
        bytes_tftp: i % 37 === 0 ? 9000000 : 0, bytes_http: Math.max(0, Math.round(4e8 * Math.sin(i / 90))), leases: 20 + Math.round(12 * Math.sin(i / 200)) })) } }));
    await goto(page, "/network?tab=history");
    await page.locator("svg.plot").nth(2).waitFor();
    await lookAt(page, "history");
    await page.locator(".plot-table summary").first().click();
    await page.getByRole("table", { name: "Boots" }).waitFor();
    await page.unroute("**/api/v1/history*");
});

await step("Secure Boot: loaders, chains, certificates, one machine", async () => {
    await goto(page, "/secure-boot");
    await page.getByRole("table").first().waitFor();
    await lookAt(page, "secure-boot", "/secure-boot");
    await lookAt(page, "chains", "/secure-boot?tab=chains");
    await lookAt(page, "certificates", "/secure-boot?tab=certificates");
    await lookAt(page, "secure-machine", "/secure-boot?tab=machine");
    await page.getByText("In the end it boots").waitFor();
});

await step("doctor: findings, messages of screens, lines for another DHCP server", async () => {
    await goto(page, "/doctor");
    await page.locator(".notice").first().waitFor();
    await lookAt(page, "doctor", "/doctor");
    await goto(page, "/doctor?tab=screen");
    await page.getByRole("searchbox").fill("PXE-E53");
    await page.getByText("What to change").first().waitFor();
    await lookAt(page, "doctor-screen", "/doctor?tab=screen&message=PXE-E53");
    await goto(page, "/doctor?tab=dhcp");
    await page.locator(".copyable").first().waitFor();
    await lookAt(page, "doctor-dhcp", "/doctor?tab=dhcp");
});

await step("by keyboard alone: to a view, through its tabs, and back", async () => {
    await goto(page, "/");
    await page.keyboard.press("g");
    await page.keyboard.press("w");
    await page.waitForURL("**/network");
    await settled(page);
    await page.getByRole("tab", { name: "Overview" }).focus();
    await page.keyboard.press("ArrowRight");
    await page.waitForFunction(() => document.activeElement?.textContent === "Leases");
    await page.keyboard.press("g");
    await page.keyboard.press("e");
    await page.waitForURL("**/events");
    check((await layoutFaults(page)).length === 0, "layout");
});

/* Every view there is, each of its tabs: views that are added later come along by themselves. */
await step("what a machine says of itself runs on no page, and stands there as text", async () => {
    const script = "<img src=x onerror=\"window.pwned=1\"><script>window.pwned=1</script>";
    const { views } = await import("../../web/views.mjs");
    const mac = setting.machines.delta.mac;
    const ran = () => page.evaluate(() => Boolean(globalThis.pwned || document.querySelector("img[src=x], main script")));
    const shows = new Set();
    check((await switchOn("delta", "--name", script, "--product", script).ended).includes("menu"), "it boots");
    for (const view of views.filter((one) => one.path !== "/sign-in")) {
        await page.goto(setting.origin + view.path.replace("{mac}", mac).replace(/\{.*\}/, "1"));
        await page.locator("main").first().waitFor();
        if (!view.bare)
            await settled(page);
        const tabs = await page.getByRole("tab").count();
        for (let i = 0; i < Math.max(tabs, 1); i++) {
            if (tabs > 0) {
                await page.getByRole("tab").nth(i).click();
                await settled(page);
            }
            /* What the server sends while the view is open is drawn, too. */
            await page.waitForTimeout(300);
            check(!await ran(), view.path + ", tab " + i + ": foreign text was run");
            if ((await page.locator("body").innerText()).includes("onerror"))
                shows.add(view.path);
        }
    }
    for (const where of ["/", "/machines", "/machines/{mac}", "/network"])
        check(shows.has(where), where + " does not show the name: " + [...shows].join(" "));
});

await browser.close();
process.exit(end());
