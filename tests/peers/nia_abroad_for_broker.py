"""People of other states who come through NIA: let in where the town says so, and never called people of the Czech register."""

import pytest

from citizen import Browser
from house import House

REGISTER = "registr obyvatel"
FOREIGN = {"eidas-es": ("Španělsko", "García Íñiguez"), "eidas-el": ("Řecko", "Papadopoulou")}


@pytest.fixture(scope="module")
def houses(tmp_path_factory):
    """One town that lets them in, one that does not."""
    def at_nia(name, toml):
        return toml.replace("[[nia.sep]]\n", "[[nia.sep]]\neidas = true\n") if name == "sandbox" else toml

    def lets_in(name, toml):
        return at_nia(name, toml.replace("[provider.nia]\n", "[provider.nia]\nallow_eidas = true\n"))

    open_one, closed = House(tmp_path_factory.mktemp("open"), lets_in), House(tmp_path_factory.mktemp("closed"), at_nia)
    try:
        for house in (open_one, closed):
            house.sandbox.start()
            house.broker.start()
        yield open_one, closed
    finally:
        open_one.__exit__()
        closed.__exit__()


def at_account(house, persona):
    """Somebody logs in through NIA to their account at the broker."""
    browser = Browser()
    browser.open(house.broker_url + "/account")
    return browser, browser.walk(lambda page: page.path.startswith("/account") or page.status >= 400, persona)


@pytest.mark.parametrize("persona", FOREIGN)
def test_facts_of_another_state_name_that_state_and_no_czech_register(houses, persona):
    (country, family), house = FOREIGN[persona], houses[0]
    browser, _ = at_account(house, persona)

    own = browser.open(house.broker_url + "/account").words

    assert family in own, own
    assert f"doklad jiného státu ({country})" in own and REGISTER not in own, own


def test_facts_of_a_czech_name_the_register(houses):
    browser, _ = at_account(houses[0], "novakova")

    own = browser.open(houses[0].broker_url + "/account").words

    assert REGISTER in own and "jiného státu" not in own, own


@pytest.mark.parametrize("persona", FOREIGN)
def test_where_the_town_does_not_let_them_in_they_are_told_so(houses, persona):
    house = houses[1]

    browser, page = at_account(house, persona)

    assert page.status == 400 and "LOG-107" in page.words, page.words
    assert browser.open(house.broker_url + "/account").has("provider-nia")
