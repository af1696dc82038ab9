/* The keys at the top of a scenario. Loading is declared in scenario.h. */
#ifndef SCENARIO_LOAD_H
#define SCENARIO_LOAD_H

#include "scenario/params.h"
#include "scenario/scenario.h"

extern const struct grammar load_grammar;

#endif
