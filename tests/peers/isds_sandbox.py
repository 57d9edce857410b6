"""A foreign client logs in at the sandbox ISDS: before our broker is trusted, the sandbox passes stacks nobody here wrote.

requests speaks mutual TLS, lxml reads, zeep calls the services by the official WSDL, the official schema judges what they
answer. A strict reader after the reference refuses what has to be refused, for every fault the sandbox can make.
"""

import datetime
import json
import re
import socket
import ssl
import time
import urllib.parse

import lxml.html
import pytest
import requests
import xmlschema
import zeep
import zeep.exceptions
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from lxml import etree

from sandbox_nia import SHARED
from sandbox_twin import Twin

ATS = "http://agw-as.cz/ats-ws/"
ENVELOPE = "{http://schemas.xmlsoap.org/soap/envelope/}"
ISDS = "http://isds.czechpoint.cz/v20"
RETURN = "https://town.example/upstream/isds/answer?keep=1"
TOKEN = "481516234200000042"
# What the reconstruction of the official description says (no official one is at hand).
EXCHANGE = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified" targetNamespace="{0}" xmlns="{0}">
  <xs:element name="authConfirmationResponse"><xs:complexType><xs:sequence>
    <xs:element name="status"><xs:simpleType><xs:restriction base="xs:string">
      <xs:enumeration value="OK"/><xs:enumeration value="SYSTEM_ERROR"/><xs:enumeration value="SESSION_NOT_FOUND"/>
    </xs:restriction></xs:simpleType></xs:element>
    <xs:element name="userRequestIp" minOccurs="0"><xs:simpleType><xs:restriction base="xs:string">
      <xs:maxLength value="39"/></xs:restriction></xs:simpleType></xs:element>
    <xs:element name="attributes" minOccurs="0"><xs:complexType><xs:sequence>
      <xs:element name="attribute" minOccurs="0" maxOccurs="unbounded"><xs:complexType>
        <xs:attribute name="name" type="xs:string"/><xs:attribute name="value" type="xs:string"/>
      </xs:complexType></xs:element>
    </xs:sequence></xs:complexType></xs:element>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>"""


class Refused(Exception):
    """What a careful application does not take."""


class Boxes(Twin):
    """The program under test with the town's registration."""

    def configure(self):
        return super().configure() + f"""
[[isds.application]]
ats_id = "TOWN"
name = "Město"
return_url = "{RETURN}"
logout_url = "https://town.example/"
certificate_file = "{self.tls / "client.pem"}"
[[isds.account]]
user = "town"
password = "a:b"
data_box = "ovm0001"
"""

    def register(self, **options):
        registration = {"ats_id": "TOWN", "name": "Město", "return_url": RETURN, "logout_url": "https://town.example/",
                        "certificate_file": str(self.tls / "client.pem")}
        return self.call("isds/application", **(registration | options))

    def exchange(self, session_id, client="client", generation="v1_1", timeout=10):
        """The exchange behind the browser's back."""
        body = (f'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
                f'<a:authConfirmationRequest xmlns:a="{ATS}{generation}"><a:sessionId>{session_id}</a:sessionId>'
                f'</a:authConfirmationRequest></e:Body></e:Envelope>')
        return self.session(client).post(
            self.client_tls_url + "/asws/extIs2Endpoint", data=body.encode(), timeout=timeout, allow_redirects=False,
            stream=True, headers={"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'})


@pytest.fixture(scope="module")
def twin(tmp_path_factory):
    with Boxes(tmp_path_factory.mktemp("isds")) as running:
        yield running


@pytest.fixture(autouse=True)
def fresh(twin):
    twin.call("isds/reset")
    twin.call("tls/fault/clear")
    for application in twin.ask("isds")["applications"]:
        twin.call("isds/application/remove", ats_id=application["ats_id"])
    twin.call("nia/clock", shift_seconds=0)
    twin.register()


class Browser:
    """Clicks through the pages: only what is really there can be used. It stops where the town would take over."""

    def __init__(self, twin):
        self.twin, self.session = twin, requests.Session()
        self.session.headers["Accept"] = "text/html"

    def open(self, url):
        return self.follow(self.session.get(url, timeout=30, allow_redirects=False))

    def follow(self, answer):
        while answer.is_redirect:
            target = urllib.parse.urljoin(answer.url, answer.headers["Location"])
            if not target.startswith(self.twin.url):
                self.page = None
                return target
            answer = self.session.get(target, timeout=30, allow_redirects=False)
        self.status, self.address = answer.status_code, answer.url
        self.page = lxml.html.fromstring(answer.text)
        assert "TESTOVACÍ DVOJNÍK" in answer.text and "unsafe" not in answer.headers["Content-Security-Policy"]
        return None

    def click(self, button, **fields):
        name, _, value = button.partition("=")
        found = self.page.xpath(f"//button[@name='{name}' and @value='{value}']")
        assert len(found) == 1, f"{button} is not on the page {self.heading}"
        form = next(found[0].iterancestors("form"))
        values = [pair for pair in form.form_values() if pair[0] not in fields]
        for key in fields:
            assert form.inputs[key] is not None
        url = urllib.parse.urljoin(self.address, form.action)
        return self.follow(self.session.post(
            url, data=values + list(fields.items()) + [(name, value)], timeout=30, allow_redirects=False))

    @property
    def heading(self):
        return self.page.xpath("string(//h1)").strip()

    def log_in(self, persona="P01", token=TOKEN, ats_id="TOWN", consent="allow", **fields):
        """The whole way; returns where the browser would go then, or nothing when it stays."""
        query = urllib.parse.urlencode({"atsId": ats_id, "appToken": token})
        target = self.open(f"{self.twin.url}/as/login?{query}")
        if self.page is not None and self.address.startswith(f"{self.twin.url}/as/login"):
            target = self.click(f"persona={persona}", **fields)
        return target or self.click(f"action={consent}")


def returned(target):
    return urllib.parse.parse_qs(urllib.parse.urlsplit(target).query)


def logged_in(twin, persona="P01", **fields):
    """A `sessionId` fresh from the browser."""
    return returned(Browser(twin).log_in(persona, **fields))["sessionId"][0]


def patience(fault):
    """Seconds that an application waits for something to come: not long where nothing does."""
    return 3 if fault in ("slow", "hang") else 30


def read(answer, token=TOKEN, namespaces=("v1", "v1_1")):
    """What a careful application takes from an exchange, and nothing else."""
    if answer.status_code != 200:
        raise Refused(f"HTTP {answer.status_code}")
    if not answer.headers.get("Content-Type", "").startswith("text/xml"):
        raise Refused("content type")
    body, deadline = b"", time.monotonic() + 10
    try:
        for part in answer.iter_content(65536):
            body += part
            if len(body) > 256 * 1024 or time.monotonic() > deadline:
                raise Refused("too large or too slow")
    except requests.RequestException as error:
        raise Refused("broken off") from error
    if b"<!DOCTYPE" in body:
        raise Refused("document type")
    try:
        root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        raise Refused("not XML") from error
    found = root.find(ENVELOPE + "Body")
    if root.tag != ENVELOPE + "Envelope" or found is None or len(found) != 1:
        raise Refused("envelope")
    response = found[0]
    name = etree.QName(response)
    if name.localname != "authConfirmationResponse" or name.namespace not in [ATS + one for one in namespaces]:
        raise Refused(f"{name.text} in the body")
    space = "{" + name.namespace + "}"
    if response.findtext(space + "status") != "OK":
        raise Refused(response.findtext(space + "status"))
    attributes = {}
    aliases = {"dbid": "dbID", "dbico": "ic", "dbname": "firmName", "userid": "isdsID", "robident": "aifoIsds", "mail": "email"}
    known = ("appToken timeLimitedId dbID dbType dbState ic firmName userType isdsID pnGivenNames pnFirstName pnMiddleName "
             "pnLastName biDate aifoIsds email").split()
    for attribute in response.iterfind(f"{space}attributes/{space}attribute"):
        name, value = attribute.get("name"), attribute.get("value").strip()
        name = aliases.get(name.lower(), name)
        if len(value) > 1000:
            raise Refused("too long")
        if name in known and attributes.setdefault(name, value) != value:
            raise Refused(f"{name} twice")
    if attributes.get("appToken", token) != token:
        raise Refused("somebody else's appToken")
    if "dbID" not in attributes or "dbType" not in attributes:
        raise Refused("incomplete")
    return attributes


# ---------------------------------------------------------------- the login


def test_a_login_brings_back_what_was_sent_and_the_exchange_tells_who_it_is(twin):
    target = Browser(twin).log_in()

    assert target.startswith(RETURN + "&")
    query = returned(target)
    assert query["appToken"] == [TOKEN] and re.fullmatch(r"[A-Za-z0-9-]{36,50}", query["sessionId"][0])
    answer = twin.exchange(query["sessionId"][0])
    root = etree.fromstring(answer.content)
    xmlschema.XMLSchema(EXCHANGE.format(ATS + "v1_1")).validate(root.find(ENVELOPE + "Body")[0])
    told = {one.get("name"): one.get("value") for one in root.iter(f"{{{ATS}v1_1}}attribute")}
    assert told["timeLimitedId"].startswith(" T01-")
    assert (told["dbID"], told["dbType"], told["dbState"]) == ("fo00001", "40", "1")
    assert (told["userType"], told["pnGivenNames"], told["pnLastName"]) == ("S", "Jana", "Nováková")
    assert (told["biDate"], told["aifoIsds"]) == ("1985-04-12", "true")


def test_a_session_works_once(twin):
    session_id = logged_in(twin)

    assert read(twin.exchange(session_id))["dbID"] == "fo00001"
    with pytest.raises(Refused, match="SESSION_NOT_FOUND"):
        read(twin.exchange(session_id))
    outcomes = [entry["outcome"] for entry in twin.ask("isds/log") if entry["operation"] == "authConfirmation"]
    assert outcomes == ["SESSION_NOT_FOUND", "OK"]
    assert session_id not in json.dumps(twin.ask("isds/log"))


def test_a_session_expires(twin):
    session_id = logged_in(twin)
    twin.call("nia/clock", shift_seconds=121)

    with pytest.raises(Refused, match="SESSION_NOT_FOUND"):
        read(twin.exchange(session_id))


def test_a_login_must_be_finished_in_five_minutes(twin):
    browser = Browser(twin)
    browser.open(f"{twin.url}/as/login?atsId=TOWN&appToken=1")
    twin.call("nia/clock", shift_seconds=301)

    assert browser.click("persona=P01") is None
    assert browser.status == 410 and browser.heading == "Přihlášení už skončilo"


@pytest.mark.parametrize("persona, expected", [
    ("P02", {"dbID": "fo00002", "aifoIsds": "false", "pnLastName": "Nguyễn"}),
    ("P03", {"dbID": "fo00001", "userType": "P", "pnLastName": "Dvořák"}),
    ("P04", {"dbID": "fo00004", "userType": "G"}),
    ("P05", {"dbType": "30", "ic": "00000019"}),
    ("P06", {"dbType": "31", "ic": "00000019"}),
    ("P07", {"dbType": "20", "ic": "00000027", "firmName": "Pekařství Vltava s.r.o.", "isdsID": "JNOVAKOVA001"}),
    ("P09", {"userType": "A"}),
    ("P10", {"ic": "00000035", "firmName": "Vltavské nemovitosti a.s."}),
    ("P11", {"userType": "L"}),
    ("P12", {"dbType": "22"}),
    ("P13", {"dbType": "10"}),
    ("P14", {"dbState": "2"}),
    ("P16", {"userType": "X", "dbType": "77"}),
    ("P19", {"userType": "R"}),
])
def test_each_persona_is_what_it_is_for(twin, persona, expected):
    told = read(twin.exchange(logged_in(twin, persona)))

    assert {name: told.get(name) for name in expected} == expected


def test_the_former_generation_speaks_its_own_namespace_and_tells_little(twin):
    twin.register(generation="former", profile="a", box_type="symbol", leading_space=False)

    answer = twin.exchange(logged_in(twin, "P07"), generation="v1")

    root = etree.fromstring(answer.content)
    told = {one.get("name"): one.get("value") for one in root.iter(f"{{{ATS}v1}}attribute")}
    assert list(told) == ["appToken", "timeLimitedId", "dbID", "dbType", "ic", "firmName"]
    assert told["dbType"] == "PO" and told["timeLimitedId"].startswith("T01-")


def test_an_unknown_application_is_told_nothing(twin):
    browser = Browser(twin)

    browser.open(f"{twin.url}/as/login?atsId=NOBODY&appToken=1")

    assert browser.status == 404


def test_a_token_of_more_than_twenty_characters_comes_back_cut_or_not_at_all(twin):
    assert returned(Browser(twin).log_in(token="1234567890123456789012345"))["appToken"] == ["12345678901234567890"]
    twin.register(long_app_token="refuse")
    browser = Browser(twin)
    browser.open(f"{twin.url}/as/login?atsId=TOWN&appToken=123456789012345678901")
    assert browser.status == 400


def test_without_consent_there_is_no_login(twin):
    browser = Browser(twin)
    assert browser.log_in("P15", consent="refuse") is None
    assert browser.heading == "Přihlášení se neuskutečnilo"

    twin.register(error_url="https://town.example/error")
    assert Browser(twin).log_in("P15", consent="refuse") == "https://town.example/error"


def test_who_stays_in_the_portal_is_not_asked_again_until_logged_out(twin):
    browser = Browser(twin)
    browser.log_in("P07", stay="on")

    browser.open(f"{twin.url}/as/login?atsId=TOWN&appToken=2")
    assert browser.heading.startswith("Předat údaje")
    target = browser.open(f"{twin.url}/as/processLogout?atsId=TOWN&uri=https://town.example/bye")
    assert target == "https://town.example/bye"
    browser.open(f"{twin.url}/as/login?atsId=TOWN&appToken=3")
    assert browser.heading.startswith("Kdo se přihlašuje")
    assert browser.open(f"{twin.url}/as/processLogout?atsId=TOWN&uri=https://evil.example/") is None


# ---------------------------------------------------------------- the certificate


def test_without_a_certificate_there_is_no_connection_and_through_other_doors_no_exchange(twin):
    session_id = logged_in(twin)

    with pytest.raises(requests.ConnectionError):
        twin.exchange(session_id, client=None)
    for url, session in ((twin.url, requests.Session()), (twin.tls_url, twin.session("client"))):
        assert session.post(url + "/asws/extIs2Endpoint", data=b"<x/>", timeout=10).status_code == 401
    assert read(twin.exchange(session_id))["dbID"] == "fo00001"


def test_a_certificate_that_is_stale_or_of_another_authority_makes_no_connection(twin):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "City Identity development CA")])
    now = datetime.datetime.now(datetime.timezone.utc)
    imposter = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
                .serial_number(7).not_valid_before(now - datetime.timedelta(days=1))
                .not_valid_after(now + datetime.timedelta(days=9))
                .add_extension(x509.BasicConstraints(True, None), True).sign(key, hashes.SHA256()))
    twin.issue("foreign", 30, (key, imposter))

    for client in ("stale", "foreign"):
        with pytest.raises(requests.ConnectionError):
            twin.exchange("0000000000000000000000000000000000000000", client=client)


def test_a_good_certificate_that_nobody_registered_is_refused_in_json(twin):
    answer = twin.exchange(logged_in(twin), client="other")

    assert answer.status_code == 401 and answer.json()["code"] == 401


def test_another_application_gets_nothing_and_spoils_nothing(twin):
    twin.register(ats_id="LIBRARY", return_url="https://library.example/", certificate_file=str(twin.tls / "other.pem"))
    session_id = logged_in(twin)

    with pytest.raises(Refused, match="SESSION_NOT_FOUND"):
        read(twin.exchange(session_id, client="other"))
    assert read(twin.exchange(session_id))["dbID"] == "fo00001"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_old_tls_is_not_spoken(twin):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    host, port = urllib.parse.urlsplit(twin.tls_url).netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as plain, pytest.raises((ssl.SSLError, ConnectionError)):
        context.wrap_socket(plain)


@pytest.mark.parametrize("fault, reason", [
    ("expired", "certificate has expired"), ("other_name", "not valid for|doesn't match"),
    ("unknown_authority", "unable to get local issuer"), ("hang", "timed out"), ("close", None),
])
def test_the_server_shows_a_wrong_certificate_or_none_at_all_when_asked_to(twin, fault, reason):
    session_id = logged_in(twin)
    twin.call("tls/fault", fault=fault, of="client_tls")

    with pytest.raises(requests.RequestException, match=reason):
        twin.exchange(session_id, timeout=patience(fault))
    assert read(twin.exchange(session_id))["dbID"] == "fo00001"


# ---------------------------------------------------------------- faults


RETURNING = ("foreign_app_token no_app_token app_token_twice no_session_id short_session_id odd_session_id long_session_id "
             "session_id_twice no_return").split()


def test_every_fault_of_the_exchange_ends_as_a_careful_reader_expects(twin):
    known = [one for one in twin.ask("isds/fault")["faults"]
             if one["group"] in ("Výsledek", "Údaje", "Obálka SOAP", "Spojení")]
    assert len(known) > 50
    usual = read(twin.exchange(logged_in(twin, "P07")))

    for fault in known:
        code, expected = fault["fault"], fault["expected"]
        session_id = logged_in(twin, "P07", fault=code)
        try:
            told = read(twin.exchange(session_id, timeout=patience(code)))
        except (Refused, requests.RequestException):
            assert expected == "refuse", code
        else:
            assert expected != "refuse", code
            if code not in ("renamed", "no_app_token_inside", "decomposed", "date_compact", "date_czech"):
                differs = {name for name in usual if told.get(name) != usual[name]} - {"timeLimitedId"}
                assert bool(differs) == (expected == "depends") or code == "no_aifo_isds", (code, differs)
        with pytest.raises(Refused):
            read(twin.exchange(session_id))


@pytest.mark.parametrize("code", RETURNING)
def test_every_fault_of_the_return_changes_where_the_browser_ends(twin, code):
    target = Browser(twin).log_in(fault=code)

    if code == "no_return":
        assert target is None
        return
    query = returned(target)
    usual = re.fullmatch(r"[A-Za-z0-9-]{36,50}", "".join(query.get("sessionId", [])))
    assert not (usual and query.get("appToken") == [TOKEN]), query


def test_a_fault_set_by_a_call_happens_as_often_as_asked_to_that_application(twin):
    twin.call("isds/fault", fault="system_error", of="TOWN", times=1)

    with pytest.raises(Refused, match="SYSTEM_ERROR"):
        read(twin.exchange(logged_in(twin)))
    assert read(twin.exchange(logged_in(twin)))["dbID"] == "fo00001"
    page = requests.get(twin.url + "/_sandbox/isds/fault", headers={"Accept": "text/html"}, timeout=10)
    assert "Pokazit datové schránky" in page.text and "system_error" in page.text


# ---------------------------------------------------------------- logout and availability


def ext_logout(twin, value, password, client="client"):
    body = (f'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><x:extWsLogoutRequest '
            f'xmlns:x="{ATS}extWs/v1"><x:timeLimitedId>{value}</x:timeLimitedId></x:extWsLogoutRequest></e:Body></e:Envelope>')
    return twin.session(client).post(
        twin.client_tls_url + "/asws/extWsEndpoint", data=body, auth=("ExtWS", password), timeout=10,
        headers={"Content-Type": "text/xml; charset=utf-8"})


def test_a_time_limited_id_is_given_back_and_an_unknown_one_is_not_told_apart(twin):
    value = read(twin.exchange(logged_in(twin)))["timeLimitedId"]

    for _ in range(2):
        answer = ext_logout(twin, value, value)
        assert answer.status_code == 200 and b"<x:status>OK</x:status>" in answer.content
    assert ext_logout(twin, value, "wrong").status_code == 401
    outcomes = [entry["outcome"] for entry in twin.ask("isds/log") if entry["operation"] == "extWsLogout"]
    assert outcomes == ["wrong Basic credentials", "OK, unknown", "OK"]


def test_the_heart_beats_unless_it_shall_not(twin):
    beat = (b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><heartBeatRequest/></e:Body></e:Envelope>')
    ask = lambda: twin.session().post(twin.client_tls_url + "/asws/nasEndpoint", data=beat, timeout=10).text

    assert "status>OK<" in ask()
    twin.call("isds/fault", fault="heartbeat_error")
    assert "status>ERROR<" in ask()


# ---------------------------------------------------------------- boxes


@pytest.fixture(scope="module")
def official():
    folder = SHARED / "schemas" / "isds"
    if not folder.exists():
        pytest.skip(f"not at hand: {folder}")
    return folder


class Judged(zeep.Transport):
    """Sends what zeep made, and holds every answer against the official schema."""

    def __init__(self, session, schema):
        super().__init__(session=session, timeout=10, operation_timeout=10)
        self.schema = schema

    def post(self, address, message, headers):
        self.schema.validate(etree.fromstring(message).find(ENVELOPE + "Body")[0])
        answer = super().post(address, message, headers)
        body = etree.fromstring(answer.content).find(ENVELOPE + "Body")
        if body is not None and "Fault" not in body[0].tag:
            self.schema.validate(body[0])
        return answer


@pytest.fixture(scope="module")
def schema(official):
    return xmlschema.XMLSchema(str(official / "dbTypes.xsd"))


def port(twin, official, schema, wsdl, binding, address, session):
    client = zeep.Client(str(official / wsdl), transport=Judged(session, schema))
    return client, client.create_service(f"{{{ISDS}}}{binding}", address)


@pytest.fixture(params=["certificate", "password"])
def search(request, twin, official, schema):
    session, address = twin.session(), twin.client_tls_url + "/cert/DS/df"
    if request.param == "password":
        session, address = twin.session(None), twin.tls_url + "/DS/df"
        session.auth = ("town", "a:b")
    return port(twin, official, schema, "db_search.wsdl", "DataBoxSearchBinding", address, session)


def wanted(client, kind, **criteria):
    """`dbOwnerInfo` with every element, nil where nothing is asked."""
    nothing = {name: zeep.xsd.Nil for name, _ in client.get_type(f"{{{ISDS}}}{kind}").elements}
    return nothing | criteria


def listed(results):
    """What stands in a list whose whole sequence may repeat."""
    return [one for part in results["_value_1"] for one in part.values()]


def test_a_box_is_found_by_number_name_and_id(search):
    client, service = search
    found = lambda **criteria: service.FindDataBox2(dbOwnerInfo=wanted(client, "tDbOwnerInfoExt2", **criteria))

    answer = found(dbType="PO", ic="00000027")
    assert answer.dbStatus.dbStatusCode == "0000"
    assert [one.dbID for one in listed(answer.dbResults)] == ["po00001"]
    assert listed(answer.dbResults)[0].firmName == "Pekařství Vltava s.r.o."
    assert [one.dbID for one in listed(found(dbType="PFO", ic="00000019").dbResults)] == ["pfo0001", "pfo0031"]
    citizen = listed(found(dbID="fo00001").dbResults)[0]
    assert (citizen.pnLastName, citizen.biDate, citizen.aifoIsds) == ("Nováková", datetime.date(1985, 4, 12), True)
    assert found(dbType="PO", ic="00000116").dbStatus.dbStatusCode == "0002"
    assert found(dbType="PO", firmName="Pe").dbStatus.dbStatusCode == "1155"


def test_the_former_search_answers_in_its_own_form(search):
    client, service = search

    answer = service.FindDataBox(dbOwnerInfo=wanted(client, "tDbOwnerInfo", dbType="FO", pnLastName="Dvořák"))
    assert answer.dbStatus.dbStatusCode == "0002"
    answer = service.FindDataBox(dbOwnerInfo=wanted(client, "tDbOwnerInfo", dbType="FO", pnLastName="Tichý"))
    assert [(one.dbID, one.pnFirstName) for one in listed(answer.dbResults)] == [("fo00004", "Josef")]


def test_the_state_of_a_box_is_told_and_can_be_changed(twin, search):
    _, service = search

    assert service.CheckDataBox(dbID="po00001").dbState == 1
    assert service.CheckDataBox(dbID="fo00014").dbState == 2
    twin.call("isds/box", id="po00001", state=5)
    assert service.CheckDataBox(dbID="po00001").dbState == 5
    assert read(twin.exchange(logged_in(twin, "P07")))["dbState"] == "5"
    assert service.CheckDataBox(dbID="nobody1").dbStatus.dbStatusCode == "5001"


def test_full_text_search_pages_through_what_it_finds(search):
    _, service = search
    ask = lambda text, kind="GENERAL", size=10: service.ISDSSearch3(
        searchText=text, searchType=kind, searchScope="ALL", page=0, pageSize=size)

    assert [one.dbID for one in listed(ask("00000060", "ICO").dbResults)] == ["spol001"]
    answer = ask("krumlov", "ADDRESS", 2)
    assert (answer.currentCount, answer.lastPage) == (2, False) and answer.totalCount > 2
    assert ask("00000061", "ICO").dbStatus.dbStatusCode == "1154"
    assert service.ISDSSearch2(
        searchText="pekařství", searchType="GENERAL", searchScope="PO", page=0, pageSize=10).totalCount == 1


def test_the_box_of_the_caller_is_told(twin, official, schema):
    _, service = port(twin, official, schema, "db_access.wsdl", "DataBoxAccessBinding",
                      twin.client_tls_url + "/cert/DS/DsManage", twin.session())

    assert service.GetOwnerInfoFromLogin2(dbDummy="").dbOwnerInfo.dbID == "ovm0001"
    assert service.GetOwnerInfoFromLogin(dbDummy="").dbOwnerInfo.ic == "00000078"


def test_services_are_not_for_strangers(twin):
    for url, session in ((twin.tls_url + "/DS/df", twin.session(None)), (twin.tls_url + "/cert/DS/df", twin.session()),
                         (twin.client_tls_url + "/cert/DS/df", twin.session("other"))):
        assert session.post(url, data=b"<x/>", timeout=10).status_code == 401


@pytest.mark.parametrize("fault, outcome", [
    ("search_maintenance", "HTTP 503"), ("search_fault", "fault"), ("search_unauthorized", "HTTP 401"),
    ("search_9002", "9002"), ("search_3009", "3009"), ("search_hang", "timeout"),
])
def test_searches_fail_as_asked(twin, fault, outcome):
    body = (f'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><CheckDataBox xmlns="{ISDS}">'
            f'<dbID>po00001</dbID></CheckDataBox></e:Body></e:Envelope>')
    ask = lambda timeout=30: twin.session().post(twin.client_tls_url + "/cert/DS/df", data=body, timeout=timeout)
    twin.call("isds/fault", fault=fault)

    if outcome == "timeout":
        with pytest.raises(requests.Timeout):
            ask(timeout=3)
    elif outcome == "fault":
        assert ask().status_code == 500
    elif outcome.startswith("HTTP"):
        assert ask().status_code == int(outcome[5:])
    else:
        assert f"dbStatusCode>{outcome}<" in ask().text
    assert "dbState>1<" in ask().text


def test_an_unknown_operation_is_told_in_a_status_and_bad_xml_in_a_fault(twin):
    ask = lambda body: twin.session().post(twin.client_tls_url + "/cert/DS/df", data=body, timeout=10)
    wrapped = lambda body: f'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>{body}</e:Body></e:Envelope>'

    answer = ask(wrapped(f'<DeleteEverything xmlns="{ISDS}"/>'))
    assert answer.status_code == 200 and "dbStatusCode>2006<" in answer.text
    for body in ("<", "<a/>", "<!DOCTYPE e>" + wrapped("<a/>"), wrapped("")):
        answer = ask(body)
        assert answer.status_code == 500 and "faultstring" in answer.text


def test_the_public_directory_knows_companies_and_those_who_want_to_be_found(twin):
    space = "http://seznam.gov.cz/ovm/ws/v1"

    def ask(inside, name="GetInfoRequest"):
        body = f'<{name} xmlns="{space}">{inside}</{name}>'
        answer = requests.post(twin.url + "/sds/ws/call", data=body.encode(), timeout=10,
                               headers={"Content-Type": "application/xml"})
        root = etree.fromstring(answer.content)
        return [(one.findtext(f"{{{space}}}Ico"), one.findtext(f"{{{space}}}NazevOsoby")) for one in root]

    assert ask("<DataboxId>po00001</DataboxId>") == [("00000027", "Pekařství Vltava s.r.o.")]
    assert ask("<Ico>00000019</Ico>") == [("00000019", "Petr Svoboda"), ("00000019", "Mgr. Petr Svoboda, advokát")]
    assert ask("<DataboxId>fo00002</DataboxId>") == []
    assert len(ask("<Nazev>vltav</Nazev>", "SearchSubjectRequest")) == 3
    twin.call("isds/fault", fault="directory_other")
    assert ask("<DataboxId>po00001</DataboxId>") == [("00000043", "Donau Holding s.r.o.")]


def test_the_page_of_controls_shows_applications_boxes_and_calls(twin):
    read(twin.exchange(logged_in(twin)))

    page = requests.get(twin.url + "/_sandbox/isds", headers={"Accept": "text/html"}, timeout=10).text

    for text in ("Ovládání datových schránek", "Pekařství Vltava s.r.o.", "authConfirmation", "TOWN"):
        assert text in page
