#include "report/html.h"

#include "report/json.h"
#include "report/markup.h"
#include "report/page.h"
#include "report/text.h"

void
html_put(
    struct buf *to, const struct verdict *v, const struct scenario *scenario)
{
	struct buf line;

	buf_init(&line, 1 << 16);
	text_verdict(&line, v);
	buf_putc(&line, '\0');
	buf_puts(to, page_parts[0]);
	markup_xml(to, text_result(v->overall));
	buf_puts(to, ": ");
	markup_xml(to, v->scenario);
	buf_puts(to, page_parts[1]);
	markup_xml(to, line.data);
	buf_puts(to, page_parts[2]);
	json_put_inline(to, v, scenario);
	buf_puts(to, page_parts[3]);
	buf_clear(&line);
}
