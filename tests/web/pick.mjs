/* Goes where the code on a machine's screen leads (setting.code), on a screen of a phone's size, and
 * chooses an image there. The first sign-in is by a link, as an operator's would be. */
import { axeFaults, check, layoutFaults, setting, settled, startBrowser, tugboot, watch } from "./bench.mjs";

const browser = await startBrowser();
const context = await browser.newContext({ viewport: { width: 375, height: 740 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true });
const page = await context.newPage();
const faults = [];
page.setDefaultTimeout(60000);
try {
    await page.goto((await tugboot("login-link")).trim());
    await page.getByRole("link", { name: /Not now/ }).click();
    await settled(page);
    await page.goto(setting.code);
    await page.waitForURL("**/pick/" + setting.number);
    await page.getByText("Number " + setting.number).waitFor();
    await page.getByText(setting.mac).first().waitFor();
    watch(page, faults);
    faults.push(...await axeFaults(page), ...await layoutFaults(page));
    if (setting.pictures)
        await page.screenshot({ path: setting.pictures + "/pick.png" });
    const button = page.getByRole("button", { name: /debian/i }).first();
    const box = await button.boundingBox();
    check(box.height >= 44, "the buttons are too small for a thumb");
    await button.click();
    await page.getByRole("status").getByText(/goes on with this/).waitFor();
    if (setting.pictures)
        await page.screenshot({ path: setting.pictures + "/pick-done.png" });
    check(faults.length === 0, faults.join("\n"));
    console.log("chosen");
} catch (error) {
    console.log(error.stack + "\n" + await page.evaluate(() => location.href + "\n" + document.body.innerText).catch(() => ""));
    process.exitCode = 1;
}
await browser.close();
