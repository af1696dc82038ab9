"""Messages as bytes: a strict little HTTP/1 reader for both ends of the wire.

It reads what a proxy wrote, so it forgives nothing: a proxy that writes
something this reader refuses has failed the case.
"""

import re


class Malformed(Exception):
    """The proxy wrote something that is not HTTP/1.1."""


FIELD = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*?)[ \t]*\Z",
                   re.DOTALL)
STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3}) (.*)\Z", re.DOTALL)
REQUEST = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([^ ]+) "
                     rb"(HTTP/1\.[01])\Z", re.DOTALL)
SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(;[^\r\n]*)?\Z")


class Message:
    """One message; body (without chunk framing) and raw once complete."""

    def __init__(self):
        self.start = b""
        self.fields = []
        self.trailers = []
        self.body = b""
        self.raw = b""
        self.framing = "none"
        self.complete = False
        self.extensions = []

    def all(self, name):
        """The values of every field line of this name, in order."""
        low = name.lower()
        return [v for n, v in self.fields if n.lower() == low]

    def get(self, name):
        """The first value, or None."""
        values = self.all(name)
        return values[0] if values else None

    def has(self, name):
        return bool(self.all(name))

    def names(self):
        return [n for n, _ in self.fields]

    def tokens(self, name):
        """A list field split at its commas, in lower case."""
        out = []
        for value in self.all(name):
            out += [t.strip().lower() for t in value.split(b",") if t.strip()]
        return out


class Request(Message):
    method = target = version = b""


class Response(Message):
    status = 0
    reason = b""
    version = b""


def parse_fields(block):
    fields = []
    for line in block.split(b"\r\n") if block else []:
        match = FIELD.match(line)
        if not match or re.search(rb"[\0\r\n]", match.group(2)):
            raise Malformed("field line %r" % line[:200])
        fields.append((match.group(1), match.group(2)))
    return fields


def parse_head(message, buf, pos):
    """Reads a head at pos; the offset after it, or None if not whole."""
    end = buf.find(b"\r\n\r\n", pos)
    if end < 0:
        return None
    block = bytes(buf[pos:end])
    message.start, _, rest = block.partition(b"\r\n")
    message.fields = parse_fields(rest)
    return end + 4


def parse_chunks(message, buf, pos):
    """Walks a chunked body; the offset after it, or None if not whole."""
    spans = []
    while True:
        line_end = buf.find(b"\r\n", pos)
        if line_end < 0:
            break
        match = SIZE.match(bytes(buf[pos:line_end]))
        if not match:
            raise Malformed("chunk size %r" % bytes(buf[pos:line_end][:200]))
        if match.group(2):
            message.extensions.append(match.group(2))
        size = int(match.group(1), 16)
        pos = line_end + 2
        if size == 0:
            end = pos if buf[pos:pos + 2] == b"\r\n" else \
                buf.find(b"\r\n\r\n", pos)
            if end < 0:
                break
            message.trailers = parse_fields(bytes(buf[pos:end]))
            message.body = b"".join(bytes(buf[a:b]) for a, b in spans)
            return end + 2 if end == pos else end + 4
        if len(buf) < pos + size + 2:
            break
        if buf[pos + size:pos + size + 2] != b"\r\n":
            raise Malformed("no CRLF after a chunk")
        spans.append((pos, pos + size))
        pos += size + 2
    return None


def content_length(message):
    values = message.all(b"content-length")
    if not values:
        return None
    if len(values) > 1 or not re.fullmatch(rb"[0-9]{1,18}", values[0]):
        raise Malformed("Content-Length %r" % values)
    return int(values[0])


def parse_sized(message, buf, pos, size):
    message.framing = "length"
    if len(buf) < pos + size:
        return None
    message.body = bytes(buf[pos:pos + size])
    return pos + size


def finish(message, buf, start, end):
    """Sets complete and raw; the offset after the message.

    What is not whole is not copied: a large body is looked at often.
    """
    message.complete = end is not None
    if end is None:
        return len(buf)
    message.raw = bytes(buf[start:end])
    return end


def parse_request(buf, pos=0):
    """(request or None, offset after it). None: not even a whole head."""
    request = Request()
    body = parse_head(request, buf, pos)
    if body is None:
        return None, pos
    match = REQUEST.match(request.start)
    if not match:
        raise Malformed("request line %r" % request.start[:200])
    request.method, request.target, request.version = match.groups()
    size = content_length(request)
    coding = request.tokens(b"transfer-encoding")
    if coding:
        if size is not None:
            raise Malformed("Transfer-Encoding and Content-Length")
        if coding[-1] != b"chunked" or coding.count(b"chunked") != 1:
            raise Malformed("Transfer-Encoding %r" % coding)
        request.framing = "chunked"
        end = parse_chunks(request, buf, body)
    elif size is not None:
        end = parse_sized(request, buf, body, size)
    else:
        end = body
    return request, finish(request, buf, pos, end)


def parse_response(buf, method=b"GET", pos=0, eof=False):
    """(response or None, offset after it), as parse_request.

    A body that ends with the connection is complete only with eof.
    """
    response = Response()
    body = parse_head(response, buf, pos)
    if body is None:
        return None, pos
    match = STATUS.match(response.start)
    if not match:
        raise Malformed("status line %r" % response.start[:200])
    response.version = response.start[:8]
    response.status = int(match.group(1))
    response.reason = match.group(2)
    coding = response.tokens(b"transfer-encoding")
    if method == b"HEAD" or response.status < 200 or \
            response.status in (204, 304):
        end = body
    elif coding:
        if response.has(b"content-length"):
            raise Malformed("Transfer-Encoding and Content-Length")
        if coding != [b"chunked"]:
            raise Malformed("Transfer-Encoding %r" % coding)
        response.framing = "chunked"
        end = parse_chunks(response, buf, body)
    elif response.has(b"content-length"):
        end = parse_sized(response, buf, body, content_length(response))
    else:
        response.framing = "close"
        end = len(buf) if eof else None
        if eof:
            response.body = bytes(buf[body:])
    return response, finish(response, buf, pos, end)


def chunked(*parts, trailers=b"", last=True):
    """The parts as chunks."""
    out = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in parts)
    return out + (b"0\r\n" + trailers + b"\r\n" if last else b"")
