/* One TLS connection: handshake, reading, writing, what was negotiated. */
#include "net/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "net/tls_private.h"

struct tls {
	SSL *ssl;
	bool plain_http;
	char subject[512];
	char why[256];
};

static enum tls_io
tls_result(struct tls *t, int r)
{
	switch (SSL_get_error(t->ssl, r)) {
	case SSL_ERROR_WANT_READ:
		return TLS_WANT_READ;
	case SSL_ERROR_WANT_WRITE:
		return TLS_WANT_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		return TLS_END;
	default:
		return TLS_FAILED;
	}
}

static struct tls *
tls_new(SSL_CTX *ctx, int fd)
{
	struct tls *t = xcalloc(1, sizeof(*t));

	t->ssl = SSL_new(ctx);
	if (t->ssl == NULL || SSL_set_fd(t->ssl, fd) != 1) {
		tls_free(t);
		return NULL;
	}
	return t;
}

struct tls *
tls_accept(struct tls_server *s, int fd)
{
	struct tls *t = tls_new(tls_server_ctx(s), fd);

	if (t != NULL)
		SSL_set_accept_state(t->ssl);
	return t;
}

struct tls *
tls_connect(struct tls_client *c, int fd, const char *host)
{
	struct tls *t = tls_new(tls_client_ctx(c), fd);
	const char *name = tls_client_name(c);
	X509_VERIFY_PARAM *param;

	if (t == NULL)
		return NULL;
	if (name == NULL)
		name = host;
	param = SSL_get0_param(t->ssl);
	if (X509_VERIFY_PARAM_set1_ip_asc(param, name) != 1) {
		SSL_set_tlsext_host_name(t->ssl, name);
		SSL_set1_host(t->ssl, name);
	}
	tls_client_resume(c, t->ssl);
	SSL_set_connect_state(t->ssl);
	return t;
}

void
tls_free(struct tls *t)
{
	if (t == NULL)
		return;
	SSL_free(t->ssl);
	free(t);
	ERR_clear_error();
}

/* Says why a handshake failed in words an operator can act on. */
static const char *
tls_explain(struct tls *t)
{
	unsigned long code = ERR_peek_error();
	long verify = SSL_get_verify_result(t->ssl);

	t->plain_http = ERR_GET_LIB(code) == ERR_LIB_SSL &&
			ERR_GET_REASON(code) == SSL_R_HTTP_REQUEST;
	if (t->plain_http)
		return "a plain HTTP request on a TLS port";
	if (verify != X509_V_OK)
		snprintf(t->why, sizeof(t->why), "certificate: %s",
		    X509_verify_cert_error_string(verify));
	else if (code != 0)
		snprintf(t->why, sizeof(t->why), "TLS handshake: %s",
		    ERR_reason_error_string(code) != NULL
			? ERR_reason_error_string(code)
			: "failed");
	else
		snprintf(t->why, sizeof(t->why),
		    "TLS handshake: the peer closed the connection");
	return t->why;
}

static void
tls_keep_subject(struct tls *t)
{
	X509 *cert = SSL_get0_peer_certificate(t->ssl);
	BIO *bio;
	int n;

	if (cert == NULL || SSL_get_verify_result(t->ssl) != X509_V_OK)
		return;
	if ((bio = BIO_new(BIO_s_mem())) == NULL)
		return;
	X509_NAME_print_ex(bio, X509_get_subject_name(cert), 0,
	    XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
	n = BIO_read(bio, t->subject, sizeof(t->subject) - 1);
	t->subject[n > 0 ? n : 0] = '\0';
	BIO_free(bio);
}

enum tls_io
tls_handshake(struct tls *t, const char **whyp)
{
	enum tls_io io;
	int r;

	ERR_clear_error();
	r = SSL_do_handshake(t->ssl);
	if (r == 1) {
		tls_keep_subject(t);
		return TLS_OK;
	}
	io = tls_result(t, r);
	if (io == TLS_END || io == TLS_FAILED) {
		*whyp = tls_explain(t);
		io = TLS_FAILED;
	}
	return io;
}

bool
tls_plain_http(const struct tls *t)
{
	return t->plain_http;
}

enum tls_io
tls_read(struct tls *t, void *to, size_t n, size_t *donep)
{
	int r;

	ERR_clear_error();
	r = SSL_read(t->ssl, to, n < INT_MAX ? (int)n : INT_MAX);
	if (r <= 0)
		return tls_result(t, r);
	*donep = (size_t)r;
	return TLS_OK;
}

enum tls_io
tls_write(struct tls *t, const void *p, size_t n, size_t *donep)
{
	int r;

	ERR_clear_error();
	r = SSL_write(t->ssl, p, n < INT_MAX ? (int)n : INT_MAX);
	if (r <= 0)
		return tls_result(t, r);
	*donep = (size_t)r;
	return TLS_OK;
}

bool
tls_pending(const struct tls *t)
{
	return SSL_has_pending(t->ssl);
}

void
tls_close_notify(struct tls *t)
{
	if (SSL_is_init_finished(t->ssl))
		SSL_shutdown(t->ssl);
	ERR_clear_error();
}

struct span
tls_sni(const struct tls *t)
{
	return span_str(SSL_get_servername(t->ssl, TLSEXT_NAMETYPE_host_name));
}

struct span
tls_subject(const struct tls *t)
{
	return span_str(t->subject);
}

struct span
tls_alpn(const struct tls *t)
{
	const unsigned char *p;
	unsigned n;

	SSL_get0_alpn_selected(t->ssl, &p, &n);
	return (struct span){ (const char *)p, n };
}
