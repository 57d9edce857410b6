"""A proxy in front of one program that kills it while it works on a request: no such request gets its answer."""

import http.server
import re
import select
import socket
import threading
import time

# The program has the request and has done nothing yet; it has done everything, and its answer is about to leave; the middle.
MOMENTS = ("at once", "before the answer", "half-way")
# NIA reads our metadata by itself, and a person that it turns away meanwhile is on its page, not on ours.
SPARED = {"GET /upstream/nia/metadata"}
# What is normal in no test, so that a hang becomes a failure.
HANG = 60


class DeadlyProxy:
    """Listens on a port and hands requests to a program. While `armed`, the first tries of each step end in a kill, each at
    another moment; then the step is let through. `broken` has what was struck by step."""

    def __init__(self, port, program):
        self.program, self.armed = program, False
        self.broken, self.lasts, self.lock = {}, {}, threading.Lock()
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            # HTTP/1.0: every request is a connection of its own.
            def pass_on(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                lines = [f"{name}: {value}" for name, value in self.headers.items() if name.lower() != "connection"]
                head = "\r\n".join([f"{self.command} {self.path} HTTP/1.1", *lines, "Connection: close", "", ""])
                proxy.carry(step_of(self.command, self.path), head.encode() + body, self.connection)
                self.close_connection = True

            do_GET = do_POST = do_HEAD = pass_on

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)

    def carry(self, step, request, browser):
        try:
            with socket.create_connection(("127.0.0.1", self.program.port), timeout=HANG) as program:
                began = time.monotonic()
                program.sendall(request)
                moment = self.next_moment(step)
                if moment:
                    patience = {"at once": 0, "half-way": self.lasts.get(step, 0) / 2}.get(moment, HANG)
                    if select.select([program], [], [], patience)[0]:
                        self.lasts[step] = time.monotonic() - began
                    self.program.kill()
                    return
                while octets := program.recv(65536):
                    browser.sendall(octets)
        except OSError:
            # The program is gone, or the browser: either way there is nothing to carry any more.
            return

    def next_moment(self, step):
        """The moment to strike at, of those that this step has not had. One strike at a time: the program has to be there."""
        with self.lock:
            if not self.armed or step in SPARED or self.program.process.poll() is not None:
                return None
            struck = self.broken.setdefault(step, [])
            left = [moment for moment in MOMENTS if moment not in struck]
            if not left:
                return None
            struck.append(left[0])
            return left[0]

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def step_of(method, path):
    """A step whatever login, departure or key it is of."""
    return f"{method} {re.sub(r'[A-Za-z0-9_-]{30,}', '…', path.partition('?')[0])}"
