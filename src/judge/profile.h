/* The ready sets of expectations (recovery.md 4.10). */
#ifndef JUDGE_PROFILE_H
#define JUDGE_PROFILE_H

#include "scenario/expect.h"

/* `rfc`, `api-client`, `sre`, `payments`; "" for none. */
const char *profile_name(int profile);
/* What the profile expects, *np of them; static. */
const struct expect *profile_expects(int profile, unsigned *np);

#endif
