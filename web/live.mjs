/* What happens, as it happens: one stream of server-sent events for the whole page, however many
 * listen. It goes on where it stopped, also after the daemon was started anew; a stream that was cut
 * because nobody is signed in any more is tried again when somebody is. */
import { address, get } from "./api.mjs";

const PATH = "/events";
const RETRY_MS = [1000, 2000, 5000, 10000];

const listeners = new Set();
const stateListeners = new Set();
let source = null;
let last = 0;
let failures = 0;
let timer = 0;
let state = "off";

function setState(now)
{
    if (now === state)
        return;
    state = now;
    for (const listener of stateListeners)
        listener(state);
}

function take(message)
{
    let event;
    try {
        event = JSON.parse(message.data);
    } catch {
        return;
    }
    if (typeof event.sequence === "number" && event.sequence > last)
        last = event.sequence;
    for (const listener of [...listeners])
        listener(event);
}

function close()
{
    clearTimeout(timer);
    timer = 0;
    if (source)
        source.close();
    source = null;
}

function tryAgain()
{
    close();
    setState("waiting");
    timer = setTimeout(openAgain, RETRY_MS[Math.min(failures, RETRY_MS.length - 1)]);
    failures += 1;
}

/* What is told and not kept has numbers too, which a daemon that was started anew gives once more. */
async function openAgain()
{
    try {
        last = Math.min(last, (await get("/status", { quiet: true })).last_event);
    } catch (problem) {
        if (problem.status === 0) {
            tryAgain();
            return;
        }
    }
    open();
}

function open()
{
    close();
    source = new EventSource(address(PATH, { follow: 1, after: last || undefined }));
    source.onopen = () => {
        failures = 0;
        setState("live");
    };
    source.onmessage = take;
    source.onerror = tryAgain;
}

/* Begin with what comes after event `after`. Harmless when it runs already. */
export function start(after)
{
    if (after > last)
        last = after;
    if (!source && !timer)
        open();
}

/* Nobody is signed in: end the stream, and forget where it was. */
export function stop()
{
    close();
    failures = 0;
    last = 0;
    setState("off");
}

/* `listener(event)` for every event until `signal` aborts. */
export function listen(listener, signal)
{
    listeners.add(listener);
    signal.addEventListener("abort", () => listeners.delete(listener));
}

/* "live", "waiting" (it is tried again) or "off"; at once, and at every change. */
export function watchState(listener)
{
    stateListeners.add(listener);
    listener(state);
}

addEventListener("online", () => {
    if (state === "waiting")
        openAgain();
});
addEventListener("pagehide", close);
addEventListener("pageshow", (event) => {
    if (event.persisted && state !== "off")
        open();
});
