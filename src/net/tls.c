/* One TLS connection: handshake, reading, writing, what was negotiated. */
#include "net/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/xalloc.h"
#include "net/tls_private.h"

struct tls {
	SSL *ssl;
	struct tls_server *server; /* a reference: its callbacks use it */
	bool plain_http, looked;
	bool stop_at_hello, at_hello;
	enum tls_cert show;
	enum tls_io over; /* what every further read says; TLS_OK: not over */
	char *host;       /* of an upstream */
	char sni[256];    /* from the client's hello */
	char subject[512];
};

static enum tls_io
tls_result(struct tls *t, int r)
{
	switch (SSL_get_error(t->ssl, r)) {
	case SSL_ERROR_WANT_READ:
		return TLS_WANT_READ;
	case SSL_ERROR_WANT_WRITE:
		return TLS_WANT_WRITE;
	case SSL_ERROR_WANT_CLIENT_HELLO_CB:
		return TLS_HELLO;
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
	SSL_set_app_data(t->ssl, t);
	return t;
}

struct tls *
tls_accept(struct tls_server *s, int fd)
{
	struct tls *t = tls_new(tls_server_ctx(s), fd);

	if (t != NULL) {
		t->server = tls_server_ref(s);
		SSL_set_accept_state(t->ssl);
	}
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
	t->host = xstrdup(name);
	tls_client_resume(c, t->ssl, name);
	SSL_set_connect_state(t->ssl);
	return t;
}

void
tls_free(struct tls *t)
{
	if (t == NULL)
		return;
	/* Unless told that it ended well, OpenSSL forgets the session. */
	if (t->ssl != NULL && t->over != TLS_FAILED)
		SSL_set_shutdown(t->ssl, SSL_SENT_SHUTDOWN);
	SSL_free(t->ssl);
	tls_server_free(t->server);
	free(t->host);
	free(t);
	ERR_clear_error();
}

/* Reasons outlive connections: records of the journal point at them. There are
 * as many as OpenSSL has words for. */
static const char *
tls_words(const char *about, const char *what)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct words {
		struct words *next;
		char *text;
	} * all;
	char *text = xasprintf("%s: %s", about, what);
	struct words *w;

	pthread_mutex_lock(&lock);
	for (w = all; w != NULL && strcmp(w->text, text) != 0; w = w->next)
		;
	if (w == NULL) {
		w = xcalloc(1, sizeof(*w));
		*w = (struct words){ all, text };
		all = w;
		text = NULL;
	}
	pthread_mutex_unlock(&lock);
	free(text);
	return w->text;
}

/* Says why a handshake failed in words an operator can act on. */
static const char *
tls_explain(const struct tls *t)
{
	unsigned long code = ERR_peek_error();
	const char *reason = ERR_reason_error_string(code);
	long verify = SSL_get_verify_result(t->ssl);

	if (verify != X509_V_OK)
		return tls_words(
		    "certificate", X509_verify_cert_error_string(verify));
	if (code == 0)
		return "TLS handshake: the peer closed the connection";
	return tls_words("TLS handshake", reason != NULL ? reason : "failed");
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

/*
 * The first byte from a client: a letter begins a plain request, which OpenSSL
 * would take and tell of for a few methods only. Until it is there, there is no
 * handshake to go on with either.
 */
static enum tls_io
tls_look(struct tls *t)
{
	char first = 0;
	ssize_t n = recv(SSL_get_fd(t->ssl), &first, 1, MSG_PEEK);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return TLS_WANT_READ;
	t->looked = true;
	first |= 0x20;
	t->plain_http = n == 1 && first >= 'a' && first <= 'z';
	return t->plain_http ? TLS_FAILED : TLS_OK;
}

enum tls_io
tls_handshake(struct tls *t, const char **whyp)
{
	enum tls_io io;
	int r;

	if (t->server != NULL && !t->looked && (io = tls_look(t)) != TLS_OK) {
		*whyp = "a plain HTTP request on a TLS port";
		return io;
	}
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

/* The first host name of the extension (RFC 6066 3), if it is well made. */
static void
tls_keep_sni(struct tls *t, SSL *ssl)
{
	const unsigned char *p;
	size_t n;

	if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &p, &n) !=
		1 ||
	    n < 5 || p[2] != TLSEXT_NAMETYPE_host_name)
		return;
	n -= 5;
	if ((size_t)(p[3] << 8 | p[4]) != n || n >= sizeof(t->sni) ||
	    memchr(p + 5, '\0', n) != NULL)
		return;
	memcpy(t->sni, p + 5, n);
}

int
tls_hello(SSL *ssl, int *alert, void *arg)
{
	struct tls *t = SSL_get_app_data(ssl);

	(void)alert;
	(void)arg;
	if (!t->stop_at_hello || t->at_hello)
		return SSL_CLIENT_HELLO_SUCCESS;
	t->at_hello = true;
	tls_keep_sni(t, ssl);
	return SSL_CLIENT_HELLO_RETRY;
}

void
tls_stop_at_hello(struct tls *t)
{
	t->stop_at_hello = true;
}

bool
tls_show(struct tls *t, enum tls_cert what)
{
	static const unsigned char id[] = "brownout bad";
	EVP_PKEY *key;

	if (tls_server_bad(t->server, tls_server_ctx(t->server), what, &key) ==
	    NULL)
		return false;
	t->show = what;
	/* A resumed session shows no certificate at all. */
	SSL_set_session_id_context(t->ssl, id, sizeof(id) - 1);
	return true;
}

void
tls_show_wanted(SSL *ssl)
{
	struct tls *t = SSL_get_app_data(ssl);
	EVP_PKEY *key;
	X509 *cert;

	if (t->show == TLS_CERT_OWN)
		return;
	cert = tls_server_bad(t->server, SSL_get_SSL_CTX(ssl), t->show, &key);
	SSL_certs_clear(ssl);
	if (SSL_use_cert_and_key(ssl, cert, key, NULL, 1) != 1)
		abort();
}

const char *
tls_host(const SSL *ssl)
{
	const struct tls *t = SSL_get_app_data(ssl);

	return t->host;
}

bool
tls_plain_http(const struct tls *t)
{
	return t->plain_http;
}

enum tls_io
tls_read(struct tls *t, void *to, size_t n, size_t *donep)
{
	enum tls_io io;
	int r;

	if (t->over != TLS_OK)
		return t->over;
	ERR_clear_error();
	r = SSL_read(t->ssl, to, n < INT_MAX ? (int)n : INT_MAX);
	if (r > 0) {
		*donep = (size_t)r;
		return TLS_OK;
	}
	io = tls_result(t, r);
	if (io == TLS_END || io == TLS_FAILED)
		t->over = io;
	return io;
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
	return t->over != TLS_OK || SSL_pending(t->ssl) > 0;
}

enum tls_io
tls_close_notify(struct tls *t)
{
	enum tls_io io = TLS_OK;
	int r;

	if (!SSL_is_init_finished(t->ssl) || t->over == TLS_FAILED)
		return TLS_OK;
	ERR_clear_error();
	r = SSL_shutdown(t->ssl);
	if (r < 0)
		io = tls_result(t, r);
	ERR_clear_error();
	return io == TLS_WANT_WRITE ? io : TLS_OK;
}

struct span
tls_sni(const struct tls *t)
{
	return span_str(
	    SSL_is_init_finished(t->ssl)
		? SSL_get_servername(t->ssl, TLSEXT_NAMETYPE_host_name)
		: t->sni);
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
