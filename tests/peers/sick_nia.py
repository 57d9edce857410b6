"""NIA is down, slow, sends people elsewhere, a page for people or far too much: everything besides keeps going, and it recovers
by itself. Who has had good metadata once goes on with them."""

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
from house import PATIENCE, House, wait_until
from ports import free_port

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
DOUBTED = ("html",)
ILLNESSES = ("down", "slow", "elsewhere", *WRONG)
# Noise of a busy machine passes; waiting for a source that does not answer, or for whoever waits for it, does not: that takes a
# second at the least, which is how often the slow one sends an octet.
TIMES, FLOOR = 3, 0.3
# Rounds that a median is taken of, where nothing sets an end to them.
ROUNDS = 31


class Source:
    """Where the broker fetches metadata, sick in one way until it recovers. `down` does not even listen."""

    def __init__(self, illness, origin):
        self.illness, self.origin, self.port, self.server = illness, origin, free_port(), None
        self.metadata = requests.get(origin, timeout=PATIENCE).content
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
                if illness == "elsewhere":
                    # Where good ones are: not even there is it followed.
                    self.send_response(302)
                    self.send_header("Location", source.origin)
                    self.end_headers()
                    return
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

    def relapse(self, illness):
        self.illness = illness
        self.over.clear()
        if illness == "down":
            self.stop()
            self.server = None

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
        toml = house.broker.config.read_text()
        section, = re.findall(r"^\[provider\.nia\]\n.*?\n\n", toml, flags=re.MULTILINE | re.DOTALL)
        sections = ""
        for illness in ILLNESSES:
            source = house.sources[illness] = Source(illness, house.sandbox_url + METADATA)
            sections += section.replace("provider.nia", f"provider.{illness}").replace(
                house.sandbox_url + METADATA + '"', f'{source.url}"\norigins = ["{house.sandbox_url}"]\nrefresh_minutes = 1')
        # One browser asks here more often than a town's people do.
        house.broker.config.write_text(toml.replace(section, sections) + CLIENT + "\n[login]\nbegun_per_minute = 0\n")
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


def medians(town, goes_on=None):
    """Seconds that the other addresses take, each the median of many, or of all there is time for while something goes on."""
    browser = Browser()

    def choice():
        assert browser.open(town.broker_url + "/account").has("provider-demo")

    def discovery():
        assert requests.get(town.broker_url + "/.well-known/openid-configuration", timeout=PATIENCE).ok

    def token():
        answer = requests.post(town.broker_url + "/oauth2/token", data={"grant_type": "client_credentials"},
                               auth=("machine", SECRET), timeout=PATIENCE)
        assert answer.ok, answer.text

    taken = {work: [] for work in (choice, discovery, token)}
    # Not a round more than that: quick ones after it would outnumber those that had to wait.
    while goes_on() if goes_on else len(taken[choice]) < ROUNDS:
        for work, seconds in taken.items():
            seconds.append(timed(work))
    return {work.__name__: statistics.median(seconds) for work, seconds in taken.items()}


def timed(work):
    began = time.monotonic()
    work()
    return time.monotonic() - began


def assert_unhindered(ill, well):
    for name, seconds in ill.items():
        assert seconds < max(well[name], FLOOR) * TIMES, f"{name}: {seconds} s, and {well[name]} s when all is well"


def test_a_sick_nia_is_told_in_plain_words_hinders_nothing_and_recovers(town):
    quiet = medians(town)
    trying = [threading.Thread(target=chosen, args=(town, illness)) for illness in ILLNESSES]
    for person in trying:
        person.start()
    ill = medians(town, lambda: any(person.is_alive() for person in trying))

    for illness in ILLNESSES:
        browser = chosen(town, illness)
        # A source that answers and is not believed is no outage: whoever reads no pages sees it by the status.
        status = 424 if illness in DOUBTED else 200
        assert (browser.page.status, browser.page.url.startswith(town.broker_url)) == (status, True), illness
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
    town.well = medians(town)
    assert_unhindered(ill, {name: max(quiet[name], town.well[name]) for name in ill})


def test_nia_s34_a_nia_that_falls_ill_after_good_metadata_is_told_to_the_operator_and_to_nobody_else(town):
    for illness, source in town.sources.items():
        source.relapse(illness)

    def told():
        """Whose metadata the log says were asked for anew, in vain; somebody has to want to go there for that."""
        for illness in ILLNESSES:
            page = chosen(town, illness).page
            assert page.url.startswith(town.sandbox_url), f"{illness}: {page.words}"
        log = re.sub("\x1b\\[[0-9]*m", "", town.broker.log.read_text())
        return set(re.findall(r'the last good copy stays in use target\.name="(\w+)"', log)), log

    # By the configuration, a minute after the last good ones.
    wait_until("all metadata are asked for anew", lambda: told()[0] == set(ILLNESSES))

    assert 'new metadata are refused, the last good ones stay in use provider.id="html"' in told()[1]
    assert_unhindered(medians(town), town.well)
