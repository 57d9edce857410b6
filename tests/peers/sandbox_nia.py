"""What a service provider and a browser need at the sandbox NIA, without a line of the project's own protocol code."""

import base64
import contextlib
import dataclasses
import datetime
import functools
import http.server
import importlib.resources
import os
import pathlib
import subprocess
import threading
import time
import urllib.parse
import zlib

import lxml.html
import requests
import saml2.data.schemas
import saml2.sigver
import saml2.xml.schema
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.x509.oid import NameOID
from lxml import etree
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT, ExtensionElement
from saml2.client import Saml2Client
from saml2.config import SPConfig
from saml2.extension import requested_attributes, sp_type
from saml2.samlp import Extensions
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256
from signxml import XMLVerifier
from signxml.verifier import SignatureConfiguration

from ports import free_port

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
# Official schemas and captured messages: not ours to hand on. Tests that need them are skipped where they are not.
SHARED = pathlib.Path(os.environ.get("CITY_SHARED") or REPOSITORY.parent / "shared")
if not SHARED.is_dir():
    SHARED = REPOSITORY.parent.parent / "shared"

METADATA = "/FPSTS/FederationMetadata/2007-06/FederationMetadata.xml"
BASIC = "/FPSTS/saml2/basic"
FPSTS = "urn:microsoft:cgg2010:fpsts"
SUBSTANTIAL = "http://eidas.europa.eu/LoA/substantial"
URI = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"
E = "http://eidas.europa.eu/attributes/naturalperson/"
S = "http://www.stork.gov.eu/1.0/"
M = "http://schemas.eidentita.cz/moris/2016/identity/claims/"
ALL = [E + name for name in (
    "PersonIdentifier", "CurrentFamilyName", "CurrentGivenName", "DateOfBirth", "PlaceOfBirth", "CurrentAddress",
)] + [S + name for name in ("countryCodeOfBirth", "age", "isAgeOver", "eMail")] + [
    M + name for name in ("phonenumber", "tradresaid", "idtype", "idnumber")] + ["http://eidas.europa.eu/LoA"]
STATUS_CODE = "urn:oasis:names:tc:SAML:2.0:protocol/statuscode"

NS = {
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
    "dsig": "http://www.w3.org/2000/09/xmldsig#",
    "xenc": "http://www.w3.org/2001/04/xmlenc#",
    "xenc11": "http://www.w3.org/2009/xmlenc11#",
    "eidas": "http://eidas.europa.eu/saml-extensions",
}


# pysaml2 brings the official eIDAS schema, but does not load it: without it, the value types NIA names are unknown to it.
EIDAS_SCHEMA = str(importlib.resources.files(saml2.data.schemas) / "eidas-schema-attribute-naturalperson.xsd")


def teach_eidas_types(schema):
    schema.import_schema(E.rstrip("/"), EIDAS_SCHEMA, force=True)
    schema.build()
    return schema


def validate_with_prefix(document):
    """pysaml2 writes an element anew before it validates it, and drops the prefix that only a value of xsi:type uses."""
    if "tn:" in document and "xmlns:tn=" not in document:
        document = document.replace(" xmlns:", f' xmlns:tn="{E.rstrip("/")}" xmlns:', 1)
    saml2.xml.schema.validate(document)


teach_eidas_types(saml2.xml.schema._schema_validator_default)
saml2.sigver.validate_doc_with_schema = validate_with_prefix


class Sandbox:
    """The program under test, started on a free port and stopped by its process id."""

    def __init__(self, folder, config="", port=None):
        self.folder = folder
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.config = folder / "sandbox.toml"
        self.config.write_text(f'listen = "127.0.0.1:{self.port}"\ndata_dir = "{folder / "data"}"\n{config}')
        self.process = None

    @staticmethod
    def program():
        target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
        return str(pathlib.Path(os.environ.get("CITY_BIN_DIR", target / "debug")) / "city-sandbox")

    def __enter__(self):
        self.log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen(
            [self.program(), "serve", "--config", str(self.config)], stdout=self.log, stderr=self.log)
        try:
            self.wait_until_it_answers()
        except BaseException:
            self.process.kill()
            raise
        return self

    def wait_until_it_answers(self):
        deadline = time.monotonic() + 120
        while True:
            assert self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline, "the sandbox does not answer"
            try:
                assert requests.get(self.url + "/healthz", timeout=10).text == "ok"
                return
            except (requests.ConnectionError, requests.Timeout):
                time.sleep(0.05)

    def __exit__(self, *_):
        self.process.terminate()
        assert self.process.wait(timeout=30) == 0, "the sandbox did not stop cleanly"
        self.log.close()

    def call(self, path, **body):
        answer = requests.post(self.url + "/_sandbox/nia/" + path, json=body, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ask(self, path):
        answer = requests.get(self.url + "/_sandbox/nia/" + path, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def certificate(self, name="signing"):
        return requests.get(f"{self.url}/_sandbox/nia/key/{name}", timeout=30).text

    def metadata(self):
        return requests.get(self.url + METADATA, timeout=30).content


@dataclasses.dataclass
class Page:
    """What a browser shows."""

    url: str
    status: int
    text: str

    @property
    def path(self):
        return urllib.parse.urlsplit(self.url).path

    @property
    def html(self):
        return lxml.html.fromstring(self.text)

    @property
    def heading(self):
        return self.html.xpath("string(//h1)").strip()

    @property
    def erc(self):
        return int(self.html.xpath("string(//*[@id='error-code'])") or 0)

    def buttons(self, name):
        return [button.get("value") for button in self.html.xpath(f"//button[@name='{name}']")]

    def posting(self):
        """The form that leaves the house: where to, and with which fields."""
        form = self.html.get_element_by_id("answer")
        assert form.method == "POST" and form.xpath(".//button")
        return form.action, dict(form.form_values())


class Browser:
    """A browser that clicks through the pages: only forms and buttons that are really there can be used."""

    def __init__(self):
        self.session = requests.Session()
        self.session.headers["Accept"] = "text/html"

    def get(self, url):
        return self._page(self.session.get(url, timeout=30))

    def post(self, url, fields):
        return self._page(self.session.post(url, data=fields, timeout=30))

    def send(self, message):
        """Takes a message of pysaml2 where it belongs."""
        if message["method"] == "GET":
            return self.get(dict(message["headers"])["Location"])
        form = lxml.html.fromstring(message["data"]).forms[0]
        return self.post(form.action, dict(form.form_values()))

    def click(self, page, button, **fields):
        """Presses the button with this name and value (`name=value`)."""
        name, _, value = button.partition("=")
        found = page.html.xpath(f"//button[@name='{name}' and @value='{value}']")
        assert len(found) == 1, f"{button} is not on the page {page.heading}"
        form = next(found[0].iterancestors("form"))
        values = [pair for pair in form.form_values() if pair[0] not in fields]
        for key, value_or_list in fields.items():
            assert form.inputs[key] is not None
            items = value_or_list if isinstance(value_or_list, list) else [value_or_list]
            values += [(key, item) for item in items]
        return self.post(urllib.parse.urljoin(page.url, form.action), values + [(name, value)])

    @staticmethod
    def _page(answer):
        assert "SANDBOX – není to skutečná NIA" in answer.text, answer.text
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy and "unsafe" not in policy
        return Page(answer.url, answer.status_code, answer.text)


class ServiceProvider:
    """A pysaml2 service provider with its own key."""

    def __init__(self, folder, sandbox, name, **registration):
        self.sandbox = sandbox
        self.entity_id = f"https://{name}.example/nia"
        self.acs = f"https://{name}.example/nia/acs"
        self.logout_url = f"https://{name}.example/nia/slo"
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.key_file, self.certificate_file = folder / f"{name}.key", folder / f"{name}.crt"
        self.key_file.write_bytes(self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        self.certificate_file.write_bytes(self_signed(self.key, name).public_bytes(serialization.Encoding.PEM))
        sandbox.call("sep", entity_id=self.entity_id, name=name, acs_url=self.acs, logout_url=self.logout_url,
                     certificate=self.certificate_file.read_text(), **registration)
        self.outstanding = {}
        self.refresh()

    def refresh(self, certificate=None):
        """Reads the metadata anew and verifies them, by pysaml2's own means, with a pinned certificate."""
        pinned = self.key_file.with_suffix(".nia.crt")
        pinned.write_text(certificate or self.sandbox.certificate())
        local = self.key_file.with_suffix(".nia.xml")
        local.write_bytes(self.sandbox.metadata())
        config = {
            "entityid": self.entity_id,
            "key_file": str(self.key_file),
            "cert_file": str(self.certificate_file),
            "encryption_keypairs": [{"key_file": str(self.key_file), "cert_file": str(self.certificate_file)}],
            "metadata": {"remote": [{"url": self.sandbox.url + METADATA, "cert": str(pinned)}]},
            "allow_unknown_attributes": True,
            "service": {"sp": {
                "endpoints": {
                    "assertion_consumer_service": [(self.acs, BINDING_HTTP_POST)],
                    "single_logout_service": [(self.logout_url, BINDING_HTTP_REDIRECT), (self.logout_url, BINDING_HTTP_POST)],
                },
                "authn_requests_signed": True,
                "logout_requests_signed": True,
                "want_response_signed": True,
                "want_assertions_signed": True,
                "allow_unsolicited": False,
            }},
        }
        self.client = Saml2Client(SPConfig().load(config))

    def request(self, binding="redirect", names=ALL, required=(E + "PersonIdentifier",), levels=(SUBSTANTIAL,),
                comparison="minimum", relay_state="stav 1 & 2", enveloped=None, **extra):
        """A signed request of pysaml2 with the eIDAS extensions."""
        extensions = Extensions()
        extensions.add_extension_element(sp_type.SPType(text="public"))
        asked = [
            requested_attributes.RequestedAttribute(
                name=name, name_format=URI, is_required="true" if name in required else "false",
                extension_elements=[ExtensionElement("AttributeValue", NS["eidas"], text="18")]
                if name.endswith("isAgeOver") else None)
            for name in names
        ]
        extensions.add_extension_element(requested_attributes.RequestedAttributes(requested_attribute=asked))
        enveloped = binding == "post" if enveloped is None else enveloped
        destination = self.sandbox.url + BASIC
        request_id, message = self.client.create_authn_request(
            destination, binding=BINDING_HTTP_POST, extensions=extensions, sign=enveloped,
            sign_alg=SIG_RSA_SHA256, digest_alg=DIGEST_SHA256,
            nameid_format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", allow_create="true",
            requested_authn_context={"authn_context_class_ref": list(levels), "comparison": comparison}, **extra)
        self.outstanding[request_id] = "/"
        wire = BINDING_HTTP_POST if binding == "post" else BINDING_HTTP_REDIRECT
        sent = self.client.apply_binding(wire, str(message), destination, relay_state=relay_state,
                                         sign=binding != "post" and not enveloped, sigalg=SIG_RSA_SHA256)
        return request_id, sent

    def log_in(self, browser, persona="novakova@substantial", fault="", consent="all", **request):
        """The whole way through the pages; returns the answer."""
        request_id, message = self.request(**request)
        page = browser.send(message)
        if page.path.startswith("/FPSTS/login/"):
            page = browser.click(page, f"persona={persona}", fault=fault)
        if page.path.startswith("/FPSTS/consent/"):
            # Without optional attributes there is nothing to choose from.
            page = browser.click(page, f"action={consent if consent in page.buttons('action') else 'selected'}")
        return Answer(self, page, request_id)

    def accept(self, answer):
        """pysaml2's verdict; raises when it refuses."""
        return self.client.parse_authn_request_response(answer.message, BINDING_HTTP_POST, dict(self.outstanding))


class Answer:
    """An answer, taken apart with lxml, signxml and cryptography."""

    def __init__(self, provider, page, request_id):
        self.provider, self.page, self.request_id = provider, page, request_id
        assert page.path.startswith("/FPSTS/answer/"), f"{page.path}: {page.heading}"
        self.action, fields = page.posting()
        self.message, self.relay_state = fields["SAMLResponse"], fields.get("RelayState")
        self.xml = base64.b64decode(self.message)
        self.trusted = provider.sandbox.certificate()

    @property
    def root(self):
        return etree.fromstring(self.xml, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))

    def outer(self, certificate=None):
        return signature_of(self.xml, certificate or self.trusted)

    def inner(self, certificate=None):
        return signature_of(self.plain, certificate or self.trusted)

    def all(self, path, root=None):
        return (self.root if root is None else root).xpath(path, namespaces=NS)

    @property
    def cipher(self):
        return self.all("string(//xenc:EncryptedData/xenc:EncryptionMethod/@Algorithm)")

    @property
    def transport(self):
        return (self.all("string(//xenc:EncryptedKey/xenc:EncryptionMethod/@Algorithm)"),
                self.all("string(//xenc:EncryptedKey/xenc:EncryptionMethod/dsig:DigestMethod/@Algorithm)"))

    @property
    def plain(self):
        """The assertion as bytes, decrypted when it is encrypted."""
        data = self.all("//xenc:EncryptedData")
        return decrypt(data[0], self.provider.key) if data else etree.tostring(self.all("//saml:Assertion")[0])

    @property
    def assertion(self):
        return etree.fromstring(self.plain, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))

    def of_assertion(self, path):
        return self.all(path, self.assertion)

    @property
    def attributes(self):
        found = {}
        for attribute in self.of_assertion("saml:AttributeStatement/saml:Attribute"):
            values = [value.text or "" for value in attribute.findall("saml:AttributeValue", NS)]
            found.setdefault(attribute.get("Name"), []).extend(values)
        return found


def self_signed(key, name):
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name}.example")])
    now = datetime.datetime.now(datetime.timezone.utc)
    return (x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
            .serial_number(int.from_bytes(os.urandom(7), "big"))
            .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=30))
            .sign(key, hashes.SHA256()))


def signature_of(xml, certificate):
    """`valid`, `invalid` or `missing`: the signature that is a child of the root, over the root, not with SHA-1."""
    root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    if root.find("dsig:Signature", NS) is None:
        return "missing"
    try:
        config = SignatureConfiguration(location="./", expect_references=1)
        result = XMLVerifier().verify(xml, x509_cert=certificate, id_attribute="ID", expect_config=config)
    except Exception:
        return "invalid"
    covered = result.signed_xml
    return "valid" if covered.tag == root.tag and covered.get("ID") == root.get("ID") else "invalid"


def decrypt(data, key):
    """Decrypts an `EncryptedData` with its key inside."""
    plain = decrypt_padded(data, key)
    if data.find("xenc:EncryptionMethod", NS).get("Algorithm").endswith("-gcm"):
        return plain
    assert 1 <= plain[-1] <= 16
    return plain[:-plain[-1]]


def decrypt_padded(data, key):
    """The same with the padding of CBC still on it."""
    method = data.find("xenc:EncryptionMethod", NS).get("Algorithm")
    encrypted_key = data.find(".//xenc:EncryptedKey", NS)
    wrapped = base64.b64decode(encrypted_key.find("xenc:CipherData/xenc:CipherValue", NS).text)
    content = base64.b64decode(data.find("xenc:CipherData/xenc:CipherValue", NS).text)
    secret = key.decrypt(wrapped, transport_padding(encrypted_key.find("xenc:EncryptionMethod", NS)))
    if method.endswith("-gcm"):
        return AESGCM(secret).decrypt(content[:12], content[12:], None)
    algorithm = TripleDES(secret) if "tripledes" in method else algorithms.AES(secret)
    size = algorithm.block_size // 8
    decryptor = Cipher(algorithm, modes.CBC(content[:size])).decryptor()
    return decryptor.update(content[size:]) + decryptor.finalize()


def transport_padding(method):
    if method.get("Algorithm").endswith("rsa-1_5"):
        return padding.PKCS1v15()
    digest = method.find("dsig:DigestMethod", NS).get("Algorithm")
    mask = method.find("xenc11:MGF", NS)
    sha = {"sha1": hashes.SHA1, "sha256": hashes.SHA256}
    mask = sha["sha256" if mask is not None and mask.get("Algorithm").endswith("mgf1sha256") else "sha1"]
    return padding.OAEP(padding.MGF1(mask()), sha[digest.rpartition("#")[2]](), None)


def detached_is_valid(query, certificate):
    """Whether a query is signed as HTTP-Redirect demands, over the octets as they stand."""
    signed, _, signature = query.partition("&Signature=")
    key = x509.load_pem_x509_certificate(certificate.encode()).public_key()
    try:
        key.verify(base64.b64decode(urllib.parse.unquote(signature)), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


@contextlib.contextmanager
def file_server(folder):
    """Serves a folder on a free port."""
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def redirect_url(key, xml, destination, relay_state=None, algorithm=SIG_RSA_SHA256, order=("SAMLRequest", "RelayState", "SigAlg")):
    """HTTP-Redirect by hand, for messages pysaml2 would not send."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    deflated = compressor.compress(xml.encode()) + compressor.flush()
    values = {"SAMLRequest": base64.b64encode(deflated).decode(), "RelayState": relay_state, "SigAlg": algorithm}
    parts = [f"{name}={urllib.parse.quote(values[name], safe='')}" for name in order if values[name] is not None]
    signed = "&".join(parts)
    if algorithm:
        hash_of = {"sha1": hashes.SHA1, "sha256": hashes.SHA256, "sha512": hashes.SHA512}[algorithm.rpartition("-")[2]]
        signature = base64.b64encode(key.sign(signed.encode(), padding.PKCS1v15(), hash_of()))
        signed += "&Signature=" + urllib.parse.quote(signature, safe="")
    return f"{destination}?{signed}"
