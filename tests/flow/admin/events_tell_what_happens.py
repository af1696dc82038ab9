#!/usr/bin/python3
"""Server-sent events: state, counters, verdict; a slow reader is dropped."""
from lib.admin import *

def events(c):
    """(name, data) as they come."""
    r = c.getresponse()
    check(r.headers["Content-Type"] == "text/event-stream")
    name = None
    while True:
        line = r.readline().decode().rstrip("\n")
        if line.startswith("event: "):
            name = line[7:]
        elif line.startswith("data: "):
            yield name, json.loads(line[6:])


with Serve() as s:
    c = connect(s.admin)
    c.request("GET", "/v1/events", headers={"Host": "localhost"})
    stream = events(c)
    name, state = next(stream)
    check(name == "state" and state["name"] is None, name, state)

    def until(want, good):
        for name, data in stream:
            if name == want and good(data):
                return data

    s.api("PUT", "/v1/scenario", STORY.replace(
        "story", "told") + "expect: [{attempts: {max: 1}}]\n")
    state = until("state", lambda d: d["name"] == "told")
    check(state["armed"], state)
    for _ in range(7):
        s.get()
    until("counters", lambda d: d["outcomes"]["injected"] == 7)
    until("verdict", lambda d: d["expectations"])
    s.api("POST", "/v1/off")
    until("state", lambda d: d["off"])
    c.close()

    slow = [socket.create_connection(s.admin.rsplit(":", 1))
            for _ in range(66)]
    for x in slow:
        x.sendall(b"GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
    wait(lambda: s.http("GET", "/v1/events")[0] == 503)
    for x in slow:
        x.close()
    s.api("GET", "/healthz")

    lazy = socket.socket()
    lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    host, port = s.admin.rsplit(":", 1)
    lazy.connect((host, int(port)))
    lazy.sendall(b"GET /v1/events HTTP/1.0\r\nHost: localhost\r\n\r\n")
    rules = "".join(f"- {{rule: r{i}, match: {{path: /x{i}}}, "
                    "inject: {status: 503}}\n" for i in range(3000))
    for i in range(25):
        s.api("PUT", "/v1/scenario", f"scenario: s{i}\nrules:\n" + rules)
        time.sleep(0.11)
    told = b""
    try:
        while piece := lazy.recv(1 << 16):
            told += piece
    except ConnectionResetError:
        pass
    check(b'"s1"' in told and b'"s24"' not in told, len(told))
