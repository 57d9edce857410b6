"""Every address of a provider that the broker asks, answering with ten megabytes, with an octet a second, with a page: the login ends,
in words, and nothing is kept. Each document is asked for by a broker that never saw it; what it does with one that it knows: sick_nia.py.
Those of Bank iD: tests/it/upstream/bank_id_sandbox.rs. ARES, where nobody waits to log in: tests/browser/body-from-ares.test.mjs."""

import sqlite3

import pytest
import requests

from citizen import Browser
from house import House

# Nobody waits long here, and no breaker hides the next case.
IMPATIENT = "[outbound]\ntotal_timeout_ms = 6000\nbreaker_opens_after = 1000\n"
UNWATCHED = "[login]\nwatch_every_minutes = 0\n\n[short_lived]\n"
KEPT = ("account", "upstream_link", "browser_session", "authentication", "staff_account", "staff_session")
DOWN = "login.refused.provider-down"

# Where the address is asked, what stands before the fault's name, and how the login of that provider then ends.
LEAVING, ANSWERING = "leaving", "answering"
ADDRESSES = {
    "nia/metadata": ("nia/fault", "meta_", "nia", LEAVING),
    "caais/discovery": ("caais/fault", "discovery_", "caais", LEAVING),
    "caais/jwks": ("caais/fault", "jwks_", "caais", ANSWERING),
    "caais/token": ("caais/fault", "token_", "caais", ANSWERING),
    "isds/exchange": ("isds/fault", "", "isds", ANSWERING),
}
# The exchange of a data box is read before it is believed: what is no SOAP is a refused answer, and no outage.
REFUSED = {("isds/exchange", "html"): "login.refused.not-soap", ("isds/exchange", "huge"): "login.refused.too-large"}
BUTTONS = {
    "nia": ["//button[starts-with(@value, 'novakova@')]", "//button[@id='consent-all']", "//form[@id='answer']"],
    "caais": ["//button[@name='officer']"],
    "isds": ["//button[@name='persona' and @value='P01']", "//button[@id='consent-allow']"],
}


def last_word(name, toml):
    if name != "idp":
        return toml
    return toml.replace("[outbound]\n", IMPATIENT).replace("[short_lived]\n", UNWATCHED)


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    with House(tmp_path_factory.mktemp("town"), last_word) as house:
        yield house


def read(town, statement):
    with sqlite3.connect(f"file:{town.folder}/idp.db?mode=ro", uri=True) as database:
        return [row[0] for row in database.execute(statement)]


def kept(town):
    return {table: read(town, f"select count(*) from {table}")[0] for table in KEPT}


def events(town):
    return read(town, "select kind from audit_event order by at")


def control(town, path, **fields):
    answer = requests.post(f"{town.sandbox_url}/_sandbox/{path}", data=fields, timeout=60, headers={"Accept": "application/json"})
    assert answer.ok, (path, fields, answer.text)


def try_to_log_in(town, provider):
    """A browser that goes as far as it gets; what it shows then."""
    browser = Browser()
    if provider == "caais":
        browser.open(town.broker_url + "/staff")
        browser.press("//button[@id='staff-submit']")
    else:
        browser.open(town.broker_url + "/account")
        browser.press(f"//button[@value='{provider}']")
    for xpath in BUTTONS[provider]:
        if browser.page.html.xpath(xpath):
            browser.press(xpath, all=True)
    return browser.page


@pytest.mark.parametrize("fault", ["html", "huge", "slow"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_that_floods_stalls_or_shows_a_page_ends_the_login_and_nothing_is_kept(town, address, fault):
    path, prefix, provider, end = ADDRESSES[address]
    town.broker.stop()
    control(town, path, fault=prefix + fault, times=0)
    town.broker.start()
    before, known = kept(town), len(events(town))
    try:
        page = try_to_log_in(town, provider)
        new = events(town)[known:]
    finally:
        control(town, path + "/clear")

    assert new == [REFUSED.get((address, fault), DOWN)], (page, new)
    assert kept(town) == before
    if end == LEAVING:
        # What is read and not believed is an error; JSON is told from a page before it is read.
        assert page.status == (424 if (address, fault) == ("nia/metadata", "html") else 200), page
        assert "teď neodpovídá" in page.words, page
        assert page.path.startswith("/staff/login" if provider == "caais" else "/login/"), page
    else:
        code = "LOG-107" if (address, fault) in REFUSED else "LOG-111"
        assert page.status in (400, 503) and code in page.words, page
    assert "Odstávka" not in page.text
