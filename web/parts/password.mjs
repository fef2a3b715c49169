/* What a new password must be like; the daemon asks the same. */
export function passwordFault(value)
{
    return [...value].length < 12 ? "It has to be at least 12 characters long." : "";
}
