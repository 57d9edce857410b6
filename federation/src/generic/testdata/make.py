#!/usr/bin/env python3
"""A pysaml2 identity provider reads our metadata and our request and answers it; the answers are kept in `pysaml2/`.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install pysaml2 freezegun    # and the xmlsec1 tool
    /tmp/venv/bin/python federation/src/generic/testdata/make.py

`pysaml2/sp-metadata.xml` and `pysaml2/request.query` are ours: a test asserts that our code still writes them so, and writes
them anew when CITY_WRITE_TESTDATA is set. The provider's key is a TEST KEY of `../../nia/testdata/keys`.
"""

import pathlib
import sys
import tempfile
import urllib.parse

from freezegun import freeze_time

HERE = pathlib.Path(__file__).resolve().parent / "pysaml2"
KEYS = HERE.parent.parent.parent / "nia" / "testdata" / "keys"
ENTITY = "https://idp.example.cz/metadata"
CLASS = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"


def provider(folder):
    from saml2.config import IdPConfig
    from saml2.saml import NAME_FORMAT_URI, NAMEID_FORMAT_PERSISTENT
    from saml2.server import Server

    key = folder / "key.pem"
    key.write_bytes((KEYS / "idp-other.key.pem").read_bytes().split(b"\n", 1)[1])
    post = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
    redirect = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
    config = {
        "entityid": ENTITY,
        "xmlsec_binary": "/usr/bin/xmlsec1",
        "key_file": str(key),
        "cert_file": str(KEYS / "idp-other.crt.pem"),
        "metadata": {"local": [str(HERE / "sp-metadata.xml")]},
        "service": {
            "idp": {
                "endpoints": {
                    "single_sign_on_service": [("https://idp.example.cz/sso", redirect), ("https://idp.example.cz/sso", post)],
                    "single_logout_service": [("https://idp.example.cz/slo", redirect)],
                },
                "want_authn_requests_signed": True,
                "name_id_format": [NAMEID_FORMAT_PERSISTENT],
                "policy": {"default": {"lifetime": {"minutes": 15}, "name_form": NAME_FORMAT_URI, "attribute_restrictions": None}},
            }
        },
    }
    return Server(config=IdPConfig().load(config))


SEALED = {"sign_response": True, "sign_assertion": True, "encrypt_assertion": True, "encrypt_assertion_self_contained": True}


def encrypt_by_aes():
    """pysaml2 encrypts by 3DES, which we refuse; other ciphers are not in its configuration."""
    from saml2 import sigver

    sigver.pre_encryption_part.__kwdefaults__["msg_enc"] = "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
    for encrypt in (sigver.CryptoBackendXmlSec1.encrypt_assertion, sigver.SecurityContext.encrypt_assertion):
        encrypt.__defaults__ = tuple("aes-256" if value == "des-192" else value for value in encrypt.__defaults__)


@freeze_time("2026-11-24 09:16:05")
def main():
    from saml2 import BINDING_HTTP_REDIRECT
    from saml2.metadata import entity_descriptor
    from saml2.saml import NAMEID_FORMAT_PERSISTENT, NameID

    with tempfile.TemporaryDirectory() as folder:
        server = provider(pathlib.Path(folder))
        (HERE / "idp-metadata.xml").write_text(str(entity_descriptor(server.config)))
        query = dict(urllib.parse.parse_qsl((HERE / "request.query").read_text()))
        request = server.parse_authn_request(
            query["SAMLRequest"], BINDING_HTTP_REDIRECT, relay_state=query["RelayState"], sigalg=query["SigAlg"], signature=query["Signature"]
        )
        assert request.message.issuer.text.startswith("https://id.example.cz/upstream/"), request.message
        where = server.response_args(request.message)
        for name, switches in {
            "both": {"sign_response": True, "sign_assertion": True},
            "response": {"sign_response": True, "sign_assertion": False},
            "assertion": {"sign_response": False, "sign_assertion": True},
            "sealed-by-default": SEALED,
            "sealed": SEALED,
        }.items():
            if name == "sealed":
                encrypt_by_aes()
            answer = server.create_authn_response(
                {"givenName": "Žofie", "sn": "Řehořová", "mail": "zofie@example.cz", "eduPersonPrincipalName": "zofie@example.cz"},
                userid="zofie",
                name_id=NameID(format=NAMEID_FORMAT_PERSISTENT, text="7c1f0e5a-zofie"),
                authn={"class_ref": CLASS, "authn_instant": 1_795_511_760, "authn_auth": ENTITY},
                sign_alg="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
                digest_alg="http://www.w3.org/2001/04/xmlenc#sha256",
                **where,
                **switches,
            )
            (HERE / f"{name}.xml").write_text(str(answer))


if __name__ == "__main__":
    sys.exit(main())
