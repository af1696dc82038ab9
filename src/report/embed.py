#!/usr/bin/env python3
"""Makes the page's C source: embed.py REPORT.HTML OUT.C CSS JS...

The link and script elements of the page that name a file of the list become
the file's text; the markers {{title}}, {{verdict}} and {{data}} part the
result into the strings of page.h.
"""
import re
import sys


def literal(text):
    """The text as the bytes of a C array."""
    data = text.encode() + b"\0"
    rows = (data[i:i + 16] for i in range(0, len(data), 16))
    return ",\n\t".join(", ".join(str(b - 256 if b > 127 else b)
                                  for b in row) for row in rows)


def main():
    page, out, *files = sys.argv[1:]
    text = open(page, encoding="utf-8").read()
    for path in files:
        name = re.escape(path.rsplit("/", 1)[-1])
        body = open(path, encoding="utf-8").read()
        text, n = re.subn(
            rf'<link rel="stylesheet" href="{name}">',
            lambda m: f"<style>\n{body}</style>", text)
        if n == 0:
            text, n = re.subn(rf'<script src="{name}"></script>',
                              lambda m: f"<script>\n{body}</script>", text)
        if n != 1:
            sys.exit(f"{page}: {path} is named {n} times")
    parts = re.split(r"\{\{(?:title|verdict|data)\}\}", text)
    if len(parts) != 4:
        sys.exit(f"{page}: {len(parts) - 1} markers, not 3")
    with open(out, "w", encoding="utf-8") as to:
        to.write('#include "report/page.h"\n\n')
        for i, part in enumerate(parts):
            to.write(f"static const char part_{i}[] = {{\n\t{literal(part)}\n}};\n")
        to.write("const char *const page_parts[PAGE_PARTS] = { part_0, "
                 "part_1, part_2,\n\tpart_3 };\n")


main()
