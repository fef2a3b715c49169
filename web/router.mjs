/* Paths to views: the browser's own history, links stay links. A view is opened with a signal that
 * aborts when it is left, and everything it began ends with that. */

const routes = [];
let fallback = null;
let show = null;
let leave = null;

/* "/machines/{mac}" and its row; parameters are decoded. */
export function addRoute(path, row)
{
    const names = [];
    const form = path.replace(/\{(\w+)\}/g, (whole, name) => {
        names.push(name);
        return "([^/]+)";
    });
    routes.push({ form: new RegExp("^" + form + "/?$"), names, row });
}

export function setFallback(row)
{
    fallback = row;
}

function decode(text)
{
    try {
        return decodeURIComponent(text);
    } catch {
        return text;
    }
}

export function match(path)
{
    for (const { form, names, row } of routes) {
        const found = form.exec(path);
        if (found)
            return { row, params: Object.fromEntries(names.map((n, i) => [n, decode(found[i + 1])])) };
    }
    return { row: fallback, params: {} };
}

function arrive(how)
{
    if (leave)
        leave.abort();
    leave = new AbortController();
    const { row, params } = match(location.pathname);
    show(row, { params, query: new URLSearchParams(location.search), signal: leave.signal, how });
}

/* Go to a path of this page. `replace`: without a step in the history. */
export function go(path, { replace = false } = {})
{
    if (replace)
        history.replaceState(null, "", path);
    else
        history.pushState(null, "", path);
    arrive("link");
}

/* The view's own state in the address (a search, a page), without opening it anew. */
export function setQuery(values)
{
    const query = new URLSearchParams(location.search);
    for (const [key, value] of Object.entries(values)) {
        if (value === "" || value === null || value === undefined)
            query.delete(key);
        else
            query.set(key, value);
    }
    const text = query.toString();
    history.replaceState(history.state, "", location.pathname + (text ? "?" + text : ""));
}

/* Open what is shown now once more. */
export function again()
{
    arrive("again");
}

function follow(event)
{
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (!link || event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey ||
        event.shiftKey || event.altKey || link.target || link.hasAttribute("download"))
        return;
    const to = new URL(link.href);
    if (to.origin !== location.origin || to.pathname.startsWith("/api/") ||
        (to.hash && to.pathname === location.pathname))
        return;
    event.preventDefault();
    go(to.pathname + to.search);
}

/* `open(row, visit)` shows a view: visit = {params, query, signal, how}. */
export function startRouter(open)
{
    show = open;
    document.addEventListener("click", follow);
    addEventListener("popstate", () => arrive("history"));
    arrive("first");
}
