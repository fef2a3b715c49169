/* Who is signed in, and how one signs in and out. */
import { get, post, remove, setCsrf } from "./api.mjs";
import * as live from "./live.mjs";

let current = null;

/* {name, role, door, ...}, null when nobody is signed in. */
export function me()
{
    return current;
}

function take(session)
{
    const known = session && session.role && session.role !== "nobody";
    current = known ? { ...session, name: session.name || "first sign-in" } : null;
    setCsrf(current ? session.csrf : "");
    return current;
}

/* What the daemon says of this browser: {role: "nobody", has_accounts} when nobody is signed in. */
export async function askSession()
{
    try {
        const session = await get("/session", { quiet: true });
        take(session);
        return session;
    } catch (problem) {
        if (problem.status !== 401)
            throw problem;
        take(null);
        return { role: "nobody", has_accounts: true };
    }
}

/* Who is signed in, asked anew; null when nobody is. */
export async function loadSession()
{
    await askSession();
    return current;
}

/* {name, password}, or {link} with the token of a link. */
export async function signIn(words)
{
    await post("/session", words, { quiet: true });
    return loadSession();
}

export async function signOut({ everywhere = false } = {})
{
    await remove("/session", { quiet: true, query: { everywhere: everywhere ? 1 : "" } });
    forget();
}

/* The daemon says that nobody is signed in any more. */
export function forget()
{
    live.stop();
    take(null);
}
