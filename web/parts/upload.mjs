/* A file of this device to the daemon, piece by piece: gone on with where an earlier attempt ended,
 * slower when the daemon's disk is, stopped when the page is left. */
import { get, post, request, Problem } from "../api.mjs";

const PATIENCE_MS = 200;
const CHECK_MS = 150;

function wait(ms, signal)
{
    return new Promise((resolve, reject) => {
        const timer = setTimeout(resolve, ms);
        signal.addEventListener("abort", () => {
            clearTimeout(timer);
            reject(new DOMException("left", "AbortError"));
        }, { once: true });
    });
}

async function awaitReady(number, signal)
{
    for (;;) {
        const facts = await get("/uploads/" + number, { signal });
        if (facts.state !== "checking")
            return facts;
        await wait(CHECK_MS, signal);
    }
}

/* `told(facts)` hears how it stands, begin to end. Resolves to the upload's facts when all bytes are
 * sent; what it becomes is then to be looked at (GET /uploads). Throws a Problem. */
export async function sendFile(file, wish, { told, signal })
{
    const begun = await post("/uploads", { ...wish, file: file.name, bytes: file.size, modified: file.lastModified }, { signal });
    told(begun);
    let facts = await awaitReady(begun.number, signal);
    let offset = facts.offset;
    while (facts.state === "receiving" && offset < file.size) {
        const piece = file.slice(offset, offset + facts.piece_max);
        try {
            facts = (await request("POST", "/uploads/" + begun.number + "/bytes", {
                query: { offset }, body: piece, type: "application/octet-stream", signal })).data;
            offset = facts.offset;
            told({ ...facts, done: offset });
        } catch (problem) {
            if (!(problem instanceof Problem) || (problem.status !== 503 && problem.code !== "wrong-offset"))
                throw problem;
            await wait(PATIENCE_MS, signal);
            facts = await awaitReady(begun.number, signal);
            offset = facts.offset;
        }
    }
    return facts;
}
