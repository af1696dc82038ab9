/* In place of the live page where it was not built. */
#include "admin/page.h"

const char page_bytes[] =
    "This brownout was built without its live page: uPlot, which draws its\n"
    "charts, was not there. `npm ci --ignore-scripts` in the sources fetches\n"
    "it; then build again. The API is here:\n"
    "GET /v1/scenario, /v1/rules, /v1/verdict, /v1/events, /metrics\n";
const size_t page_n = sizeof(page_bytes) - 1;
const char page_type[] = "text/plain; charset=utf-8";
const char page_policy[] = "default-src 'none'";
