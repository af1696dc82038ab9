/* The verdict so far, the stream of events, the page. */
#include <string.h>

#include "admin/api.h"
#include "admin/page.h"
#include "report/json.h"

void
api_verdict(struct api_call *call)
{
	struct play *play;
	struct verdict *v = control_verdict(call->control, false, &play);

	if (v == NULL) {
		api_error(call, 404, "no verdict",
		    "no scenario is loaded, so nothing is judged");
		return;
	}
	call->status = 200;
	call->type = "application/json";
	json_put(&call->text, v, play_scenario(play));
	verdict_free(v);
	play_unref(play);
}

void
api_events(struct api_call *call)
{
	call->status = 200;
	call->type = "text/event-stream";
	call->stream = true;
}

void
api_page(struct api_call *call)
{
	call->status = 200;
	call->type = page_type;
	call->policy = page_policy;
	buf_put(&call->text, page_bytes, page_n);
}
