/* Small drawings of our own, 20 by 20, of strokes in the colour of the text. */
import { svg } from "./text.mjs";

const PATHS = {
    now: "M2 11h3.500l2-6 4 11 2.5-8 1.5 3H18",
    machines: "M3 4h14v8H3zM7 16h6M10 12v4",
    images: "M10 2.500a7.5 7.5 0 1 0 0 15a7.5 7.5 0 0 0 0-15zM10 8a2 2 0 1 0 0 4a2 2 0 0 0 0-4z",
    network: "M10 3v5M4 13v-2.500h12V13M10 8v2.500M2.5 13h3v3.500h-3zM8.5 13h3v3.500h-3zM14.5 13h3v3.500h-3z",
    secure: "M10 2.500l6 2.200v4.600c0 4-2.6 6.8-6 8.200c-3.4-1.4-6-4.2-6-8.200V4.700zM7.3 9.800l2 2l3.6-3.9",
    doctor: "M7 3h6M10 3v4M5.5 17h9c1 0 1.5-1 1-2l-4-7.500h-3L4.5 15c-.5 1 0 2 1 2zM6.5 13h7",
    events: "M3 5h2M8 5h9M3 10h2M8 10h9M3 15h2M8 15h9",
    settings: "M3 6h8M15 6h2M3 14h2M9 14h8M13 4v4M7 12v4",
    users: "M7.5 9.500a3 3 0 1 0 0-6a3 3 0 0 0 0 6zM2 16.500c.3-3 2.5-5 5.5-5s5.2 2 5.5 5M13 4a3 3 0 0 1 0 5.500M15 12c1.6.7 2.7 2.3 3 4.5",
    audit: "M5 2.500h7l3.5 3.500v11.500H5zM12 2.500V6h3.500M7.5 10h5.500M7.5 13.500h5.5",
    account: "M10 10a3.5 3.5 0 1 0 0-7a3.5 3.5 0 0 0 0 7zM3.5 17.500c.5-3.5 3-5.5 6.5-5.500s6 2 6.5 5.5",
    search: "M8.5 3a5.5 5.5 0 1 0 0 11a5.5 5.5 0 0 0 0-11zM12.5 12.500L17 17",
    more: "M4.5 10h.01M10 10h.01M15.5 10h.01",
    close: "M5 5l10 10M15 5L5 15",
    menu: "M3 5.500h14M3 10h14M3 14.500h14",
    pause: "M7 4.500v11M13 4.500v11",
    check: "M4 10.500l4 4l8-9",
    warn: "M10 3l8 14H2zM10 8v4.500M10 14.800h.01",
    stop: "M10 2.500a7.5 7.5 0 1 0 0 15a7.5 7.5 0 0 0 0-15zM10 6v5M10 13.800h.01",
    info: "M10 2.500a7.5 7.5 0 1 0 0 15a7.5 7.5 0 0 0 0-15zM10 9.500V14M10 6.300h.01",
    up: "M5 12l5-5l5 5", down: "M5 8l5 5l5-5", left: "M12 5l-5 5l5 5", right: "M8 5l5 5l-5 5",
    copy: "M7 7h9.500v9.500H7zM13 7V3.500H3.500V13H7",
    plus: "M10 4v12M4 10h12",
    power: "M10 2.500v7M6 5a6.5 6.5 0 1 0 8 0",
    trash: "M3.5 5.500h13M8 5.500V3.500h4v2M5.5 5.500l.8 11.500h7.400l.8-11.500M8.5 8.500v5.500M11.5 8.500v5.5",
    edit: "M3.5 16.500l.8-3.500L13.5 3.800l2.7 2.700L7 15.700z",
    download: "M10 3v9M6 8.500l4 4l4-4M3.5 16.500h13",
    upload: "M10 13V4M6 7.500l4-4l4 4M3.5 16.500h13",
    wall: "M2.5 4h15v9.500h-15zM7 17h6",
    sun: "M10 6.500a3.5 3.5 0 1 0 0 7a3.5 3.5 0 0 0 0-7zM10 1.500v2M10 16.500v2M1.5 10h2M16.5 10h2M4 4l1.4 1.400M14.6 14.600L16 16M4 16l1.4-1.400M14.6 5.400L16 4",
    moon: "M16.5 11.800A7 7 0 0 1 8.2 3.500a7 7 0 1 0 8.3 8.300z",
    system: "M10 2.500a7.5 7.5 0 1 0 0 15a7.5 7.5 0 0 0 0-15zM10 2.500v15M10 6l5.5 8M10 2.5",
    key: "M6.5 7.500a4 4 0 1 0 3.8 5.200l6.7-6.700M14 9l2.5 2.500M12 11l1.5 1.5",
    out: "M8 3.500H4v13h4M12.5 6l4 4l-4 4M16 10H8",
    note: "M4 3.500h12v9l-4 4H4zM16 12.500h-4v4M7 7h6M7 10h4",
    clock: "M10 2.500a7.5 7.5 0 1 0 0 15a7.5 7.5 0 0 0 0-15zM10 5.500V10l3 2",
    phone: "M6 2.500h8v15H6zM9 15h2",
    again: "M16 10a6 6 0 1 1-1.8-4.200M16 2.800v3.500h-3.5",
    group: "M3 4.500h6v5H3zM11 10.500h6v5h-6zM6 9.500V13h5",
    keyboard: "M2 5.500h16v9H2zM5 8.500h.01M8.5 8.500h.01M12 8.500h.01M15 8.500h.01M6 11.500h8",
};

/* A drawing beside words that say the same; with `label` it is one that stands alone. */
export function icon(name, label)
{
    return svg("svg", { class: "icon", viewBox: "0 0 20 20", width: 20, height: 20, fill: "none",
                        stroke: "currentColor", "stroke-width": name === "more" ? 2.6 : 1.6, "stroke-linecap": "round",
                        "stroke-linejoin": "round", focusable: "false",
                        role: label ? "img" : undefined, "aria-label": label,
                        "aria-hidden": label ? undefined : "true" },
               svg("path", { d: PATHS[name] }));
}
