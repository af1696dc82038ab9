/* What the connection side of TLS needs of its contexts. */
#ifndef NET_TLS_PRIVATE_H
#define NET_TLS_PRIVATE_H

#include <openssl/ssl.h>

#include "net/tls.h"

SSL_CTX *tls_server_ctx(struct tls_server *s);
SSL_CTX *tls_client_ctx(struct tls_client *c);
/* The name to verify in place of the upstream's host, or NULL. */
const char *tls_client_name(const struct tls_client *c);
/* Offers the session of an earlier connection to that host. */
void tls_client_resume(struct tls_client *c, SSL *ssl, const char *host);
/* The bad certificate in place of that context's own and its key, or NULL. */
X509 *tls_server_bad(const struct tls_server *s, const SSL_CTX *ctx,
    enum tls_cert what, EVP_PKEY **keyp);

/* Callbacks of a context about one connection. */
int tls_hello(SSL *ssl, int *alert, void *arg);
void tls_show_wanted(SSL *ssl);
const char *tls_host(const SSL *ssl);

#endif
