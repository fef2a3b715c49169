/* What a new password must be like; the daemon asks the same. */
export function passwordFault(value)
{
    const bytes = new TextEncoder().encode(value).length;
    if (bytes < 8)
        return "It has to be at least 8 characters long.";
    if (bytes > 256)
        return "It can be at most 256 bytes long.";
    return new Set(value).size < 2 ? "It cannot be one character again and again." : "";
}
