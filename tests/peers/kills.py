"""kill -9 at every step of a login: the person continues or starts again towards the same service, nothing works twice."""

import contextlib
import random
import re
import secrets
import threading
import urllib.parse

import pytest
import requests

from citizen import Browser
from engines import Postgres, Redis
from house import House, wait_until
from replicas import CALLBACK, CLIENT, code_of, token

SEED = 20261124
# A request takes about so long; the kill comes at any moment of it.
LONGEST_OFFSET = 0.04


@contextlib.contextmanager
def running(folder, engine):
    """A house whose `database` is what holds the data: the broker itself, or PostgreSQL, with Redis beside it or not."""
    with contextlib.ExitStack() as stack:
        databases, redis = None, ""
        if engine.startswith("postgres"):
            postgres = stack.enter_context(Postgres(folder))
            postgres.create("idp", "portal")
            databases = {name: postgres.url(name) for name in ("idp", "portal")}
        if engine.endswith("redis"):
            redis = stack.enter_context(Redis(folder)).url
        house = House(folder, lambda name, toml: toml + CLIENT * (name == "idp"), databases, redis)
        stack.enter_context(house)
        house.database = postgres if databases else house.broker
        yield house


class Killer:
    """Kills one victim at a moment drawn from a seed, once for each kind of step, and starts it again."""

    def __init__(self, house, victim, seed):
        self.house, self.victim = house, getattr(house, victim)
        self.random, self.seen, self.attack, self.kills = random.Random(seed), set(), None, 0

    def strike(self):
        self.attack = threading.Timer(self.random.uniform(0, LONGEST_OFFSET), self.victim.kill)
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


class Enduring(Browser):
    """Somebody who presses reload when the connection breaks."""

    def __init__(self, killer):
        super().__init__(killer.at)
        self.killer, self.sent = killer, []

    def one(self, method, url, fields=None, origin=None):
        self.sent.append((method, url, fields, origin))
        try:
            return super().one(method, url, fields, origin)
        except requests.RequestException:
            self.killer.revive()
            return super().one(method, url, fields, origin)
        finally:
            self.killer.revive()


def log_in(house, browser):
    """Logs in whatever happens. Who just found a service away leaves it alone for a few seconds, so it may take some tries."""
    wait_until("a login gets through", lambda: is_in(house, browser))


def is_in(house, browser):
    """One try, to its end; a page that says that it did not work has to offer a way on."""
    browser.open(house.portal_url + "/prihlaseni?cil=/moje-identita")
    for _ in range(12):
        page = browser.page
        if page.status != 200:
            assert page.html.xpath("//main//a[@href] | //main//form"), f"{page.url} leads nowhere: {page.words}"
            return False
        if page.url == house.portal_url + "/moje-identita":
            return "Jana Nováková" in page.words.replace("\u00a0", " ")
        browser.walk(lambda now, before=page: now is not before)
    return False


def nothing_works_for_a_stranger(house, sent):
    """Codes and answers that were on their way once open nothing in another browser."""
    for method, url, fields, origin in sent:
        if "/prihlaseni/zpet" in url or "/upstream/nia/answer" in url:
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


@pytest.mark.parametrize("engine, victim", [("sqlite", "broker"), ("sqlite", "portal"), ("postgres", "database")])
def test_a_login_survives_a_kill_at_every_step(tmp_path_factory, engine, victim):
    with running(tmp_path_factory.mktemp("town"), engine) as house:
        killer = Killer(house, victim, SEED)
        browser = Enduring(killer)

        log_in(house, browser)

        assert killer.kills >= 8, killer.seen
        nothing_works_for_a_stranger(house, browser.sent)
        verifier = secrets.token_urlsafe(48)
        code = code_of(house, Browser(), verifier)
        tokens = used(house, killer, grant_type="authorization_code", code=code, redirect_uri=CALLBACK, code_verifier=verifier)
        for given in tokens:
            used(house, killer, grant_type="refresh_token", refresh_token=given["refresh_token"])
        assert "the chain is whole" in house.verify_audit()
