/* What the admin API answers, for people. */
#ifndef CLI_CTL_SHOW_H
#define CLI_CTL_SHOW_H

#include <jansson.h>

void ctl_show_state(const json_t *answer);
void ctl_show_rules(const json_t *answer);
void ctl_show_rule(const json_t *answer);
void ctl_show_verdict(const json_t *answer);
void ctl_show_attempts(const json_t *answer);
/* An error with its reason and all problems, on stderr. */
void ctl_show_error(unsigned status, const json_t *answer);

#endif
