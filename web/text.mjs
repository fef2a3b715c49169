/* The only way anything gets onto the page: elements are created, texts are text nodes. There is no
 * function here, and none elsewhere, that reads markup from a string, so what a machine says of
 * itself can be shown anywhere and stays words. */

const SVG = "http://www.w3.org/2000/svg";

/* Does an address lead to this server? Asked of the browser's own reading of it, which drops tabs
 * and line ends: "/<tab>/evil.example" is another server. */
export function leadsHere(address)
{
    try {
        return new URL(address, location.href).origin === location.origin;
    } catch {
        return false;
    }
}

/* Where a link may lead: into this page, or to a web address that a person chose to follow. */
function isSoundLink(value)
{
    return /^(https?:\/\/|blob:)/.test(value) || (/^[/#]/.test(value) && leadsHere(value));
}

function setAttribute(element, key, value)
{
    if (key.startsWith("on") || key === "style" || key === "srcdoc")
        throw new Error("an attribute that could be a script: " + key);
    if ((key === "href" || key === "src") && !isSoundLink(String(value)))
        throw new Error("a link that leads nowhere sound");
    element.setAttribute(key, value === true ? "" : String(value));
}

function apply(element, attributes)
{
    for (const [key, value] of Object.entries(attributes)) {
        if (value === undefined || value === null || value === false)
            continue;
        if (key === "class")
            element.setAttribute("class", value);
        else if (key === "on")
            for (const [type, listener] of Object.entries(value))
                element.addEventListener(type, listener);
        else if (key === "data")
            Object.assign(element.dataset, value);
        else
            setAttribute(element, key, value);
    }
}

function addChildren(element, children)
{
    for (const child of children.flat(Infinity)) {
        if (child === undefined || child === null || child === false || child === "")
            continue;
        element.append(child instanceof Node ? child : document.createTextNode(String(child)));
    }
}

/* An element: el("p", {class: "note"}, "text", otherElement). `on` holds listeners by type, `data`
 * data attributes; false, null and undefined leave an attribute out. Children may be nested lists. */
export function el(name, attributes = {}, ...children)
{
    const element = document.createElement(name);
    apply(element, attributes);
    addChildren(element, children);
    return element;
}

/* The same in a drawing. */
export function svg(name, attributes = {}, ...children)
{
    const element = document.createElementNS(SVG, name);
    apply(element, attributes);
    addChildren(element, children);
    return element;
}

/* Put these children in place of what is there. */
export function fill(element, ...children)
{
    const fresh = document.createDocumentFragment();
    addChildren(fresh, children);
    element.replaceChildren(fresh);
    return element;
}

/* A text that only a screen reader says. */
export function spoken(...words)
{
    return el("span", { class: "spoken" }, ...words);
}

let numbered = 0;

/* An id that nothing else on the page has, for labels and descriptions. */
export function freshId(what)
{
    numbered += 1;
    return what + "-" + numbered;
}
