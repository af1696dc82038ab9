/* What the connection side of TLS needs of its contexts. */
#ifndef NET_TLS_PRIVATE_H
#define NET_TLS_PRIVATE_H

#include <openssl/ssl.h>

struct tls_server;
struct tls_client;

SSL_CTX *tls_server_ctx(struct tls_server *s);
SSL_CTX *tls_client_ctx(struct tls_client *c);
/* The name to verify in place of the upstream's host, or NULL. */
const char *tls_client_name(const struct tls_client *c);
/* Offers the session of an earlier connection. */
void tls_client_resume(struct tls_client *c, SSL *ssl);

#endif
