#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "net/tls_made.h"

/* The CA as a client gets it. */
static X509 *
read_ca(const struct tls_made *m)
{
	char path[] = "/tmp/made-XXXXXX";
	struct diags diags = { .v = NULL };
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "r");
	X509 *ca;

	assert_non_null(f);
	assert_true(tls_made_write_ca(m, path, &diags));
	ca = PEM_read_X509(f, NULL, NULL, NULL);
	fclose(f);
	unlink(path);
	assert_non_null(ca);
	return ca;
}

/* What a client that trusts the CA finds wrong first; X509_V_OK: nothing. */
static int
verify(X509 *ca, X509 *cert, const char *host)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int error;

	X509_STORE_add_cert(store, ca);
	X509_STORE_CTX_init(ctx, store, cert, NULL);
	X509_VERIFY_PARAM_set1_host(X509_STORE_CTX_get0_param(ctx), host, 0);
	X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_SERVER);
	X509_verify_cert(ctx);
	error = X509_STORE_CTX_get_error(ctx);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return error;
}

static void
each_has_its_one_flaw(void **state)
{
	static const struct {
		enum tls_cert what;
		int error;
		bool same_name;
	} cases[] = {
		{ TLS_CERT_EXPIRED, X509_V_ERR_CERT_HAS_EXPIRED, true },
		{ TLS_CERT_WRONG_HOST, X509_V_ERR_HOSTNAME_MISMATCH, false },
		{ TLS_CERT_SELF_SIGNED, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
		    true },
	};
	struct tls_made *m = tls_made_new();
	X509 *ca = read_ca(m), *own = tls_made_local(m), *bad;

	(void)state;
	assert_int_equal(verify(ca, own, "localhost"), X509_V_OK);
	assert_int_equal(
	    verify(ca, own, "else.test"), X509_V_ERR_HOSTNAME_MISMATCH);
	assert_int_equal(X509_check_ip_asc(own, "127.0.0.1", 0), 1);
	assert_int_equal(X509_check_ip_asc(own, "::1", 0), 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bad = tls_made_bad(m, own, cases[i].what);
		assert_int_equal(verify(ca, bad, "localhost"), cases[i].error);
		assert_int_equal(X509_check_host(bad, "localhost", 0, 0, NULL),
		    cases[i].same_name);
		assert_int_equal(X509_NAME_cmp(X509_get_subject_name(bad),
				     X509_get_subject_name(own)) == 0,
		    cases[i].same_name);
		assert_int_equal(
		    X509_check_private_key(bad, tls_made_key(m)), 1);
		X509_free(bad);
	}
	X509_free(own);
	X509_free(ca);
	tls_made_free(m);
}

static void
two_processes_share_nothing(void **state)
{
	struct tls_made *a = tls_made_new(), *b = tls_made_new();
	X509 *ca = read_ca(a), *own = tls_made_local(b);

	(void)state;
	assert_int_not_equal(verify(ca, own, "localhost"), X509_V_OK);
	X509_free(own);
	X509_free(ca);
	tls_made_free(a);
	tls_made_free(b);
}

static void
a_file_that_cannot_be_written_is_told(void **state)
{
	struct tls_made *m = tls_made_new();
	struct diags diags = { .v = NULL };

	(void)state;
	assert_false(tls_made_write_ca(m, "/nonexistent/ca.pem", &diags));
	assert_int_equal(diags.n_errors, 1);
	diags_clear(&diags);
	tls_made_free(m);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_its_one_flaw),
		cmocka_unit_test(two_processes_share_nothing),
		cmocka_unit_test(a_file_that_cannot_be_written_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
