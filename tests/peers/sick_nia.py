"""NIA is down, slow, sends a page for people or far too much: everything besides keeps going, and it recovers by itself."""

import http.server
import re
import secrets
import socketserver
import statistics
import threading
import time

import pytest
import requests

from citizen import Browser
from house import PATIENCE, House, free_port, wait_until

SECRET = secrets.token_hex(32)
CLIENT = f"""
[client.machine]
organisation = "town"
name = {{ cs = "Stroj" }}
client_secret = "{SECRET}"
grant_types = ["client_credentials"]
"""
METADATA = "/FPSTS/FederationMetadata/2007-06/FederationMetadata.xml"
WRONG = {
    "html": b"<!doctype html><title>Odst\xc3\xa1vka</title><h1>Odst\xc3\xa1vka</h1>",
    "huge": b"<!-- " + b"x" * 10_000_000 + b" -->",
}
ILLNESSES = ("down", "slow", *WRONG)
# Noise of a busy machine passes; waiting for a source that does not answer does not.
GENEROUS, FLOOR = 10, 0.05
ASKED = 7


class Source:
    """Where the broker fetches metadata, sick in one way until it recovers. `down` does not even listen."""

    def __init__(self, illness, metadata):
        self.illness, self.metadata, self.port, self.server = illness, metadata, free_port(), None
        self.over = threading.Event()
        self.url = f"http://127.0.0.1:{self.port}{METADATA}"
        if illness != "down":
            self.listen()

    def listen(self):
        source = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                illness = source.illness
                body = WRONG.get(illness, source.metadata)
                self.send_response(200)
                self.send_header("Content-Type", "text/html" if illness == "html" else "application/samlmetadata+xml")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    if illness == "slow":
                        source.trickle(self.wfile, body)
                    else:
                        self.wfile.write(body)
                except OSError:
                    pass  # The broker has had enough.

            def log_message(self, *_):
                pass

        class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
            daemon_threads = True
            allow_reuse_address = True

        self.server = Server(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def trickle(self, out, body):
        """One octet a second."""
        for place in range(len(body)):
            out.write(body[place:place + 1])
            if self.over.wait(1):
                return

    def recover(self):
        self.illness = None
        self.over.set()
        if self.server is None:
            self.listen()

    def stop(self):
        self.over.set()
        if self.server:
            self.server.shutdown()
            self.server.server_close()


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """A broker with one provider for each illness. It has never seen good metadata."""
    house = House(tmp_path_factory.mktemp("town"))
    house.sources = {}
    try:
        house.sandbox.start()
        metadata = requests.get(house.sandbox_url + METADATA, timeout=PATIENCE).content
        toml = house.broker.config.read_text()
        section, = re.findall(r"^\[provider\.nia\]\n.*?\n\n", toml, flags=re.MULTILINE | re.DOTALL)
        sections = ""
        for illness in ILLNESSES:
            source = house.sources[illness] = Source(illness, metadata)
            sections += section.replace("provider.nia", f"provider.{illness}").replace(
                house.sandbox_url + METADATA + '"', f'{source.url}"\norigins = ["{house.sandbox_url}"]')
        house.broker.config.write_text(toml.replace(section, sections) + CLIENT)
        # It starts although nothing it depends on is well.
        house.broker.start()
        yield house
    finally:
        for source in house.sources.values():
            source.stop()
        house.__exit__()


def chosen(town, provider):
    """The browser of a person who chose a provider, with the page after it."""
    browser = Browser()
    browser.open(town.broker_url + "/account")
    browser.press(f"//button[@id='provider-{provider}']")
    return browser


def medians(town):
    """Seconds that the other addresses take, each the median of a few."""
    browser = Browser()

    def choice():
        assert browser.open(town.broker_url + "/account").has("provider-demo")

    def discovery():
        assert requests.get(town.broker_url + "/.well-known/openid-configuration", timeout=PATIENCE).ok

    def token():
        answer = requests.post(town.broker_url + "/oauth2/token", data={"grant_type": "client_credentials"},
                               auth=("machine", SECRET), timeout=PATIENCE)
        assert answer.ok, answer.text

    return {work.__name__: statistics.median(timed(work) for _ in range(ASKED)) for work in (choice, discovery, token)}


def timed(work):
    began = time.monotonic()
    work()
    return time.monotonic() - began


def test_a_sick_nia_is_told_in_plain_words_hinders_nothing_and_recovers(town):
    trying = [threading.Thread(target=chosen, args=(town, illness)) for illness in ILLNESSES]
    for person in trying:
        person.start()
    ill = medians(town)
    for person in trying:
        person.join()

    for illness in ILLNESSES:
        browser = chosen(town, illness)
        assert browser.page.status == 200 and browser.page.url.startswith(town.broker_url)
        words = browser.page.words.replace("\u00a0", " ")
        assert "Identita občana teď neodpovídá" in words and "Chyba není u vás." in words, f"{illness}: {words}"

        browser.press("//button[@id='provider-demo']")
        url, fields = browser.page.form("//button[@id='login-submit']")
        typed = dict(fields) | {"login-username": "jana", "login-password": "jana"}
        arrived = browser.go("POST", url, typed, origin=browser.page.url)
        assert "Nováková" in arrived.text, arrived.words

    for source in town.sources.values():
        source.recover()
    for illness in ILLNESSES:
        wait_until(f"people get to NIA again after {illness}",
                   lambda: chosen(town, illness).page.url.startswith(town.sandbox_url))
    well = medians(town)
    for name, seconds in ill.items():
        assert seconds < max(well[name], FLOOR) * GENEROUS, f"{name}: {seconds} s, and {well[name]} s when all is well"
