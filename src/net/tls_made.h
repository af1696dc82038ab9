/*
 * Certificates made at start, with nothing to prepare: a CA of this process,
 * a listener's certificate signed by it, and the bad ones that `tls` faults
 * show in place of a listener's own.
 */
#ifndef NET_TLS_MADE_H
#define NET_TLS_MADE_H

#include <openssl/x509.h>

#include "base/diag.h"
#include "net/tls.h"

/* The CA and the one key that all made certificates share. Read-only once
 * made; aborts when OpenSSL has no memory or no P-256. */
struct tls_made *tls_made_new(void);
void tls_made_free(struct tls_made *m);

/* Writes the CA's certificate as PEM; false with a message. */
bool
tls_made_write_ca(const struct tls_made *m, const char *file, struct diags *d);

/* The key of every certificate that follows; borrowed. */
EVP_PKEY *tls_made_key(const struct tls_made *m);
/* A good certificate for localhost, 127.0.0.1 and ::1; the caller frees. */
X509 *tls_made_local(const struct tls_made *m);
/*
 * A certificate like `own` but for what is wrong with it, which is one of
 * TLS_CERT_EXPIRED (its time ended yesterday), TLS_CERT_WRONG_HOST (another
 * name), both signed by the CA, and TLS_CERT_SELF_SIGNED. The caller frees.
 */
X509 *
tls_made_bad(const struct tls_made *m, const X509 *own, enum tls_cert what);

#endif
