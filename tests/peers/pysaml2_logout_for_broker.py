"""Logout by signed queries, both ways: pysaml2 and openssl judge what the broker signs, the broker what pysaml2 signs."""

import base64
import contextlib
import http.client
import sqlite3
import subprocess
import urllib.parse

import lxml.etree
import pytest
import requests
from saml2 import BINDING_HTTP_REDIRECT
from saml2.saml import NAMEID_FORMAT_PERSISTENT, NameID
from saml2.sigver import verify_redirect_signature
from saml2.xmldsig import SIG_RSA_SHA256

from broker import Broker
from pysaml2_idp import PASSWORD, IdentityProvider, credentials
from relying_party import CALLBACK, RelyingParty
from sandbox_nia import NS
from visitor import Visitor

SECRET = "school-knows-this-secret-0123456789abcdef"
SHA512 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"
SHA1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
CONFIG = """
[provider.school]
kind = "saml"
environment = "sandbox"
title = {{ cs = "Škola", en = "School" }}
metadata_file = "{folder}/metadata.xml"
idp_entity_id = "{entity_id}"

[provider.school.attribute]
given_name = "urn:oid:2.5.4.42"
family_name = "urn:oid:2.5.4.4"

[provider.school.level."{password}"]
identity = "contact"
login = "single"

[client.desk]
organisation = "town"
name = {{ cs = "Přepážka" }}
client_secret = "{secret}"
redirect_uris = ["{callback}"]
scopes = ["openid", "profile"]
information_page = false
"""


@pytest.fixture(scope="module")
def idp(tmp_path_factory):
    with IdentityProvider(tmp_path_factory.mktemp("idp")) as running:
        yield running


@pytest.fixture(scope="module")
def broker(idp, tmp_path_factory):
    folder = tmp_path_factory.mktemp("broker")
    (folder / "metadata.xml").write_bytes(idp.metadata(sign=False))
    config = CONFIG.format(folder=folder, entity_id=idp.entity_id, password=PASSWORD, secret=SECRET, callback=CALLBACK)
    with Broker(folder, config) as running:
        idp.learn(requests.get(f"{running.url}/upstream/school/metadata", timeout=30).content)
        yield running


@pytest.fixture
def visitor(broker, idp):
    """Somebody signed in by the school; the test stands where its logout would be."""
    idp.behave()
    visitor = Visitor(CALLBACK, idp.url + "/slo")
    begun = RelyingParty(broker, "desk", SECRET, "openid profile").begin()
    view = visitor.click(visitor.get(begun["url"]), "provider-school")
    if not view.has("idp-login"):
        view = visitor.carry_on(view)
    view = visitor.click(visitor.click(view, "idp-login", person="petr"), "answer")
    assert view.url.startswith(CALLBACK) and "code" in view.query, view
    return visitor


# ---------------------------------------------------------------- judges


def parts(query):
    """The fields of a query, without a look at how they were written."""
    return dict(urllib.parse.parse_qsl(query, strict_parsing=True))


def signer_of(query, broker, folder):
    """Which of the broker's signing certificates, as its metadata name them, openssl finds a query signed by."""
    metadata = lxml.etree.fromstring(requests.get(f"{broker.url}/upstream/school/metadata", timeout=30).content)
    found = metadata.xpath("//md:KeyDescriptor[@use='signing']//ds:X509Certificate/text()", namespaces={
        "md": "urn:oasis:names:tc:SAML:2.0:metadata", "ds": "http://www.w3.org/2000/09/xmldsig#"})
    certificates = ["".join(certificate.split()) for certificate in found]
    accepting = [certificate for certificate in certificates if openssl_accepts(query, certificate, folder)]
    assert len(accepting) == 1 < len(certificates), f"{len(accepting)} of {len(certificates)}"
    return accepting[0]


def openssl_accepts(query, certificate, folder):
    """The signature over the octets as they stand (Bindings 3.4.4.1), by the openssl tool."""
    signed, found, signature = query.partition("&Signature=")
    (folder / "key.crt").write_bytes(b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(base64.b64decode(certificate))
                                     + b"-----END CERTIFICATE-----\n")
    key = subprocess.run(["openssl", "x509", "-in", folder / "key.crt", "-pubkey", "-noout"], capture_output=True, check=True)
    (folder / "key.pem").write_bytes(key.stdout)
    (folder / "signature").write_bytes(base64.b64decode(urllib.parse.unquote(signature)))
    digest = {SIG_RSA_SHA256: "-sha256", SHA512: "-sha512", SHA1: "-sha1"}[parts(query)["SigAlg"]]
    judged = subprocess.run(["openssl", "dgst", digest, "-verify", folder / "key.pem", "-signature", folder / "signature"],
                            input=signed.encode(), capture_output=True, check=False)
    assert found and judged.stdout.decode().strip() in ("Verified OK", "Verification failure", "Verification Failure"), judged
    return judged.returncode == 0


def pysaml2_accepts(idp, query, certificate):
    return verify_redirect_signature(parts(query), idp.server.sec.sec_backend, cert=certificate)


def says_otherwise(query):
    """The query with one change each that a signature must not survive. All are still well-formed."""
    message, _, rest = query.partition("&")
    name, _, value = message.partition("=")
    yield query.replace("RelayState=", "RelayState=x", 1)
    yield query.replace(urllib.parse.quote(SIG_RSA_SHA256, safe=""), urllib.parse.quote(SHA512, safe=""))
    yield f"{name}={value[:40]}{'A' if value[40] != 'A' else 'B'}{value[41:]}&{rest}"


def written_otherwise(query):
    """The query with the same fields in other octets: the signature covers those that were signed."""
    message, _, rest = query.partition("&")
    name, _, value = message.partition("=")
    yield query.replace("%3A", "%3a")
    yield f"{name}=%{ord(value[0]):02X}{value[1:]}&{rest}"


def without_signature(query):
    return query.partition("&SigAlg=")[0]


# ---------------------------------------------------------------- the broker


def bring(broker, query):
    """A browser brings a query, octet for octet: libraries would write some of them anew."""
    connection = http.client.HTTPConnection("localhost", broker.port, timeout=60)
    with contextlib.closing(connection):
        connection.request("GET", f"/upstream/school/logout?{query}", headers={"Accept": "text/html", "Accept-Language": "en"})
        answer = connection.getresponse()
        return answer.status, answer.headers.get("Location"), answer.read().decode()


def is_signed_in(broker, visitor):
    return "Dvořák" in visitor.get(broker.url + "/account").words


def refusals(broker):
    with contextlib.closing(sqlite3.connect(f"file:{broker.folder}/idp.db?mode=ro", uri=True)) as database:
        return database.execute("select count(*) from audit_event where kind = 'logout.refused'").fetchone()[0]


def sign_out(broker, visitor):
    """The query that the broker sends to the school."""
    question = visitor.get(broker.url + "/oauth2/logout")
    left = visitor.click(question, "logout-submit")
    assert left.path == "/slo", left
    return urllib.parse.urlsplit(left.url).query


def signed(idp, message, kind, relay_state="from-the-school"):
    """The query of a message as pysaml2 signs it."""
    sent = idp.server.apply_binding(
        BINDING_HTTP_REDIRECT, str(message), "http://somewhere.example", relay_state=relay_state,
        response=kind == "SAMLResponse", sign=True, sigalg=SIG_RSA_SHA256)
    query = urllib.parse.urlsplit(dict(sent["headers"])["Location"]).query
    assert query.startswith(kind + "="), query
    return query


def answer_to(idp, query):
    """What pysaml2 answers to a logout request of ours, once it has verified it."""
    fields = parts(query)
    request = idp.server.parse_logout_request(
        fields["SAMLRequest"], BINDING_HTTP_REDIRECT, relay_state=fields["RelayState"], sigalg=fields["SigAlg"],
        signature=fields["Signature"])
    response = idp.server.create_logout_response(request.message, [BINDING_HTTP_REDIRECT], sign=False)
    return request.message, signed(idp, response, "SAMLResponse", fields["RelayState"])


def request_of(idp, broker):
    """A logout request of the school for everything of the person."""
    entity = f"{broker.url}/upstream/school/metadata"
    name = NameID(format=NAMEID_FORMAT_PERSISTENT, text=f"petr-at-{entity[-12:]}")
    message_id, message = idp.server.create_logout_request(
        f"{broker.url}/upstream/school/logout", entity, name_id=name, sign=False)
    return message_id, signed(idp, message, "SAMLRequest")


# ---------------------------------------------------------------- the broker signs


def test_our_logout_request_is_verified_by_two_others_and_by_neither_when_changed(broker, idp, visitor, tmp_path):
    query = sign_out(broker, visitor)

    certificate = signer_of(query, broker, tmp_path)
    assert pysaml2_accepts(idp, query, certificate)
    for changed in says_otherwise(query):
        assert changed != query
        assert not openssl_accepts(changed, certificate, tmp_path) and not pysaml2_accepts(idp, changed, certificate), changed
    # No library that writes the fields anew has a reason to write them in other octets.
    assert urllib.parse.urlencode(parts(query)) == query
    for written in written_otherwise(query):
        assert written != query and not openssl_accepts(written, certificate, tmp_path), written
    asked, answer = answer_to(idp, query)
    assert asked.name_id.text.startswith("petr-at-") and asked.destination == idp.url + "/slo"
    status, location, _ = bring(broker, answer)
    assert (status, location) == (303, "/oauth2/logout/done")
    assert not is_signed_in(broker, visitor)


def test_our_logout_response_is_verified_by_two_others_and_by_neither_when_changed(broker, idp, visitor, tmp_path):
    message_id, query = request_of(idp, broker)

    status, location, text = bring(broker, query)

    assert status == 303 and location.startswith(idp.url + "/slo?SAMLResponse="), text
    reply = urllib.parse.urlsplit(location).query
    assert parts(reply)["RelayState"] == "from-the-school"
    certificate = signer_of(reply, broker, tmp_path)
    assert pysaml2_accepts(idp, reply, certificate)
    for changed in says_otherwise(reply):
        assert not openssl_accepts(changed, certificate, tmp_path) and not pysaml2_accepts(idp, changed, certificate), changed
    read = idp.server.unravel(parts(reply)["SAMLResponse"], BINDING_HTTP_REDIRECT)
    response = lxml.etree.fromstring(read)
    assert response.get("InResponseTo") == message_id and response.get("Destination") == idp.url + "/slo"
    assert response.xpath("string(samlp:Status/samlp:StatusCode/@Value)", namespaces=NS).endswith(":Success")
    assert not is_signed_in(broker, visitor)
    assert bring(broker, query)[0] == 400, "it counts once"


# ---------------------------------------------------------------- pysaml2 signs


def spoiled(idp, query, tmp_path):
    """Everything that must be refused in place of a good query."""
    kind = query.partition("=")[0]
    yield from says_otherwise(query)
    yield from written_otherwise(query)
    yield query.replace(urllib.parse.quote(SIG_RSA_SHA256, safe=""), urllib.parse.quote(SHA1, safe=""))
    message, relay_state, *rest = query.split("&")
    yield "&".join([relay_state, message, *rest])
    yield query + "&RelayState=from-the-school"
    # The same message by somebody else.
    idp.signer = credentials(tmp_path, "stranger")
    idp.start_over()
    read = idp.server.unravel(parts(query)[kind], BINDING_HTTP_REDIRECT)
    foreign = signed(idp, read.decode() if isinstance(read, bytes) else read, kind, parts(query)["RelayState"])
    idp.behave()
    idp.start_over()
    yield foreign


def test_a_spoiled_logout_request_ends_nothing(broker, idp, visitor, tmp_path):
    message_id, query = request_of(idp, broker)
    before = refusals(broker)

    bad = [*spoiled(idp, query, tmp_path), without_signature(query)]
    for wrong in bad:
        status, location, text = bring(broker, wrong)
        assert (status, location) == (400, None) and "OUT-101" in text and "petr-at-" not in text, wrong
    assert refusals(broker) == before + len(bad)
    assert is_signed_in(broker, visitor)
    # And it was the change that was refused: the request itself is good.
    assert bring(broker, query)[0] == 303
    assert not is_signed_in(broker, visitor)


def test_a_spoiled_logout_response_is_told_and_changes_nothing(broker, idp, visitor, tmp_path):
    _, answer = answer_to(idp, sign_out(broker, visitor))
    before = refusals(broker)

    bad = list(spoiled(idp, answer, tmp_path))
    for wrong in bad:
        status, location, text = bring(broker, wrong)
        assert status in (303, 400), wrong
        view = visitor.get(urllib.parse.urljoin(broker.url, location)) if location else None
        # Whoever signed out here reads both: that it is done, and that the answer counts for nothing.
        if view:
            assert view.status == 200 and view.has("logout-done") and view.has("logout-untrusted"), view
            stranger = Visitor().get(urllib.parse.urljoin(broker.url, location))
            assert stranger.status == 400 and stranger.error == "OUT-101", stranger
        else:
            assert "OUT-101" in text, wrong
    assert refusals(broker) == before + len(bad)
    assert not is_signed_in(broker, visitor)
    # Unsigned ones are taken (the state's answers are), as they change nothing either.
    for good in (answer, without_signature(answer)):
        assert bring(broker, good)[:2] == (303, "/oauth2/logout/done")
