/* How much of something is there. `total` 0: nobody knows how much there will be. */
import { el } from "../text.mjs";
import { bytes, rate } from "../format.mjs";

/* {element, set({done, total, perSecond, words})}; `label` is said by screen readers. */
export function progressBar(label)
{
    const fill = el("div", { class: "progress-fill" });
    const bar = el("div", { class: "progress-bar", role: "progressbar", "aria-label": label,
                            "aria-valuemin": 0, "aria-valuemax": 100 }, fill);
    const left = el("span", { class: "progress-words" });
    const right = el("span", { class: "progress-rate" });
    const element = el("div", { class: "progress" }, bar, el("div", { class: "progress-text" }, left, right));
    const set = ({ done, total = 0, perSecond = 0, words }) => {
        const share = total > 0 ? Math.min(1, done / total) : 0;
        bar.classList.toggle("is-unknown", total <= 0);
        fill.style.setProperty("transform", "scaleX(" + share.toFixed(4) + ")");
        if (total > 0)
            bar.setAttribute("aria-valuenow", Math.round(share * 100));
        else
            bar.removeAttribute("aria-valuenow");
        const amount = total > 0 ? bytes(done) + " of " + bytes(total) : bytes(done);
        bar.setAttribute("aria-valuetext", words || amount);
        left.textContent = words || amount;
        right.textContent = perSecond > 0 ? rate(perSecond) : "";
    };
    return { element, set };
}
