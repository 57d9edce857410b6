"""The broker logs people in at an identity provider of pysaml2, by configuration alone.

One provider is described by a metadata file that announces two signing keys, and asked by HTTP-Redirect; the other by an address
and two pinned certificates, of which its metadata announce one, and asked by HTTP-POST. pysaml2 verifies what the broker sends;
the broker must refuse what is not right.
"""

import urllib.parse

import pytest
import requests

from broker import Broker
from pysaml2_idp import PASSWORD, TWO_FACTORS, IdentityProvider, credentials
from relying_party import CALLBACK, RelyingParty
from visitor import Visitor

SECRET = "school-knows-this-secret-0123456789abcdef"
SCOPE = "openid profile email city.identity"
NAMES = """
given_name = "urn:oid:2.5.4.42"
family_name = "urn:oid:2.5.4.4"
email = "urn:oid:0.9.2342.19200300.100.1.3"
"""

SCHOOL = """
[provider.school]
kind = "saml"
environment = "sandbox"
title = {{ cs = "Škola", en = "School" }}
metadata_file = "{folder}/metadata.xml"
idp_entity_id = "{entity_id}"
required = ["given_name", "family_name"]
logout = false

[provider.school.attribute]
{names}
[provider.school.level."{password}"]
identity = "contact"
login = "single"

[provider.school.level."{two_factors}"]
identity = "town"
login = "multi"
"""

# The same provider at another broker: a broker has one entry for each.
LIBRARY = """
[provider.library]
kind = "saml"
environment = "sandbox"
title = {{ cs = "Knihovna", en = "Library" }}
metadata_url = "{idp}/metadata"
certificate.active.file = "{certificate}"
certificate.next.file = "{next_certificate}"
idp_entity_id = "{entity_id}"
entity_id = "urn:vzorov.example:town"
binding = "post"
encryption = "optional"
logout = false

[provider.library.attribute]
{names}
[provider.library.level."{password}"]
identity = "contact"
login = "single"
"""

DESK = """
[client.desk]
organisation = "town"
name = {{ cs = "Přepážka" }}
client_secret = "{secret}"
redirect_uris = ["{callback}"]
scopes = {scopes}
"""

VAULT = """
[client.vault]
organisation = "town"
name = {{ cs = "Trezor" }}
client_secret = "{secret}"
redirect_uris = ["{callback}"]
scopes = {scopes}
providers = ["school"]
minimum_login = "multi"
"""


@pytest.fixture(scope="module")
def idp(tmp_path_factory):
    with IdentityProvider(tmp_path_factory.mktemp("idp")) as running:
        yield running


def configured(idp, folder, config):
    (folder / "metadata.xml").write_bytes(idp.metadata(sign=False, also=[idp.next[1]]))
    return config.format(
        folder=folder, idp=idp.url, entity_id=idp.entity_id, certificate=idp.certificate_file, names=NAMES,
        next_certificate=idp.next[1], password=PASSWORD, two_factors=TWO_FACTORS, secret=SECRET, callback=CALLBACK,
        scopes=str(SCOPE.split()))


@pytest.fixture(scope="module")
def brokers(idp, tmp_path_factory):
    school, library = tmp_path_factory.mktemp("school"), tmp_path_factory.mktemp("library")
    with Broker(school, configured(idp, school, SCHOOL + DESK + VAULT)) as at_school:
        with Broker(library, configured(idp, library, LIBRARY + DESK)) as at_library:
            running = {"school": at_school, "library": at_library}
            idp.learn(*(requests.get(f"{broker.url}/upstream/{name}/metadata", timeout=30).content
                        for name, broker in running.items()))
            yield running


@pytest.fixture(scope="module")
def broker(brokers):
    return brokers["school"]


@pytest.fixture
def desks(brokers):
    return {name: RelyingParty(broker, "desk", SECRET, SCOPE) for name, broker in brokers.items()}


@pytest.fixture
def desk(desks):
    return desks["school"]


@pytest.fixture(autouse=True)
def well_behaved(broker, idp):
    idp.behave()


def leave(visitor, begun, provider):
    """From the client to the form of the identity provider."""
    view = visitor.click(visitor.get(begun["url"]), f"provider-{provider}")
    if not view.has("idp-login"):
        view = visitor.carry_on(view)
    return view


def answered(visitor, form, person="petr"):
    """Logs in there; the page holds the answer."""
    return visitor.click(form, "idp-login", person=person)


def arrive(visitor, page):
    """Takes the answer to the broker, and goes on to the client."""
    view = visitor.click(page, "answer")
    return visitor.click(view, "consent-submit") if view.has("consent-submit") else view


def log_in(party, provider, person="petr"):
    begun, visitor = party.begin(), Visitor(CALLBACK)
    arrived = arrive(visitor, answered(visitor, leave(visitor, begun, provider), person))
    assert arrived.url.startswith(CALLBACK) and "code" in arrived.query, arrived
    token = party.redeem(begun, arrived)
    return party.parse_id_token(token, nonce=begun["nonce"]), party.userinfo(token=token)


def refused(visitor, begun, page, provider="school"):
    """The answer does not log anybody in: an error page, and no way round it."""
    view = visitor.click(page, "answer")
    assert view.error == "LOG-107" and view.status == 400, view
    again = visitor.get(begun["url"])
    assert not again.url.startswith(CALLBACK) and again.has(f"provider-{provider}"), again


@pytest.mark.parametrize("provider", ["school", "library"])
def test_a_person_logs_in_and_the_client_sees_who(desks, provider):
    token, person = log_in(desks[provider], provider)

    assert person["sub"] == token["sub"]
    assert (person["given_name"], person["family_name"]) == ("Petr", "Dvořák")
    assert person["email"] == "petr.dvorak@skola.example"
    assert (person["identity_level"], person["login_level"]) == ("contact", "single")


def test_pysaml2_saw_a_signed_request_for_what_is_configured(brokers, idp, desks):
    begun, visitor = desks["library"].begin(), Visitor(CALLBACK)

    leave(visitor, begun, "library")

    # pysaml2 refuses requests that are not signed by the key in our metadata.
    request = idp.requests[-1]
    assert request.issuer.text == "urn:vzorov.example:town" and request.destination == idp.url + "/sso/post"
    assert request.assertion_consumer_service_url == brokers["library"].url + "/upstream/library/answer"
    assert [reference.text for reference in request.requested_authn_context.authn_context_class_ref] == [PASSWORD]


def test_one_person_is_one_account_and_two_are_two(desk):
    first, second, other = log_in(desk, "school")[0], log_in(desk, "school")[0], log_in(desk, "school", "anna")[0]

    assert first["sub"] == second["sub"] != other["sub"]


def test_an_answer_below_the_demand_logs_nobody_in(broker, idp):
    party, visitor = RelyingParty(broker, "vault", SECRET, SCOPE), Visitor(CALLBACK)
    form = leave(visitor, party.begin(), "school")
    idp.classes = PASSWORD

    view = visitor.click(answered(visitor, form), "answer")

    assert not view.url.startswith(CALLBACK) and not view.has("consent-submit"), view
    assert view.has("provider-school"), view


def test_an_answer_of_an_unknown_class_is_refused(idp, desk):
    begun, visitor = desk.begin(), Visitor(CALLBACK)
    form = leave(visitor, begun, "school")
    idp.classes = "urn:oasis:names:tc:SAML:2.0:ac:classes:Kerberos"

    refused(visitor, begun, answered(visitor, form))


@pytest.mark.parametrize("old, new", [
    (">Petr<", ">Pavel<"),
    (PASSWORD, TWO_FACTORS),
    ("petr-at-", "anna-at-"),
])
def test_a_changed_answer_is_refused(idp, desks, old, new):
    begun, visitor = desks["library"].begin(), Visitor(CALLBACK)
    form = leave(visitor, begun, "library")
    idp.encrypt = False

    def change(xml):
        changed = xml.replace(old.encode(), new.encode())
        assert changed != xml
        return changed

    idp.change = change
    refused(visitor, begun, answered(visitor, form), "library")


def test_a_plain_answer_is_taken_only_where_the_configuration_says_so(idp, desk, desks):
    idp.encrypt = False
    assert log_in(desks["library"], "library")[1]["family_name"] == "Dvořák"

    begun, visitor = desk.begin(), Visitor(CALLBACK)
    refused(visitor, begun, answered(visitor, leave(visitor, begun, "school")))


@pytest.mark.parametrize("provider", ["school", "library"])
def test_an_answer_by_either_of_two_signing_keys_is_taken(idp, desks, provider):
    former = log_in(desks[provider], provider)[0]
    idp.signer = idp.next
    idp.start_over()

    try:
        later = log_in(desks[provider], provider)[0]
    finally:
        idp.behave()
        idp.start_over()

    assert former["sub"] == later["sub"] == log_in(desks[provider], provider)[0]["sub"]


@pytest.mark.parametrize("provider", ["school", "library"])
def test_an_answer_signed_by_a_third_key_is_refused(idp, desks, tmp_path, provider):
    begun, visitor = desks[provider].begin(), Visitor(CALLBACK)
    form = leave(visitor, begun, provider)
    idp.signer = credentials(tmp_path, "stranger")
    idp.start_over()

    page = answered(visitor, form)
    idp.behave()
    idp.start_over()

    refused(visitor, begun, page, provider)


def test_an_answer_to_another_request_is_refused(idp, desk):
    begun, visitor = desk.begin(), Visitor(CALLBACK)
    form = leave(visitor, begun, "school")
    idp.answered_to = "_" + "0" * 32

    refused(visitor, begun, answered(visitor, form))


def test_an_answer_that_names_no_request_is_refused(idp, desk):
    begun, visitor = desk.begin(), Visitor(CALLBACK)
    form = leave(visitor, begun, "school")
    idp.answered_to = ""

    refused(visitor, begun, answered(visitor, form))


@pytest.mark.parametrize("relay_state", ["/account", "_" + "0" * 32])
def test_nobody_is_logged_in_unasked(broker, idp, relay_state):
    action = broker.url + "/upstream/school/answer"
    message = idp.response({"in_response_to": None, "destination": action,
                            "sp_entity_id": broker.url + "/upstream/school/metadata"}, "petr")
    visitor = Visitor()

    view = visitor.post(action, {"SAMLResponse": message, "RelayState": relay_state})

    assert view.status == 400 and view.error in ("LOG-105", "LOG-107"), view
    assert urllib.parse.urlsplit(visitor.get(broker.url + "/account").url).path != "/account"


def test_an_answer_for_one_browser_is_of_no_use_in_another(broker, idp, desk):
    begun, visitor, thief = desk.begin(), Visitor(CALLBACK), Visitor(CALLBACK)
    page = answered(visitor, leave(visitor, begun, "school"))

    stolen = thief.click(page, "answer")

    assert stolen.error == "LOG-103" and stolen.status == 403, stolen
    assert "code" in arrive(visitor, page).query
