/* From the first start to machines that boot what was chosen on the page. The cases go on where the
 * one before ended, as a person would. */
import fs from "node:fs";
import path from "node:path";
import { axeFaults, check, end, goto, layoutFaults, lookAt, openDesk, setting, settled, switchOn, tugboot, until, watch }
    from "./bench.mjs";

const PASSWORD = "a tug in the harbour";
const SCRIPT = "<img src=x onerror=\"window.pwned=1\"><script>window.pwned=1</script>";
/* An image whose initrd takes a while at this rate, in bytes a second. */
const SLOW = "15000000";
const LARGE = 70000000;

function addLargeImage()
{
    const folder = path.join(setting.images, "large");
    fs.mkdirSync(folder);
    fs.copyFileSync(path.join(setting.installer, "debian-installer/amd64/linux"), path.join(folder, "linux"));
    fs.writeFileSync(path.join(folder, "initrd.img"), "");
    fs.truncateSync(path.join(folder, "initrd.img"), LARGE);
    fs.writeFileSync(path.join(folder, "image.yaml"), "title: A large one\nkernel: linux\ninitrds: [initrd.img]\narchitectures: [efi-x64]\n");
}

const { browser, context, page, faults, step } = await openDesk(20000);

async function openByLink()
{
    const link = (await tugboot("login-link")).trim();
    check(link.startsWith(setting.origin), link);
    await page.goto(link);
}

await step("without signing in nothing is shown, and the page is usable", async () => {
    await goto(page, "/machines");
    check(new URL(page.url()).pathname === "/sign-in", page.url());
    check((await page.evaluate(() => fetch("/api/v1/status").then((r) => r.status))) === 401, "the API answers nobody");
    await lookAt(page, "sign-in");
});

await step("the first link leads to the first account", async () => {
    await openByLink();
    await page.getByRole("heading", { name: "Your account" }).waitFor();
    check(!page.url().includes("link="), page.url());
    await lookAt(page, "first-account");
    await page.getByLabel("Name").fill("anna");
    await page.getByLabel("Password").fill("short");
    await page.getByRole("button", { name: "Make the account" }).click();
    await page.getByText("at least 8 characters long").waitFor();
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByLabel("The same once more").fill(PASSWORD);
    await page.getByRole("button", { name: "Make the account" }).click();
    await page.getByRole("heading", { name: "Now", level: 1 }).waitFor();
    check((await page.locator(".account-name").innerText()) === "anna", "another name");
});

await step("signing in leads to nowhere else", async () => {
    for (const to of ["/%09/evil.example", "/%0a/evil.example", "//evil.example", "/%5cevil.example", "https://evil.example/", "javascript:alert(1)"]) {
        await goto(page, "/sign-in?to=" + to);
        await until(async () => page.url() === setting.origin + "/", "'" + to + "' led to " + page.url());
    }
    await goto(page, "/sign-in?to=/machines%3Fq=x");
    await until(async () => page.url() === setting.origin + "/machines?q=x", page.url());
    const made = await page.evaluate(async () => {
        const { el } = await import("/assets/text.mjs");
        return ["/\t/evil.example", "/\n/evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/machines", "#a", "https://a.example/"].filter((href) => {
            try {
                return el("a", { href });
            } catch {
                return false;
            }
        });
    });
    check(made.join(" ") === "/machines #a https://a.example/", "links were made of " + JSON.stringify(made));
    await goto(page, "/");
});

await step("a first start shows the three next steps", async () => {
    await page.getByRole("heading", { name: "Three steps to the first boot" }).waitFor();
    check((await page.locator(".step").count()) === 3, "no three steps");
    await lookAt(page, "first-steps");
    /* this one goes silent after it has an address: looked at near the end */
    await switchOn("charlie", "--only", "dhcp", "--name", "charlie").ended;
    await page.locator(".boot", { hasText: setting.machines.charlie.mac }).waitFor();
});

await step("an image that is added makes the start calm", async () => {
    await tugboot("image", "add", setting.installer, "--name", "debian-12");
    addLargeImage();
    await until(async () => (await tugboot("image", "list")).includes("large"), "the image is noticed");
    await goto(page, "/");
});

await step("a machine appears while it boots, and what it says of itself stays text", async () => {
    const machine = switchOn("alpha", "--name", SCRIPT, "--product", SCRIPT);
    await page.locator(".boot", { hasText: "onerror" }).or(page.locator(".boot", { hasText: setting.machines.alpha.mac })).first().waitFor();
    check((await machine.ended).includes("menu"), await machine.ended);
    await page.locator(".boot", { hasText: "Waits for a choice" }).waitFor();
    await until(async () => (await page.locator(".boot-name", { hasText: "onerror" }).count()) > 0, "the name is shown as text");
    await lookAt(page, "now");
    check((await layoutFaults(page)).length === 0, "run");
});

await step("what is chosen on the page is what the machine boots, and its bytes are seen coming", async () => {
    await goto(page, "/machines/" + setting.machines.alpha.mac);
    await page.getByRole("button", { name: "What it boots" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Boots").selectOption("large");
    check((await axeFaults(page)).length === 0, (await axeFaults(page)).join("; "));
    await dialog.getByRole("button", { name: "Set" }).click();
    await page.getByRole("button", { name: "Next: large" }).waitFor();
    await goto(page, "/");
    const machine = switchOn("alpha", "--name", SCRIPT, "--rate", SLOW);
    const card = page.locator(".boot", { hasText: setting.machines.alpha.mac });
    await card.getByRole("progressbar").waitFor();
    await until(async () => /MiB of/.test(await card.innerText()) && /MiB\/s/.test(await card.innerText()), "bytes and rate");
    await lookAt(page, "now-transfer");
    check((await machine.ended).includes("boots large"), await machine.ended);
    await card.locator("[data-state=now]", { hasText: "System" }).waitFor();
});

await step("a one-shot boot is used up", async () => {
    const machine = switchOn("alpha");
    check((await machine.ended).includes("menu"), await machine.ended);
});

await step("all machines: searched, sorted, and several changed at once", async () => {
    await switchOn("bravo", "--name", "bravo", "--product", "Brick 2000").ended;
    await goto(page, "/machines");
    await page.getByRole("cell", { name: "bravo" }).first().waitFor();
    await page.getByRole("searchbox").fill("brick");
    await until(async () => (await page.locator("tbody tr").count()) === 1, "one row is found");
    check(page.url().includes("q=brick"), page.url());
    await page.getByRole("searchbox").fill("nothing like it");
    await page.getByText("Nothing found").waitFor();
    await page.getByRole("searchbox").fill("");
    await until(async () => (await page.locator("tbody tr").count()) >= 3, "all rows");
    await page.getByRole("button", { name: "Machine", exact: true }).click();
    await page.locator("th[aria-sort=ascending]", { hasText: "Machine" }).waitFor();
    await page.getByRole("checkbox", { name: "Select all rows of this page" }).check();
    await page.getByRole("region", { name: "Selected rows" }).getByRole("button", { name: /What they boot/ }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Boots").selectOption("local");
    await dialog.getByLabel("For").selectOption("ever");
    await dialog.getByRole("button", { name: "Set" }).click();
    await page.getByText("3 machines boot their own disks from now on.").waitFor();
    check(JSON.parse(await tugboot("host", "list", "--json")).hosts.filter((h) => h.boot === "local").length === 3, "not all");
    await lookAt(page, "machines", "/machines");
});

await step("one machine: timeline, why it gets what it gets, facts, settings", async () => {
    for (const tab of ["timeline", "get", "facts", "settings"])
        await lookAt(page, "machine-" + tab, "/machines/" + setting.machines.bravo.mac + "?tab=" + tab);
    await page.getByLabel("Kernel arguments").fill("quiet ${serial}");
    await page.getByLabel("Variables").fill("disk=/dev/sda");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved.").waitFor();
    const host = JSON.parse(await tugboot("host", "list", "--json")).hosts.find((h) => h.name === "bravo");
    check(host.arguments === "quiet ${serial}" && host.variables.disk === "/dev/sda", host);
    await page.getByLabel("Reserved address").fill("300.1.1.1");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("must be an address").waitFor();
    const capture = page.waitForEvent("download");
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: /Packets/ }).click();
    check((await capture).suggestedFilename().endsWith(".pcap"), "no capture");
});

await step("by keyboard alone", async () => {
    await goto(page, "/");
    await page.keyboard.press("Tab");
    check((await page.evaluate(() => document.activeElement.textContent)) === "Skip to content", "no skip link first");
    await page.keyboard.press("Enter");
    check((await page.evaluate(() => document.activeElement.id)) === "content", "it leads elsewhere");
    await page.keyboard.press("g");
    await page.keyboard.press("m");
    await page.getByRole("heading", { name: "Machines", level: 1 }).waitFor();
    await page.locator("tbody tr").first().waitFor();
    check((await page.evaluate(() => document.activeElement.tagName)) === "H1", "the focus did not move to the new view");
    await page.keyboard.press("/");
    check((await page.evaluate(() => document.activeElement.type)) === "search", "no search by /");
    await page.keyboard.press("Tab");
    await page.keyboard.press("j");
    check(await page.evaluate(() => document.activeElement.closest("tr") !== null), "no row by j");
    await page.keyboard.press("Enter");
    await page.getByRole("tab", { name: "Timeline" }).waitFor();
    await page.getByRole("tab", { name: "Timeline" }).focus();
    await page.keyboard.press("ArrowRight");
    await page.locator("[role=tab][aria-selected=true]", { hasText: "What it would get" }).waitFor();
    await page.getByRole("button", { name: /Next:|What it boots/ }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    check((await page.evaluate(() => document.activeElement.tagName)) === "SELECT", "the focus is not in the dialog");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    check(/Next:|What it boots/.test(await page.evaluate(() => document.activeElement.textContent)), "the focus did not come back");
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
    check((await axeFaults(page)).length === 0, "the help");
    await page.getByLabel("Use these shortcuts").uncheck();
    await page.keyboard.press("Escape");
    await page.keyboard.press("?");
    check((await page.getByRole("dialog").count()) === 0, "shortcuts cannot be switched off");
    await page.evaluate(() => localStorage.clear());
    /* every stop of the Tab key is seen */
    await goto(page, "/machines");
    for (let i = 0; i < 25; i++) {
        await page.keyboard.press("Tab");
        const seen = await page.evaluate(() => {
            const e = document.activeElement;
            return e === document.body || getComputedStyle(e).outlineStyle !== "none";
        });
        check(seen, "a stop without a mark: " + await page.evaluate(() => document.activeElement.outerHTML.slice(0, 200)));
    }
});

await step("a menu by keyboard, and the theme it sets stays", async () => {
    await goto(page, "/");
    await page.getByRole("button", { name: "Theme" }).focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("End");
    await page.keyboard.press("Enter");
    check((await page.evaluate(() => document.documentElement.dataset.theme)) === "dark", "not dark");
    await page.reload();
    await settled(page);
    check((await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme)) === "dark", "forgotten");
    await page.evaluate(() => localStorage.clear());
});

await step("a boot that hangs says why, what to change, and gives its packets", async () => {
    await goto(page, "/");
    const card = page.locator(".boot", { hasText: setting.machines.charlie.mac });
    await card.getByText("Stands still", { exact: true }).waitFor();
    await card.getByText("To change:").waitFor();
    const link = await card.getByRole("link", { name: /Packets/ }).getAttribute("href");
    const bytes = await page.evaluate((l) => fetch(l).then((r) => r.arrayBuffer()).then((b) => [...new Uint8Array(b.slice(0, 4))]), link);
    check(bytes.join() === "212,195,178,161" || bytes.join() === "161,178,195,212", "no capture file: " + bytes);
    await lookAt(page, "now-stalled");
});

await step("the wall screen", async () => {
    await lookAt(page, "wall", "/wall");
    await page.keyboard.press("Escape");
    await page.getByRole("heading", { name: "Now", level: 1 }).waitFor();
});

await step("an address that is none, a machine that is none", async () => {
    await goto(page, "/nowhere");
    await page.getByText("There is no such page").waitFor();
    await goto(page, "/machines/52:54:00:00:00:99");
    await page.getByText("No machine with this address was seen.").waitFor();
});

await step("accounts: one more, another role, a password, gone again", async () => {
    await goto(page, "/users");
    await page.getByRole("button", { name: "New account" }).click();
    let dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("otto");
    await dialog.getByLabel("Role").selectOption("viewer");
    await dialog.getByLabel("First password").fill(PASSWORD + " too");
    await dialog.getByRole("button", { name: "Make it" }).click();
    await page.getByText("otto may sign in.").waitFor();
    await lookAt(page, "users", "/users");
    const other = await browser.newContext();
    const guest = await other.newPage();
    watch(guest, faults);
    await goto(guest, "/machines?q=x");
    await guest.getByLabel("Name").fill("otto");
    await guest.getByLabel("Password").fill("wrong");
    await guest.getByRole("button", { name: "Sign in" }).click();
    await guest.locator(".form-fault", { hasText: /./ }).waitFor();
    await guest.getByLabel("Password").fill(PASSWORD + " too");
    await guest.getByRole("button", { name: "Sign in" }).click();
    await guest.getByRole("heading", { name: "Machines", level: 1 }).waitFor();
    check(guest.url().endsWith("/machines?q=x"), guest.url());
    check((await guest.getByRole("link", { name: "Users" }).count()) === 0, "a viewer sees Users");
    await goto(guest, "/users");
    await guest.getByText("Not for your role").waitFor();
    await goto(guest, "/machines/" + setting.machines.bravo.mac);
    check((await guest.getByRole("button", { name: /What it boots|Next:/ }).count()) === 0, "a viewer may change what boots");
    await page.getByRole("button", { name: "Actions for otto" }).click();
    await page.getByRole("menuitem", { name: /Remove/ }).click();
    dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Remove" }).click();
    await page.getByText("otto is removed.").waitFor();
    await guest.getByRole("link", { name: "Now" }).click();
    await guest.getByRole("heading", { name: "Sign in" }).waitFor();
    await other.close();
});

await step("the own account: password, tokens that work once made, sessions", async () => {
    await goto(page, "/account");
    await page.getByRole("button", { name: "New token" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("What it is for").fill("monitoring");
    await dialog.getByRole("button", { name: "Make it" }).click();
    const token = (await page.getByRole("dialog", { name: "The token, this once" }).locator("code").innerText()).split(" ").pop();
    await page.keyboard.press("Escape");
    const status = await fetch(setting.origin + "/api/v1/status", { headers: { Authorization: "Bearer " + token } });
    check(status.status === 200, "the token: " + status.status);
    await page.getByRole("cell", { name: "monitoring", exact: true }).waitFor();
    await lookAt(page, "account", "/account");
    await page.getByRole("button", { name: "Change password" }).click();
    const form = page.getByRole("dialog");
    await form.getByLabel("The present one").fill(PASSWORD);
    await form.getByLabel("New password").fill(PASSWORD + ".");
    await form.getByLabel("The new one once more").fill(PASSWORD + ".");
    await form.getByRole("button", { name: "Change" }).click();
    await page.getByText("The password is changed.").waitFor();
});

await step("what was done is in the audit log", async () => {
    await goto(page, "/audit");
    await page.getByText("/users/otto").first().waitFor();
    await lookAt(page, "audit", "/audit");
});

await step("signing out ends it, here and in the other windows", async () => {
    const other = await context.newPage();
    await goto(other, "/machines");
    await page.locator(".account-button").click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: /Sign in/ }).waitFor();
    await other.getByRole("link", { name: "Now" }).click();
    await other.getByRole("heading", { name: /Sign in/ }).waitFor();
    await other.close();
});

await browser.close();
process.exitCode = end();
