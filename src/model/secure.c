/* What the facts of an inspection come to for a machine with Secure Boot on. */
#include "model/secure.h"

enum secure_answer secure_facts_answer(const struct secure_facts *facts)
{
    if (!facts->inspected)
        return SECURE_ANSWER_UNKNOWN;
    if (!facts->is_efi || !facts->is_signed || facts->is_damaged || facts->is_revoked)
        return SECURE_ANSWER_NO;
    if (facts->signers & SECURE_MICROSOFT_ANY)
        return SECURE_ANSWER_YES;
    return facts->signers & SECURE_OWN ? SECURE_ANSWER_OWN : SECURE_ANSWER_SHIM;
}

const char *secure_facts_flaw(const struct secure_facts *facts)
{
    if (!facts->inspected)
        return NULL;
    if (facts->is_damaged)
        return "its signature does not fit: the file is damaged";
    if (!facts->is_signed)
        return "it is not signed";
    return facts->is_revoked ? "its signature is revoked" : NULL;
}

const char *secure_answer_name(enum secure_answer answer)
{
    static const char *const names[] = {
        [SECURE_ANSWER_UNKNOWN] = "unknown", [SECURE_ANSWER_YES] = "yes",
        [SECURE_ANSWER_OWN] = "own-keys",    [SECURE_ANSWER_SHIM] = "shim",
        [SECURE_ANSWER_NO] = "no",
    };
    return names[answer];
}

/* Where firmware with only some of Microsoft's keys refuses it. */
static const char *exception_of(uint8_t signers)
{
    const uint8_t of_2011 = signers & (SECURE_MICROSOFT_UEFI_2011 | SECURE_WINDOWS_2011);
    const uint8_t of_2023 = signers & (SECURE_MICROSOFT_UEFI_2023 | SECURE_WINDOWS_2023);
    if (of_2011 && of_2023)
        return "";
    return of_2011 ? ", but not where only Microsoft's keys of 2023 are known"
                   : ", but not where only Microsoft's keys of 2011 are known";
}

void secure_facts_write(const struct secure_facts *facts, struct text *out)
{
    switch (secure_facts_answer(facts)) {
    case SECURE_ANSWER_UNKNOWN:
        text_add(out, "not looked at yet");
        return;
    case SECURE_ANSWER_YES:
        text_addf(out, "yes%s", exception_of(facts->signers));
        return;
    case SECURE_ANSWER_OWN:
        text_add(out, "yes, where this site's own key is known");
        return;
    case SECURE_ANSWER_SHIM:
        text_addf(out, "by a shim that knows the key of %s", facts->vendor);
        return;
    case SECURE_ANSWER_NO:
        text_addf(out, "no: %s", facts->refusal[0] ? facts->refusal : "it is no EFI program");
        return;
    }
}
