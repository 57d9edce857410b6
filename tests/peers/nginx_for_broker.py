"""nginx with the configuration of deploy/nginx: what it logs and what it adds, in front of somebody who answers everything."""

import http.server
import pathlib
import re
import subprocess
import threading

import pytest
import requests

from house import REPOSITORY, make_certificates, wait_until
from ports import free_port

CONFIGURATION = REPOSITORY / "deploy/nginx/city-identity.conf"
TOKEN = "tOkEn-0123456789-ABCDEFGHIJ-abcdefghij"
# Parts of addresses that open something for whoever has them. The others name a thing that its owner alone may touch.
TOKENS = {"login", "handle", "ticket", "token", "id"}
NAMES = {"provider", "branch", "contact", "session", "link", "merge", "mandate", "client", "proposal"}


class Program(http.server.BaseHTTPRequestHandler):
    """A program that sends the header itself."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Strict-Transport-Security", "max-age=63072000")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Nginx:
    """The committed configuration on ports and with certificates of this test."""

    def __init__(self, folder, program):
        self.folder, self.plain, self.tls = folder, free_port(), free_port()
        make_certificates(folder)
        served = CONFIGURATION.read_text()
        for pattern, text in [
            (r"^ *listen \[::\].*\n", ""), (r"listen 80;", f"listen 127.0.0.1:{self.plain};"),
            (r"listen 443 ", f"listen 127.0.0.1:{self.tls} "), (r"server 127\.0\.0\.1:\d+;", f"server 127.0.0.1:{program};"),
            (r"/etc/letsencrypt/live/[a-z.]+/fullchain\.pem", f"{folder}/server.pem"),
            (r"/etc/letsencrypt/live/[a-z.]+/privkey\.pem", f"{folder}/server.key"), (r"/var/log/nginx/", f"{folder}/"),
        ]:
            served, count = re.subn(pattern, text, served, flags=re.MULTILINE)
            assert count, f"{pattern} is not in {CONFIGURATION}"
        assert not re.search(r"^[^#]*/(etc|var)/", served, re.MULTILINE), served
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
        self.file = folder / "nginx.conf"
        self.file.write_text(f"daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log stderr;\nevents {{}}\n"
                             f"http {{\naccess_log {folder}/other.log;\n{temporary}{served}}}\n")

    def command(self, *more):
        return ["/usr/sbin/nginx", "-e", "stderr", "-p", str(self.folder), "-c", str(self.file), *more]

    def __enter__(self):
        with open(self.folder / "stderr", "wb") as stderr:
            self.process = subprocess.Popen(self.command(), stderr=stderr)
        wait_until("nginx listens", self.listens)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=60)

    def listens(self):
        assert self.process.poll() is None, (self.folder / "stderr").read_text()
        try:
            return requests.get(f"http://127.0.0.1:{self.plain}/", allow_redirects=False, timeout=10).status_code == 308
        except requests.RequestException:
            return False

    def get(self, path, host="identita.mesto.example", plain=False):
        base = f"http://127.0.0.1:{self.plain}" if plain else f"https://127.0.0.1:{self.tls}"
        return requests.get(base + path, headers={"Host": host}, verify=str(self.folder / "ca.pem"), allow_redirects=False,
                            timeout=30)

    def logged(self, paths):
        """The paths of the newest lines, once there are so many."""
        log = self.folder / "city-identity.log"
        lines = wait_until("all is logged", lambda: (found := log.read_text().splitlines()) and len(found) >= paths and found)
        return [line.split()[3] for line in lines]

    def all_logs(self):
        return "".join(file.read_text() for file in [*self.folder.glob("*.log"), self.folder / "stderr"])


@pytest.fixture
def program():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Program)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture
def nginx(tmp_path, program):
    with Nginx(tmp_path, program) as running:
        yield running


def addresses():
    """The addresses of both programs, as their references list them."""
    for name in ("endpoints", "portal-endpoints"):
        text = pathlib.Path(REPOSITORY / f"docs/reference/{name}.md").read_text()
        yield from re.findall(r"^\| [A-Z, ]+ \| `(/[^`]*)`", text, re.MULTILINE)


def filled(address):
    """An address with a token in each place of one, and a harmless name in the others."""
    def fill(found):
        assert found[1] in TOKENS | NAMES, f"is {{{found[1]}}} of {address} a token?"
        return TOKEN if found[1] in TOKENS else "name"
    return re.sub(r"\{([a-z]+)\}", fill, address)


def test_the_configuration_is_one(tmp_path, program):
    judged = subprocess.run(Nginx(tmp_path, program).command("-t"), capture_output=True, text=True, timeout=60)

    assert judged.returncode == 0 and "[warn]" not in judged.stderr, judged.stderr


def test_no_log_keeps_what_opens_something(nginx):
    paths = [filled(address) for address in addresses()]
    assert len(paths) > 60 and sum(TOKEN in path for path in paths) > 12, paths

    for path in paths:
        assert nginx.get(path + "?code=" + TOKEN).status_code == 200
    for path in paths:
        assert nginx.get(path + "?code=" + TOKEN, plain=True).status_code == 308
    logged = nginx.logged(2 * len(paths) + 1)[-2 * len(paths):]

    assert TOKEN not in nginx.all_logs() and TOKEN[13:] not in nginx.all_logs()
    for path, told in zip(paths * 2, logged, strict=True):
        if TOKEN not in path:
            assert told == path
    assert f"/login/{TOKEN[:12]}***/choose" in logged and f"/login/{TOKEN[:12]}***/answer" in logged
    assert "/account/contacts/undo/***" in logged and "/account/link/***/confirm" in logged
    assert "/oauth2/logout/***/further" in logged and "/oauth2/logout/done" in logged


def test_a_program_that_is_away_leaves_no_token_in_the_log_of_errors(tmp_path):
    with Nginx(tmp_path, free_port()) as nginx:
        assert nginx.get(f"/account/contacts/undo/{TOKEN}?code={TOKEN}").status_code == 502
        assert nginx.logged(2)[-1] == "/account/contacts/undo/***"

        assert TOKEN not in nginx.all_logs()


@pytest.mark.parametrize("host", ["identita.mesto.example", "portal.mesto.example"])
def test_transport_security_is_said_once(nginx, host):
    answer = nginx.get("/", host=host)

    assert answer.raw.headers.getlist("Strict-Transport-Security") == ["max-age=63072000"]
