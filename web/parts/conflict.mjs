/* A change of something that was read before: sent with the ETag of what was read. When somebody
 * else changed it meanwhile, nothing is written over: both versions are shown, and the person
 * decides. */
import { el } from "../text.mjs";
import { button, openDialog } from "./dialog.mjs";
import { diffView } from "./diff.mjs";

/* An object as lines, "key: value", in the order of the keys: to be compared. */
export function linesOf(data, keys = Object.keys(data || {}))
{
    const flat = (value) => value && typeof value === "object" && !Array.isArray(value) ?
        "\n" + linesOf(value).split("\n").map((l) => "  " + l).join("\n") : Array.isArray(value) ? value.join(" ") : String(value);
    return [...keys].sort().filter((k) => data?.[k] !== undefined && data[k] !== null && data[k] !== "")
        .map((k) => k + ": " + flat(data[k])).join("\n");
}

/* What a merge patch (RFC 7396) makes of `data`. */
export function patched(data, patch)
{
    const made = { ...data };
    for (const [key, value] of Object.entries(patch)) {
        if (value === null)
            delete made[key];
        else if (typeof value === "object" && !Array.isArray(value))
            made[key] = patched(made[key] || {}, value);
        else
            made[key] = value;
    }
    return made;
}

/* Both versions; resolves to true when mine is to be written over theirs. */
async function ask(what, theirs, mine)
{
    let open = null;
    const keep = button("Keep what is there", () => open.close(false));
    keep.setAttribute("autofocus", "");
    const write = button("Write mine over it", () => open.close(true), "danger");
    open = openDialog({ title: "Somebody else changed " + what + " meanwhile", wide: true, actions: [keep, write], body: [
        el("p", {}, theirs === null ? "It was taken away, and would be made again." :
            "Lines with − stand there now, lines with + would take their place."),
        theirs === null ? el("pre", { class: "words", tabindex: 0 }, mine) : diffView(theirs, mine)] });
    return (await open.closed) === true;
}

/* what    in the words of a person: "the note"
 * etag    of what was read, "" = there was nothing
 * send    (etag) -> promise: the change; with "" it must not write over anything
 * read    () -> {data, etag} as it is now; rejects with status 404 when it is gone
 * words   (data) -> text to compare; mine: (data or null) -> the text it would be
 * Resolves to true when it was changed, false when theirs was kept. */
export async function changeTagged({ what, etag, send, read, words, mine })
{
    for (let tag = etag;;) {
        try {
            await send(tag);
            return true;
        } catch (problem) {
            if (problem.status !== 412 && problem.status !== 428)
                throw problem;
        }
        let now = { data: null, etag: "" };
        try {
            now = await read();
        } catch (problem) {
            if (problem.status !== 404)
                throw problem;
        }
        if (!await ask(what, now.data === null ? null : words(now.data), mine(now.data)))
            return false;
        tag = now.etag;
    }
}
