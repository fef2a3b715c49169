/* Requests to the daemon, /api/v1. What is refused becomes a Problem whose message is a sentence for
 * people: the daemon's own (RFC 9457), or one of ours when there was no daemon to say it. */

const BASE = "/api/v1";
const watchers = new Set();
let csrf = "";

/* A refusal. `status` 0: the daemon was not reached. `errors` tells of single fields. */
export class Problem extends Error {
    constructor(status, code, sentence, errors = [])
    {
        super(sentence);
        this.name = "Problem";
        this.status = status;
        this.code = code;
        this.errors = errors;
        this.retryAfter = 0;
    }

    /* The sentence about one field, "" when there is none. */
    about(field)
    {
        const found = this.errors.find((e) => e.field === field || e.pointer === "/" + field);
        return found ? found.detail || found.message || "" : "";
    }
}

/* The token that shows a change was meant: sent with every change. */
export function setCsrf(token)
{
    csrf = token || "";
}

/* `listener` is called when the daemon says that nobody is signed in (any more). */
export function whenSignedOut(listener)
{
    watchers.add(listener);
}

function addressOf(path, query)
{
    const words = new URLSearchParams();
    for (const [key, value] of Object.entries(query || {}))
        if (value !== undefined && value !== null && value !== "")
            words.set(key, String(value));
    /* "+" stands for itself in a query of the API, as RFC 3986 says; what was one is %2B by now. */
    const text = words.toString().replaceAll("+", "%20");
    return BASE + path + (text ? "?" + text : "");
}

const SENTENCES = {
    401: "You are not signed in.",
    403: "Your role does not allow this.",
    404: "There is no such thing (any more).",
    412: "Somebody else changed this meanwhile. Look at it again, then change it.",
    413: "That is too large for one request.",
    429: "Too many attempts. Wait a moment, then try again.",
    503: "The daemon cannot do this right now. Try again in a moment.",
};

async function problemOf(response)
{
    let said = {};
    try {
        if ((response.headers.get("Content-Type") || "").includes("json"))
            said = await response.json();
    } catch {
        said = {};
    }
    const sentence = said.detail || SENTENCES[response.status] ||
        "The daemon answered " + response.status + ".";
    const problem = new Problem(response.status, said.code || "", sentence, said.errors || []);
    problem.retryAfter = Number(response.headers.get("Retry-After")) || 0;
    return problem;
}

/* The body, which may break off like the connection before it. */
async function jsonOf(response)
{
    try {
        return await response.json();
    } catch (error) {
        if (error.name === "AbortError")
            throw error;
        throw new Problem(0, "unreachable", "The daemon's answer broke off. Try again.");
    }
}

/* One request. Options: query, body (an object, or bytes with `type`), etag (sent as If-Match),
 * signal, accept. Returns {data, etag, status, headers}; data is the JSON, null without a body, or
 * the Response itself with `whole`. Throws a Problem; an aborted request throws AbortError. */
export async function request(method, path, options = {})
{
    const headers = { Accept: options.accept || "application/json" };
    let body;
    if (options.body !== undefined) {
        headers["Content-Type"] = options.type ||
            (method === "PATCH" ? "application/merge-patch+json" : "application/json");
        body = options.type ? options.body : JSON.stringify(options.body);
    }
    if (options.etag)
        headers["If-Match"] = options.etag;
    if (method !== "GET" && csrf)
        headers["X-CSRF-Token"] = csrf;
    let response;
    try {
        response = await fetch(addressOf(path, options.query), {
            method, headers, body, signal: options.signal, credentials: "same-origin",
            cache: "no-store", redirect: "error",
        });
    } catch (error) {
        if (error.name === "AbortError")
            throw error;
        throw new Problem(0, "unreachable", "The daemon does not answer. Is it running, and is " +
            "this device still on its network?");
    }
    if (!response.ok) {
        const problem = await problemOf(response);
        if (response.status === 401 && !options.quiet)
            for (const watcher of watchers)
                watcher();
        throw problem;
    }
    if (options.whole)
        return response;
    const isJson = (response.headers.get("Content-Type") || "").includes("json");
    return {
        data: isJson && response.status !== 204 ? await jsonOf(response) : null,
        etag: response.headers.get("ETag") || "",
        status: response.status,
        headers: response.headers,
    };
}

async function dataOf(method, path, options)
{
    return (await request(method, path, options)).data;
}

export const get = (path, options) => dataOf("GET", path, options);
export const post = (path, body = {}, options = {}) => dataOf("POST", path, { ...options, body });
export const put = (path, body, options = {}) => dataOf("PUT", path, { ...options, body });
export const patch = (path, body, options = {}) => dataOf("PATCH", path, { ...options, body });
export const remove = (path, options = {}) => dataOf("DELETE", path, options);

/* A thing with its ETag: {data, etag}, to be given back with the change. */
export const getTagged = (path, options) => request("GET", path, options);

/* One part of a path, coded. */
export const part = (text) => encodeURIComponent(text);

/* The address of something the browser itself fetches (a capture file). */
export const address = (path, query) => addressOf(path, query);

/* Every page of a list, at most `most` rows: key is the list's name in the reply. */
export async function getAll(path, key, { query = {}, most = 5000, signal } = {})
{
    const rows = [];
    let after = query.after;
    for (;;) {
        const page = await get(path, { query: { ...query, after }, signal });
        rows.push(...page[key]);
        after = page.next;
        if (!after || rows.length >= most)
            return rows;
    }
}
