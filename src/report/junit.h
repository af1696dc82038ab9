/* The verdict as JUnit XML for continuous integration. */
#ifndef REPORT_JUNIT_H
#define REPORT_JUNIT_H

#include "base/buf.h"
#include "judge/verdict.h"
#include "scenario/scenario.h"

/*
 * Appends junit.xml: the suite is the scenario, a case an expectation. One that
 * failed has <failure>; one that is inconclusive or not exercised <error>, or,
 * with `inconclusive: warn`, <skipped>, which is also what an expectation of
 * the profile that nothing met gets. A case named "verdict" says what belongs
 * to no expectation, such as lost records.
 */
void junit_put(
    struct buf *to, const struct verdict *v, const struct scenario *scenario);

#endif
