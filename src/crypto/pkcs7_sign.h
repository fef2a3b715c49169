/* The two kinds of PKCS#7 signature that firmware verifies, made: Authenticode's for programs, and
 * the bare one in front of a signed variable. Both SHA-256, both with the signer's certificate in
 * them. RFC 2315; Microsoft "Windows Authenticode Portable Executable Signature Format". */
#ifndef CRYPTO_PKCS7_SIGN_H
#define CRYPTO_PKCS7_SIGN_H

#include "crypto/certificate_make.h"
#include "crypto/digest.h"

/* Room for what either of them makes with a certificate of certificate_make(). */
#define PKCS7_SIGNATURE_MAX 32768

/* Sign the SHA-256 digest of a program: a ContentInfo with SpcIndirectDataContent in it. 0; -EINVAL
 * (the certificate cannot be read or is not the key's, or the digest is of another kind); -ENOMEM;
 * -ENOSPC, with the writer failed. */
must_check int pkcs7_sign_program(const struct certificate_issuer *signer,
                                  const struct digest *digest, struct writer *der);

/* Sign `data`, which is not put into the signature: a SignedData without a ContentInfo around it,
 * as EFI_VARIABLE_AUTHENTICATION_2 wants it (UEFI 2.10 8.2.2). Errors as above. */
must_check int pkcs7_sign_detached(const struct certificate_issuer *signer, struct span data,
                                   struct writer *der);

#endif
