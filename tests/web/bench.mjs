/* What the cases of the dashboard's tests are made with: TAP, the browser, machines, looks. */
import { execFile, spawn } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { promisify } from "node:util";

export const setting = JSON.parse(process.env.TUGBOOT_WEB);
const require = createRequire(path.join(setting.modules, "package.json"));
const { chromium } = require("playwright-core");
const axeSource = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const run = promisify(execFile);

export function check(truth, words)
{
    if (!truth)
        throw new Error(typeof words === "string" ? words : JSON.stringify(words));
}

let number = 0;
let failed = 0;

/* One case: a line of TAP. What it throws is told below it, with the text of the page. */
export async function testCase(name, work, page)
{
    if (setting.only && !name.includes(setting.only) && !work.always)
        return;
    number += 1;
    const begun = Date.now();
    try {
        await work();
        console.log("ok " + number + " - " + name);
    } catch (error) {
        failed += 1;
        console.log("not ok " + number + " - " + name);
        const shown = page ? await page.evaluate(() => location.pathname + "\n" + document.body.innerText.slice(0, 1500)).catch(() => "") : "";
        for (const line of (error.stack + "\n" + shown).split("\n"))
            console.log("# " + line);
        if (page && setting.pictures)
            await page.screenshot({ path: path.join(setting.pictures, "failed-" + number + ".png") }).catch(() => {});
    }
    if (process.env.TUGBOOT_WEB_TIMES)
        console.log("# " + (Date.now() - begun) + " ms");
}

export function end()
{
    console.log("1.." + number);
    return failed > 0 ? 1 : 0;
}

/* A command of tugboot's, over the unix socket; its output. */
export async function tugboot(...words)
{
    return (await run(setting.program, [...words, "--config", setting.config])).stdout;
}

/* A machine boots; {said(), ended} with the lines it printed. */
export function switchOn(name, ...words)
{
    const { space, mac } = setting.machines[name];
    const child = spawn("ip", ["netns", "exec", space, setting.python, setting.machine, "eth0", mac, ...words],
                        { stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    child.stdout.on("data", (data) => { text += data; });
    child.stderr.on("data", (data) => { text += data; });
    const ended = new Promise((resolve) => child.on("close", () => resolve(text)));
    return { said: () => text, ended, stop: () => child.kill() };
}

export async function until(truth, words, seconds = 40)
{
    const end2 = Date.now() + seconds * 1000;
    for (;;) {
        const value = await truth();
        if (value)
            return value;
        check(Date.now() < end2, "this never came about: " + words);
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
}

export async function startBrowser()
{
    return chromium.launch({ executablePath: "/usr/bin/chromium",
                             args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
}

/* Faults that a page must never have: what the console complains of, scripts that foreign text got
 * run, and answers of foreign hosts. */
export function watch(page, faults)
{
    page.setDefaultTimeout(60000); /* a machine may have other things to do */
    page.on("pageerror", (error) => faults.push("an error: " + (error.stack || error.message)));
    page.on("console", (message) => {
        /* a refusal is told on the page, the console tells it too; without TLS a policy for other
         * windows cannot be obeyed */
        if (message.type() === "error" && !/Failed to load resource|Cross-Origin-Opener-Policy/.test(message.text()))
            faults.push("console: " + message.text());
    });
    page.on("request", (request) => {
        if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).origin !== setting.origin)
            faults.push("a foreign host was asked: " + request.url());
    });
    page.on("dialog", (dialog) => {
        faults.push("a script opened a dialog: " + dialog.message());
        dialog.dismiss();
    });
}

/* A page as wide as a desk's screen; {browser, context, page, faults, step}. A step is a case in which
 * nothing goes wrong on the page either. `patience` is for one act, in ms. */
export async function openDesk(patience)
{
    const browser = await startBrowser();
    const context = await browser.newContext({ viewport: { width: 1360, height: 860 }, reducedMotion: "reduce" });
    const page = await context.newPage();
    const faults = [];
    watch(page, faults);
    page.setDefaultTimeout(patience);
    const step = (name, work) => testCase(name, async () => {
        await work();
        check(faults.length === 0, faults.splice(0).join("\n"));
    }, page);
    return { browser, context, page, faults, step };
}

export async function goto(page, where)
{
    await page.goto(setting.origin + where);
    await settled(page);
}

/* The view is there: nothing is loading any more. */
export async function settled(page)
{
    await page.waitForFunction(() => document.querySelector("main h1")?.textContent &&
        !document.querySelector(".skeleton, main [aria-busy]") && document.querySelector(".page-body")?.children.length > 0);
}

/* axe-core, through the debugger, so that the page's policy stays in force. */
export async function axeFaults(page)
{
    const session = await page.context().newCDPSession(page);
    await session.send("Runtime.evaluate", { expression: axeSource });
    await session.detach();
    return page.evaluate(async () => {
        const found = await globalThis.axe.run(document, { resultTypes: ["violations"] });
        return found.violations.map((v) => v.id + ": " + v.nodes.slice(0, 3).map((n) => n.target.join(" ")).join(" | "));
    });
}

/* Nothing wider than the screen, nothing run. */
export async function layoutFaults(page)
{
    return page.evaluate(() => [
        document.documentElement.scrollWidth > innerWidth ? "wider than the screen: " + document.documentElement.scrollWidth : "",
        globalThis.pwned ? "foreign text was run as a script" : "",
    ].filter(Boolean));
}

const LOOKS = {
    light: { viewport: { width: 1360, height: 860 }, colorScheme: "light" },
    dark: { viewport: { width: 1360, height: 860 }, colorScheme: "dark" },
    phone: { viewport: { width: 390, height: 844 }, colorScheme: "light" },
};

/* Look at a view as it is in each of the looks: no violation, no overflow; and a picture. */
export async function lookAt(page, name, where)
{
    for (const [look, { viewport, colorScheme }] of Object.entries(LOOKS)) {
        await page.setViewportSize(viewport);
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        if (where)
            await goto(page, where);
        const faults = [...await axeFaults(page), ...await layoutFaults(page)];
        if (setting.pictures)
            await page.screenshot({ path: path.join(setting.pictures, name + "-" + look + ".png"), fullPage: look === "phone" });
        check(faults.length === 0, name + ", " + look + ": " + faults.join("; "));
    }
    await page.setViewportSize(LOOKS.light.viewport);
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
}
