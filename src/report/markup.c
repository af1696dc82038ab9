#include "report/markup.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "report/text.h"

void
markup_xml(struct buf *to, const char *s)
{
	struct buf clean;
	uint32_t c;

	buf_init(&clean, 1 << 24);
	text_clean(&clean, s);
	for (size_t i = 0, n; i < clean.n; i += n) {
		n = text_char(clean.data + i, clean.n - i, &c);
		if (c == '&')
			buf_puts(to, "&amp;");
		else if (c == '<')
			buf_puts(to, "&lt;");
		else if (c == '>')
			buf_puts(to, "&gt;");
		else if (c == '"')
			buf_puts(to, "&quot;");
		else if (c == '\'')
			buf_puts(to, "&#39;");
		else if (c != 0xfffe && c != 0xffff)
			buf_put(to, clean.data + i, n);
	}
	buf_clear(&clean);
}

/* Within a word it is no markup, and names have it there. */
static bool
markup_inner(const struct buf *b, size_t i)
{
	return b->data[i] == '_' && i > 0 && i + 1 < b->n &&
	       isalnum((unsigned char)b->data[i - 1]) &&
	       isalnum((unsigned char)b->data[i + 1]);
}

void
markup_markdown(struct buf *to, const char *s)
{
	struct buf clean;

	buf_init(&clean, 1 << 24);
	text_clean(&clean, s);
	for (size_t i = 0; i < clean.n; i++) {
		char c = clean.data[i];

		/* Mentions and references are looked for in the text that
		 * results, so a word joiner has to part them; links in the
		 * source, where an entity is no character of theirs. */
		if (memchr("@#", c, 2) != NULL)
			buf_printf(to, "%c&#8288;", c);
		else if (memchr("<>&|:\"'", c, 7) != NULL ||
			 (c == '.' && i > 0 && (clean.data[i - 1] | 32) == 'w'))
			buf_printf(to, "&#%u;", (unsigned)c);
		else if (!markup_inner(&clean, i) &&
			 memchr("\\`*_{}[]()~!$", c, 13) != NULL)
			buf_printf(to, "\\%c", c);
		else
			buf_putc(to, c);
	}
	buf_clear(&clean);
}
