"""Two brokers and two portals on PostgreSQL and Redis, another one at every request, behave as one of each."""

import base64
import hashlib
import secrets
import urllib.parse

import pytest
import requests

from changing_proxy import ChangingProxy
from citizen import Browser
from engines import Postgres, Redis
from house import House

CALLBACK = "http://127.0.0.1:9/callback"
SECRET = secrets.token_hex(32)
# A client whose codes and tokens the test itself holds.
CLIENT = f"""
[client.test]
organisation = "town"
name = {{ cs = "Zkouška" }}
client_secret = "{SECRET}"
redirect_uris = ["{CALLBACK}"]
scopes = ["openid", "profile", "offline_access"]
information_page = false
"""


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    folder = tmp_path_factory.mktemp("town")
    with Postgres(folder) as postgres, Redis(folder) as redis:
        postgres.create("idp", "portal")
        databases = {name: postgres.url(name) for name in ("idp", "portal")}
        house = House(folder, lambda name, toml: toml + CLIENT * (name == "idp"), databases, redis.url, 2, proxied=True)
        with ChangingProxy(house.broker_port, [member.port for member in house.brokers]) as brokers, \
                ChangingProxy(house.portal_port, [member.port for member in house.portals]) as portals, house:
            house.proxies = [brokers, portals]
            yield house


@pytest.fixture(params=["from the first", "from the second"])
def turn(town, request):
    """Every way is walked twice: the request that met one replica meets the other the second time."""
    if request.param == "from the second":
        requests.get(town.broker_url + "/healthz", timeout=60)
    return request.param


def log_in(town, browser):
    browser.open(town.portal_url + "/prihlaseni?cil=/moje-identita")
    page = browser.walk(lambda page: page.url.startswith(town.portal_url))
    assert page.path == "/moje-identita" and "Jana Nováková" in page.words.replace("\u00a0", " "), page.words


def authorization(town, verifier, **more):
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return town.broker_url + "/oauth2/authorize?" + urllib.parse.urlencode({
        "response_type": "code", "client_id": "test", "redirect_uri": CALLBACK, "scope": "openid profile offline_access",
        "state": "s", "nonce": "n", "prompt": "consent", "code_challenge": challenge, "code_challenge_method": "S256"} | more)


def code_of(town, browser, verifier):
    """Logs in for the test's own client, and catches the code on its way."""
    class Arrived(Exception):
        pass

    def catch(_method, url):
        if url.startswith(CALLBACK):
            raise Arrived(url)

    browser.sends = catch
    try:
        browser.open(authorization(town, verifier))
        browser.walk(lambda page: False)
    except Arrived as arrived:
        return urllib.parse.parse_qs(urllib.parse.urlsplit(str(arrived)).query)["code"][0]
    raise AssertionError(browser.page.words)


def token(town, **fields):
    return requests.post(town.broker_url + "/oauth2/token", data=fields, auth=("test", SECRET), timeout=60)


def userinfo(town, access_token):
    return requests.get(town.broker_url + "/oauth2/userinfo", headers={"Authorization": f"Bearer {access_token}"}, timeout=60)


def test_a_citizen_logs_in_and_out_over_changing_replicas(town, turn):
    browser = Browser()
    log_in(town, browser)

    for _ in range(2):
        assert "Nováková" in browser.open(town.portal_url + "/moje-identita").words
        assert "Nováková" in browser.open(town.broker_url + "/account").words

    browser.open(town.portal_url + "/")
    browser.press("//form[@action='/odhlaseni']")
    browser.walk(lambda page: page.path == "/odhlaseni/hotovo")
    for _ in range(2):
        assert "Nováková" not in browser.open(town.portal_url + "/moje-identita").words
        assert "Nováková" not in browser.open(town.broker_url + "/account").words
    assert all(count > 3 for proxy in town.proxies for count in proxy.served.values())


def test_codes_tokens_and_userinfo_are_the_same_at_every_replica(town, turn):
    verifier = secrets.token_urlsafe(48)
    code = code_of(town, Browser(), verifier)
    redeem = dict(grant_type="authorization_code", code=code, redirect_uri=CALLBACK, code_verifier=verifier)

    first = token(town, **redeem).json()

    seen = [userinfo(town, first["access_token"]) for _ in range(2)]
    assert [answer.status_code for answer in seen] == [200, 200]
    assert seen[0].json() == seen[1].json() and seen[0].json()["family_name"]
    second = token(town, grant_type="refresh_token", refresh_token=first["refresh_token"]).json()
    assert [userinfo(town, second["access_token"]).status_code for _ in range(2)] == [200, 200]
    for _ in range(2):
        again = token(town, grant_type="refresh_token", refresh_token=first["refresh_token"])
        assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_a_code_is_redeemed_once_and_its_second_use_ends_what_it_gave(town, turn):
    verifier = secrets.token_urlsafe(48)
    code = code_of(town, Browser(), verifier)
    redeem = dict(grant_type="authorization_code", code=code, redirect_uri=CALLBACK, code_verifier=verifier)
    given = token(town, **redeem).json()

    again = token(town, **redeem)

    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert [userinfo(town, given["access_token"]).status_code for _ in range(2)] == [401, 401]


def test_a_replayed_answer_leads_its_browser_on_and_no_other(town, turn):
    browser = Browser()
    browser.open(town.portal_url + "/prihlaseni?cil=/moje-identita")
    browser.walk(lambda page: page.has("answer"))
    answer = browser.page
    where, fields = answer.form("//form[@id='answer']")
    browser.go("POST", where, fields, origin=answer.url)
    browser.walk(lambda page: page.url.startswith(town.portal_url))
    ended = browser.page.url

    led = browser.go("POST", where, fields, origin=answer.url)
    stranger = Browser()
    refused = stranger.go("POST", where, fields, origin=answer.url)

    assert (led.status, led.url) == (200, ended) and "Nováková" in led.words, led.words
    assert refused.status == 410 and "LOG-104" in refused.words and "Nováková" not in refused.text, refused.words
    for url in (town.portal_url + "/moje-identita", town.broker_url + "/account"):
        assert "Nováková" not in stranger.open(url).words
