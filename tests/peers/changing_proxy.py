"""A proxy that hands every request to another replica than the one before."""

import http.client
import http.server
import itertools
import threading

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


class ChangingProxy:
    """Listens on a port; every request goes to the next of `ports`. `served` counts the requests of each."""

    def __init__(self, port, ports):
        self.served = dict.fromkeys(ports, 0)
        turns, lock = itertools.cycle(ports), threading.Lock()

        def next_replica():
            with lock:
                replica = next(turns)
                self.served[replica] += 1
                return replica

        class Handler(http.server.BaseHTTPRequestHandler):
            # HTTP/1.0: every request is a connection of its own.
            def pass_on(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                replica = http.client.HTTPConnection("127.0.0.1", next_replica(), timeout=60)
                replica.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    if name.lower() not in HOP_BY_HOP:
                        replica.putheader(name, value)
                replica.putheader("Content-Length", str(len(body)))
                replica.endheaders(body)
                answer = replica.getresponse()
                content = answer.read()
                self.send_response_only(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in HOP_BY_HOP:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
                replica.close()

            do_GET = do_POST = do_HEAD = pass_on

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
