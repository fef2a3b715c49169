/* Light, dark or as the system says: kept in this browser, shown by an attribute of the root. */

const KEY = "tugboot-theme";
export const THEMES = ["system", "light", "dark"];

/* What this browser keeps; a browser that keeps nothing gets the default. */
export function recall(key, fallback)
{
    try {
        return localStorage.getItem(key) || fallback;
    } catch {
        return fallback;
    }
}

export function keep(key, value)
{
    try {
        localStorage.setItem(key, value);
    } catch {
        /* a browser that forgets: the choice holds until the page is left */
    }
}

export function theme()
{
    const kept = recall(KEY, "system");
    return THEMES.includes(kept) ? kept : "system";
}

export function setTheme(name)
{
    keep(KEY, name);
    applyTheme();
}

export function applyTheme()
{
    document.documentElement.dataset.theme = theme();
}
