/* Chooses on the page what a machine boots next: setting.mac, setting.image. The machine is booting
 * meanwhile; it is found by the page as a person would find it. */
import { check, goto, setting, settled, startBrowser, tugboot, watch } from "./bench.mjs";

const browser = await startBrowser();
const page = await browser.newPage();
const faults = [];
watch(page, faults);
try {
    await page.goto((await tugboot("login-link")).trim());
    await page.getByRole("link", { name: /Not now/ }).click();
    await settled(page);
    await page.locator(".boot", { hasText: setting.mac }).getByRole("link").first().click();
    await page.getByRole("button", { name: "What it boots" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Boots").selectOption(setting.image);
    await dialog.getByRole("button", { name: "Set" }).click();
    await page.getByRole("button", { name: "Next: " + setting.image }).waitFor();
    await goto(page, "/");
    check(faults.length === 0, faults.join("\n"));
    console.log("chosen");
} catch (error) {
    console.log(error.stack + "\n" + await page.evaluate(() => document.body.innerText).catch(() => ""));
    process.exitCode = 1;
}
await browser.close();
