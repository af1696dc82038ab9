#!/usr/bin/env python3
"""Makes a page's C source: embed.py KIND PAGE.HTML OUT.C FILES...

The link and script elements of the page that name a file of the list, and the
comment that is nothing but a file's name, become the file's text. KIND says
what the C source defines:

report   the strings of report/page.h, parted by the markers {{title}},
         {{verdict}} and {{data}}
admin    the document of admin/page.h, and a policy for browsers by which its
         own scripts and styles run and nothing else does
"""
import base64
import hashlib
import re
import sys


def literal(data):
    """The bytes of a C array."""
    rows = (data[i:i + 16] for i in range(0, len(data), 16))
    return ",\n\t".join(", ".join(str(b - 256 if b > 127 else b)
                                  for b in row) for row in rows)


def inlined(page, files):
    text = open(page, encoding="utf-8").read()
    for path in files:
        name = re.escape(path.rsplit("/", 1)[-1])
        body = open(path, encoding="utf-8").read()
        found = 0
        for pattern, become in (
                (rf'<link rel="stylesheet" href="{name}">',
                 f"<style>\n{body}</style>"),
                (rf'<script src="{name}"></script>',
                 f"<script>\n{body}</script>"),
                (rf"<!-- {name} -->", f"<!--\n{body}-->")):
            text, n = re.subn(pattern, lambda m: become, text)
            found += n
        if found != 1:
            sys.exit(f"{page}: {path} is named {found} times")
    return text


def report(page, text):
    parts = re.split(r"\{\{(?:title|verdict|data)\}\}", text)
    if len(parts) != 4:
        sys.exit(f"{page}: {len(parts) - 1} markers, not 3")
    yield '#include "report/page.h"\n\n'
    for i, part in enumerate(parts):
        data = part.encode() + b"\0"
        yield f"static const char part_{i}[] = {{\n\t{literal(data)}\n}};\n"
    yield ("const char *const page_parts[PAGE_PARTS] = { part_0, part_1, "
           "part_2,\n\tpart_3 };\n")


def hashes(text, element):
    """What a Content-Security-Policy calls the elements' text (CSP 3, 2.3.1)."""
    return " ".join(
        "'sha256-%s'" % base64.b64encode(
            hashlib.sha256(body.encode()).digest()).decode()
        for body in re.findall(rf"<{element}>(.*?)</{element}>", text, re.S))


def admin(page, text):
    policy = ("default-src 'none'; "
              f"script-src {hashes(text, 'script')}; "
              f"style-src {hashes(text, 'style')}; "
              "img-src data:; connect-src 'self'; base-uri 'none'; "
              "form-action 'none'; frame-ancestors 'none'")
    yield '#include "admin/page.h"\n\n'
    yield f"const char page_bytes[] = {{\n\t{literal(text.encode())}\n}};\n"
    yield "const size_t page_n = sizeof(page_bytes);\n"
    yield 'const char page_type[] = "text/html; charset=utf-8";\n'
    yield f'const char page_policy[] = "{policy}";\n'


def main():
    kind, page, out, *files = sys.argv[1:]
    text = inlined(page, files)
    with open(out, "w", encoding="utf-8") as to:
        to.writelines({"report": report, "admin": admin}[kind](page, text))


main()
