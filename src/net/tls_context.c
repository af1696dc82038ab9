/* TLS contexts: files to certificates, SNI choice, ALPN, verification. */
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "net/tls.h"
#include "net/tls_made.h"
#include "net/tls_private.h"

struct tls_server {
	SSL_CTX **ctx; /* one a certificate; the first is the default */
	unsigned n;
	const struct tls_made *made;
	X509 *(*bad)[TLS_CERTS]; /* beside each certificate; NULL: not made */
	atomic_uint refs;
	bool h2;
};

/* The newest session of an upstream, by the name it was verified for: one that
 * resumes is not verified again. */
struct tls_known {
	struct tls_known *next;
	char *host;
	SSL_SESSION *session;
};

struct tls_client {
	SSL_CTX *ctx;
	char *name;
	pthread_mutex_t lock;
	struct tls_known *known; /* under lock */
};

static void
tls_complain(struct diags *diags, const char *file, const char *what)
{
	unsigned long code = ERR_get_error();
	const char *why = ERR_reason_error_string(code);

	diags_add(diags, DIAG_ERROR, file, 0, 0, "%s: %s", what,
	    why != NULL ? why : "cannot be read");
	ERR_clear_error();
}

static bool
tls_load_pair(
    SSL_CTX *ctx, const char *cert, const char *key, struct diags *diags)
{
	if (key == NULL)
		key = cert;
	if (SSL_CTX_use_certificate_chain_file(ctx, cert) != 1) {
		tls_complain(diags, cert, "no usable certificate");
		return false;
	}
	if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1) {
		tls_complain(diags, key, "no usable private key");
		return false;
	}
	if (SSL_CTX_check_private_key(ctx) != 1) {
		tls_complain(
		    diags, key, "the key does not fit the certificate");
		return false;
	}
	return true;
}

static int
tls_choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *outn,
    const unsigned char *in, unsigned inn, void *arg)
{
	static const unsigned char h1[] = "\x08http/1.1\x08http/1.0";
	static const unsigned char h2[] = "\x02h2\x08http/1.1\x08http/1.0";
	const struct tls_server *s = arg;
	unsigned char *chosen;

	(void)ssl;
	if (SSL_select_next_proto(&chosen, outn, s->h2 ? h2 : h1,
		(s->h2 ? sizeof(h2) : sizeof(h1)) - 1, in,
		inn) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

/* The certificate whose names cover the one asked for (RFC 6066 3). */
static int
tls_choose_cert(SSL *ssl, int *alert, void *arg)
{
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	const struct tls_server *s = arg;
	unsigned i = 0;

	(void)alert;
	while (name != NULL && i < s->n &&
	       X509_check_host(
		   SSL_CTX_get0_certificate(s->ctx[i]), name, 0, 0, NULL) != 1)
		i++;
	if (name != NULL && i < s->n)
		SSL_set_SSL_CTX(ssl, s->ctx[i]);
	tls_show_wanted(ssl);
	return name != NULL ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

static int
tls_version(const char *text)
{
	return text != NULL && strcmp(text, "1.3") == 0 ? TLS1_3_VERSION
							: TLS1_2_VERSION;
}

static void
tls_common(SSL_CTX *ctx)
{
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION |
				     SSL_OP_NO_COMPRESSION |
				     SSL_OP_CIPHER_SERVER_PREFERENCE);
	/* Idle connections hold no record buffers. */
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
				  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				  SSL_MODE_RELEASE_BUFFERS);
}

static bool
tls_server_clients(
    SSL_CTX *ctx, const struct tls_server_conf *conf, struct diags *diags)
{
	int mode = SSL_VERIFY_PEER;

	if (conf->client_auth == TLS_CLIENT_NONE)
		return true;
	if (conf->client_auth == TLS_CLIENT_REQUIRED)
		mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
	SSL_CTX_set_verify(ctx, mode, NULL);
	if (SSL_CTX_load_verify_file(ctx, conf->client_ca) != 1) {
		tls_complain(diags, conf->client_ca, "no usable client CA");
		return false;
	}
	SSL_CTX_set_client_CA_list(
	    ctx, SSL_load_client_CA_file(conf->client_ca));
	return true;
}

static void
tls_use_local(SSL_CTX *ctx, const struct tls_made *made)
{
	X509 *cert = tls_made_local(made);

	if (SSL_CTX_use_cert_and_key(ctx, cert, tls_made_key(made), NULL, 1) !=
	    1)
		abort();
	X509_free(cert);
}

static SSL_CTX *
tls_server_one(struct tls_server *s, const struct tls_server_conf *conf,
    const struct tls_pair *pair, struct diags *diags)
{
	static const unsigned char id[] = "brownout";
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (ctx == NULL)
		abort();
	tls_common(ctx);
	SSL_CTX_set_min_proto_version(ctx, tls_version(conf->min_version));
	SSL_CTX_set_session_id_context(ctx, id, sizeof(id) - 1);
	SSL_CTX_set_alpn_select_cb(ctx, tls_choose_alpn, s);
	SSL_CTX_set_tlsext_servername_callback(ctx, tls_choose_cert);
	SSL_CTX_set_tlsext_servername_arg(ctx, s);
	SSL_CTX_set_client_hello_cb(ctx, tls_hello, NULL);
	if (pair == NULL)
		tls_use_local(ctx, conf->made);
	if ((pair != NULL &&
		!tls_load_pair(ctx, pair->cert, pair->key, diags)) ||
	    !tls_server_clients(ctx, conf, diags)) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	return ctx;
}

struct tls_server *
tls_server_new(const struct tls_server_conf *conf, struct diags *diags)
{
	struct tls_server *s = xcalloc(1, sizeof(*s));
	unsigned n = conf->n_pairs > 0 ? conf->n_pairs : conf->self_signed;

	s->h2 = conf->h2;
	atomic_init(&s->refs, 1);
	s->made = conf->made;
	s->ctx = xcalloc(n, sizeof(SSL_CTX *));
	for (unsigned i = 0; i < n; i++) {
		s->ctx[i] = tls_server_one(
		    s, conf, i < conf->n_pairs ? &conf->pairs[i] : NULL, diags);
		if (s->ctx[i] == NULL) {
			tls_server_free(s);
			return NULL;
		}
		s->n++;
	}
	return s;
}

struct tls_server *
tls_server_ref(struct tls_server *s)
{
	atomic_fetch_add(&s->refs, 1);
	return s;
}

void
tls_server_free(struct tls_server *s)
{
	if (s == NULL || atomic_fetch_sub(&s->refs, 1) > 1)
		return;
	for (unsigned i = 0; i < s->n; i++)
		SSL_CTX_free(s->ctx[i]);
	for (unsigned i = 0; s->bad != NULL && i < s->n; i++)
		for (unsigned k = TLS_CERT_OWN + 1; k < TLS_CERTS; k++)
			X509_free(s->bad[i][k]);
	free(s->bad);
	free(s->ctx);
	free(s);
}

void
tls_server_make_bad(struct tls_server *s)
{
	if (s->bad != NULL || s->made == NULL)
		return;
	s->bad = xcalloc(s->n, sizeof(s->bad[0]));
	for (unsigned i = 0; i < s->n; i++)
		for (unsigned k = TLS_CERT_OWN + 1; k < TLS_CERTS; k++)
			s->bad[i][k] = tls_made_bad(s->made,
			    SSL_CTX_get0_certificate(s->ctx[i]),
			    (enum tls_cert)k);
}

X509 *
tls_server_bad(const struct tls_server *s, const SSL_CTX *ctx,
    enum tls_cert what, EVP_PKEY **keyp)
{
	unsigned i = 0;

	if (s->bad == NULL)
		return NULL;
	while (i < s->n && s->ctx[i] != ctx)
		i++;
	*keyp = tls_made_key(s->made);
	return i < s->n ? s->bad[i][what] : NULL;
}

SSL_CTX *
tls_server_ctx(struct tls_server *s)
{
	return s->ctx[0];
}

/* The host's, made when there is none. Under lock. */
static struct tls_known *
tls_client_known(struct tls_client *c, const char *host)
{
	struct tls_known *k;

	for (k = c->known; k != NULL; k = k->next)
		if (strcmp(k->host, host) == 0)
			return k;
	k = xcalloc(1, sizeof(*k));
	k->host = xstrdup(host);
	k->next = c->known;
	c->known = k;
	return k;
}

static int
tls_new_session(SSL *ssl, SSL_SESSION *session)
{
	struct tls_client *c = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	struct tls_known *k;
	SSL_SESSION *old;

	pthread_mutex_lock(&c->lock);
	k = tls_client_known(c, tls_host(ssl));
	old = k->session;
	k->session = session;
	pthread_mutex_unlock(&c->lock);
	SSL_SESSION_free(old);
	return 1;
}

void
tls_client_resume(struct tls_client *c, SSL *ssl, const char *host)
{
	struct tls_known *k;

	pthread_mutex_lock(&c->lock);
	k = tls_client_known(c, host);
	if (k->session != NULL)
		SSL_set_session(ssl, k->session);
	pthread_mutex_unlock(&c->lock);
}

static bool
tls_client_trust(
    SSL_CTX *ctx, const struct tls_client_conf *conf, struct diags *diags)
{
	SSL_CTX_set_verify(
	    ctx, conf->insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
	if (conf->ca != NULL && SSL_CTX_load_verify_file(ctx, conf->ca) != 1) {
		tls_complain(diags, conf->ca, "no usable CA certificate");
		return false;
	}
	if (conf->ca == NULL)
		SSL_CTX_set_default_verify_paths(ctx);
	return conf->cert == NULL ||
	       tls_load_pair(ctx, conf->cert, conf->key, diags);
}

struct tls_client *
tls_client_new(const struct tls_client_conf *conf, struct diags *diags)
{
	static const unsigned char alpn[] = "\x08http/1.1";
	struct tls_client *c = xcalloc(1, sizeof(*c));

	pthread_mutex_init(&c->lock, NULL);
	if ((c->ctx = SSL_CTX_new(TLS_client_method())) == NULL)
		abort();
	c->name = conf->name != NULL ? xstrdup(conf->name) : NULL;
	tls_common(c->ctx);
	SSL_CTX_set_min_proto_version(c->ctx, TLS1_2_VERSION);
	SSL_CTX_set_alpn_protos(c->ctx, alpn, sizeof(alpn) - 1);
	SSL_CTX_set_app_data(c->ctx, c);
	SSL_CTX_set_session_cache_mode(
	    c->ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
	SSL_CTX_sess_set_new_cb(c->ctx, tls_new_session);
	if (!tls_client_trust(c->ctx, conf, diags)) {
		tls_client_free(c);
		return NULL;
	}
	return c;
}

void
tls_client_free(struct tls_client *c)
{
	struct tls_known *k;

	if (c == NULL)
		return;
	while ((k = c->known) != NULL) {
		c->known = k->next;
		SSL_SESSION_free(k->session);
		free(k->host);
		free(k);
	}
	SSL_CTX_free(c->ctx);
	pthread_mutex_destroy(&c->lock);
	free(c->name);
	free(c);
}

SSL_CTX *
tls_client_ctx(struct tls_client *c)
{
	return c->ctx;
}

const char *
tls_client_name(const struct tls_client *c)
{
	return c->name;
}
