/* The same for a screen on the wall: large, without anything to press, from far away. */
import { el, fill } from "../text.mjs";
import { plural } from "../format.mjs";
import { addShortcut } from "../keys.mjs";
import { go } from "../router.mjs";
import { bootList } from "../parts/boot_card.mjs";
import { followBoots, shown } from "../boots.mjs";

async function stayAwake(signal)
{
    try {
        const lock = await navigator.wakeLock?.request("screen");
        signal.addEventListener("abort", () => lock?.release());
    } catch {
        /* a browser that does not allow it: the screen's own settings hold */
    }
}

export async function open(page)
{
    const { root, signal, status } = page;
    const boots = followBoots();
    const list = bootList({ wall: true });
    const time = el("time", { class: "wall-clock" });
    const words = el("h1", { class: "wall-words" });
    const place = el("div", {});
    let due = 0;

    root.classList.add("wall");
    document.title = "tugboot";
    addShortcut("Escape", "Leave the wall screen", () => go("/"), signal);
    const leave = el("a", { class: "button is-quiet wall-leave", href: "/" }, "Leave the wall screen");
    fill(root, el("header", { class: "wall-head" }, el("img", { src: "/assets/icon.svg", alt: "", width: 44, height: 44 }),
                  words, time, leave), place);

    function update()
    {
        due = 0;
        const now = Date.now();
        const rows = shown(boots.all, now);
        const booting = rows.filter((b) => b.state === "now").length;
        const stalled = rows.filter((b) => b.state === "stalled").length;
        const text = rows.length === 0 ? "Nothing is booting" :
            plural(booting, "machine") + " booting" + (stalled > 0 ? ", " + stalled + " standing still" : "");
        if (words.textContent !== text)
            words.textContent = text;
        time.textContent = new Date(now).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
        list.update(rows, boots.names, now);
        const shows = rows.length > 0 ? "boots" : "calm";
        if (place.dataset.shows !== shows) {
            place.dataset.shows = shows;
            fill(place, shows === "boots" ? list.element : el("div", { class: "wall-calm" }, el("div", { class: "calm-mark" })));
        }
    }
    await boots.start(signal, status.last_event, () => {
        if (!due && !signal.aborted)
            due = setTimeout(update, 100);
    });
    update();
    stayAwake(signal);
    const tick = setInterval(update, 1000);
    signal.addEventListener("abort", () => {
        clearInterval(tick);
        clearTimeout(due);
        root.classList.remove("wall");
    });
}
