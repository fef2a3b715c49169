/* What people wrote about a machine: shown above what the daemon knows, and written in place. */
import { el, fill } from "../text.mjs";
import { icon } from "../icons.mjs";
import { getTagged, part, put, remove } from "../api.mjs";
import { askForm } from "./dialog.mjs";
import { areaField } from "./field.mjs";
import { changeTagged } from "./conflict.mjs";
import { complain, say } from "./toast.mjs";

const NOTE_MAX = 2000;

async function readNote(mac, signal)
{
    try {
        return await getTagged("/machines/" + part(mac) + "/note", { signal });
    } catch (problem) {
        if (problem.status === 404)
            return { data: null, etag: "" };
        throw problem;
    }
}

function bytesOf(text)
{
    return new TextEncoder().encode(text).length;
}

/* Ask for the note; resolves to true when it was changed. */
async function askNote(machine, name, signal)
{
    const path = "/machines/" + part(machine.mac) + "/note";
    const { data, etag } = await readNote(machine.mac, signal);
    const field = areaField({ name: "note", label: "Note", value: data?.text || "", rows: 6,
                              hint: "Where it stands, whose it is, what to mind. Found by the search for machines. Empty: no note.",
                              check: (v) => bytesOf(v.trim()) > NOTE_MAX ? "A note has at most " + NOTE_MAX + " bytes; this one has " + bytesOf(v.trim()) + "." : "" });
    return askForm({ title: "Note about " + name, fields: [field], action: "Save", submit: async (values) => {
        const text = values.note.trim();
        if (text === (data?.text || ""))
            return true;
        const done = await changeTagged({
            what: "the note", etag,
            send: (tag) => text ? put(path, { text }, { etag: tag }) : tag ? remove(path, { etag: tag }) : Promise.resolve(),
            read: () => getTagged(path, { signal }), words: (now) => now.text, mine: () => text,
        });
        say(done ? text ? "Noted." : "The note is taken away." : "What is there was kept.");
        return true;
    } });
}

/* The place of the note. `changed` is called when it was written. */
export function noteCard(machine, name, mayChange, signal, changed)
{
    const edit = async () => {
        try {
            if (await askNote(machine, name, signal))
                changed();
        } catch (problem) {
            complain(problem);
        }
    };
    const place = el("div", { class: "note-place" });
    if (machine.note)
        fill(place, el("section", { class: "card note", "aria-label": "Note" }, el("p", {}, machine.note),
            mayChange && el("button", { type: "button", class: "icon-button", "aria-label": "Change the note", title: "Change the note", on: { click: edit } }, icon("edit"))));
    else if (mayChange)
        fill(place, el("button", { type: "button", class: "button is-quiet is-small", on: { click: edit } }, icon("plus"), "Note something"));
    return place;
}
