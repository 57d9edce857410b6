"""A small identity provider of pysaml2 with a login form: what a school or a library might run."""

import base64
import html
import http.server
import threading
import urllib.parse

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.config import IdPConfig
from saml2.metadata import create_metadata_string
from saml2.saml import NAME_FORMAT_URI, NAMEID_FORMAT_PERSISTENT, NameID
from saml2.server import Server
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256

from ports import free_port
from sandbox_nia import self_signed

PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
TWO_FACTORS = "https://refeds.org/profile/mfa"
AES256_CBC = "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
PEOPLE = {
    "petr": {"givenName": "Petr", "sn": "Dvořák", "mail": "petr.dvorak@skola.example"},
    "anna": {"givenName": "Anna", "sn": "Malá & syn", "mail": "anna@skola.example"},
}


def credentials(folder, name):
    """Files with a new key and its certificate."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    key_file, certificate_file = folder / f"{name}.key.pem", folder / f"{name}.crt.pem"
    key_file.write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()))
    certificate_file.write_bytes(self_signed(key, name).public_bytes(serialization.Encoding.PEM))
    return key_file, certificate_file


class IdentityProvider:
    """Serves metadata, takes requests by both bindings, and answers by a form. Switches let it misbehave."""

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.entity_id = "urn:skola.example:idp"
        self.key_file, self.certificate_file = credentials(folder, "idp")
        # The key of a change of keys: until then nothing is signed by it.
        self.next = credentials(folder, "next")
        self.waiting = {}
        self.requests = []
        self.server = None
        self.behave()

    def behave(self):
        """Forgets all mischief."""
        self.encrypt, self.change, self.signer, self.answered_to, self.classes = True, bytes, None, None, None

    def config(self, **metadata):
        key, certificate = self.signer or (self.key_file, self.certificate_file)
        return IdPConfig().load({
            "entityid": self.entity_id, "key_file": str(key), "cert_file": str(certificate),
            "signing_algorithm": SIG_RSA_SHA256, "digest_algorithm": DIGEST_SHA256,
            "service": {"idp": {
                "endpoints": {"single_sign_on_service": [
                    (self.url + "/sso/redirect", BINDING_HTTP_REDIRECT), (self.url + "/sso/post", BINDING_HTTP_POST)],
                    "single_logout_service": [(self.url + "/slo", BINDING_HTTP_REDIRECT)]},
                "want_authn_requests_signed": True,
                "policy": {"default": {"lifetime": {"minutes": 5}, "name_form": NAME_FORMAT_URI}},
            }},
            **metadata,
        })

    def metadata(self, sign=True, also=()):
        """The metadata; `also`: files of further signing certificates to announce."""
        config = self.config(additional_cert_files=[str(file) for file in also])
        text = create_metadata_string(
            None, config=config, sign=sign, sign_alg=SIG_RSA_SHA256, digest_alg=DIGEST_SHA256)
        return text if isinstance(text, bytes) else text.encode()

    def learn(self, *services):
        """Takes in the metadata of services, as files: pysaml2 has no other keys of theirs."""
        files = []
        for number, octets in enumerate(services):
            file = self.folder / f"service-{number}.xml"
            file.write_bytes(octets)
            files.append(str(file))
        self.services = {"local": files}
        self.start_over()

    def start_over(self):
        """A pysaml2 server with the keys and the services of now."""
        self.server = Server(config=self.config(metadata=self.services))
        encrypt = self.server.sec.encrypt_assertion

        # Left alone pysaml2 encrypts by triple DES, which we refuse.
        def encrypt_by_aes(statement, key, template, key_type="aes-256", node_xpath=None):
            template.encryption_method.algorithm = AES256_CBC
            return encrypt(statement, key, template, key_type, node_xpath)

        self.server.sec.encrypt_assertion = encrypt_by_aes

    def take_request(self, fields, binding):
        """Verifies a request and returns the name it waits under."""
        signed = {}
        if binding == BINDING_HTTP_REDIRECT:
            signed = {"relay_state": fields.get("RelayState"), "sigalg": fields.get("SigAlg"), "signature": fields.get("Signature")}
        request = self.server.parse_authn_request(fields["SAMLRequest"], binding, **signed)
        name = str(len(self.requests))
        self.requests.append(request.message)
        self.waiting[name] = (self.server.response_args(request.message), fields.get("RelayState"))
        return name

    def answer(self, name, person):
        """Address, message and relay state of the answer for a person."""
        arguments, relay_state = self.waiting[name]
        return arguments["destination"], self.response(arguments, person), relay_state

    def response(self, arguments, person):
        asked = self.requests[-1].requested_authn_context if self.requests else None
        wanted = [reference.text for reference in asked.authn_context_class_ref] if asked else []
        # A password when that is enough.
        class_ref = self.classes or (PASSWORD if PASSWORD in wanted or not wanted else wanted[0])
        if self.answered_to is not None:
            arguments = {**arguments, "in_response_to": self.answered_to or None}
        response = self.server.create_authn_response(
            PEOPLE[person], in_response_to=arguments["in_response_to"], destination=arguments["destination"],
            sp_entity_id=arguments["sp_entity_id"], userid=person,
            name_id=NameID(format=NAMEID_FORMAT_PERSISTENT, text=f"{person}-at-{arguments['sp_entity_id'][-12:]}"),
            authn={"class_ref": class_ref}, sign_response=True, sign_assertion=True, encrypt_assertion=self.encrypt,
            sign_alg=SIG_RSA_SHA256, digest_alg=DIGEST_SHA256)
        return base64.b64encode(self.change(str(response).encode())).decode()

    def __enter__(self):
        handler = type("Bound", (Handler,), {"provider": self})
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        self.thread = threading.Thread(target=self.http.serve_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()
        self.thread.join(timeout=30)


class Handler(http.server.BaseHTTPRequestHandler):
    provider = None

    def do_GET(self):
        place = urllib.parse.urlsplit(self.path)
        if place.path == "/metadata":
            self.send(self.provider.metadata(), "application/samlmetadata+xml")
        elif place.path == "/sso/redirect":
            self.ask(dict(urllib.parse.parse_qsl(place.query)), BINDING_HTTP_REDIRECT)
        else:
            self.send_error(404)

    def do_POST(self):
        length = int(self.headers["Content-Length"])
        fields = dict(urllib.parse.parse_qsl(self.rfile.read(length).decode()))
        if self.path == "/sso/post":
            self.ask(fields, BINDING_HTTP_POST)
        elif self.path == "/login":
            action, message, relay_state = self.provider.answer(fields["waiting"], fields["person"])
            self.form(action, "answer", SAMLResponse=message, RelayState=relay_state)
        else:
            self.send_error(404)

    def ask(self, fields, binding):
        self.form("/login", "idp-login", waiting=self.provider.take_request(fields, binding), person="")

    def form(self, action, button, **fields):
        inputs = "".join(f'<input name="{name}" id="{name}" value="{html.escape(value or "")}">' for name, value in fields.items())
        self.send(f'<!doctype html><title>Škola</title><form method="post" action="{html.escape(action)}">{inputs}'
                  f'<button id="{button}">Pokračovat</button></form>'.encode(), "text/html; charset=utf-8")

    def send(self, body, kind):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass
