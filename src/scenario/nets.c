#include "scenario/nets.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/units.h"

#define NETS_WANTED \
	"expected an address or a network such as 10.0.0.0/8 or fd00::/8"

static bool
nets_is_loose(const struct address *a, unsigned bits)
{
	for (unsigned i = bits; i < a->n * 8u; i++)
		if ((a->bytes[i / 8] >> (7 - i % 8) & 1) != 0)
			return true;
	return false;
}

const char *
nets_parse(struct span text, struct address *to, uint8_t *bitsp, bool *loosep)
{
	const char *slash = memchr(text.p, '/', text.n);
	size_t n = slash != NULL ? (size_t)(slash - text.p) : text.n;
	char host[INET6_ADDRSTRLEN];
	int64_t bits;

	if (n == 0 || n >= sizeof(host))
		return NETS_WANTED;
	memcpy(host, text.p, n);
	host[n] = '\0';
	*to = (struct address){ 0 };
	if (inet_pton(AF_INET, host, to->bytes) == 1)
		to->n = 4;
	else if (inet_pton(AF_INET6, host, to->bytes) == 1)
		to->n = 16;
	else
		return NETS_WANTED;
	bits = to->n * 8;
	if (slash != NULL &&
	    units_int((struct span){ slash + 1, text.n - n - 1 }, 0, to->n * 8,
		&bits) != NULL)
		return to->n == 4 ? "the prefix length of an IPv4 network is "
				    "from 0 to 32"
				  : "the prefix length of an IPv6 network is "
				    "from 0 to 128";
	*bitsp = (uint8_t)bits;
	*loosep = nets_is_loose(to, (unsigned)bits);
	return NULL;
}
