/* The live page as it was built: one document with all it needs. */
#ifndef ADMIN_PAGE_H
#define ADMIN_PAGE_H

#include <stddef.h>

extern const char page_bytes[];
extern const size_t page_n;
/* Content-Type and Content-Security-Policy. */
extern const char page_type[], page_policy[];

#endif
