"""A whole login through a data box: browser, portal, broker, and the sandbox ISDS with its two doors, all as operators start
them. Who is told to be whom, what every fault of ISDS leads to, and what stands in no log."""

import base64
import hashlib
import json
import re
import secrets
import subprocess
import urllib.parse

import pytest
import requests

from citizen import Browser
from house import House, program

CALLBACK = "http://127.0.0.1:9/callback"
SECRET = secrets.token_hex(32)
# A client whose codes and tokens the test itself holds.
CLIENT = f"""
[client.test]
organisation = "town"
name = {{ cs = "Zkouška" }}
client_secret = "{SECRET}"
redirect_uris = ["{CALLBACK}"]
scopes = ["openid", "profile", "city.identity"]
providers = ["isds"]
information_page = false
"""
# Many logins fail here on purpose, and nobody waits long for ISDS.
IMPATIENT = "[outbound]\ntotal_timeout_ms = 9000\nbreaker_opens_after = 1000\n"
BUTTONS = ["//button[@id='provider-isds']", "//button[@name='persona' and @value='{0}']", "//button[@id='consent-allow']",
           "//button[@id='consent-submit']"]
TOWN, CONTACT = "urn:city-identity:acr:town:single", "urn:city-identity:acr:contact:single"
# What the sandbox can do wrong, and a careful broker takes all the same; the level it then gives a holder in the own box.
HARMLESS = {"renamed": TOWN, "dup_same": TOWN, "spaces": TOWN, "decomposed": TOWN, "date_compact": TOWN, "date_czech": TOWN,
            "date_bad": TOWN, "other_generation": TOWN, "default_namespace": TOWN, "no_isds_id": TOWN, "bad_ic": TOWN,
            "user_body": TOWN, "no_birth_date": TOWN, "no_name": TOWN, "no_db_state": CONTACT, "no_user_type": CONTACT,
            "no_aifo_isds": CONTACT, "unknown_user_type": CONTACT, "unknown_db_type": CONTACT, "inaccessible": CONTACT}


class Arrived(Exception):
    """The browser is about to come to the test's own client."""


def last_word(name, toml):
    return toml.replace("[outbound]\n", IMPATIENT) + CLIENT if name == "idp" else toml


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    with House(tmp_path_factory.mktemp("town"), last_word) as house:
        yield house


@pytest.fixture(autouse=True)
def fresh(town):
    requests.post(town.sandbox_url + "/_sandbox/isds/reset", timeout=60)


def press_on(browser, persona, until, fault=None):
    """Goes on as a person who logs in through a data box, page after page."""
    for _ in range(12):
        if until(browser.page) or browser.page.status != 200:
            return browser.page
        buttons = (xpath.format(persona) for xpath in BUTTONS)
        button = next((xpath for xpath in buttons if browser.page.html.xpath(xpath)), None)
        if not button:
            return browser.page
        url, fields = browser.page.form(button, all=True)
        if fault and "persona" in button:
            fields = [(name, value) for name, value in fields if name != "fault"] + [("fault", fault)]
        browser.go("POST", url, fields, origin=browser.page.url)
    raise AssertionError(f"a login without end: {browser.trace}")


def authorization(town, verifier):
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return town.broker_url + "/oauth2/authorize?" + urllib.parse.urlencode({
        "response_type": "code", "client_id": "test", "redirect_uri": CALLBACK, "scope": "openid profile city.identity",
        "state": "s", "nonce": "n", "code_challenge": challenge, "code_challenge_method": "S256"})


def log_in(town, persona, fault=None, browser=None):
    """The claims that the test's own client gets, or the page on which the login ended."""
    verifier = secrets.token_urlsafe(48)

    def catch(_method, url):
        if url.startswith(CALLBACK):
            raise Arrived(url)

    browser = browser or Browser()
    browser.sends = catch
    try:
        browser.open(authorization(town, verifier))
        return press_on(browser, persona, lambda page: False, fault)
    except Arrived as arrived:
        code = urllib.parse.parse_qs(urllib.parse.urlsplit(str(arrived)).query).get("code")
        assert code, arrived
    tokens = requests.post(town.broker_url + "/oauth2/token", auth=("test", SECRET), timeout=60, data={
        "grant_type": "authorization_code", "code": code[0], "redirect_uri": CALLBACK, "code_verifier": verifier}).json()
    body = tokens["id_token"].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def at_isds(town):
    """A browser on the login page of ISDS."""
    browser = Browser()
    browser.open(authorization(town, secrets.token_urlsafe(48)))
    browser.press("//button[@id='provider-isds']")
    return browser


def calls(town, operation):
    log = requests.get(town.sandbox_url + "/_sandbox/isds/log", headers={"Accept": "application/json"}, timeout=60).json()
    entries = log if isinstance(log, list) else next(value for value in log.values() if isinstance(value, list))
    return [entry for entry in entries if entry["operation"] == operation]


def test_a_citizen_comes_to_the_portal_through_her_data_box_and_leaves_both(town):
    browser = Browser()
    browser.open(town.portal_url + "/prihlaseni?cil=/moje-identita")

    page = press_on(browser, "P01", lambda page: page.url.startswith(town.portal_url))

    assert page.path == "/moje-identita" and "Jana Nováková" in page.words.replace("\u00a0", " "), page.words
    browser.open(town.portal_url + "/")
    browser.press("//form[@action='/odhlaseni']")
    assert browser.page.path == "/odhlaseni/hotovo", browser.page.words
    assert any("/as/processLogout?" in url for _, url, _ in browser.trace)


@pytest.mark.parametrize("persona, acr", [
    ("P01", TOWN), ("P02", CONTACT), ("P03", CONTACT), ("P04", CONTACT), ("P05", TOWN), ("P06", TOWN), ("P07", CONTACT),
    ("P08", CONTACT), ("P09", CONTACT), ("P10", CONTACT), ("P11", CONTACT), ("P12", CONTACT), ("P14", CONTACT), ("P16", CONTACT)])
def test_a_login_proves_what_the_box_and_the_role_prove(town, persona, acr):
    claims = log_in(town, persona)

    assert isinstance(claims, dict), claims
    assert claims["acr"] == acr


def test_one_human_in_two_boxes_and_two_humans_in_one_are_never_taken_for_each_other(town):
    subjects = {persona: log_in(town, persona)["sub"] for persona in ("P01", "P03", "P05", "P06", "P07", "P08")}

    assert len(set(subjects.values())) == len(subjects), subjects
    assert log_in(town, "P01")["sub"] == subjects["P01"]


def test_an_officer_is_no_citizen(town):
    page = press_on(at_isds(town), "P13", lambda page: "Schránkou úřadu" in page.words)

    assert page.status == 200 and page.url.startswith(f"{town.broker_url}/login/"), page
    assert "Schránkou úřadu se tu přihlásit nelze" in page.words


def test_a_refused_consent_leads_back_to_the_choice_for_the_same_service(town):
    browser = at_isds(town)
    browser.press("//button[@name='persona' and @value='P15']")

    browser.press("//button[@id='consent-refuse']")

    assert browser.page.path.startswith("/login/"), browser.page
    assert "Přihlášení skončilo bez výsledku" in browser.page.words and "Datová schránka" in browser.page.words
    assert calls(town, "authConfirmation") == []
    browser.press("//button[@value='isds']")
    assert browser.page.url.startswith(town.sandbox_url), browser.page


def test_a_session_is_asked_about_once_and_its_secret_taken_back(town):
    browser = Browser()
    log_in(town, "P01", browser=browser)
    returned = next(url for _, url, _ in browser.trace if "/upstream/isds/answer" in url)

    again = [browser.one("GET", returned) for _ in range(2)]

    assert all(answer.status_code == 303 for answer in again)
    assert [entry["outcome"] for entry in calls(town, "authConfirmation")] == ["OK"]
    assert Browser().open(returned).status == 410


def faults(town):
    page = at_isds(town).page
    return [value for value in page.html.xpath("//select[@id='fault']//option/@value") if value]


def test_every_fault_of_isds_is_refused_or_harmless(town):
    wrong = []
    known = faults(town)
    assert len(known) > 60 and set(HARMLESS) <= set(known)
    for fault in known:
        outcome = log_in(town, "P01", fault)
        expected = HARMLESS.get(fault)
        if isinstance(outcome, dict):
            if outcome["acr"] != expected:
                wrong.append(f"{fault}: logged in with {outcome['acr']}")
        elif expected or "/as/" not in outcome.path and outcome.status < 400:
            wrong.append(f"{fault}: {outcome.status} on {outcome.url}: {outcome.words}")
    assert not wrong, "\n".join(wrong)


def test_a_check_tells_the_attributes_that_came(town):
    log_in(town, "P01")

    told = subprocess.run([program("city-idp"), "check", "--config", str(town.broker.config)], capture_output=True, text=True,
                          timeout=120).stdout

    seen = re.search(r"isds\.attributes: provider isds: Attributes seen: (.*)\.", told)
    assert seen and {"dbID", "userType", "aifoIsds"} <= set(seen[1].split(", ")), told
    assert "isds.service: provider isds: The service answers to our certificate" in told, told
    assert "isds.registration: provider isds: ISDS knows our application" in told, told


def test_no_log_holds_a_session_a_secret_or_a_name(town):
    browser = Browser()
    log_in(town, "P01", browser=browser)
    returned = next(url for _, url, _ in browser.trace if "/upstream/isds/answer" in url)
    session = urllib.parse.parse_qs(urllib.parse.urlsplit(returned).query)["sessionId"][0]

    log = town.broker.log.read_text()

    for secret in (session, "T01-", "fo00001", "Nováková", "JNOVAKOVA001"):
        assert secret not in log, secret
