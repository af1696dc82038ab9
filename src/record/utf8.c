#include "record/utf8.h"

#include <stdbool.h>

/* The first bytes of longer characters, and what the second byte may be: that
 * is where overlong forms, surrogates and too large values are told apart. */
static const struct utf8_lead {
	unsigned char from, to, low, high, length;
} utf8_leads[] = {
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
	{ 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 },
	{ 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

enum { UTF8_LEADS = sizeof(utf8_leads) / sizeof(*utf8_leads) };

size_t
utf8_length(const char *p, size_t n)
{
	const unsigned char *s = (const unsigned char *)p;
	const struct utf8_lead *lead = utf8_leads;

	if (s[0] < 0x80)
		return 1;
	while (lead < utf8_leads + UTF8_LEADS && s[0] > lead->to)
		lead++;
	if (lead == utf8_leads + UTF8_LEADS || s[0] < lead->from ||
	    n < lead->length || s[1] < lead->low || s[1] > lead->high)
		return 0;
	for (size_t i = 2; i < lead->length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return lead->length;
}

size_t
utf8_put(char to[4], uint32_t c)
{
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char mark[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		to[i] = (char)(0x80 | (c & 0x3f));
	to[0] = (char)(mark[n] | c);
	return n;
}
