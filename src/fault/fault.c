#include "fault/fault.h"

#define FAULT(name) extern const struct fault_type fault_##name;
#include "fault/faults.def"
#undef FAULT

const struct fault_type *const fault_types[] = {
#define FAULT(name) &fault_##name,
#include "fault/faults.def"
#undef FAULT
	NULL
};

const struct fault_type *
fault_find(struct span name)
{
	for (const struct fault_type *const *t = fault_types; *t != NULL; t++)
		if (span_eq(span_str((*t)->name), name))
			return *t;
	return NULL;
}

struct step
fault_reply(struct fault *f, struct reply_spec *spec)
{
	spec->mark = f->mark;
	reply_make(f->reply, spec, f->facts, f->facts->head->keep_alive);
	return (struct step){ .kind = STEP_REPLY, .reply = f->reply };
}
