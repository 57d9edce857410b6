"""kill -9 at every step of a login: the person continues or starts again towards the same service, nothing works twice.

Broker and portal are struck while they work on a request, at three moments of each step; the database at moments drawn from
a seed, since it works on no request alone.
"""

import contextlib
import random
import re
import secrets
import sqlite3
import threading
import urllib.parse

import pytest
import requests

from citizen import Browser, next_button
from deadly_proxy import MOMENTS, DeadlyProxy
from engines import Postgres, Redis
from house import House, wait_until
from replicas import CALLBACK, CLIENT, code_of, token

SEED = 20261124
# Of the moments that it draws two are the very first ones of a request: the database is away before it is asked.
DATABASE_SEED = 20261125
# A request takes about so long; the kill comes at any moment of it.
LONGEST_OFFSET = 0.04
# On a quick machine every kill of a login may fall between requests. Then there are more, until one has hit.
MOST_KILLS = 50
SERVICE = "/moje-identita"
TARGET = "/prihlaseni?cil=" + SERVICE
TABLES = {
    "idp": ("account", "upstream_link", "verification", "browser_session", "authentication", "client_session", "access_grant",
            "refresh_token", "pairwise_subject", "consent"),
    "portal": ("portal_session",),
}


# What a login consists of, whoever is struck: the least that must have been.
STEPS = {
    "broker": {
        "GET /oauth2/authorize", "GET /login/…", "POST /login/…/choose", "POST /upstream/nia/answer", "GET /login/…/answer/…",
        "POST /login/…/information", "POST /oauth2/token",
    },
    "portal": {"GET /prihlaseni", "GET /prihlaseni/zpet", "GET " + SERVICE},
}


@contextlib.contextmanager
def running(folder, engine, proxied=False):
    """A house whose `database` is what holds the data: the broker itself, or PostgreSQL, with Redis beside it or not."""
    with contextlib.ExitStack() as stack:
        databases, redis = None, ""
        if engine.startswith("postgres"):
            postgres = stack.enter_context(Postgres(folder))
            postgres.create("idp", "portal")
            databases = {name: postgres.url(name) for name in ("idp", "portal")}
        if engine.endswith("redis"):
            redis = stack.enter_context(Redis(folder)).url
        house = House(folder, lambda name, toml: toml + CLIENT * (name == "idp"), databases, redis, proxied=proxied)
        if proxied:
            house.proxies = {
                name: stack.enter_context(DeadlyProxy(port, program))
                for name, port, program in (("broker", house.broker_port, house.broker), ("portal", house.portal_port, house.portal))
            }
        stack.enter_context(house)
        house.database = postgres if databases else house.broker
        house.look = (lambda program, query: postgres.ask(program, query)) if databases else look_into(folder)
        yield house


def look_into(folder):
    """Reads a value from a database in a file."""
    def look(program, query):
        with contextlib.closing(sqlite3.connect(f"file:{folder}/{program}.db?mode=ro", uri=True)) as database:
            return database.execute(query).fetchone()[0]
    return look


class Killer:
    """Kills one victim at a moment drawn from a seed, once for each kind of step, and starts it again."""

    def __init__(self, house, victim, seed):
        self.house, self.victim = house, getattr(house, victim)
        self.random, self.seen, self.attack, self.kills = random.Random(seed), set(), None, 0
        self.longest_offset = LONGEST_OFFSET

    def strike(self):
        self.attack = threading.Timer(self.random.uniform(0, self.longest_offset), self.victim.kill)
        self.attack.start()
        self.kills += 1

    def revive(self):
        """Waits for the kill that is under way, and starts the victim again."""
        if self.attack:
            self.attack.join()
            self.attack = None
            self.victim.start()
            for member in (self.house.broker, self.house.portal):
                wait_until(f"{member.name} is ready again", member.answers)

    def at(self, method, url):
        """Strikes when this step was not struck before."""
        parts = urllib.parse.urlsplit(url)
        step = method, parts.port, re.sub(r"[\w-]{30,}", "…", parts.path)
        if parts.port in (self.house.broker_port, self.house.portal_port) and step not in self.seen:
            self.seen.add(step)
            self.strike()


class Reviver:
    """Starts the victim again that a proxy has killed."""

    def __init__(self, house, victim):
        self.house, self.victim = house, getattr(house, victim)

    def at(self, method, url):
        """The proxy strikes."""

    def revive(self):
        if self.victim.process.poll() is not None:
            self.victim.process.wait()
            self.victim.start()


class Enduring(Browser):
    """Somebody who presses reload when the connection breaks."""

    def __init__(self, killer):
        super().__init__(killer.at)
        # `broken`: requests that got no answer, or one that only tells of a failure.
        self.killer, self.sent, self.broken = killer, [], 0

    def one(self, method, url, fields=None, origin=None):
        self.sent.append((method, url, fields, origin))
        try:
            # A step may be struck at every moment that there is.
            for _ in MOMENTS:
                try:
                    answer = super().one(method, url, fields, origin)
                    self.broken += answer.status_code >= 500
                    return answer
                except requests.RequestException:
                    self.broken += 1
                    self.killer.revive()
            return super().one(method, url, fields, origin)
        finally:
            self.killer.revive()


def log_in(house, browser):
    """Asks for a page of the service once. From then on only what the pages themselves offer leads there, whatever happens."""
    browser.open(house.portal_url + TARGET)
    wait_until("a login gets through", lambda: is_in(house, browser))


def kill_until_one_hits(house, browser, killer):
    """Asks for a page that needs the victim, and kills it ever sooner."""
    while not browser.broken and killer.kills < MOST_KILLS:
        killer.seen.clear()
        killer.longest_offset /= 2
        browser.open(house.broker_url + "/account")
    killer.longest_offset = LONGEST_OFFSET


def is_in(house, browser):
    """One more step: on with the login, or by the first way that a page offers that says that it did not work."""
    page = browser.page
    if page.status == 503 and "/upstream/nia/answer" in page.url:
        # What NIA had the browser send: "try again in a while" can only mean to reload.
        browser.go(*browser.sent[-1])
    elif page.status != 200:
        browser.go("GET", way_on(page), origin=page.url)
    elif page.url == house.portal_url + SERVICE:
        assert "Jana Nováková" in page.words.replace("\u00a0", " "), page.words
        return True
    else:
        button = next_button(page)
        assert button, f"{page.url} leads nowhere: {page.words}"
        browser.press(button, all=True)
    return False


def way_on(page):
    """Where the page leads whoever wants to go on. A front door alone would be a new beginning without the service."""
    ways = page.html.xpath("//main//*[@class='actions']//a/@href | //main//ul[@class='links']//a/@href")
    assert ways and ways[0] not in ("/", "/account"), f"{page.url} leads nowhere: {page.words}"
    return urllib.parse.urljoin(page.url, ways[0])


def rows(house):
    """How many rows each table has that tells of people, in both databases."""
    counted = {}
    for program, tables in TABLES.items():
        for table in tables:
            counted[table] = int(house.look(program, f"select count(*) from {table}"))
    return counted


def nothing_works_twice(house, browser):
    """Everything that was on its way once, sent again by the very browser: nothing comes of it a second time."""
    before = rows(house)
    assert (before["account"], before["upstream_link"]) == (1, 1), before
    for method, url, fields, origin in browser.sent[:]:
        if carries_proof(url):
            browser.go(method, url, fields, origin=origin)
            assert rows(house) == before, f"{method} {url}: {browser.page.words}"


def carries_proof(url):
    """Whether a request to it brings a code or an answer."""
    return any(part in url for part in ("/prihlaseni/zpet", "/upstream/nia/answer", "/answer/"))


def nothing_works_for_a_stranger(house, sent):
    """Codes and answers that were on their way once open nothing in another browser."""
    for method, url, fields, origin in sent:
        if carries_proof(url):
            stranger = Browser()
            stranger.go(method, url, fields, origin=origin)
            for place in (house.portal_url + "/moje-identita", house.broker_url + "/account"):
                assert "Nováková" not in stranger.open(place).words, url


def used(house, killer, times=3, **fields):
    """What a client gets that asks, is cut off, and asks again."""
    killer.strike()
    given = []
    for _ in range(times):
        try:
            answer = token(house, **fields)
            assert answer.status_code in (200, 400, 503), answer.text
            given += [answer.json()] * (answer.status_code == 200)
        except requests.RequestException:
            pass
        killer.revive()
    assert len(given) <= 1, "used twice"
    return given


@pytest.mark.parametrize("engine", ["sqlite", "postgres+redis"])
@pytest.mark.parametrize("victim", ["broker", "portal"])
def test_a_login_survives_that_every_step_is_broken_at_every_moment(tmp_path_factory, engine, victim):
    with running(tmp_path_factory.mktemp("town"), engine, proxied=True) as house:
        proxy, browser = house.proxies[victim], Enduring(Reviver(house, victim))

        proxy.armed = True
        log_in(house, browser)
        proxy.armed = False

        assert STEPS[victim] <= proxy.broken.keys(), proxy.broken
        unbroken = {step: struck for step, struck in proxy.broken.items() if set(struck) != set(MOMENTS)}
        assert not STEPS[victim] & unbroken.keys(), unbroken
        nothing_works_for_a_stranger(house, browser.sent)
        nothing_works_twice(house, browser)
        assert "the chain is whole" in house.verify_audit()


@pytest.mark.parametrize("engine, victim", [("sqlite", "broker"), ("postgres", "database"), ("postgres+redis", "database")])
def test_a_login_and_its_tokens_survive_kills_at_any_moment(tmp_path_factory, engine, victim):
    with running(tmp_path_factory.mktemp("town"), engine) as house:
        killer = Killer(house, victim, DATABASE_SEED if victim == "database" else SEED)
        browser = Enduring(killer)

        log_in(house, browser)

        assert killer.kills >= 8, killer.seen
        kill_until_one_hits(house, browser, killer)
        assert browser.broken > 0, "every kill fell between requests"
        nothing_works_for_a_stranger(house, browser.sent)
        nothing_works_twice(house, browser)
        verifier = secrets.token_urlsafe(48)
        code = code_of(house, Browser(), verifier)
        tokens = used(house, killer, grant_type="authorization_code", code=code, redirect_uri=CALLBACK, code_verifier=verifier)
        for given in tokens:
            used(house, killer, grant_type="refresh_token", refresh_token=given["refresh_token"])
        assert "the chain is whole" in house.verify_audit()
