/* The JSON schema of the scenario language, made from the tables that the
 * loader reads by. */
#ifndef SCENARIO_SCHEMA_H
#define SCENARIO_SCHEMA_H

/* The schema (draft 07) as text with a final newline; the caller frees it. */
char *schema_text(void);

#endif
