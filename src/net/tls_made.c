#include "net/tls_made.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

enum { MADE_DAY = 86400 };

struct tls_made {
	EVP_PKEY *ca_key, *key;
	X509 *ca;
};

/* What goes into one certificate. */
struct made_spec {
	const X509_NAME *subject;
	const char *names;     /* subjectAltName; NULL: as in `like` */
	const X509 *like, *ca; /* ca NULL: signed by its own key */
	EVP_PKEY *key, *ca_key;
	long from_s, to_s; /* seconds from now */
};

/* OpenSSL fails here for want of memory only. */
static void
made_must(int good)
{
	if (good <= 0)
		abort();
}

static void
made_add(X509 *cert, const X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *ext;
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, (X509 *)(uintptr_t)issuer, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	made_must(ext != NULL && X509_add_ext(cert, ext, -1));
	X509_EXTENSION_free(ext);
}

static void
made_serial(X509 *cert)
{
	unsigned char bytes[8];
	uint64_t n;

	made_must(RAND_bytes(bytes, sizeof(bytes)));
	memcpy(&n, bytes, sizeof(n));
	made_must(
	    ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), n >> 1 | 1));
}

static void
made_names(X509 *cert, const struct made_spec *s, const X509 *issuer)
{
	X509_EXTENSION *ext;
	int at;

	if (s->names != NULL) {
		made_add(cert, issuer, NID_subject_alt_name, s->names);
		return;
	}
	at = X509_get_ext_by_NID(s->like, NID_subject_alt_name, -1);
	if ((ext = X509_get_ext(s->like, at)) != NULL)
		made_must(X509_add_ext(cert, ext, -1));
}

static X509 *
made_start(const struct made_spec *s)
{
	X509 *cert = X509_new();
	const X509_NAME *issuer =
	    s->ca != NULL ? X509_get_subject_name(s->ca) : s->subject;

	made_must(cert != NULL && X509_set_version(cert, X509_VERSION_3) &&
		  X509_set_subject_name(cert, s->subject) &&
		  X509_set_issuer_name(cert, issuer) &&
		  X509_set_pubkey(cert, s->key));
	made_serial(cert);
	made_must(
	    X509_gmtime_adj(X509_getm_notBefore(cert), s->from_s) != NULL &&
	    X509_gmtime_adj(X509_getm_notAfter(cert), s->to_s) != NULL);
	return cert;
}

/* A server's certificate. */
static X509 *
made_server(const struct made_spec *s)
{
	X509 *cert = made_start(s);
	const X509 *issuer = s->ca != NULL ? s->ca : cert;

	made_add(cert, issuer, NID_basic_constraints, "critical,CA:FALSE");
	made_add(cert, issuer, NID_key_usage, "critical,digitalSignature");
	made_add(cert, issuer, NID_ext_key_usage, "serverAuth");
	made_add(cert, issuer, NID_subject_key_identifier, "hash");
	made_add(cert, issuer, NID_authority_key_identifier, "keyid");
	made_names(cert, s, issuer);
	made_must(
	    X509_sign(cert, s->ca != NULL ? s->ca_key : s->key, EVP_sha256()));
	return cert;
}

static X509_NAME *
made_name(const char *text)
{
	X509_NAME *name = X509_NAME_new();

	made_must(
	    name != NULL && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
				(const unsigned char *)text, -1, -1, 0));
	return name;
}

static X509 *
made_ca(EVP_PKEY *key)
{
	X509_NAME *name = made_name("brownout test CA");
	struct made_spec s = { .subject = name,
		.key = key,
		.from_s = -2 * 365L * MADE_DAY,
		.to_s = 365L * MADE_DAY };
	X509 *cert = made_start(&s);

	made_add(cert, cert, NID_basic_constraints, "critical,CA:TRUE");
	made_add(cert, cert, NID_key_usage, "critical,keyCertSign,cRLSign");
	made_add(cert, cert, NID_subject_key_identifier, "hash");
	made_must(X509_sign(cert, key, EVP_sha256()));
	X509_NAME_free(name);
	return cert;
}

struct tls_made *
tls_made_new(void)
{
	struct tls_made *m = xcalloc(1, sizeof(*m));

	m->ca_key = EVP_EC_gen("P-256");
	m->key = EVP_EC_gen("P-256");
	made_must(m->ca_key != NULL && m->key != NULL);
	m->ca = made_ca(m->ca_key);
	return m;
}

void
tls_made_free(struct tls_made *m)
{
	if (m == NULL)
		return;
	X509_free(m->ca);
	EVP_PKEY_free(m->ca_key);
	EVP_PKEY_free(m->key);
	free(m);
}

bool
tls_made_write_ca(const struct tls_made *m, const char *file, struct diags *d)
{
	FILE *f = fopen(file, "we");
	bool good = f != NULL && PEM_write_X509(f, m->ca) == 1;

	if (f != NULL)
		good = fclose(f) == 0 && good;
	if (!good)
		diags_add(d, DIAG_ERROR, file, 0, 0, "%s", strerror(errno));
	return good;
}

EVP_PKEY *
tls_made_key(const struct tls_made *m)
{
	return m->key;
}

X509 *
tls_made_local(const struct tls_made *m)
{
	X509_NAME *name = made_name("localhost");
	struct made_spec s = { .subject = name,
		.names = "DNS:localhost,IP:127.0.0.1,IP:::1",
		.ca = m->ca,
		.key = m->key,
		.ca_key = m->ca_key,
		.from_s = -MADE_DAY,
		.to_s = 365L * MADE_DAY };
	X509 *cert = made_server(&s);

	X509_NAME_free(name);
	return cert;
}

X509 *
tls_made_bad(const struct tls_made *m, const X509 *own, enum tls_cert what)
{
	X509_NAME *other = made_name("wrong-host.invalid");
	struct made_spec s = { .subject = X509_get_subject_name(own),
		.like = own,
		.ca = m->ca,
		.key = m->key,
		.ca_key = m->ca_key,
		.from_s = -MADE_DAY,
		.to_s = 365L * MADE_DAY };
	X509 *cert;

	switch (what) {
	case TLS_CERT_EXPIRED:
		s.from_s = -365L * MADE_DAY;
		s.to_s = -MADE_DAY;
		break;
	case TLS_CERT_WRONG_HOST:
		s.subject = other;
		s.names = "DNS:wrong-host.invalid";
		break;
	default:
		s.ca = NULL;
		break;
	}
	cert = made_server(&s);
	X509_NAME_free(other);
	return cert;
}
