/* The picture of README: four machines that boot, one of them stalled. run.py --cases picture.mjs
 * --pictures docs makes docs/dashboard.png anew. */
import fs from "node:fs";
import path from "node:path";
import { goto, setting, settled, startBrowser, switchOn, testCase, tugboot, end, until } from "./bench.mjs";

const browser = await startBrowser();
const page = await browser.newPage({ viewport: { width: 1240, height: 720 }, reducedMotion: "reduce" });
page.setDefaultTimeout(60000);

await testCase("the picture of the dashboard", async () => {
    const stalled = switchOn("charlie", "--only", "dhcp", "--name", "lab-07", "--product", "OptiPlex 7090");
    await tugboot("image", "add", setting.installer, "--name", "debian-12");
    const folder = path.join(setting.images, "ubuntu-24.04");
    fs.mkdirSync(folder);
    fs.copyFileSync(path.join(setting.installer, "debian-installer/amd64/linux"), path.join(folder, "linux"));
    fs.writeFileSync(path.join(folder, "initrd.img"), "");
    fs.truncateSync(path.join(folder, "initrd.img"), 300000000);
    fs.writeFileSync(path.join(folder, "image.yaml"), "kernel: linux\ninitrds: [initrd.img]\narchitectures: [efi-x64]\n");
    for (const [host, machine, boot] of [["kiosk", "alpha", "local"], ["node1", "delta", "ubuntu-24.04"]])
        await tugboot("host", "add", host, "--mac", setting.machines[machine].mac, "--boot", boot);
    await page.goto((await tugboot("login-link")).trim());
    await page.getByRole("link", { name: /Not now/ }).click();
    await settled(page);
    await stalled.ended;
    await page.locator(".boot[data-state=stalled]").waitFor();
    await switchOn("alpha", "--name", "kiosk").ended;
    await switchOn("bravo", "--name", "front-desk").ended;
    const slow = switchOn("delta", "--name", "node1", "--rate", "24000000");
    const card = page.locator(".boot", { hasText: "node1" });
    await until(async () => /MiB\/s/.test(await card.innerText().catch(() => "")), "bytes and rate", 30);
    await goto(page, "/");
    await until(async () => /MiB\/s/.test(await card.innerText().catch(() => "")), "bytes and rate", 30);
    await page.screenshot({ path: path.join(setting.pictures, "dashboard.png") });
    slow.stop();
}, page);
await browser.close();
process.exitCode = end();
