/* See enroll_media.h. Who signs what (UEFI 2.10 32.3): PK signs itself and KEK, KEK signs db and
 * dbx. A firmware in Setup Mode would take unsigned lists, too; signed ones also pass where the
 * user has put one of these keys in already. */
#include "serve/enroll_media.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/autoclean.h"
#include "base/text.h"

#include "efi/enroll_program.h"
#include "efi/keys_section.h"
#include "efi/programs.h"
#include "image/authenticode.h"
#include "image/authenticode_sign.h"
#include "image/siglist.h"
#include "net/file.h"

#define EXTRA_BYTES_MAX ((size_t)64 << 20)
#define PROGRAM_MAX     ((size_t)1 << 20)

/* The order in which they are enrolled: PK last, which ends Setup Mode. */
static const enum key_variable enrol_order[KEY_VARIABLES] = { KEY_VARIABLE_DB, KEY_VARIABLE_DBX,
                                                              KEY_VARIABLE_KEK, KEY_VARIABLE_PK };
static const enum key_variable signers[KEY_VARIABLES] = {
    [KEY_VARIABLE_PK] = KEY_VARIABLE_PK,
    [KEY_VARIABLE_KEK] = KEY_VARIABLE_PK,
    [KEY_VARIABLE_DB] = KEY_VARIABLE_KEK,
    [KEY_VARIABLE_DBX] = KEY_VARIABLE_KEK,
};

struct making {
    const struct enroll_wish *wish;
    struct enroll_media *media;
    struct private_key *keys[KEY_FOLDER_KEYS];
    struct guid owner;
    char *why; /* KEY_FOLDER_WHY_MAX */
};

static void closep(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static void free_bytes(uint8_t **data)
{
    free(*data);
}

static int say(const struct making *m, int error, const char *subject, const char *what)
{
    struct text t = text_over(m->why, KEY_FOLDER_WHY_MAX);
    text_addf(&t, "%s%s%s", subject, *subject ? ": " : "", what);
    return error;
}

/* x64, arm64: of `programs`. */
static enum arch enroll_media_arch(size_t program)
{
    return program == 0 ? ARCH_EFI_X64 : ARCH_EFI_ARM64;
}

void enroll_media_done(struct enroll_media *media)
{
    for (size_t i = 0; i < KEY_FOLDER_KEYS; i++)
        certificate_free(media->certificates[i]);
    free(media->memory);
    *media = (struct enroll_media){ 0 };
}

/* --- lists --------------------------------------------------------------------------------- */

/* Entries need an owner: this site's GUID is made of its Platform Key, and so stays the same. */
static int make_owner(struct making *m)
{
    struct digest digest;
    int r =
        digest_of(DIGEST_SHA256, certificate_der(m->media->certificates[KEY_VARIABLE_PK]), &digest);
    if (r < 0)
        return r;
    memcpy(m->owner.bytes, digest.bytes, GUID_BYTES);
    /* RFC 9562 5.8: version 8, in the byte order GUIDs are stored in. */
    m->owner.bytes[7] = (uint8_t)((m->owner.bytes[7] & 0x0f) | 0x80);
    m->owner.bytes[8] = (uint8_t)((m->owner.bytes[8] & 0x3f) | 0x80);
    return 0;
}

static bool count_entry(void *context, const struct siglist_entry *entry)
{
    size_t *count = context;
    (void)entry;
    ++*count;
    return true;
}

static int add_certificate(struct making *m, struct enroll_variable *v,
                           const struct certificate *certificate)
{
    struct certificate_facts facts;
    certificate_describe(certificate, &facts);
    bool is_microsoft = span_starts_with(span_text(facts.issuer), "Microsoft ");
    signature_list_add_certificate(&v->lists, is_microsoft ? &GUID_MICROSOFT : &m->owner,
                                   certificate_der(certificate));
    v->entries++;
    return 0;
}

/* A program is trusted, or refused, by its digest. */
static int add_program(struct making *m, struct enroll_variable *v, const struct span *file,
                       const struct pe *pe)
{
    const struct image_source source = image_source_over(file);
    struct digest digest;
    int r = authenticode_digest(&source, "", pe, DIGEST_SHA256, &digest);
    if (r < 0)
        return r;
    signature_list_add_sha256(&v->lists, &m->owner, digest_span(&digest));
    v->entries++;
    return 0;
}

static int add_bytes(struct making *m, const struct enroll_extra *extra, struct span file)
{
    const struct image_source source = image_source_over(&file);
    struct enroll_variable *v = &m->media->variables[extra->variable];
    struct certificate *certificate;
    struct pe pe;

    enum pe_flaw flaw = pe_read(&source, "", &pe);
    if (flaw == PE_SOUND)
        return add_program(m, v, &file, &pe);
    if (flaw != PE_NOT_PE)
        return say(m, -EINVAL, extra->path, pe_flaw_text(flaw));
    int r = certificate_read(file, &certificate);
    if (r == 0) {
        r = add_certificate(m, v, certificate);
        certificate_free(certificate);
        return r;
    }
    if (r != -EBADMSG)
        return r;
    struct span lists = siglist_of_file(file);
    size_t count = 0;
    if (siglist_each(lists, count_entry, &count) != SIGLIST_SOUND)
        return say(
            m, -EINVAL, extra->path,
            "this is neither a certificate (DER or PEM), nor signature lists (.esl, .auth, a "
            "variable of /sys/firmware/efi/efivars), nor an EFI program");
    writer_bytes(&v->lists, lists);
    v->entries += count;
    return 0;
}

static int add_extra(struct making *m, const struct enroll_extra *extra)
{
    autoclean(free_bytes) uint8_t *data = NULL;
    autoclean(closep) int fd = -1;
    struct file_facts facts;
    size_t len;

    enum file_verdict verdict = file_open_path(extra->path, &fd, &facts);
    if (verdict != FILE_OPENED) {
        fd = -1;
        return say(m, file_verdict_errno(verdict, &facts), extra->path, file_verdict_text(verdict));
    }
    int r = file_read_whole(fd, EXTRA_BYTES_MAX, &data, &len);
    if (r < 0)
        return say(m, r, extra->path, strerror(-r));
    r = add_bytes(m, extra, span_of(data, len));
    if (r == 0 && m->media->variables[extra->variable].lists.failed)
        return say(m, -EFBIG, extra->path,
                   "with it the lists are larger than any firmware would take");
    return r;
}

static int make_lists(struct making *m)
{
    int r = make_owner(m);
    for (unsigned i = 0; i < KEY_FOLDER_KEYS && r == 0; i++) {
        struct enroll_variable *v = &m->media->variables[i];
        v->certificate = certificate_der(m->media->certificates[i]);
        r = add_certificate(m, v, m->media->certificates[i]);
    }
    for (size_t i = 0; i < m->wish->extra_count && r == 0; i++)
        r = add_extra(m, &m->wish->extras[i]);
    return r;
}

/* --- updates and programs ------------------------------------------------------------------ */

static struct certificate_issuer signer_of(const struct making *m, enum key_variable key)
{
    return (struct certificate_issuer){ certificate_der(m->media->certificates[key]),
                                        m->keys[key] };
}

static int make_update(struct making *m, enum key_variable variable, uint8_t *scratch)
{
    struct enroll_variable *v = &m->media->variables[variable];
    struct writer covered = writer_over(scratch, ENROLL_UPDATE_MAX);
    const struct certificate_issuer signer = signer_of(m, signers[variable]);
    uint8_t bytes[PKCS7_SIGNATURE_MAX];
    struct writer signature = writer_over(bytes, sizeof bytes);

    if (v->lists.len == 0)
        return 0;
    key_update_add_signed_bytes(&covered, variable, m->wish->now, writer_span(&v->lists));
    int r =
        covered.failed ? -ENOSPC : pkcs7_sign_detached(&signer, writer_span(&covered), &signature);
    if (r < 0)
        return r;
    key_update_add(&v->update, m->wish->now, writer_span(&signature), writer_span(&v->lists));
    return v->update.failed ? -ENOSPC : 0;
}

static int make_program(struct making *m, size_t number, uint8_t *scratch)
{
    struct span built = enroll_program_built(enroll_media_arch(number));
    const struct certificate_issuer signer = signer_of(m, KEY_VARIABLE_DB);
    struct writer filled = writer_over(scratch, PROGRAM_MAX);
    struct enroll_update updates[KEY_VARIABLES + 1];
    struct text t = text_over(m->why, KEY_FOLDER_WHY_MAX);
    enum sign_verdict verdict;
    size_t count = 0;

    if (built.len == 0)
        return 0;
    if (m->wish->keep_factory)
        updates[count++] = (struct enroll_update){ .variable = KEYS_KEEP };
    for (size_t i = 0; i < KEY_VARIABLES; i++) {
        const struct enroll_variable *v = &m->media->variables[enrol_order[i]];
        if (v->update.len > 0)
            updates[count++] = (struct enroll_update){ key_variable_name(enrol_order[i]),
                                                       writer_span(&v->update) };
    }
    int r = enroll_program_fill(built, updates, count, &filled);
    if (r == -EFBIG)
        return say(m, r, "",
                   "the lists do not fit into the enrol program; leave out some of what was added, "
                   "and enrol that by the .auth files");
    if (r == 0)
        r = authenticode_sign(writer_span(&filled), &signer, &m->media->programs[number], &verdict,
                              &t);
    return r == 0 && verdict != SIGN_DONE ? -EINVAL : r;
}

/* Cut memory for everything of one block; the last part is the scratch. */
static uint8_t *share_memory(struct enroll_media *media)
{
    const size_t program = PROGRAM_MAX + AUTHENTICODE_SIGN_EXTRA;
    uint8_t *at = malloc(KEY_VARIABLES * (ENROLL_LISTS_MAX + ENROLL_UPDATE_MAX) +
                         ENROLL_PROGRAMS * program + PROGRAM_MAX);
    media->memory = at;
    for (size_t i = 0; at && i < KEY_VARIABLES; i++) {
        media->variables[i].lists = writer_over(at, ENROLL_LISTS_MAX);
        at += ENROLL_LISTS_MAX;
        media->variables[i].update = writer_over(at, ENROLL_UPDATE_MAX);
        at += ENROLL_UPDATE_MAX;
    }
    for (size_t i = 0; at && i < ENROLL_PROGRAMS; i++) {
        media->programs[i] = writer_over(at, program);
        at += program;
    }
    return at;
}

static int read_keys(struct making *m)
{
    int r = 0;
    for (unsigned i = 0; i < KEY_FOLDER_KEYS && r == 0; i++) {
        enum key_variable key = (enum key_variable)i;
        r = key_folder_certificate(m->wish->keys, key, &m->media->certificates[i], m->why);
        if (r == 0)
            r = key_folder_private(m->wish->keys, key, m->media->certificates[i], &m->keys[i],
                                   m->why);
    }
    return r;
}

int enroll_media_make(const struct enroll_wish *wish, struct enroll_media *ret_media,
                      char why[KEY_FOLDER_WHY_MAX])
{
    struct enroll_media media = { 0 };
    struct making m = { .wish = wish, .media = &media, .why = why };

    why[0] = 0;
    uint8_t *scratch = share_memory(&media);
    int r = scratch ? read_keys(&m) : -ENOMEM;
    if (r == 0)
        r = make_lists(&m);
    for (unsigned i = 0; i < KEY_VARIABLES && r == 0; i++)
        r = make_update(&m, (enum key_variable)i, scratch);
    for (size_t i = 0; i < ENROLL_PROGRAMS && r == 0; i++)
        r = make_program(&m, i, scratch);
    for (size_t i = 0; i < KEY_FOLDER_KEYS; i++)
        private_key_free(m.keys[i]);
    if (r < 0) {
        enroll_media_done(&media);
        if (!why[0])
            (void)say(&m, r, "the media cannot be made", strerror(-r));
        return r;
    }
    *ret_media = media;
    return 0;
}
