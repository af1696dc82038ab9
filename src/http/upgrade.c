#include "http/upgrade.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include "base/buf.h"

void
websocket_accept(struct span key, char to[WEBSOCKET_ACCEPT_LEN])
{
	unsigned char digest[SHA_DIGEST_LENGTH];
	unsigned char text[WEBSOCKET_ACCEPT_LEN + 1];
	struct buf both;

	buf_init(&both, key.n + 36);
	buf_span(&both, key);
	buf_puts(&both, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
	SHA1((const unsigned char *)both.data, both.n, digest);
	EVP_EncodeBlock(text, digest, SHA_DIGEST_LENGTH);
	memcpy(to, text, WEBSOCKET_ACCEPT_LEN);
	buf_clear(&both);
}
