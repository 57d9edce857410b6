"""pysaml2 logs in at the sandbox NIA: before our broker is trusted, the sandbox's messages pass foreign stacks.

pysaml2 makes the requests and judges the answers by its own rules (libxmlsec1 underneath); signxml and cryptography
verify and decrypt a second time; the official SAML schemas validate; the layout is held against captured answers.
Run: pip install -r tests/peers/requirements.txt && cargo build --workspace && pytest tests/peers
"""

import base64
import datetime
import functools
import re
import subprocess
import urllib.parse
import zlib

import pytest
import requests
import xmlschema
from cryptography import x509
from lxml import etree
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.sigver import SignatureError
from saml2.xmldsig import SIG_RSA_SHA1, SIG_RSA_SHA256
from signxml import XMLSigner, XMLVerifier, methods

from sandbox_nia import (
    ALL, BASIC, E, FPSTS, M, METADATA, NS, S, SHARED, STATUS_CODE, SUBSTANTIAL,
    Answer, Browser, Sandbox, ServiceProvider, decrypt_padded, detached_is_valid, file_server, redirect_url,
    signature_of, teach_eidas_types,
)

HIGH, LOW = "http://eidas.europa.eu/LoA/high", "http://eidas.europa.eu/LoA/low"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
AUTHN_FAILED = "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    with Sandbox(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture(scope="module")
def town(sandbox, tmp_path_factory):
    return ServiceProvider(tmp_path_factory.mktemp("town"), sandbox, "mesto", eidas=True)


@pytest.fixture(scope="module")
def library(sandbox, tmp_path_factory):
    return ServiceProvider(tmp_path_factory.mktemp("library"), sandbox, "knihovna")


@pytest.fixture(autouse=True)
def fresh_memory(sandbox):
    """Nobody is logged in, nothing is remembered, nothing waits."""
    sandbox.call("forget")
    sandbox.call("fault/clear")
    sandbox.call("clock", shift_seconds=0)
    sandbox.call("logout-switches")


# ---------------------------------------------------------------- metadata


def test_metadata_are_signed_and_hold_what_the_real_ones_hold(sandbox):
    root = etree.fromstring(sandbox.metadata())

    assert signature_of(sandbox.metadata(), sandbox.certificate()) == "valid"
    assert signature_of(sandbox.metadata(), sandbox.certificate("stranger")) == "invalid"
    assert root.get("entityID") == FPSTS and re.fullmatch(r"_[0-9a-f-]{36}", root.get("ID"))
    assert [etree.QName(child).localname for child in root] == ["Signature", "RoleDescriptor", "IDPSSODescriptor"]
    role, idp = root[1], root[2]
    assert role.get("{http://www.w3.org/2001/XMLSchema-instance}type") == "fed:SecurityTokenServiceType"
    assert role.xpath("count(.//*[local-name()='ClaimType'])") == 15
    assert [(etree.QName(child).localname, child.get("Binding", "").rpartition(":")[2]) for child in idp] == [
        ("KeyDescriptor", ""), ("SingleLogoutService", "HTTP-Redirect"),
        ("SingleSignOnService", "HTTP-Redirect"), ("SingleSignOnService", "HTTP-POST")]
    assert {child.get("Location") for child in idp[1:]} == {sandbox.url + BASIC}
    for absent in ("validUntil", "cacheDuration"):
        assert root.get(absent) is None
    assert idp.get("WantAuthnRequestsSigned") is None
    assert "ds:" not in sandbox.metadata().decode()


def test_metadata_answer_at_both_spellings_of_the_path(sandbox):
    lower = requests.get(sandbox.url + METADATA.replace("/FPSTS/", "/fpsts/"), timeout=30)

    assert lower.status_code == 200
    assert signature_of(lower.content, sandbox.certificate()) == "valid"


def test_metadata_without_the_role_of_ws_federation_fit_the_schema(sandbox):
    root = etree.fromstring(sandbox.metadata())
    root.remove(root[1])

    schema("metadata").validate(etree.tostring(root, encoding="unicode"))


def test_pysaml2_takes_metadata_only_under_the_right_certificate(sandbox, town):
    town.refresh()
    with pytest.raises(SignatureError):
        town.refresh(certificate=sandbox.certificate("stranger"))
    town.refresh()


def test_every_certificate_says_that_it_is_of_the_sandbox(sandbox):
    for name in ("signing", "other-environment", "stranger"):
        certificate = x509.load_pem_x509_certificate(sandbox.certificate(name).encode())
        common_name = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value
        assert common_name.startswith("NIA_SANDBOX")
    authority = x509.load_pem_x509_certificate(sandbox.certificate("authority").encode())
    for name in ("signing", "other-environment"):
        x509.load_pem_x509_certificate(sandbox.certificate(name).encode()).verify_directly_issued_by(authority)


# ---------------------------------------------------------------- a good login


@pytest.mark.parametrize("binding, enveloped", [("redirect", False), ("redirect", True), ("post", None)])
def test_pysaml2_logs_in(town, binding, enveloped):
    answer = town.log_in(Browser(), binding=binding, enveloped=enveloped)

    seen = town.accept(answer)
    assert seen.name_id.text == seen.ava["PersonIdentifier"][0]
    assert seen.name_id.format == "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
    assert re.fullmatch(r"CZ/CZ/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", seen.name_id.text)
    assert seen.ava["FamilyName"] == ["NOVÁKOVÁ"] and seen.ava["FirstName"] == ["JANA"]
    assert seen.issuer() == FPSTS and seen.in_response_to == answer.request_id
    assert seen.authn_info()[0][0] == SUBSTANTIAL
    assert re.fullmatch(r"_[0-9a-f]{32}", seen.session_info()["session_index"])
    assert answer.action == town.acs and answer.relay_state == "stav 1 & 2"


def test_signxml_and_cryptography_agree_with_pysaml2(town):
    answer = town.log_in(Browser())

    assert (answer.outer(), answer.inner()) == ("valid", "valid")
    assert answer.cipher == "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
    assert answer.transport == (
        "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p", "http://www.w3.org/2000/09/xmldsig#sha1")
    assert answer.plain.startswith(b"<Assertion ID=") and b"\n" not in answer.plain
    assert not answer.xml.startswith(b"<?xml") and b"\n" not in answer.xml


def test_times_are_written_as_nia_writes_them(town):
    answer = town.log_in(Browser())

    issued, = answer.all("@IssueInstant")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", issued)
    instants = answer.of_assertion("@IssueInstant | saml:Conditions/@NotBefore | saml:AuthnStatement/@AuthnInstant")
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", instant) for instant in instants)
    begin, end = (moment(answer.of_assertion(f"string(saml:Conditions/@{name})")) for name in ("NotBefore", "NotOnOrAfter"))
    assert end - begin == datetime.timedelta(minutes=60)
    confirmed, = answer.of_assertion("saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData/@NotOnOrAfter")
    assert moment(confirmed) == end


def test_padding_is_now_pkcs7_and_now_random(town):
    kinds = set()
    for persona in ("novakova", "minor", "village") * 2:
        answer = town.log_in(Browser(), persona=f"{persona}@substantial")
        padded = decrypt_padded(answer.all("//xenc:EncryptedData")[0], town.key)
        count = padded[-1]
        if count > 2:
            kinds.add("pkcs7" if padded[-count:] == bytes([count]) * count else "random")

    assert kinds == {"pkcs7", "random"}


def test_answers_fit_the_official_schemas(town):
    for persona in ("novakova", "xmlchars", "eidas-el"):
        answer = town.log_in(Browser(), persona=f"{persona}@substantial")

        schema("protocol").validate(answer.xml.decode())
        schema("protocol").validate(answer.plain.decode())


def test_the_response_has_the_layout_of_the_captured_one(town):
    sample = captured("dummy_idp_response.xml")

    assert skeleton(town.log_in(Browser()).root) == skeleton(sample)


def test_a_failed_login_has_the_layout_of_the_captured_one(town):
    page = Browser().send(town.request()[1])
    failed = Answer(town, Browser().click(page, "action=cancel"), None)

    assert skeleton(failed.root) == skeleton(captured("fail_idp_response.xml"))


def test_the_assertion_has_the_layout_of_the_captured_one(town):
    answer = town.log_in(Browser(), names=[E + "CurrentFamilyName"], required=[E + "CurrentFamilyName"])

    assert skeleton(answer.assertion) == skeleton(etree.fromstring(ASSERTION))


def test_without_javascript_a_button_carries_the_answer_on(town):
    answer = town.log_in(Browser())

    form = answer.page.html.get_element_by_id("answer")
    assert form.get("data-auto-submit") is not None
    assert form.xpath("string(.//button)") == "Pokračovat"
    script, = answer.page.html.xpath("//script/@src")
    assert script == "/assets/submit.js"
    assert requests.get(urllib.parse.urljoin(answer.page.url, script), timeout=30).status_code == 200


def test_asked_again_the_same_answer_is_given(town):
    browser = Browser()
    answer = town.log_in(browser)

    assert browser.get(answer.page.url).posting()[1]["SAMLResponse"] == answer.message


# ---------------------------------------------------------------- people and what is told about them


def test_all_attributes_of_novakova(town):
    told = town.log_in(Browser()).attributes

    assert set(told) == set(ALL)
    assert told[E + "DateOfBirth"] == ["1985-04-12"]
    assert told[S + "eMail"] == ["jana.novakova@example.cz"] and told[M + "phonenumber"] == ["+420601234567"]
    assert told[S + "isAgeOver"] == ["true"]
    assert told["http://eidas.europa.eu/LoA"] == [SUBSTANTIAL]
    fragment = base64.b64decode(told[E + "CurrentAddress"][0]).decode()
    assert fragment.endswith("\r\n") and fragment.count("\r\n") == 5 and "<?xml" not in fragment
    ruian = etree.fromstring(base64.b64decode(told[M + "tradresaid"][0]))
    assert ruian.findtext("{*}obecKod") == "545392" and ruian.findtext("{*}okresKod") == "3302"


def test_the_address_types_fit_what_is_known_of_nia(town):
    folder = shared("schemas", "nia")
    told = town.log_in(Browser(), persona="village@substantial").attributes

    fragment = base64.b64decode(told[E + "CurrentAddress"][0]).decode()
    names = [etree.QName(child).localname for child in etree.fromstring(f'<r xmlns:eidas="urn:x">{fragment}</r>')]
    known = re.findall(r'element name="(\w+)"', (folder / "current_address_type.xsd").read_text())
    assert sorted(names) == sorted(known)
    assert "<eidas:Thoroughfare></eidas:Thoroughfare>" in fragment
    codes = [etree.QName(child).localname for child in etree.fromstring(base64.b64decode(told[M + "tradresaid"][0]))]
    allowed = re.findall(r'element name="(\w+)"', (folder / "tr_adresa_id_type.xsd").read_text())
    assert codes == [name for name in allowed if name in codes]


@pytest.mark.parametrize("persona, name, value", [
    ("cvrk-high", E + "CurrentGivenName", ["KAREL JOSEF"]),
    ("diacritics", E + "CurrentFamilyName", ["ŘEHOŘOVÁ-ČERNÁ O'NEILL"]),
    ("xmlchars", E + "CurrentFamilyName", ['K&R "SYN" < OTEC']),
    ("minor", S + "isAgeOver", ["false"]),
    ("minor", S + "age", ["16"]),
    ("nocontact", S + "eMail", None),
    ("nocontact", M + "phonenumber", None),
    ("noaddress", E + "CurrentAddress", None),
    ("noaddress", M + "tradresaid", None),
    ("eidas-es", E + "CurrentAddress", None),
    ("eidas-el", E + "CurrentFamilyName", ["Παπαδοπούλου", "Papadopoulou"]),
])
def test_each_persona_is_what_it_is_for(town, persona, name, value):
    answer = town.log_in(Browser(), persona=f"{persona}@substantial")

    assert answer.attributes.get(name) == value
    if not persona.startswith("eidas-el"):
        assert town.accept(answer).name_id.text == answer.attributes[E + "PersonIdentifier"][0]


def test_a_name_in_another_alphabet_is_marked(town):
    answer = town.log_in(Browser(), persona="eidas-el@substantial")

    latin = "{http://eidas.europa.eu/attributes/naturalperson}LatinScript"
    marks = [value.get(latin) for value in answer.of_assertion("//saml:Attribute[@FriendlyName='CurrentFamilyName']/saml:AttributeValue")]
    assert marks == ["false", None]


def test_pseudonyms_differ_between_providers_and_agree_within_a_group(sandbox, town, library, tmp_path):
    def pseudonym(provider, persona):
        return provider.log_in(Browser(), persona=f"{persona}@substantial").attributes[E + "PersonIdentifier"][0]

    school = ServiceProvider(tmp_path, sandbox, "skola", group="organizace")
    pool = ServiceProvider(tmp_path, sandbox, "bazen", group="organizace")

    assert pseudonym(town, "novakova") == pseudonym(town, "novakova") == pseudonym(town, "newname")
    assert len({pseudonym(town, key) for key in ("novakova", "newpseudonym", "twin")}) == 3
    assert pseudonym(town, "novakova") != pseudonym(library, "novakova")
    assert pseudonym(school, "novakova") == pseudonym(pool, "novakova")
    assert pseudonym(town, "eidas-es").startswith("ES/CZ/")


def test_foreigners_are_offered_only_where_the_gateway_is_allowed(town, library):
    at_town = Browser().send(town.request()[1]).buttons("persona")
    at_library = Browser().send(library.request()[1]).buttons("persona")

    assert set(at_town) - set(at_library) == {"eidas-es@substantial", "eidas-el@high", "eidas-el@substantial"}


@pytest.mark.parametrize("levels, comparison, offered, refused", [
    ([SUBSTANTIAL], "minimum", "cvrk-high@high", "low@low"),
    ([HIGH], "minimum", "cvrk-high@high", "novakova@substantial"),
    ([LOW], "minimum", "low@low", None),
    ([SUBSTANTIAL], "exact", "novakova@substantial", "cvrk-high@high"),
    ([SUBSTANTIAL], "maximum", "low@low", "cvrk-high@high"),
    ([SUBSTANTIAL], "better", "cvrk-high@high", "novakova@substantial"),
])
def test_only_means_that_meet_the_demand_are_offered(town, levels, comparison, offered, refused):
    browser = Browser()
    page = browser.send(town.request(levels=levels, comparison=comparison)[1])

    assert offered in page.buttons("persona")
    if refused:
        assert refused not in page.buttons("persona")
        assert browser.post(page.url, {"persona": refused}).erc == 402


def test_a_step_up_asks_again_and_comes_back_higher_with_the_same_person(town):
    browser = Browser()
    first = town.log_in(browser, persona="cvrk-high@substantial")
    second = town.log_in(browser, persona="cvrk-high@high", levels=[HIGH])

    assert town.accept(second).authn_info()[0][0] == HIGH
    assert first.attributes[E + "PersonIdentifier"] == second.attributes[E + "PersonIdentifier"]


# ---------------------------------------------------------------- consent


def test_an_optional_attribute_that_was_not_ticked_is_not_told(town):
    browser = Browser()
    names = [E + "PersonIdentifier", E + "CurrentGivenName", S + "eMail", M + "phonenumber"]
    page = browser.send(town.request(names=names)[1])
    page = browser.click(page, "persona=novakova@substantial")
    page = browser.click(page, "action=selected", allow=["eMail"])

    told = Answer(town, page, None).attributes
    assert set(told) == {E + "PersonIdentifier", S + "eMail"}


def test_consent_is_remembered_per_provider_and_asked_again_for_more(town, library):
    few = [E + "PersonIdentifier", S + "eMail"]
    browser = Browser()
    town.log_in(browser, names=few, consent="selected")

    again = browser.send(town.request(names=few)[1])
    more = browser.send(town.request(names=few + [M + "phonenumber"])[1])
    elsewhere = browser.send(library.request(names=few)[1])

    assert set(Answer(town, again, None).attributes) == {E + "PersonIdentifier"}
    assert more.path.startswith("/FPSTS/consent/")
    assert elsewhere.path.startswith("/FPSTS/consent/")


def test_a_missing_required_attribute_ends_the_login(town):
    browser = Browser()
    page = browser.send(town.request(required=[E + "PersonIdentifier", E + "CurrentAddress"])[1])
    page = browser.click(page, "persona=noaddress@substantial")

    assert page.buttons("action") == ["cancel"]
    assert Answer(town, browser.click(page, "action=cancel"), None).attributes == {STATUS_CODE: [AUTHN_FAILED]}


# ---------------------------------------------------------------- cancelled, failed, passive


@pytest.mark.parametrize("way", ["cancel", "fail", "consent"])
def test_a_login_that_was_not_completed_comes_back_as_a_success(town, way):
    browser = Browser()
    request_id, message = town.request()
    page = browser.send(message)
    if way == "consent":
        page = browser.click(page, "persona=novakova@substantial")
        page = browser.click(page, "action=cancel")
    else:
        page = browser.click(page, f"action={way}")

    answer = Answer(town, page, request_id)
    assert answer.all("string(samlp:Status/samlp:StatusCode/@Value)") == SUCCESS
    assert answer.attributes == {STATUS_CODE: [AUTHN_FAILED]}
    assert answer.of_assertion("string(//saml:Attribute/@FriendlyName)") == "StatusCode"
    # The trap: a stack that knows SAML but not NIA logs somebody in.
    assert town.accept(answer).name_id.text.startswith("CZ/CZ/")


def test_a_passive_request_is_answered_without_a_page(town):
    browser = Browser()
    failed = Answer(town, browser.send(town.request(is_passive="true")[1]), None)
    town.log_in(browser)
    succeeded = Answer(town, browser.send(town.request(is_passive="true")[1]), None)

    assert failed.attributes == {STATUS_CODE: [AUTHN_FAILED]}
    assert succeeded.attributes[E + "CurrentFamilyName"] == ["NOVÁKOVÁ"]


# ---------------------------------------------------------------- single sign-on and logout


def test_single_sign_on_is_shared_by_providers(town, library):
    browser = Browser()
    town.log_in(browser)

    page = browser.send(library.request(binding="post")[1])

    assert page.path.startswith("/FPSTS/consent/")
    assert town.accept(town.log_in(browser)).ava["FamilyName"] == ["NOVÁKOVÁ"]


def test_force_authn_breaks_single_sign_on_and_the_instant_is_new(town):
    browser = Browser()
    first = town.log_in(browser)
    silent = town.log_in(browser)
    forced_page = browser.send(town.request(force_authn="true")[1])
    forced = Answer(town, browser.click(forced_page, "persona=novakova@substantial"), None)

    def instant(answer):
        return answer.of_assertion("string(saml:AuthnStatement/@AuthnInstant)")

    assert forced_page.path.startswith("/FPSTS/login/")
    assert instant(first) == instant(silent) < instant(forced)


def log_out(town, browser, answer, **sign):
    seen = town.accept(answer)
    request_id, message = town.client.create_logout_request(
        town.sandbox.url + BASIC, FPSTS, name_id=seen.name_id,
        session_indexes=[seen.session_info()["session_index"]], sign=False)
    sent = town.client.apply_binding(
        BINDING_HTTP_REDIRECT, str(message), town.sandbox.url + BASIC, relay_state="odhlaseni",
        sigalg=SIG_RSA_SHA256, **sign)
    return request_id, browser.send(sent)


def test_a_logout_ends_single_sign_on_and_is_answered_unsigned_by_post(town):
    browser = Browser()
    request_id, page = log_out(town, browser, town.log_in(browser), sign=True)

    action, fields = page.posting()
    response = base64.b64decode(fields["SAMLResponse"])
    assert (action, fields["RelayState"]) == (town.logout_url, "odhlaseni")
    assert signature_of(response, town.sandbox.certificate()) == "missing"
    assert skeleton(etree.fromstring(response)) == skeleton(captured("dummy_idp_logout_response.xml"))
    schema("protocol").validate(response.decode())
    seen = town.client.parse_logout_request_response(fields["SAMLResponse"], BINDING_HTTP_POST)
    assert seen.in_response_to == request_id and seen.issuer() == FPSTS
    assert browser.send(town.request()[1]).path.startswith("/FPSTS/login/")


def redirected_logout(town, browser):
    """The query of a logout response that comes by redirect; it leads out of this machine, so nobody follows it."""
    seen = town.accept(town.log_in(browser))
    _, message = town.client.create_logout_request(town.sandbox.url + BASIC, FPSTS, name_id=seen.name_id, sign=False)
    address = redirect_url(town.key, str(message), town.sandbox.url + BASIC, relay_state="x")
    answer = browser.session.get(address, allow_redirects=False, timeout=30)
    location = urllib.parse.urlsplit(answer.headers["Location"])
    assert location.geturl().startswith(town.logout_url + "?SAMLResponse=")
    return location.query


def test_an_unsigned_logout_is_taken_until_the_switch_says_otherwise(town):
    browser = Browser()
    taken = log_out(town, browser, town.log_in(browser), sign=False)[1]
    town.sandbox.call("logout-switches", require_signed_request=True)
    refused = log_out(town, browser, town.log_in(browser), sign=False)[1]

    assert taken.status == 200
    assert refused.erc == 203


def test_a_wrongly_signed_logout_changes_nothing(town, library):
    browser = Browser()
    seen = town.accept(town.log_in(browser))
    _, message = town.client.create_logout_request(
        town.sandbox.url + BASIC, FPSTS, name_id=seen.name_id, sign=False)
    page = browser.get(redirect_url(library.key, str(message), town.sandbox.url + BASIC))

    assert page.erc == 205
    assert browser.send(town.request()[1]).path.startswith("/FPSTS/answer/")


def test_switches_sign_the_logout_response_and_send_it_by_redirect(town):
    browser = Browser()
    town.sandbox.call("logout-switches", sign_response=True)
    posted = log_out(town, browser, town.log_in(browser), sign=True)[1].posting()[1]["SAMLResponse"]
    town.sandbox.call("logout-switches", sign_response=True, response_by_redirect=True)
    query = redirected_logout(town, Browser())

    assert signature_of(base64.b64decode(posted), town.sandbox.certificate()) == "valid"
    assert detached_is_valid(query, town.sandbox.certificate())


def test_faults_of_a_logout_do_what_they_say(town):
    for fault, expected in (("logout_unsigned", "missing"), ("logout_bad_sig", "invalid"), (None, "valid")):
        browser = Browser()
        town.sandbox.call("logout-switches", sign_response=True)
        if fault:
            town.sandbox.call("fault", fault=fault, entity_id=town.entity_id)
        response = log_out(town, browser, town.log_in(browser), sign=True)[1].posting()[1]["SAMLResponse"]
        assert signature_of(base64.b64decode(response), town.sandbox.certificate()) == expected

    browser = Browser()
    town.sandbox.call("fault", fault="logout_wrong_in_response_to")
    request_id, page = log_out(town, browser, town.log_in(browser), sign=True)
    response = etree.fromstring(base64.b64decode(page.posting()[1]["SAMLResponse"]))
    assert response.get("InResponseTo") != request_id

    town.sandbox.call("logout-switches", sign_response=False)
    town.sandbox.call("fault", fault="logout_redirect")
    assert "Signature" not in redirected_logout(town, Browser())


def test_signout_ends_single_sign_on_in_this_browser(sandbox, town):
    browser = Browser()
    town.log_in(browser)

    assert browser.get(sandbox.url + "/FPSTS/signout").heading == "Jste odhlášeni"
    assert browser.send(town.request()[1]).path.startswith("/FPSTS/login/")


@pytest.mark.parametrize("binding", ["redirect", "post"])
def test_nia_logs_somebody_out_at_a_provider_and_takes_its_answer(town, binding):
    browser = Browser()
    answer = town.log_in(browser)
    sent = town.sandbox.call("logout-request", entity_id=town.entity_id, binding=binding, relay_state="r")

    if binding == "post":
        message = sent["fields"]["SAMLRequest"]
        assert signature_of(base64.b64decode(message), town.sandbox.certificate()) == "valid"
        schema("protocol").validate(base64.b64decode(message).decode())
        request = town.client.parse_logout_request(message, BINDING_HTTP_POST)
    else:
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(sent["url"]).query))
        assert detached_is_valid(urllib.parse.urlsplit(sent["url"]).query, town.sandbox.certificate())
        request = town.client.parse_logout_request(
            query["SAMLRequest"], BINDING_HTTP_REDIRECT, relay_state=query["RelayState"],
            sigalg=query["SigAlg"], signature=query["Signature"])

    assert request.message.name_id.text == answer.attributes[E + "PersonIdentifier"][0]
    assert request.message.session_index[0].text == answer.of_assertion("string(saml:AuthnStatement/@SessionIndex)")
    assert browser.send(town.request()[1]).path.startswith("/FPSTS/login/")

    reply = town.client.create_logout_response(request.message, [BINDING_HTTP_REDIRECT], sign=False)
    reply = re.sub(r'Destination="[^"]*"', "", str(reply))
    back = town.client.apply_binding(
        BINDING_HTTP_REDIRECT, reply, town.sandbox.url + BASIC, relay_state="r", response=True, sign=True,
        sigalg=SIG_RSA_SHA256)
    assert browser.send(back).heading == "Jste odhlášeni"
    seen = town.sandbox.ask("logout-request")["answers"][-1]
    assert (seen["in_response_to"], seen["signed"], seen["status"]) == (sent["id"], True, SUCCESS)


@pytest.mark.parametrize("flaw", [
    "unsigned", "bad_signature", "unknown_key", "stale", "wrong_name_id", "wrong_session", "wrong_issuer",
    "wrong_destination",
])
def test_a_flawed_logout_request_is_flawed_as_it_says(town, flaw):
    answer = town.log_in(Browser())
    sent = town.sandbox.call("logout-request", entity_id=town.entity_id, binding="post", flaw=flaw)

    xml = base64.b64decode(sent["fields"]["SAMLRequest"])
    request = etree.fromstring(xml)
    expected = {"unsigned": "missing", "bad_signature": "invalid", "unknown_key": "invalid"}.get(flaw, "valid")
    assert signature_of(xml, town.sandbox.certificate()) == expected
    age = datetime.datetime.now(datetime.timezone.utc) - moment(request.get("IssueInstant"))
    assert (age > datetime.timedelta(minutes=50)) == (flaw == "stale")
    known = answer.attributes[E + "PersonIdentifier"][0]
    assert (request.findtext("saml:NameID", namespaces=NS) != known) == (flaw == "wrong_name_id")
    index = answer.of_assertion("string(saml:AuthnStatement/@SessionIndex)")
    assert (request.findtext("samlp:SessionIndex", namespaces=NS) != index) == (flaw == "wrong_session")
    assert (request.findtext("saml:Issuer", namespaces=NS) != FPSTS) == (flaw == "wrong_issuer")
    assert (request.get("Destination") != town.logout_url) == (flaw == "wrong_destination")


# ---------------------------------------------------------------- requests that are refused


def request_xml(town, change=lambda xml: xml):
    _, sent = town.request(binding="redirect", enveloped=False)
    query = urllib.parse.urlsplit(dict(sent["headers"])["Location"]).query
    raw = base64.b64decode(dict(urllib.parse.parse_qsl(query))["SAMLRequest"])
    return change(zlib.decompress(raw, -15).decode())


@pytest.mark.parametrize("erc, find, put", [
    (105, 'Version="2.0"', 'Version="1.1"'),
    (201, "mesto.example/nia<", "nikdo.example/nia<"),
    (301, BASIC, "/FPSTS/saml2/jinam"),
    (302, "mesto.example/nia/acs", "mesto.example/nia/acs/"),
    (304, ">public<", ">tajny<"),
    (305, f'Name="{E}PersonIdentifier"', 'Name=""'),
    (306, ">18<", ">osmnáct<"),
    (307, "LoA/substantial", "LoA/SUBSTANTIAL"),
    (308, 'Comparison="minimum"', 'Comparison="asi"'),
    (103, "<ns0:AuthnRequest", "<!DOCTYPE x><ns0:AuthnRequest"),
    (104, "AuthnRequest", "ArtifactResolve"),
])
def test_a_request_that_breaks_one_rule_ends_on_a_page_of_nia_with_its_code(town, erc, find, put):
    def change(xml):
        assert find in xml, xml
        return xml.replace(find, put)

    page = Browser().get(redirect_url(town.key, request_xml(town, change), town.sandbox.url + BASIC))

    assert (page.status, page.erc) == (400, erc)
    assert page.heading == "Požadavek nelze zpracovat"


def test_the_signature_of_a_request_must_be_there_fit_and_be_strong(town, library):
    def erc(**how):
        key = how.pop("key", town.key)
        return Browser().get(redirect_url(key, request_xml(town), town.sandbox.url + BASIC, **how)).erc

    assert erc() == 0
    assert erc(algorithm=None) == 203
    assert erc(key=library.key) == 205
    assert erc(algorithm=SIG_RSA_SHA1) == 204
    # The standard fixes the order of what is signed; the sandbox puts the octets together in that order.
    assert erc(relay_state="x", order=("RelayState", "SAMLRequest", "SigAlg")) == 205


def test_a_posted_request_is_verified_over_what_was_signed(town, library):
    def post(xml):
        return Browser().post(town.sandbox.url + BASIC, {"SAMLRequest": base64.b64encode(xml).decode()}).erc

    def signed(key_owner, **algorithms):
        signer = XMLSigner(method=methods.enveloped, c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#", **algorithms)
        root = etree.fromstring(request_xml(town))
        placeholder = etree.SubElement(root, "{%s}Signature" % NS["dsig"], Id="placeholder")
        root.insert(1, placeholder)
        root = signer.sign(root, key=key_owner.key, cert=key_owner.certificate_file.read_bytes(), reference_uri=root.get("ID"), id_attribute="ID")
        return etree.tostring(root)

    good = signed(town)
    assert post(good) == 0
    assert post(good.replace(b"LoA/substantial", b"LoA/low")) == 205
    assert post(signed(library)) == 205
    assert post(etree.tostring(etree.fromstring(request_xml(town)))) == 203
    wrapped = etree.fromstring(good)
    outside = etree.fromstring(request_xml(town, lambda xml: xml.replace("LoA/substantial", "LoA/low")))
    outside.insert(1, wrapped.find("dsig:Signature", NS))
    outside[-1].append(etree.fromstring(good))
    assert post(etree.tostring(outside)) in (205, 206)


def test_a_request_in_a_strange_envelope_is_refused(town):
    url = town.sandbox.url + BASIC
    message = urllib.parse.quote(base64.b64encode(b"<r/>").decode())

    assert Browser().get(url).erc == 101
    assert Browser().get(f"{url}?SAMLRequest={message}&SAMLRequest={message}").erc == 101
    assert Browser().get(f"{url}?SAMLRequest={message}&SAMLResponse={message}").erc == 101
    assert Browser().get(f"{url}?SAMLRequest={message}").erc == 102
    assert Browser().get(town.sandbox.url + "/FPSTS/login/" + "0" * 32).erc == 401


def test_unknown_attributes_are_ignored_and_the_order_of_children_is_free(town):
    def change(xml):
        root = etree.fromstring(xml.replace(S + "eMail", "urn:nikdo:nezna"))
        root.append(root.find("samlp:Extensions", NS))
        return etree.tostring(root, encoding="unicode")

    browser = Browser()
    page = browser.get(redirect_url(town.key, request_xml(town, change), town.sandbox.url + BASIC))
    page = browser.click(page, "persona=novakova@substantial")
    told = Answer(town, browser.click(page, "action=all"), None).attributes

    assert set(told) == set(ALL) - {S + "eMail"}


def test_the_journal_shows_what_came_in(town):
    Browser().send(town.request(binding="post")[1])
    Browser().get(redirect_url(town.key, request_xml(town), town.sandbox.url + BASIC, algorithm=None))

    unsigned, posted = town.sandbox.ask("journal")["messages"][:2]
    assert (unsigned["binding"], unsigned["signature"], unsigned["erc"]) == ("redirect", "none", 203)
    assert (posted["binding"], posted["signature"], posted["erc"]) == ("post", "enveloped", None)
    assert "AuthnRequest" in posted["xml"]


# ---------------------------------------------------------------- faults


def of(path):
    """The value of an XPath in the assertion, as a check."""
    return lambda answer: answer.of_assertion(path)


# What each fault leads to, in the words of lxml, signxml and cryptography; and whether pysaml2 refuses the answer.
# False is no praise: pysaml2 logs the person in, and whoever reads NIA must do better. None: it depends on its libraries.
FAULTS = {
    "no_outer_sig": (lambda a: (a.outer(), a.inner()), ("missing", "valid"), True),
    "no_inner_sig": (lambda a: (a.outer(), a.inner()), ("valid", "missing"), True),
    "bad_outer_sig": (lambda a: (a.outer(), a.inner()), ("invalid", "valid"), True),
    "bad_inner_sig": (lambda a: (a.outer(), a.inner()), ("valid", "invalid"), True),
    "unknown_key": (lambda a: (a.outer(), a.inner(), a.outer(stranger(a)), a.inner(stranger(a))),
                    ("invalid", "invalid", "valid", "valid"), True),
    "unknown_inner_key": (lambda a: (a.outer(), a.inner(), a.inner(stranger(a))), ("valid", "invalid", "valid"), True),
    "sha1_sig": (lambda a: (a.outer(), a.all("string(dsig:Signature//dsig:SignatureMethod/@Algorithm)")),
                 ("invalid", SIG_RSA_SHA1), None),
    "other_env_key": (lambda a: (a.outer(), a.outer(a.provider.sandbox.certificate("other-environment"))),
                      ("invalid", "valid"), True),

    "rsa15_key": (lambda a: (a.transport[0], a.inner()), ("http://www.w3.org/2001/04/xmlenc#rsa-1_5", "valid"), None),
    "tripledes": (lambda a: (a.cipher, a.inner()), ("http://www.w3.org/2001/04/xmlenc#tripledes-cbc", "valid"), None),
    "aes128cbc": (lambda a: (a.cipher, a.inner()), ("http://www.w3.org/2001/04/xmlenc#aes128-cbc", "valid"), False),
    "aes256gcm": (lambda a: (a.cipher, a.inner()), ("http://www.w3.org/2009/xmlenc11#aes256-gcm", "valid"), False),
    "oaep_sha256": (lambda a: (a.transport[0], a.inner()), ("http://www.w3.org/2009/xmlenc11#rsa-oaep", "valid"), None),
    "oaep_mgf1p_sha256": (lambda a: (a.transport[1], a.inner()), ("http://www.w3.org/2001/04/xmlenc#sha256", "valid"), None),
    "other_recipient": (lambda a: (a.outer(), decrypts(a)), ("valid", False), True),
    "plain_assertion": (lambda a: (a.outer(), a.all("count(saml:Assertion)"), a.all("count(//saml:EncryptedAssertion)")),
                        ("valid", 1, 0), None),

    "two_assertions": (lambda a: (a.outer(), a.all("count(saml:EncryptedAssertion)")), ("valid", 2), None),
    "plain_beside": (lambda a: (a.outer(), a.all("count(saml:EncryptedAssertion)"), a.all("count(saml:Assertion)")),
                     ("valid", 1, 1), None),
    "xsw1": (lambda a: (a.outer(), a.all("count(dsig:Signature/dsig:Object/samlp:Response)")), ("invalid", 1), True),
    "xsw2": (lambda a: (a.outer(), a.all("count(samlp:Extensions/samlp:Response)")), ("missing", 1), True),
    "xsw3": (lambda a: (a.outer(), signed_assertions(a)), ("missing", [False, True]), True),
    "xsw4": (lambda a: (a.outer(), a.inner(), a.of_assertion("count(saml:Advice/saml:Assertion/dsig:Signature)")),
             ("valid", "missing", 1), None),
    "xsw5": (lambda a: (a.outer(), signed_assertions(a)), ("missing", [True, False]), True),
    "xsw6": (lambda a: (a.outer(), a.inner(), a.of_assertion("count(dsig:Signature/dsig:Object/saml:Assertion)")),
             ("valid", "invalid", 1), True),
    "xsw7": (lambda a: (a.outer(), a.all("count(samlp:Extensions/saml:Assertion)"), signed_assertions(a)),
             ("missing", 1, [True]), True),
    "xsw8": (lambda a: (a.outer(), a.inner(), a.of_assertion("count(dsig:Signature/dsig:Object/saml:Assertion/dsig:Signature)")),
             ("valid", "invalid", 1), True),
    "xsw_status_detail": (lambda a: (a.outer(), a.all("count(samlp:Status/samlp:StatusDetail/samlp:Response)")),
                          ("missing", 1), True),
    "xsw_after": (lambda a: (a.outer(), signed_assertions(a)), ("missing", [True, False]), True),
    "dup_id": (lambda a: (a.all("count(//samlp:Response[@ID=/*/@ID])"), a.all("count(dsig:Signature/dsig:Object/samlp:Response)")),
               (2, 1), True),
    "doctype": (lambda a: a.xml.startswith(b"<!DOCTYPE samlp:Response>"), True, None),
    "inner_doctype": (lambda a: (a.outer(), a.plain.startswith(b"<!DOCTYPE Assertion>")), ("valid", True), None),
    "entity_bomb": (lambda a: (b"<!ENTITY a9 " in a.xml, b"<Object>&a9;</Object>" in a.xml), (True, True), True),
    "external_entity": (lambda a: (b'SYSTEM "file:///etc/hostname"' in a.xml, b"<Object>&e;</Object>" in a.xml), (True, True), True),
    "comment_nameid": (lambda a: (a.inner(), a.of_assertion("count(saml:Subject/saml:NameID/comment())")), ("valid", 1), None),

    "wrong_issuer_outer": (lambda a: (a.outer(), a.all("string(saml:Issuer)") != FPSTS), ("valid", True), True),
    "wrong_issuer_inner": (lambda a: (a.inner(), a.of_assertion("string(saml:Issuer)") != FPSTS), ("valid", True), True),
    "wrong_destination": (lambda a: a.all("@Destination") != [a.provider.acs], True, True),
    "wrong_recipient": (lambda a: recipient(a) != a.provider.acs, True, False),
    "wrong_audience": (lambda a: a.of_assertion("string(//saml:Audience)") != a.provider.entity_id, True, True),
    "no_audience": (of("count(//saml:AudienceRestriction)"), 0, False),
    "no_conditions": (of("count(saml:Conditions)"), 0, None),
    "wrong_in_response_to": (lambda a: a.all("@InResponseTo") != [a.request_id], True, True),
    "wrong_inner_in_response_to": (lambda a: (a.all("@InResponseTo") == [a.request_id], inner_request(a) == a.request_id),
                                   (True, False), False),
    "missing_in_response_to": (lambda a: (a.all("@InResponseTo"), inner_request(a)), ([], ""), True),

    "expired": (lambda a: moment(a.of_assertion("string(saml:Conditions/@NotOnOrAfter)")) < now(), True, True),
    "not_yet_valid": (lambda a: moment(a.of_assertion("string(saml:Conditions/@NotBefore)")) > now(), True, True),
    "old_issue_instant": (lambda a: minutes_off(a.all("string(@IssueInstant)")), -10, None),
    "future_issue_instant": (lambda a: minutes_off(a.all("string(@IssueInstant)")), 10, None),
    "old_authn_instant": (lambda a: minutes_off(a.of_assertion("string(//@AuthnInstant)")), -60, False),

    "loa_lower": (of("string(//saml:AuthnContextClassRef)"), LOW, False),
    "loa_unknown": (of("string(//saml:AuthnContextClassRef)"), "http://eidas.europa.eu/LoA/extreme", False),
    "loa_case": (of("string(//saml:AuthnContextClassRef)"), "http://eidas.europa.eu/LoA/SUBSTANTIAL", False),
    "authn_failed": (lambda a: a.attributes, {STATUS_CODE: [AUTHN_FAILED]}, False),
    "responder_error": (lambda a: (a.outer(), a.all("samlp:Status//@Value"), a.all("count(//saml:EncryptedAssertion)")),
                        ("valid", ["urn:oasis:names:tc:SAML:2.0:status:Responder", AUTHN_FAILED], 0), True),

    "no_person_identifier": (lambda a: E + "PersonIdentifier" in a.attributes, False, False),
    "nameid_mismatch": (lambda a: a.attributes[E + "PersonIdentifier"][0] != a.of_assertion("string(saml:Subject/saml:NameID)"), True, False),
    "transient_nameid": (of("string(saml:Subject/saml:NameID/@Format)"), "urn:oasis:names:tc:SAML:2.0:nameid-format:transient", False),
    "dup_attribute": (of("count(//saml:Attribute[@FriendlyName='CurrentFamilyName'])"), 2, False),
    "bad_base64_address": (lambda a: is_base64(a.attributes[E + "CurrentAddress"][0]), False, None),
    "address_doctype": (lambda a: b"<!DOCTYPE" in base64.b64decode(a.attributes[E + "CurrentAddress"][0]), True, False),
    "huge": (lambda a: len(a.message) > 1 << 20, True, None),

    "other_relaystate": (lambda a: a.relay_state, "https://jinam.example/", False),
}
# These are no document to look at, or more than one: tests of their own.
ELSEWHERE = {"rotated_key", "replay", "truncated", "no_answer"}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_leads_to_what_it_says(town, fault):
    look, expected, pysaml2_refuses = FAULTS[fault]
    answer = town.log_in(Browser(), fault=fault)

    assert look(answer) == expected
    if pysaml2_refuses is not None:
        assert refused_by_pysaml2(town, answer) == pysaml2_refuses


def test_every_fault_is_looked_at(sandbox):
    known = {fault["fault"]: fault["group"] for fault in sandbox.ask("fault")["faults"]}

    of_login = {fault for fault, group in known.items() if group not in ("logout", "metadata")}
    assert of_login == set(FAULTS) | ELSEWHERE
    assert {fault for fault, group in known.items() if group == "metadata"} == set(METADATA_FAULTS)
    named = ("no_outer_sig, no_inner_sig, bad_outer_sig, bad_inner_sig, unknown_key, sha1_sig, rsa15_key, tripledes, aes128cbc, "
             "aes256gcm, oaep_sha256, plain_assertion, two_assertions, xsw1, xsw2, xsw3, xsw4, xsw5, xsw6, xsw7, xsw8, dup_id, doctype, "
             "entity_bomb, comment_nameid, wrong_issuer_outer, wrong_issuer_inner, wrong_destination, wrong_recipient, "
             "wrong_audience, no_audience, no_conditions, expired, not_yet_valid, old_issue_instant, future_issue_instant, "
             "wrong_in_response_to, missing_in_response_to, replay, other_relaystate, loa_lower, loa_unknown, loa_case, "
             "authn_failed, responder_error, no_person_identifier, nameid_mismatch, transient_nameid, dup_attribute, "
             "bad_base64_address, address_doctype, huge, truncated, rotated_key, other_env_key, logout_unsigned, "
             "logout_bad_sig, logout_redirect")
    assert set(named.split(", ")) <= set(known)


def test_a_wrapped_answer_never_says_the_attackers_name_under_a_good_signature(town):
    """Where the first signature found verifies, it is over the genuine part: the forged subject stands outside."""
    for fault in ("xsw2", "xsw3", "xsw5", "xsw7", "xsw_status_detail", "xsw_after"):
        answer = town.log_in(Browser(), fault=fault)
        covered = XMLVerifier().verify(
            answer.xml, x509_cert=answer.trusted, id_attribute="ID", expect_references=1, ignore_ambiguous_key_info=True)
        assert covered.signed_xml.get("ID") != answer.root.get("ID") or fault == "xsw_after"


def test_a_replayed_answer_is_the_last_one_and_pysaml2_refuses_it(town):
    browser = Browser()
    first = town.log_in(browser)
    town.sandbox.call("fault", fault="replay", entity_id=town.entity_id)
    again = town.log_in(browser)

    assert again.message == first.message
    assert again.all("@InResponseTo") == [first.request_id]
    town.outstanding.pop(first.request_id)
    assert refused_by_pysaml2(town, again)


def test_a_truncated_answer_is_half_a_document(town):
    answer = town.log_in(Browser(), fault="truncated")

    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(base64.b64decode(answer.message + "=" * (-len(answer.message) % 4)))
    assert refused_by_pysaml2(town, answer)


def test_a_silent_nia_leaves_the_person_on_its_page(town):
    browser = Browser()
    page = browser.send(town.request()[1])
    page = browser.click(page, "persona=novakova@substantial", fault="no_answer")
    page = browser.click(page, "action=all")

    assert page.heading == "Přihlášení skončilo tady"
    assert not page.html.forms


def test_a_rotated_key_signs_at_once_and_is_in_the_metadata(town):
    before = town.sandbox.certificate()
    answer = town.log_in(Browser(), fault="rotated_key")

    after = town.sandbox.certificate()
    assert before != after
    assert (answer.outer(before), answer.outer(after)) == ("invalid", "valid")
    assert signature_of(town.sandbox.metadata(), after) == "valid"
    assert refused_by_pysaml2(town, answer)
    town.refresh()
    assert not refused_by_pysaml2(town, answer)


METADATA_FAULTS = {
    "meta_unsigned": lambda text, sandbox: signature_of(text, sandbox.certificate()) == "missing",
    "meta_unknown_key": lambda text, sandbox: (signature_of(text, sandbox.certificate("stranger")) == "valid"
                                               and signature_of(text, sandbox.certificate()) == "invalid"),
    "meta_tampered": lambda text, sandbox: (signature_of(text, sandbox.certificate()) == "invalid"
                                            and b"https://jinam.example/" in text),
    "meta_entity_id": lambda text, sandbox: (signature_of(text, sandbox.certificate()) == "valid"
                                             and etree.fromstring(text).get("entityID") != FPSTS),
    "meta_foreign_endpoint": lambda text, sandbox: (signature_of(text, sandbox.certificate()) == "valid"
                                                    and b'Location="https://jinam.example/' in text),
    "meta_doctype": lambda text, sandbox: text.startswith(b"<!DOCTYPE EntityDescriptor>"),
    "meta_huge": lambda text, sandbox: len(text) > 10 << 20,
    "meta_html": lambda text, sandbox: text.startswith(b"<!doctype html>"),
    "meta_redirect": None, "meta_slow": None, "meta_unavailable": None,
}


@pytest.mark.parametrize("fault", [fault for fault, look in METADATA_FAULTS.items() if look])
def test_a_fault_of_the_metadata_leads_to_what_it_says(sandbox, fault):
    sandbox.call("fault", fault=fault)

    assert METADATA_FAULTS[fault](sandbox.metadata(), sandbox)
    assert signature_of(sandbox.metadata(), sandbox.certificate()) == "valid"


def test_metadata_can_be_away_elsewhere_or_very_slow(sandbox):
    sandbox.call("fault", fault="meta_unavailable")
    assert requests.get(sandbox.url + METADATA, timeout=30).status_code == 503
    sandbox.call("fault", fault="meta_redirect")
    assert requests.get(sandbox.url + METADATA, timeout=30, allow_redirects=False).is_redirect
    sandbox.call("fault", fault="meta_slow")
    with requests.get(sandbox.url + METADATA, timeout=30, stream=True) as slow:
        assert next(slow.iter_content(16)) == b"<"


def test_a_fault_set_by_a_call_happens_as_often_as_asked_and_to_whom_it_was_meant_for(town, library):
    town.sandbox.call("fault", fault="no_audience", entity_id=town.entity_id, times=2)

    def has_audience(provider):
        return bool(provider.log_in(Browser()).of_assertion("count(//saml:Audience)"))

    assert has_audience(library)
    assert [has_audience(town) for _ in range(3)] == [False, False, True]


def test_the_page_of_faults_does_what_the_call_does(sandbox, town):
    browser = Browser()
    page = browser.get(sandbox.url + "/_sandbox/nia/fault")
    form = page.html.xpath("//form[@action='/_sandbox/nia/fault']")[0]
    assert set(form.inputs["fault"].value_options) == {fault["fault"] for fault in sandbox.ask("fault")["faults"]}

    page = browser.post(page.url, {"fault": "no_conditions", "entity_id": town.entity_id, "times": "1"})

    assert "Tvrzení nemá žádné podmínky." in page.html.xpath("string(//*[@class='notice'])")
    assert sandbox.ask("fault")["waiting"] == [{"fault": "no_conditions", "entity_id": town.entity_id, "times": 1}]
    assert town.log_in(browser).of_assertion("count(saml:Conditions)") == 0


# ---------------------------------------------------------------- the sandbox itself


def test_the_clock_shifts_what_is_issued(town):
    town.sandbox.call("clock", shift_seconds=-7200)
    past = town.log_in(Browser())
    at = (now() + datetime.timedelta(days=40)).isoformat()
    town.sandbox.call("clock", at=at)
    future = town.log_in(Browser())

    assert minutes_off(past.all("string(@IssueInstant)")) == -120
    assert minutes_off(future.all("string(@IssueInstant)")) == 40 * 24 * 60
    assert refused_by_pysaml2(town, past) and refused_by_pysaml2(town, future)


def test_keys_outlive_a_restart_and_rotation(tmp_path):
    with Sandbox(tmp_path) as sandbox:
        first = sandbox.certificate()
        rotated = sandbox.call("rotate-key", valid_from_days=-60, valid_until_days=-1)["pem"]
        assert first != rotated == sandbox.certificate()
        assert x509.load_pem_x509_certificate(rotated.encode()).not_valid_after_utc < now()
    with Sandbox(tmp_path) as sandbox:
        assert sandbox.certificate() == rotated
    for key in (tmp_path / "data" / "nia").glob("*.key.pem"):
        assert key.stat().st_mode & 0o077 == 0, key


def test_a_certificate_is_read_from_metadata_and_read_again_when_it_does_not_fit(sandbox, tmp_path):
    provider = ServiceProvider(tmp_path, sandbox, "zmena")
    metadata = tmp_path / "www" / "metadata.xml"
    metadata.parent.mkdir()

    def publish(certificate):
        body = "".join(certificate.splitlines()[1:-1])
        metadata.write_text(
            f'<EntityDescriptor xmlns="{NS["md"]}" entityID="{provider.entity_id}"><SPSSODescriptor protocolSupportEnumeration="{NS["samlp"]}">'
            f'<KeyDescriptor><KeyInfo xmlns="{NS["dsig"]}"><X509Data><X509Certificate>{body}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>'
            f"</SPSSODescriptor></EntityDescriptor>")

    with file_server(metadata.parent) as address:
        sandbox.call("sep", entity_id=provider.entity_id, acs_url=provider.acs, metadata_url=f"{address}/metadata.xml")
        assert Browser().send(provider.request()[1]).erc == 202
        publish(sandbox.certificate("stranger"))
        assert Browser().send(provider.request()[1]).erc == 205
        publish(provider.certificate_file.read_text())
        assert Browser().send(provider.request()[1]).erc == 0
    # The last good copy serves while the provider is away.
    assert provider.accept(provider.log_in(Browser())).ava["FamilyName"] == ["NOVÁKOVÁ"]


def test_registrations_come_from_the_configuration_too(tmp_path, town):
    config = f'[[nia.sep]]\nentity_id = "https://mesto.example/nia"\nacs_url = "{town.acs}"\ncertificate_file = "{town.certificate_file}"\n'
    with Sandbox(tmp_path, config) as sandbox:
        assert [sep["entity_id"] for sep in sandbox.ask("sep")] == [town.entity_id]
        sandbox.call("sep/remove", entity_id=town.entity_id)
        assert sandbox.ask("sep") == []


def test_controls_do_not_obey_forms_of_foreign_pages(sandbox):
    url = sandbox.url + "/_sandbox/nia/rotate-key"

    for foreign in ({"Origin": "https://jinam.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        assert requests.post(url, headers=foreign, timeout=30).status_code == 403
    assert requests.post(url, headers={"Sec-Fetch-Site": "same-origin"}, timeout=30).status_code == 200
    assert requests.post(url, headers={"Origin": sandbox.url}, timeout=30).status_code == 200


def test_every_page_of_the_controls_is_marked(sandbox):
    for path in ("/_sandbox/", "/_sandbox/nia/fault", "/_sandbox/nia/sep", "/_sandbox/nia/logout-request"):
        page = Browser().get(sandbox.url + path)
        assert page.status == 200 and len(page.html.xpath("//h1")) == 1
    assert Browser().get(sandbox.url).path == "/_sandbox/"


def test_the_sandbox_does_not_run_in_production(tmp_path):
    ended = subprocess.run([Sandbox.program(), "serve"], env={"APP_ENV": "production"}, cwd=tmp_path,
                           capture_output=True, timeout=60)

    assert ended.returncode != 0
    assert b"APP_ENV is production" in ended.stderr
    assert not list(tmp_path.iterdir())


def test_a_wrong_configuration_stops_the_start_and_names_the_key(tmp_path):
    (tmp_path / "c.toml").write_text("[nia]\nlogoot = 1\n")
    ended = subprocess.run([Sandbox.program(), "serve", "--config", "c.toml"], cwd=tmp_path, capture_output=True, timeout=60)

    assert ended.returncode != 0
    assert b"logoot" in ended.stderr and b"c.toml" in ended.stderr


# ---------------------------------------------------------------- helpers

ASSERTION = """<Assertion ID="" IssueInstant="" Version="2.0" xmlns="urn:oasis:names:tc:SAML:2.0:assertion"><Issuer/>\
<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo>\
<CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>\
<SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>\
<Reference URI=""><Transforms><Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>\
<Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></Transforms>\
<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue/></Reference></SignedInfo><SignatureValue/>\
<KeyInfo><X509Data><X509Certificate/></X509Data></KeyInfo></Signature>\
<Subject><NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"/>\
<SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">\
<SubjectConfirmationData InResponseTo="" NotOnOrAfter="" Recipient=""/></SubjectConfirmation></Subject>\
<Conditions NotBefore="" NotOnOrAfter=""><AudienceRestriction><Audience/></AudienceRestriction></Conditions>\
<AttributeStatement><Attribute xmlns:a="http://schemas.xmlsoap.org/ws/2009/09/identity/claims" \
Name="http://eidas.europa.eu/attributes/naturalperson/CurrentFamilyName" \
NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri" FriendlyName="CurrentFamilyName" \
a:OriginalIssuer="urn:microsoft:cgg2010:fpsts"><AttributeValue xmlns:b="http://www.w3.org/2001/XMLSchema-instance" \
xmlns:tn="http://eidas.europa.eu/attributes/naturalperson" b:type="tn:CurrentFamilyNameType"/></Attribute></AttributeStatement>\
<AuthnStatement AuthnInstant="" SessionIndex=""><SubjectLocality Address=""/>\
<AuthnContext><AuthnContextClassRef/></AuthnContext></AuthnStatement></Assertion>"""

# Attributes whose value is part of the layout.
FIXED = {"Algorithm", "Version", "Type", "Value", "Format", "Method", "Name", "NameFormat", "FriendlyName",
         "{http://www.w3.org/2001/XMLSchema-instance}type",
         "{http://schemas.xmlsoap.org/ws/2009/09/identity/claims}OriginalIssuer"}


def skeleton(element):
    """An element as it is laid out: prefix, name, namespaces declared here, attributes in order, children in order."""
    parent = element.getparent()
    inherited = {} if parent is None else parent.nsmap
    declared = {prefix: uri for prefix, uri in element.nsmap.items() if inherited.get(prefix) != uri}
    attributes = [(name, value if name in FIXED else "…") for name, value in element.attrib.items()]
    return (element.prefix, element.tag, declared, attributes, [skeleton(child) for child in element])


def shared(*path):
    folder = SHARED.joinpath(*path)
    if not folder.exists():
        pytest.skip(f"not at hand: {folder}")
    return folder


def captured(name):
    return etree.parse(str(shared("samples", "nia") / name)).getroot()


@functools.cache
def schema(kind):
    """An official schema; that of the protocol knows the eIDAS types too."""
    folder = shared("schemas", "saml")
    locations = {
        NS["saml"]: "saml-schema-assertion-2.0.xsd", NS["dsig"]: "xmldsig-core-schema.xsd", NS["xenc"]: "xenc-schema.xsd",
        "http://www.w3.org/XML/1998/namespace": "xml.xsd",
    }
    locations = {namespace: str(folder / name) for namespace, name in locations.items()}
    loaded = xmlschema.XMLSchema(
        str(folder / f"saml-schema-{kind}-2.0.xsd"), locations=locations, allow="local", use_fallback=False)
    return teach_eidas_types(loaded) if kind == "protocol" else loaded


def moment(text):
    return datetime.datetime.fromisoformat(text)


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def minutes_off(text):
    return round((moment(text) - now()).total_seconds() / 60)


def is_base64(text):
    try:
        return bool(base64.b64decode(text, validate=True))
    except ValueError:
        return False


def stranger(answer):
    return answer.provider.sandbox.certificate("stranger")


def decrypts(answer):
    try:
        return bool(answer.plain)
    except ValueError:
        return False


def signed_assertions(answer):
    return [assertion.find("dsig:Signature", NS) is not None for assertion in answer.all("saml:Assertion")]


def confirmation(answer, name):
    return answer.of_assertion(f"string(saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData/@{name})")


def recipient(answer):
    return confirmation(answer, "Recipient")


def inner_request(answer):
    return confirmation(answer, "InResponseTo")


def refused_by_pysaml2(town, answer):
    """Whether pysaml2 gives no name: it raises, or returns an answer in which nobody is logged in."""
    try:
        seen = town.accept(answer)
        return not (seen and seen.assertions and seen.get_subject().text)
    except Exception:
        return True
