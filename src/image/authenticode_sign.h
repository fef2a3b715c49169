/* Signing an EFI program, as `sbverify` and firmware verify it: the file padded to a multiple of 8
 * bytes, one more WIN_CERTIFICATE behind it, the headers corrected. Signatures that are there stay.
 * Microsoft PE/COFF specification 5.7 and appendix A; UEFI 2.10 32.2.4. */
#ifndef IMAGE_AUTHENTICODE_SIGN_H
#define IMAGE_AUTHENTICODE_SIGN_H

#include "base/text.h"

#include "crypto/pkcs7_sign.h"

#define AUTHENTICODE_PROGRAM_MAX ((size_t)1 << 30)          /* the largest program that is signed */
#define AUTHENTICODE_SIGN_EXTRA  (PKCS7_SIGNATURE_MAX + 32) /* what signing adds at most */

/* What became of it; each but the first two is a refusal. */
enum sign_verdict {
    SIGN_DONE,
    SIGN_ALREADY,   /* it carries this signer's sound signature: nothing was written */
    SIGN_NOT_EFI,   /* no PE file, or one for no EFI machine */
    SIGN_BROKEN,    /* its headers are such that firmware refuses it anyway */
    SIGN_NO_PLACE,  /* its headers have no entry for signatures */
    SIGN_BAD_TABLE, /* its signatures cannot be walked to their end, or something follows them */
    SIGN_DAMAGED,   /* it is signed, and was changed since */
    SIGN_TOO_MANY,  /* eight signatures are there */
    SIGN_TOO_LARGE, /* more than AUTHENTICODE_PROGRAM_MAX */
};

/* Write the signed form of `program` to `out`, which has room for AUTHENTICODE_SIGN_EXTRA more
 * bytes. 0 with *ret_verdict, and for a refusal a phrase in `why` ("it is no EFI program");
 * -EINVAL (signer), -ENOMEM, -ENOSPC. */
must_check int authenticode_sign(struct span program, const struct certificate_issuer *signer,
                                 struct writer *out, enum sign_verdict *ret_verdict,
                                 struct text *why);

/* The checksum of a PE file's header, whose own 4 bytes stand at `checksum_at`. */
uint32_t authenticode_checksum(struct span file, size_t checksum_at);

#endif
