/* What to do when nothing is there yet: three steps, each with the command that does the same. */
import { el } from "../text.mjs";
import { icon } from "../icons.mjs";
import { copyable } from "./copyable.mjs";

function step(number, done, title, text, more)
{
    return el("li", { class: "step" + (done ? " is-done" : "") },
              el("span", { class: "step-number", "aria-hidden": "true" }, done ? icon("check") : number),
              el("div", {}, el("h3", {}, title, done && el("span", { class: "spoken" }, " (done)")), el("p", {}, text), more));
}

/* `has`: {images, machines}; `mode` is what the interfaces do: proxy, server, off. */
export function firstSteps({ has, mode, status })
{
    const where = status.images ? "or copy it into " + status.images + "; it is noticed by itself." : "";
    const handOver = mode === "server" ?
        ["Addresses come from here", "tugboot is the DHCP server of this network. If another one answers too, one of them has to go: doctor tells."] :
        ["Hand over from your DHCP server", "Nothing has to be changed there: tugboot answers beside it. Should its own boot settings be in the way, or should machines sit behind a relay, doctor finds it, and dhcp-snippet writes the lines for that server."];
    return el("section", { class: "steps-card", "aria-labelledby": "first-steps" },
              el("h2", { id: "first-steps" }, "Three steps to the first boot"),
              el("ol", { class: "steps" },
                 step(1, has.images, "Add an image", ["An ISO, a disk image, a kernel. On the page ", el("a", { href: "/images" }, "Images"), ", by command, ", where],
                      copyable("tugboot image add debian-12.iso", "command")),
                 step(2, has.machines, "Switch on a machine", "Let it boot from the network: F12 on most, or \"PXE\", \"Network\" or \"HTTP Boot\" in its boot order. It appears here by itself."),
                 step(3, false, ...handOver, copyable("tugboot doctor", "command"))));
}
