#!/usr/bin/env python3
"""Makes the documents the gate is tested with, and the list of what must come of each (`cases.json`).

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install lxml signxml cryptography
    npm ci --prefix tests/browser
    /tmp/venv/bin/python federation/src/nia/testdata/make.py

Every document is made anew and comes out the same octet for octet, except two whose signatures need fresh randomness
(ECDSA, RSA-PSS): those are kept when present.
"""

import json

from parts import *  # noqa: F403

CASES = []


def case(name, expect, document, via="response", keep=False, **more):
    """Writes a document and what must come of it."""
    suffix = {"response": "xml", "logout-form": "xml", "form": "form", "demo-form": "form", "logout-query": "query"}[via]
    file = f"{name}.{suffix}"
    path = HERE / file
    if not (keep and path.exists()):
        path.write_bytes(document)
    CASES.append({"name": name, "file": file, "via": via, "expect": expect, **more})


def filler(count):
    """Octets that mean nothing, the same each time."""
    return hashlib.shake_256(str(count).encode()).digest(count)


def refused(name, code, document, **more):
    case(name, code, document, **more)


def accepted(name, document, **more):
    case(name, "accepted", document, **more)


# --- accepted ---------------------------------------------------------------------------------------------------------

VALID = answer()

accepted("valid", VALID, attack=["nia_s01"])
accepted(
    "valid-signxml",
    octets(sign_by_signxml(response(encrypt(octets(sign_by_signxml(assertion())))))),
    attack=["nia_s01"],
)
accepted(
    "valid-xml-crypto",
    octets(sign_by_xml_crypto(response(encrypt(octets(sign_by_xml_crypto(assertion())))))),
    attack=["nia_s01"],
)
refused(
    "xml-crypto-attacker",
    "signature-mismatch",
    octets(sign_by_xml_crypto(response(encrypt(octets(sign_by_xml_crypto(assertion())))), ATTACKER)),
    attack=["nia_s06"],
)
accepted("valid-random-padding", answer(sealed={"random_padding": True}))
accepted("valid-aes256-gcm", answer(sealed={"cipher": XENC11 + "aes256-gcm"}))
accepted("valid-aes128-gcm", answer(sealed={"cipher": XENC11 + "aes128-gcm"}))
accepted(
    "valid-oaep-sha256",
    answer(
        sealed={
            "cipher": XENC11 + "aes256-gcm",
            "transport": OAEP11,
            "hash": hashlib.sha256,
            "parameters": f'<DigestMethod Algorithm="{SHA256}"/><x:MGF xmlns:x="{XENC11}" Algorithm="{MGF1_SHA256}"/>',
        }
    ),
)
accepted("valid-aes128-cbc-allowed", answer(sealed={"cipher": XENC + "aes128-cbc"}), config={"allow_aes128_cbc": True})
accepted("valid-no-oaep-digest", answer(sealed={"parameters": ""}))
accepted(
    "valid-sha512",
    answer(
        inner_signature={"algorithm": RSA_SHA256.replace("256", "512"), "digest": XENC + "sha512"},
        outer_signature={"algorithm": RSA_SHA256.replace("256", "512"), "digest": XENC + "sha512"},
    ),
)
accepted(
    "valid-inclusive-namespaces",
    answer(outer_signature={"prefixes": f'<ec:InclusiveNamespaces xmlns:ec="{EXC}" PrefixList="saml samlp"/>', "prefixes_listed": ["saml", "samlp"]}),
)
accepted("valid-next-key", answer(inner_signature={"pair": IDP_NEXT}, outer_signature={"pair": IDP_NEXT}), attack=["nia_s35"])
accepted("valid-former-own-key", answer(sealed={"pair": SP_OLD}), attack=["nia_s36"])
accepted("valid-response-fraction", answer(outer={"issued": at(0, 7)}))
accepted("valid-issuer-format", answer(
    inner={"issuer": f'<Issuer Format="urn:oasis:names:tc:SAML:2.0:nameid-format:entity">{IDP}</Issuer>'}
))
accepted("valid-declaration", b'<?xml version="1.0" encoding="utf-8"?>\n' + VALID)
accepted(
    "valid-unknown-attribute",
    answer(inner={"attributes": attributes() + [("Shoe", "urn:example:shoe-size", "42")]}),
)
accepted("valid-attribute-order", answer(inner={"attributes": list(reversed(attributes()))}))
accepted("valid-names-only", answer(inner={"attributes": attributes(CurrentAddress=None, TRadresaID=None, eMail=None, PhoneNumber=None)}))
accepted("valid-empty-contact", answer(inner={"attributes": attributes(eMail="", PhoneNumber="")}))
accepted(
    "valid-village",
    answer(
        inner={
            "attributes": attributes(
                CurrentAddress=b64(CURRENT_ADDRESS.replace("Latrán</eidas:T", "</eidas:T").replace("Latrán", ""))
            )
        }
    ),
)
accepted(
    "valid-xml-characters",
    answer(inner={"attributes": attributes(CurrentFamilyName="O'NEILL & <SYN>", CurrentGivenName="ŽOFIE ŠÁRKA")}),
    family_name="O'NEILL & <SYN>",
)
accepted(
    "valid-phone-other-spelling",
    answer(
        inner={
            "attributes": attributes(
                PhoneNumber=("http://schemas.eidentity.cz/moris/2016/identity/claims/phonenumber", "+420777123456")
            )
        }
    ),
)
accepted("valid-high", answer(inner={"level": LOA + "high"}), identity="state_high", login="strong")
accepted("valid-forced", answer(), ask={"force": True}, attack=["nia_s25"])
accepted("valid-forced-edge", answer(inner={"instant": at(-95)}), ask={"force": True}, attack=["nia_s25"])
accepted(
    "valid-edges",
    answer(
        inner={"start": at(90), "end": f'NotOnOrAfter="{at(-89)}"', "confirmation_end": f'NotOnOrAfter="{at(-89)}" ', "instant": at(90), "issued": at(90)},
        outer={"issued": at(90)},
    ),
    attack=["nia_s25", "atk_s12"],
)
accepted("valid-oldest", answer(outer={"issued": at(-300)}), attack=["nia_s25"])
accepted("valid-session-end", answer(inner={"session_end": f'SessionNotOnOrAfter="{at(-89)}" '}), attack=["atk_s12"])
accepted(
    "valid-friendly-name-elsewhere",
    answer(inner={"attributes": attributes() + [("PersonIdentifier", "urn:example:other", FORGED)]}),
    attack=["nia_s32"],
)
EIDAS = "ES/CZ/abc def-ΓΔ".replace(" ", "_")
accepted(
    "valid-eidas",
    answer(
        inner={
            "person": EIDAS,
            "attributes": [
                ("PersonIdentifier", E + "PersonIdentifier", EIDAS),
                ("CurrentGivenName", E + "CurrentGivenName", ["ELENI", ("Ελένη",)]),
                ("CurrentFamilyName", E + "CurrentFamilyName", [("Παπαδοπούλου",), "PAPADOPOULOU"]),
                ("DateOfBirth", E + "DateOfBirth", "1990-02-28"),
            ],
        }
    ),
    config={"allow_eidas": True},
    subject=EIDAS,
    family_name="PAPADOPOULOU",
)
accepted("valid-base64-lines", form(SAMLResponse=base64.encodebytes(VALID).decode().replace("\n", "\r\n"), RelayState=REQUEST), via="form", attack=["nia_s33"])
for provider, inner, outer in [("both", True, True), ("assertion", True, False), ("response", False, True), ("response", True, True)]:
    accepted(
        f"plain-{provider}{'-all' if provider == 'response' and inner else ''}",
        plain_answer(provider, sign_inner=inner, sign_outer=outer),
        provider=provider,
    )
accepted(
    "plain-ecdsa",
    plain_answer(
        "assertion",
        sign_outer=False,
        inner_signature={"pair": IDP_EC, "algorithm": "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"},
    ),
    provider="assertion",
    keep=True,
)
accepted(
    "plain-pss",
    plain_answer(
        "assertion", sign_outer=False, inner_signature={"algorithm": "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"}
    ),
    provider="assertion",
    keep=True,
)
accepted(
    "sealed-assertion-only",
    octets(
        response(encrypt(sign(assertion("assertion")), cipher=XENC11 + "aes256-gcm"), "assertion")
    ),
    provider="assertion",
)
accepted("sealed-response-only", octets(sign(response(encrypt(assertion("response")), "response"))), provider="response")

# --- the way here -----------------------------------------------------------------------------------------------------

ENCODED = base64.b64encode(VALID).decode()
GOOD_FORM = form(SAMLResponse=ENCODED, RelayState=REQUEST)

refused("form-by-get", "wrong-method", GOOD_FORM, via="form", method="get", attack=["nia_s41"])
refused("form-as-json", "not-a-form", b'{"SAMLResponse":"x"}', via="form", content_type="application/json", attack=["nia_s41"])
refused("form-without-message", "message-missing", form(RelayState=REQUEST), via="form", attack=["nia_s41"])
refused("form-request-instead", "message-missing", form(SAMLRequest=ENCODED, RelayState=REQUEST), via="form")
refused("form-two-messages", "parameter-repeated", GOOD_FORM + b"&" + form(SAMLResponse=ENCODED), via="form", attack=["nia_s41"])
refused("form-request-and-response", "parameter-repeated", GOOD_FORM + b"&" + form(SAMLRequest=ENCODED), via="form")
refused("form-two-relay-states", "parameter-repeated", GOOD_FORM + b"&" + form(RelayState=REQUEST), via="form")
refused("form-without-relay-state", "relay-state-missing", form(SAMLResponse=ENCODED), via="form", attack=["nia_s23"])
for name, value in {
    "url": "https://evil.example/", "short": "_abc", "upper": REQUEST.upper(), "long": "_" + "a" * 10_000, "empty": "",
}.items():
    refused(
        f"form-relay-state-{name}", "relay-state-malformed", form(SAMLResponse=ENCODED, RelayState=value), via="form", attack=["nia_s23"]
    )
refused(
    "form-relay-state-changed", "in-response-to-wrong", form(SAMLResponse=ENCODED, RelayState="_" + "0" * 32), via="form", attack=["nia_s23"]
)
refused("form-base64-junk", "bad-base64", form(SAMLResponse=ENCODED[:40] + "*" + ENCODED[41:], RelayState=REQUEST), via="form", attack=["nia_s33"])
refused("form-base64-space", "bad-base64", form(SAMLResponse=ENCODED[:40] + " " + ENCODED[40:], RelayState=REQUEST), via="form", attack=["nia_s33"])
refused(
    "form-base64-url",
    "bad-base64",
    form(SAMLResponse=base64.urlsafe_b64encode(b"<\xff\xfe>" + VALID).decode(), RelayState=REQUEST),
    via="form",
    attack=["nia_s33"],
)
refused("form-base64-truncated", "bad-base64", form(SAMLResponse=ENCODED[:-3], RelayState=REQUEST), via="form")
refused("not-utf8", "not-utf8", VALID.replace("<saml:Issuer>urn".encode(), b"<saml:Issuer>\xff\xfeurn"))
refused("utf16", "not-utf8", '<?xml version="1.0" encoding="UTF-16"?><a/>'.encode())
refused("too-large", "too-large", VALID, pad=193 * 1024)
refused("body-too-large", "too-large", form(SAMLResponse="A" * 100, RelayState=REQUEST), via="form", pad=257 * 1024, attack=["nia_s33"])
refused("state-of-another-provider", "state-of-another-provider", VALID, state_of="both", attack=["atk_s13"])
refused("demo-wrong-password", "wrong-credentials", form(**{"state": request_id(b"demo"), "login-username": "0001", "login-password": "x"}), via="demo-form")

# --- the document -----------------------------------------------------------------------------------------------------


def after(marker, text, document=VALID):
    """A document with a text put behind a marker, as an attacker does who has no key."""
    assert document.count(marker.encode()) >= 1, marker
    return document.replace(marker.encode(), marker.encode() + text.encode(), 1)


def before(marker, text, document=VALID):
    assert document.count(marker.encode()) >= 1, marker
    return document.replace(marker.encode(), text.encode() + marker.encode(), 1)


DOCTYPES = {
    "doctype": "<!DOCTYPE samlp:Response>",
    "doctype-entity": '<!DOCTYPE r [<!ENTITY x "y">]>',
    "doctype-external": '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    "doctype-http": '<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd">',
    "doctype-parameter": '<!DOCTYPE r [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]>',
    "doctype-bomb": '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>',
}
for name, text in DOCTYPES.items():
    refused(name, "doctype-forbidden", text.encode() + VALID, attack=["nia_s16", "atk_s05"])
refused("processing-instruction", "processing-instruction-forbidden", after("<saml:Issuer>", "<?x y?>"), attack=["nia_s17", "atk_s05"])
refused("stylesheet", "processing-instruction-forbidden", b'<?xml-stylesheet href="x"?>' + VALID, attack=["nia_s17"])
refused("comment", "comment-forbidden", after("<saml:Issuer>", "<!-- x -->"), attack=["nia_s17", "atk_s05", "atk_s06"])
refused("cdata", "cdata-forbidden", VALID.replace(b"<saml:Issuer>" + IDP.encode(), b"<saml:Issuer><![CDATA[" + IDP.encode() + b"]]>"), attack=["nia_s17", "atk_s05"])
refused("too-deep", "too-deep", after("<samlp:Status>", "<a>" * 40 + "</a>" * 40), attack=["atk_d02"])
refused("deep-twenty-thousand", "too-deep", b"<a>" * 9_000 + b"</a>" * 9_000, attack=["atk_d02"])
refused("too-many-elements", "too-many-elements", after("<samlp:Status>", "<a/>" * 1_100), attack=["atk_d02"])
refused("too-many-attributes", "too-many-attributes", after("<samlp:Status>", "<a " + " ".join(f'a{n}=""' for n in range(40)) + "/>"), attack=["atk_d02"])
refused("too-many-namespaces", "too-many-namespaces", after("<samlp:Status>", "".join(f'<a xmlns:n{n}="urn:n" xmlns:m{n}="urn:m"/>' for n in range(200))), attack=["atk_d02"])
refused("namespace-relative", "strange-namespace", after("<samlp:Status>", '<a xmlns="x"/>'), attack=["atk_s05"])
refused("namespace-empty", "strange-namespace", after("<samlp:Status>", '<a xmlns=""/>'), attack=["atk_s05"])
refused("namespace-xml", "strange-namespace", after("<samlp:Status>", '<a xmlns:xml="http://www.w3.org/XML/1998/namespace"/>'), attack=["atk_s05"])
for name, text in {
    "unknown-entity": "&nbsp;", "unclosed": "<a>", "bare-ampersand": "a & b", "null": "&#0;", "surrogate": "&#xD800;", "prefix-unbound": "<zz:a/>",
    "attribute-twice": '<a b="" b=""/>', "attribute-twice-namespaced": '<a xmlns:x="urn:x" xmlns:y="urn:x" x:b="" y:b=""/>',
}.items():
    refused(name, "not-well-formed", after("<samlp:Status>", text), attack=["atk_s05"])
refused("truncated", "not-well-formed", VALID[:-40], attack=["atk_d07"])
refused("two-roots", "not-well-formed", VALID + VALID, attack=["atk_s05"])
refused("empty", "not-well-formed", b"")
refused("text-only", "not-well-formed", b"hello")
refused("root-assertion", "wrong-root", octets(sign(assertion())), attack=["nia_s03"])
refused("root-other-namespace", "wrong-root", octets(sign(response(encrypt(sign(assertion()))))).replace(b"urn:oasis:names:tc:SAML:2.0:protocol", b"urn:oasis:names:tc:SAML:1.0:protocol", 1))
refused("response-version", "wrong-version", answer(outer={"version": "1.1"}), attack=["atk_s14"])
refused("assertion-version", "wrong-version", answer(inner={"version": "1.1"}), attack=["atk_s14"])
refused("response-id-missing", "malformed-id", octets(response(encrypt(sign(assertion())), id="")))
refused("response-id-number", "malformed-id", octets(response(encrypt(sign(assertion())), id='ID="1 2"')))
refused("id-twice", "duplicate-id", after("<samlp:Status", ' ID="_b1f0c2d3e4f5465768798a9bacbdcedf"'), attack=["nia_s10", "atk_s04"])
refused("id-twice-across-names", "duplicate-id", after("<xenc:EncryptedData", ' Id="_b1f0c2d3e4f5465768798a9bacbdcedf"'), attack=["atk_s04"])
for name, text in {"lower": ' id="_x1"', "mixed": ' Id="_x1"', "xml": ' xml:id="_x1"', "old": ' AssertionID="_x1"', "prefixed": ' samlp:ID="_x1"'}.items():
    refused(f"foreign-id-{name}", "foreign-id-attribute", after("<samlp:Status", text), attack=["atk_s04"])
refused("unknown-child", "unexpected-element", octets(sign(response(encrypt(sign(assertion())), after="<samlp:Asserted/>"))))
refused("response-in-response", "unexpected-element", octets(sign(response(encrypt(sign(assertion())), after=f'<samlp:Extensions><samlp:Response ID="_x"/></samlp:Extensions>'))), attack=["nia_s10"])
refused("advice", "unexpected-element", answer(inner={"more": "<Advice/>"}), attack=["nia_s10"])
refused("confirmation-child", "unexpected-element", answer(inner={"confirmation": f'<SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><SubjectConfirmationData InResponseTo="{REQUEST}" NotOnOrAfter="{at(3600)}" Recipient="{acs()}"><x xmlns="urn:x"/></SubjectConfirmationData></SubjectConfirmation>'}), attack=["atk_s02"])
refused("two-issuers", "repeated-element", octets(sign(response(encrypt(sign(assertion())), after=f"<saml:Issuer>{IDP}</saml:Issuer>"))))
refused("two-statuses", "repeated-element", octets(sign(response(encrypt(sign(assertion())), after='<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"/></samlp:Status>'))))
refused("two-name-ids", "repeated-element", answer(inner={"name_id": f'<NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">{PERSON}</NameID><NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">{FORGED}</NameID>'}))
for name, text in {**DOCTYPES}.items():
    refused(f"plaintext-{name}", "doctype-forbidden", answer(plain=text.encode() + octets(sign(assertion()))), attack=["nia_s16"])

# --- signatures -------------------------------------------------------------------------------------------------------

SIGNED_ROOT = sign(response(encrypt(sign(assertion()))))
TWICE = standalone(SIGNED_ROOT)
TWICE.insert(1, standalone(TWICE.find(q(DS, "Signature"))))
refused("two-signatures", "too-many-signatures", octets(TWICE), attack=["atk_s05"])
SIGNATURE = VALID[VALID.index(b"<Signature"):VALID.index(b"</Signature>")].decode() + "</Signature>"
refused("thirty-signatures", "too-many-signatures", before("<samlp:Status>", SIGNATURE * 30), attack=["atk_d02"])
MOVED = standalone(SIGNED_ROOT)
MOVED.find(q(SAMLP, "Status")).append(MOVED.find(q(DS, "Signature")))
refused("signature-in-status", "signature-misplaced", octets(MOVED), attack=["atk_s03"])
refused("signature-in-extensions", "signature-misplaced", octets(sign(response(encrypt(sign(assertion())), after=f'<samlp:Extensions><Signature xmlns="{DS}"/></samlp:Extensions>'))), attack=["atk_s05"])
refused("signature-nested", "signature-misplaced", octets(sign(response(encrypt(sign(assertion()))), object=f'<Object><Signature xmlns="{DS}"/></Object>')), attack=["atk_s05"])
refused("signature-object", "signature-layout", answer(outer_signature={"object": "<Object>x</Object>"}), attack=["nia_s09"])
refused("signature-manifest", "signature-layout", answer(outer_signature={"object": f'<Object><Manifest><Reference URI="#x"/></Manifest></Object>'}), attack=["nia_s09"])
TWO_INFOS = standalone(SIGNED_ROOT)
INFO = TWO_INFOS.find(q(DS, "Signature")).find(q(DS, "SignedInfo"))
INFO.addnext(standalone(INFO))
refused("two-signed-infos", "signature-layout", octets(TWO_INFOS), attack=["nia_s09"])
refused("digest-value-child", "signature-layout", after("<DigestValue>", "<a/>"), attack=["atk_s03"])
refused("algorithm-prefixed", "signature-layout", VALID.replace(b"<SignatureMethod Algorithm", f'<SignatureMethod xmlns:z="urn:z" z:Algorithm="{RSA_SHA256}" Algorithm'.encode(), 1), attack=["atk_s05"])
refused("reference-type", "signature-layout", VALID.replace(b"<Reference URI", b'<Reference Type="urn:x" URI', 1))
refused("two-references", "several-references", answer(outer_signature={"references": 2}), attack=["nia_s09"])
refused("no-reference", "several-references", answer(outer_signature={"references": 0}), attack=["nia_s09"])
for name, target in {"empty": "", "external": "http://127.0.0.1:9/x", "file": "cases.json", "other": "#_x", "xpointer": "#xpointer(/)", "cid": "cid:x"}.items():
    refused(f"reference-{name}", "reference-not-parent", answer(outer_signature={"reference": target}), attack=["nia_s09", "atk_s03"])
refused("reference-to-data", "reference-not-parent", octets(sign(response(encrypt(sign(assertion()))), reference="#_5d0c1b2a-3948-4756-8697-a5b4c3d2e1f0")), attack=["atk_s03"])
TRANSFORMS = {
    "xslt": f'<Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"/><Transform Algorithm="{EXC}"/>',
    "xpath": f'<Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><XPath>1</XPath></Transform><Transform Algorithm="{EXC}"/>',
    "base64": f'<Transform Algorithm="{DS}base64"/><Transform Algorithm="{EXC}"/>',
    "three": f'<Transform Algorithm="{DS}enveloped-signature"/><Transform Algorithm="{EXC}"/><Transform Algorithm="{EXC}"/>',
    "one": f'<Transform Algorithm="{EXC}"/>',
    "inclusive": f'<Transform Algorithm="{DS}enveloped-signature"/><Transform Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>',
    "with-comments": f'<Transform Algorithm="{DS}enveloped-signature"/><Transform Algorithm="{EXC}WithComments"/>',
    "parameter": f'<Transform Algorithm="{DS}enveloped-signature"><a/></Transform><Transform Algorithm="{EXC}"/>',
}
for name, text in TRANSFORMS.items():
    refused(f"transform-{name}", "transform-forbidden", answer(outer_signature={"transforms": text}), attack=["nia_s09"])
for name, uri in {"inclusive": "http://www.w3.org/TR/2001/REC-xml-c14n-20010315", "with-comments": EXC + "WithComments"}.items():
    refused(f"canonicalization-{name}", "canonicalization-forbidden", answer(outer_signature={"canonicalization": uri}), attack=["nia_s09"])
for name, uri in {
    "sha1": DS + "rsa-sha1", "hmac-sha1": DS + "hmac-sha1", "hmac": "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
    "md5": "http://www.w3.org/2001/04/xmldsig-more#rsa-md5", "unknown": "urn:x",
}.items():
    refused(f"algorithm-{name}", "signature-algorithm-forbidden", answer(outer_signature={"algorithm": uri}), attack=["nia_s08", "atk_s16"])
    refused(f"inner-algorithm-{name}", "signature-algorithm-forbidden", answer(inner_signature={"algorithm": uri}), attack=["nia_s08", "atk_s16"])
refused("digest-sha1", "digest-algorithm-forbidden", answer(outer_signature={"digest": SHA1}), attack=["nia_s08", "atk_s16"])
refused("inner-digest-sha1", "digest-algorithm-forbidden", answer(inner_signature={"digest": SHA1}), attack=["nia_s08", "atk_s16"])
refused("unsigned-response", "response-unsigned", answer(outer_signature=False), attack=["nia_s03", "atk_s09"])
refused("unsigned-everything", "response-unsigned", answer(outer_signature=False, inner_signature=False), attack=["nia_s03", "atk_s09"])
refused("unsigned-assertion", "assertion-unsigned", answer(inner_signature=False), attack=["nia_s04", "atk_s09"])
refused("plain-unsigned", "response-unsigned", plain_answer("assertion", sign_inner=False, sign_outer=False), provider="assertion")
refused("plain-only-outer", "assertion-unsigned", plain_answer("both", sign_inner=False), provider="both")
refused("plain-only-outer-wanted-inner", "assertion-unsigned", plain_answer("assertion", sign_inner=False), provider="assertion")
refused("plain-only-inner", "response-unsigned", plain_answer("both", sign_outer=False), provider="both")
refused("sealed-unsigned", "assertion-unsigned", octets(response(encrypt(assertion("assertion"), cipher=XENC11 + "aes256-gcm"), "assertion")), provider="assertion", attack=["atk_s09"])
refused("changed-status", "digest-mismatch", VALID.replace(b"status:Success", b"status:Succes5"), attack=["nia_s05"])
refused("changed-destination", "digest-mismatch", VALID.replace(b"/upstream/nia/answer", b"/upstream/nix/answer"), attack=["nia_s05"])
CIPHERTEXT = VALID.index(b"<xenc:CipherValue>") + 60
refused("changed-ciphertext", "digest-mismatch", VALID[:CIPHERTEXT] + (b"A" if VALID[CIPHERTEXT : CIPHERTEXT + 1] != b"A" else b"B") + VALID[CIPHERTEXT + 1 :], attack=["nia_s05", "atk_s16"])
refused("pretty-printed", "digest-mismatch", VALID.replace(b"><samlp:Status", b">\n  <samlp:Status"))
refused("changed-assertion", "digest-mismatch", answer(plain=octets(sign(assertion())).replace(PERSON.encode(), FORGED.encode())), attack=["nia_s05"])
VALUE = VALID.index(b"<SignatureValue>") + 30
refused("changed-signature", "signature-mismatch", VALID[:VALUE] + (b"A" if VALID[VALUE : VALUE + 1] != b"A" else b"B") + VALID[VALUE + 1 :], attack=["nia_s05"])
refused("attacker-key", "signature-mismatch", answer(inner_signature={"pair": ATTACKER}, outer_signature={"pair": ATTACKER}), attack=["nia_s06", "atk_s07"])
refused("attacker-key-our-certificate", "signature-mismatch", answer(outer_signature={"pair": ATTACKER, "named": IDP_KEY}), attack=["nia_s06", "atk_s07"])
refused("inner-attacker-key", "signature-mismatch", answer(inner_signature={"pair": ATTACKER}), attack=["nia_s06", "nia_s11", "atk_s09"])
refused("other-environment-key", "signature-mismatch", answer(inner_signature={"pair": IDP_OTHER}, outer_signature={"pair": IDP_OTHER}), attack=["nia_s07", "atk_s07"])
refused("unannounced-key", "signature-mismatch", answer(inner_signature={"pair": IDP_UNANNOUNCED}, outer_signature={"pair": IDP_UNANNOUNCED}), attack=["atk_s07"])
refused("elliptic-key-at-nia", "signature-algorithm-forbidden", answer(outer_signature={"algorithm": "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", "pair": IDP_EC}), keep=True)
refused("attacker-sealed", "response-unsigned", octets(response(encrypt(forged(assertion())))), attack=["nia_s11"])
SWAPPED = standalone(SIGNED_ROOT)
SWAPPED.replace(SWAPPED.find(q(SAML, "EncryptedAssertion")), encrypt(sign(assertion(person=FORGED, attributes=attributes(PersonIdentifier=FORGED)), ATTACKER)))
refused("attacker-swapped-sealed", "digest-mismatch", octets(SWAPPED), attack=["nia_s11"])
BROKEN = VALID.replace(b"<SignatureValue>", b"<SignatureValue>*", 1)
refused("signature-value-junk", "signature-unprocessable", BROKEN, attack=["atk_s10"])
refused("digest-value-junk", "signature-unprocessable", VALID.replace(b"<DigestValue>", b"<DigestValue>*", 1), attack=["atk_s10"])
refused("signature-value-empty", "signature-mismatch", octets(TWICE)[:0] + VALID[: VALUE - 14] + VALID[VALID.index(b"</SignatureValue>") :], attack=["atk_s10"])
refused("expired-certificate", "certificate-out-of-date", answer(inner_signature={"pair": IDP_EXPIRED}, outer_signature={"pair": IDP_EXPIRED}), attack=["atk_s07"])

# --- wrapping: the eight classic shapes, on a response that is signed and on an assertion that is signed -----------------

RESPONSE_SIGNED = sign(response(assertion("response"), "response"))
ASSERTION_SIGNED = response(sign(assertion("assertion")), "assertion")


def xsw_response(shape, genuine):
    """A forged response around a genuine signed one."""
    genuine = standalone(genuine)
    evil = forged(genuine)
    signature = genuine.find(q(DS, "Signature"))
    inner = without_signature(genuine)
    if shape == 1:
        evil.insert(1, signature)
        signature.append(inner)
    else:
        evil.insert(1, signature)
        evil.insert(1, inner)
    return evil


def xsw_assertion(shape, root):
    """A forged assertion beside, around or inside a genuine signed one."""
    root = standalone(root)
    genuine = root.find(q(SAML, "Assertion"))
    evil = forged(genuine)
    signature = genuine.find(q(DS, "Signature"))
    if shape == 3:
        genuine.addprevious(evil)
    elif shape == 4:
        root.replace(genuine, evil)
        evil.append(genuine)
    elif shape == 5:
        root.append(without_signature(genuine))
        root.replace(genuine, evil)
        evil.insert(1, signature)
    elif shape == 6:
        root.replace(genuine, evil)
        evil.insert(1, signature)
        signature.append(without_signature(genuine))
    elif shape == 7:
        extensions = etree.SubElement(root, q(SAMLP, "Extensions"))
        extensions.append(evil)
        root.insert(1, extensions)
    elif shape == 8:
        root.replace(genuine, evil)
        evil.insert(1, signature)
        holder = etree.SubElement(signature, q(DS, "Object"))
        holder.append(without_signature(genuine))
    return root


# Twins under one identifier: whichever is found first is verified, the other is read.
XSW = {
    1: "unexpected-element", 2: "unexpected-element", 3: "several-assertions", 4: "assertion-misplaced",
    5: "several-assertions", 6: "assertion-misplaced", 7: "assertion-misplaced", 8: "assertion-misplaced",
}
for shape, code in XSW.items():
    attack = ["nia_s10", "atk_s02"]
    if shape <= 2:
        refused(f"xsw{shape}", code, octets(xsw_response(shape, RESPONSE_SIGNED)), provider="response", attack=attack)
        refused(f"xsw{shape}-sealed", code, octets(xsw_response(shape, SIGNED_ROOT)), attack=attack)
    else:
        refused(f"xsw{shape}", code, octets(xsw_assertion(shape, ASSERTION_SIGNED)), provider="assertion", attack=attack)
        inner = sign(assertion())
        holder = response(inner)
        wrapped = xsw_assertion(shape, holder)
        refused(
            f"xsw{shape}-plaintext",
            {3: "assertion-misplaced", 5: "assertion-misplaced", 7: "assertion-misplaced"}.get(shape, code),
            answer(plain=octets(standalone(wrapped.find(q(SAML, "Assertion"))) if shape in (4, 6, 8) else wrapped)) if shape in (4, 6, 8)
            else octets(sign(response([encrypt(sign(assertion()))], after=f"<samlp:Extensions>{octets(forged(assertion())).decode()}</samlp:Extensions>"))),
            attack=attack,
        )


def with_assertion(place, evil):
    """A genuine plain answer with a forged assertion somewhere."""
    root = standalone(ASSERTION_SIGNED)
    genuine = root.find(q(SAML, "Assertion"))
    if place == "before":
        genuine.addprevious(evil)
    elif place == "after":
        genuine.addnext(evil)
    elif place == "status":
        etree.SubElement(root.find(q(SAMLP, "Status")), q(SAMLP, "StatusDetail")).append(evil)
    return root


EVIL = forged(assertion("assertion"))
for place, code in {"before": "several-assertions", "after": "several-assertions", "status": "assertion-misplaced"}.items():
    refused(f"forged-{place}", code, octets(with_assertion(place, standalone(EVIL))), provider="assertion", attack=["nia_s10", "atk_s01"])
refused("forged-sealed-beside", "several-assertions", octets(with_assertion("after", encrypt(EVIL, cipher=XENC11 + "aes256-gcm"))), provider="assertion", attack=["atk_s01"])
SAME_ID = forged(assertion("assertion"))
SAME_ID.set("ID", ASSERTION_SIGNED.find(q(SAML, "Assertion")).get("ID"))
refused("forged-same-id", "duplicate-id", octets(with_assertion("before", SAME_ID)), provider="assertion", attack=["nia_s10", "atk_s04"])
HIDDEN = standalone(ASSERTION_SIGNED)
GENUINE = HIDDEN.find(q(SAML, "Assertion"))
HIDDEN.replace(GENUINE, standalone(EVIL))
etree.SubElement(HIDDEN.find(q(SAMLP, "Status")), q(SAMLP, "StatusDetail")).append(GENUINE)
refused("genuine-in-status", "assertion-misplaced", octets(HIDDEN), provider="assertion", attack=["nia_s10"])
refused("plain-beside-sealed", "several-assertions", octets(sign(response([encrypt(sign(assertion())), assertion(person=FORGED, id='ID="_x"')]))), attack=["nia_s12", "atk_s01"])
PLAIN_ADDED = standalone(SIGNED_ROOT)
PLAIN_ADDED.append(forged(assertion()))
refused("plain-added-to-sealed", "several-assertions", octets(PLAIN_ADDED), attack=["nia_s12"])
refused("comment-in-name-id", "comment-forbidden", after("<NameID Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\">CZ/CZ/7a4c", "<!-- -->", octets(ASSERTION_SIGNED)), provider="assertion", attack=["nia_s17", "atk_s06"])
refused("comment-in-name-id-sealed", "comment-forbidden", answer(plain=after('persistent">CZ/CZ/7a4c', "<!-- -->", octets(sign(assertion())))), attack=["nia_s17", "atk_s06"])
refused("cdata-in-name-id-sealed", "cdata-forbidden", answer(plain=octets(sign(assertion())).replace(f">{PERSON}</NameID>".encode(), f"><![CDATA[{PERSON}]]></NameID>".encode())), attack=["nia_s17"])
refused("instruction-in-audience-sealed", "processing-instruction-forbidden", answer(plain=after("<Audience>", "<?x?>", octets(sign(assertion())))), attack=["nia_s17"])


def shortened(place, value, marker):
    """A comment, or all of a value as CDATA, inside a value of the sealed assertion."""
    sealed, whole = octets(sign(assertion())), value.encode()
    start = sealed.index(whole, sealed.index(marker))
    for kind, changed in [("comment", whole[:6] + b"<!-- -->" + whole[6:]), ("cdata", b"<![CDATA[" + whole + b"]]>")]:
        plain = sealed[:start] + changed + sealed[start + len(whole) :]
        refused(f"{kind}-in-{place}-sealed", f"{kind}-forbidden", answer(plain=plain), attack=["nia_s17", "atk_s06"])


shortened("identifier", PERSON, b'Name="' + E.encode() + b'PersonIdentifier"')
shortened("issuer", IDP, b"<Issuer")
refused("element-in-name-id", "name-id-malformed", answer(inner={"name_id": f'<NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">{PERSON}<x xmlns="urn:x">.evil</x></NameID>'}), attack=["atk_s06"])

# --- encryption -------------------------------------------------------------------------------------------------------

refused("no-assertion", "assertion-missing", octets(sign(response(None))))
refused("two-sealed", "several-assertions", octets(sign(response([encrypt(sign(assertion())), encrypt(sign(assertion()))]))), attack=["atk_s09"])
refused("assertion-in-extensions", "assertion-misplaced", octets(sign(response(encrypt(sign(assertion())), after=f'<samlp:Extensions><saml:Assertion ID="_x"/></samlp:Extensions>'))), attack=["nia_s10"])
refused("not-encrypted", "assertion-not-encrypted", octets(sign(response(sign(assertion())))))
refused("sealed-type", "encryption-layout", answer(sealed={"type": "http://www.w3.org/2001/04/xmlenc#Content"}))
refused("sealed-without-key", "encryption-layout", answer(sealed={"inside": ""}), attack=["nia_s13"])
refused("sealed-key-name", "encryption-layout", answer(sealed={"inside": "<KeyName>x</KeyName>{key}"}))
refused("sealed-bad-base64", "encryption-layout", answer(sealed={"cipher_data": "<xenc:CipherValue>*</xenc:CipherValue>"}), attack=["atk_d07"])
refused("sealed-key-beside", "encryption-misplaced", answer(sealed={"inside": "<KeyName>x</KeyName>", "beside": "{key}"}), attack=["nia_s13"])
refused("sealed-in-status", "encryption-misplaced", octets(sign(response(encrypt(sign(assertion())), after=f'<samlp:Extensions><xenc:EncryptedData xmlns:xenc="{XENC}"/></samlp:Extensions>'))), attack=["nia_s13"])
refused("encrypted-id", "encryption-misplaced", answer(inner={"name_id": f'<EncryptedID/>'}))
refused("encrypted-attribute", "encryption-misplaced", answer(inner={"statement": "<AttributeStatement><EncryptedAttribute/></AttributeStatement>"}))
refused("two-keys", "several-encrypted-keys", answer(sealed={"inside": "{key}{key}"}), attack=["nia_s13"])
refused("retrieval-method", "cipher-reference-forbidden", answer(sealed={"inside": '<RetrievalMethod URI="#x"/>'}), attack=["nia_s13"])
refused("cipher-reference", "cipher-reference-forbidden", answer(sealed={"cipher_data": '<xenc:CipherReference URI="file:///etc/passwd"/>'}), attack=["nia_s13"])
for cipher in ["aes128-cbc", "tripledes-cbc", "aes192-cbc"]:
    refused(f"cipher-{cipher}", "cipher-forbidden", answer(sealed={"cipher": XENC + cipher}), attack=["nia_s14", "atk_s09"])
refused("cbc-without-outer-signature", "cipher-needs-outer-signature", octets(response(encrypt(sign(assertion("assertion"))), "assertion")), provider="assertion", attack=["atk_s16"])
refused("transport-rsa15", "key-transport-forbidden", answer(sealed={"transport": XENC + "rsa-1_5", "parameters": ""}), attack=["nia_s14", "atk_s09", "atk_s16"])
refused("transport-unknown", "key-transport-forbidden", answer(sealed={"transport": XENC + "kw-aes256", "parameters": ""}), attack=["nia_s14"])
refused("oaep-mgf1p-sha256", "oaep-digest-unsupported", answer(sealed={"parameters": f'<DigestMethod Algorithm="{SHA256}"/>'}), attack=["atk_s09"])
refused("oaep-label", "oaep-parameters-forbidden", answer(sealed={"parameters": f'<e:OAEPparams xmlns:e="{XENC}">AAAA</e:OAEPparams>'}))
refused("oaep-sha512", "oaep-parameters-forbidden", answer(sealed={"parameters": f'<DigestMethod Algorithm="{XENC}sha512"/>'}))
refused("oaep11-default-mgf", "oaep-parameters-forbidden", answer(sealed={"transport": OAEP11, "parameters": f'<DigestMethod Algorithm="{SHA256}"/>'}))
refused("sealed-to-another", "decryption-failed", answer(sealed={"pair": SP_FOREIGN}), attack=["nia_s36"])
refused("sealed-to-signing-key", "decryption-failed", answer(sealed={"pair": SP_SIGNING}), config={"keys": "two"}, attack=["atk_s09"])
refused("sealed-truncated-cbc", "decryption-failed", answer(sealed={"content": filler(20)}), attack=["atk_d07"])
refused("sealed-empty", "decryption-failed", answer(sealed={"content": b"\0"}), attack=["atk_d07"])
refused("sealed-only-iv", "decryption-failed", answer(sealed={"content": filler(16)}), attack=["atk_d07"])
refused("sealed-garbage", "decryption-failed", answer(sealed={"content": filler(16 * 20)}), attack=["atk_d07"])
refused("sealed-truncated-gcm", "decryption-failed", answer(sealed={"cipher": XENC11 + "aes256-gcm", "content": filler(13)}), attack=["atk_d07"])
refused("sealed-short-key", "decryption-failed", answer(sealed={"session_key": filler(16)}))
refused("sealed-not-utf8", "decryption-failed", answer(plain=b"<Assertion>\xff\xfe</Assertion>"))
refused("sealed-response", "plaintext-not-an-assertion", answer(plain=octets(response(None))))
refused("sealed-junk", "not-well-formed", answer(plain=b"garbage"))
refused("sealed-junk-without-outer-signature", "decryption-failed", octets(response(encrypt(b"garbage", cipher=XENC11 + "aes256-gcm"), "assertion")), provider="assertion", attack=["atk_s16"])

# --- who, for whom, when ----------------------------------------------------------------------------------------------

for name, text in {
    "other": "urn:other", "space": " " + IDP, "upper": IDP.upper(), "empty": "",
}.items():
    refused(f"response-issuer-{name}", "response-issuer-wrong", answer(outer={"issuer": f"<saml:Issuer>{text}</saml:Issuer>"}), attack=["nia_s19", "atk_s14"] + (["nia_s18"] if name in ("space", "upper") else []))
    refused(f"assertion-issuer-{name}", "assertion-issuer-wrong", answer(inner={"issuer": f"<Issuer>{text}</Issuer>"}), attack=["nia_s19", "atk_s14"] + (["nia_s18"] if name in ("space", "upper") else []))
refused("both-issuers-other", "response-issuer-wrong", answer(inner={"issuer": "<Issuer>urn:o</Issuer>"}, outer={"issuer": "<saml:Issuer>urn:o</saml:Issuer>"}), attack=["nia_s19"])
refused("response-issuer-missing", "response-issuer-wrong", answer(outer={"issuer": ""}), attack=["nia_s19"])
refused("issuer-strange-format", "assertion-issuer-wrong", answer(inner={"issuer": f'<Issuer Format="urn:x">{IDP}</Issuer>'}), attack=["nia_s19"])
ADDRESSES = {
    "host": "https://evil.example.cz/upstream/nia/answer", "http": acs().replace("https", "http"), "slash": acs() + "/",
    "port": acs().replace(".cz", ".cz:443"), "provider": acs("both"), "case": acs().replace("id.", "ID."),
}
for name, url in ADDRESSES.items():
    refused(f"destination-{name}", "destination-wrong", answer(outer={"destination": f'Destination="{url}"'}), attack=["nia_s21", "atk_s14"])
    refused(f"recipient-{name}", "recipient-wrong", answer(inner={"recipient": url}), attack=["nia_s21", "atk_s14"])
refused("destination-missing", "destination-wrong", answer(outer={"destination": ""}), attack=["nia_s21", "atk_s14"])
refused("in-response-to-missing", "in-response-to-missing", answer(outer={"in_response_to": ""}), attack=["nia_s22", "atk_s13"])
refused("in-response-to-other", "in-response-to-wrong", answer(outer={"in_response_to": 'InResponseTo="_x"'}), attack=["nia_s22", "atk_s13"])
refused("confirmation-in-response-to-other", "confirmation-in-response-to-wrong", answer(inner={"confirmation_in_response_to": 'InResponseTo="_x" '}), attack=["nia_s22", "atk_s13"])
refused("confirmation-in-response-to-missing", "confirmation-in-response-to-wrong", answer(inner={"confirmation_in_response_to": ""}), attack=["nia_s22", "atk_s13"])
for name, text in {"zone": "2026-11-24T09:16:05+00:00", "none": "2026-11-24T09:16:05", "leap": "2026-11-24T09:16:60Z", "word": "now", "empty": "", "negative": "-2026-11-24T09:16:05Z"}.items():
    refused(f"response-time-{name}", "time-malformed", answer(outer={"issued": text}), attack=["nia_s24"])
    refused(f"condition-time-{name}", "time-malformed", answer(inner={"end": f'NotOnOrAfter="{text}"'}), attack=["nia_s24"])
refused("response-old", "response-too-old", answer(outer={"issued": at(-301)}), attack=["nia_s24"])
refused("response-ten-minutes-old", "response-too-old", answer(outer={"issued": at(-600)}), attack=["nia_s24"])
refused("response-future", "issued-in-the-future", answer(outer={"issued": at(91)}), attack=["nia_s24"])
refused("assertion-future", "issued-in-the-future", answer(inner={"issued": at(91)}), attack=["nia_s24"])
STATUS = '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:{}">{}</samlp:StatusCode></samlp:Status>'
NESTED = '<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:{}"/>'
refused("status-responder", "provider-failed", octets(sign(response(None, status=STATUS.format("Responder", "")))), attack=["atk_s14"])
refused("status-requester", "provider-refuses-request", octets(sign(response(None, status=STATUS.format("Requester", NESTED.format("UnsupportedBinding"))))), attack=["atk_s14"])
refused("status-error-with-assertion", "provider-failed", answer(outer={"status": STATUS.format("Responder", "")}), attack=["atk_s14"])
refused("plain-status-responder", "provider-says-failed", octets(response(None, "assertion", status=STATUS.format("Responder", ""))), provider="assertion", attack=["atk_s14"])
refused("status-unknown", "provider-status", answer(outer={"status": '<samlp:Status><samlp:StatusCode Value="urn:x"/></samlp:Status>'}), attack=["atk_s14"])
refused("status-authn-failed", "not-completed", octets(sign(response(None, status=STATUS.format("Responder", NESTED.format("AuthnFailed"))))), attack=["nia_s29"])
refused("status-request-denied", "not-completed", octets(sign(response(None, status=STATUS.format("Responder", NESTED.format("RequestDenied"))))))
refused("status-no-authn-context", "level-too-low", octets(sign(response(None, status=STATUS.format("Responder", NESTED.format("NoAuthnContext"))))))
refused("status-unsigned", "error-unsigned", octets(response(None, status=STATUS.format("Responder", NESTED.format("AuthnFailed")))))
refused("status-missing", "status-missing", answer(outer={"status": ""}), attack=["atk_s14"])
refused("status-empty", "status-missing", answer(outer={"status": "<samlp:Status/>"}), attack=["atk_s14"])
refused("subject-missing", "subject-missing", answer(inner={"subject": ""}), attack=["nia_s30"])
PERSISTENT = '<NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">{}</NameID>'
for name, text in {"empty": "", "space": PERSON + " ", "newline": PERSON + "\n", "huge": "CZ/CZ/" + "a" * 5000, "bidi": "CZ/CZ/\u202eabc", "bare": "7a4c9f10-0d7e-4a55-9a55-2f1f6f0c1e21"}.items():
    refused(f"name-id-{name}", "name-id-malformed", answer(inner={"name_id": PERSISTENT.format(text), "attributes": attributes(PersonIdentifier=text or PERSON)}), attack=["nia_s30"] + (["nia_s18"] if name == "space" else []))
refused("name-id-missing", "name-id-malformed", answer(inner={"name_id": ""}), attack=["nia_s30"])
refused("name-id-transient", "name-id-format-wrong", answer(inner={"name_id": PERSISTENT.format(PERSON).replace("persistent", "transient")}), attack=["nia_s30"])
refused("name-id-no-format", "name-id-format-wrong", answer(inner={"name_id": f"<NameID>{PERSON}</NameID>"}), attack=["nia_s30"])
refused("confirmation-holder-of-key", "confirmation-missing", answer(inner={"confirmation": f'<SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"><SubjectConfirmationData InResponseTo="{REQUEST}" NotOnOrAfter="{at(3600)}" Recipient="{acs()}"/></SubjectConfirmation>'}), attack=["nia_s26"])
refused("confirmation-missing", "confirmation-missing", answer(inner={"confirmation": ""}), attack=["nia_s26"])
refused("confirmation-without-data", "confirmation-missing", answer(inner={"confirmation": '<SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"/>'}), attack=["nia_s26"])
refused("confirmation-without-end", "confirmation-without-end", answer(inner={"confirmation_end": ""}), attack=["nia_s26"])
refused("confirmation-expired", "confirmation-expired", answer(inner={"confirmation_end": f'NotOnOrAfter="{at(-90)}" '}), attack=["nia_s24", "atk_s12"])
refused("confirmation-not-yet", "confirmation-not-yet-valid", answer(inner={"confirmation_start": f'NotBefore="{at(91)}" '}), attack=["nia_s24", "atk_s12"])
refused("conditions-missing", "conditions-missing", answer(inner={"conditions": ""}))
refused("conditions-without-end", "conditions-missing", answer(inner={"end": ""}))
refused("conditions-not-yet", "conditions-not-yet-valid", answer(inner={"start": at(91)}), attack=["nia_s24", "atk_s12"])
refused("conditions-expired", "conditions-expired", answer(inner={"end": f'NotOnOrAfter="{at(-90)}"'}), attack=["nia_s24", "atk_s12"])
refused("conditions-year-9999", "validity-too-long", answer(inner={"end": 'NotOnOrAfter="9999-12-31T23:59:59Z"'}), attack=["nia_s24"])
refused("confirmation-year-9999", "validity-too-long", answer(inner={"confirmation_end": 'NotOnOrAfter="9999-12-31T23:59:59Z" '}), attack=["nia_s24"])
OURS = f"<AudienceRestriction><Audience>{entity()}</Audience></AudienceRestriction>"
refused("condition-unknown", "condition-unknown", answer(inner={"audience": OURS + '<Condition xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:z="urn:z" xsi:type="z:X"/>'}))
refused("audience-missing", "audience-missing", answer(inner={"audience": ""}), attack=["nia_s20", "atk_s14"])
refused("audience-empty", "audience-missing", answer(inner={"audience": "<AudienceRestriction/>"}), attack=["nia_s20", "atk_s14"])
for name, text in {"other": "https://other.example.cz/nia", "space": entity() + " ", "upper": entity().upper(), "prefix": entity() + "/x"}.items():
    refused(f"audience-{name}", "audience-wrong", answer(inner={"audience_name": text}), attack=["nia_s20", "atk_s14"] + (["nia_s18"] if name in ("space", "upper") else []))
refused("audience-two-restrictions", "audience-wrong", answer(inner={"audience": OURS + "<AudienceRestriction><Audience>https://other.example.cz</Audience></AudienceRestriction>"}), attack=["nia_s20"])

# --- how the person logged in -----------------------------------------------------------------------------------------

refused("authn-missing", "authn-statement-missing", answer(inner={"authn": ""}))
TWO = f'<AuthnStatement AuthnInstant="{at()}" SessionIndex="_a"><AuthnContext><AuthnContextClassRef>{LOA}substantial</AuthnContextClassRef></AuthnContext></AuthnStatement>'
refused("authn-twice", "several-authn-statements", answer(inner={"authn": TWO + TWO.replace("substantial", "high")}), attack=["nia_s27"])
refused("authn-future", "authn-in-the-future", answer(inner={"instant": at(91)}), attack=["atk_s12"])
refused("authn-not-fresh", "authn-not-fresh", answer(inner={"instant": at(-96)}), ask={"force": True}, attack=["nia_s28", "atk_s12"])
refused("session-ended", "provider-session-ended", answer(inner={"session_end": f'SessionNotOnOrAfter="{at(-90)}" '}), attack=["atk_s12"])
refused("level-missing", "level-missing", answer(inner={"context": ""}), attack=["atk_s15"])
refused("level-twice", "several-levels", answer(inner={"context": f"<AuthnContextClassRef>{LOA}low</AuthnContextClassRef><AuthnContextClassRef>{LOA}high</AuthnContextClassRef>"}), attack=["nia_s27", "atk_s15"])
for name, text in {"upper": LOA + "SUBSTANTIAL", "other": "urn:oasis:names:tc:SAML:2.0:ac:classes:Password", "space": LOA + "high ", "www": "http://www.eidas.europa.eu/LoA/high"}.items():
    refused(f"level-{name}", "level-unknown", answer(inner={"level": text}), attack=["nia_s27", "atk_s15"])
refused("level-low", "level-too-low", answer(inner={"level": LOA + "low"}), attack=["nia_s27", "atk_s15"])
refused("level-below-high", "level-too-low", answer(), ask={"identity": "state_high"}, attack=["nia_s27", "atk_s15"])
FAILED = [("StatusCode", FAILURE, "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed")]
refused("failed-as-success", "not-completed", answer(inner={"attributes": FAILED}), attack=["nia_s29"])
refused("failed-with-everything", "not-completed", answer(inner={"attributes": attributes() + FAILED}), attack=["nia_s29"])
refused("failed-strangely", "not-completed", answer(inner={"attributes": attributes() + [("StatusCode", FAILURE, "x")]}), attack=["nia_s29"])
refused("failed-empty", "not-completed", answer(inner={"attributes": attributes() + [("StatusCode", FAILURE, "")]}), attack=["nia_s29"])
refused("failed-without-value", "not-completed", answer(inner={"attributes": attributes() + [("StatusCode", FAILURE, [])]}), attack=["nia_s29"])
refused("failed-and-success", "not-completed", answer(inner={"attributes": attributes() + [("StatusCode", FAILURE, ["urn:oasis:names:tc:SAML:2.0:status:Success", "x"])]}), attack=["nia_s29"])

# --- about the person -------------------------------------------------------------------------------------------------

refused("attribute-twice-told", "attribute-repeated", answer(inner={"attributes": attributes() + [("DateOfBirth", E + "DateOfBirth", "1999-01-01")]}), attack=["nia_s31", "atk_s20"])
refused("attribute-two-spellings", "attribute-repeated", answer(inner={"attributes": attributes() + [("PhoneNumber", "http://schemas.eidentity.cz/moris/2016/identity/claims/phonenumber", "+420111")]}), attack=["nia_s31"])
refused("attribute-two-values", "attribute-malformed", answer(inner={"attributes": attributes(DateOfBirth=["1985-04-12", "1999-01-01"])}), attack=["nia_s31", "atk_s20"])
refused("attribute-two-names-at-home", "attribute-malformed", answer(inner={"attributes": attributes(CurrentGivenName=["JANA", ("JANA",)])}), attack=["nia_s31"])
refused("attribute-with-elements", "attribute-malformed", answer(inner={"attributes": attributes(CurrentGivenName="<x xmlns='urn:x'>JANA</x>")}), attack=["nia_s31", "atk_s06"])
refused("attribute-nameless", "attribute-malformed", answer(inner={"attributes": attributes() + [("X", "", "x")]}))
refused("attribute-long", "attribute-too-long", answer(inner={"attributes": attributes(CurrentGivenName="A" * 17_000)}), attack=["atk_s20"])
refused("attribute-longish", "attribute-too-long", answer(inner={"attributes": attributes(CurrentGivenName="A" * 257)}), attack=["atk_s20"])
refused("attributes-many", "attribute-too-long", answer(inner={"attributes": attributes() + [("X", f"urn:x:{n}", "x") for n in range(60)]}), attack=["atk_s20"])
for name, text in {"bidi": "JANA\u202eEVIL", "newline": "JANA\nNOVÁ", "control": "JANA\u0085", "zero-width": "JA\u200bNA"}.items():
    refused(f"attribute-{name}", "attribute-unsafe", answer(inner={"attributes": attributes(CurrentGivenName=text)}), attack=["atk_s20"])
for name, change in {
    "date": {"DateOfBirth": "12.4.1985"}, "date-impossible": {"DateOfBirth": "1985-02-30"}, "date-sign": {"DateOfBirth": "+985-04-12"},
}.items():
    refused(f"attribute-type-{name}", "attribute-type", answer(inner={"attributes": attributes(**change)}), attack=["atk_s20"])
# What people type themselves, or what NIA may write otherwise than anybody knows: only who needs it does not get in.
UNREADABLE = {
    "email": ("email", "eMail", S + "eMail", "nobody", "attribute-type"),
    "email-space": ("email", "eMail", S + "eMail", "a b@example.cz", "attribute-type"),
    "email-bidi": ("email", "eMail", S + "eMail", "jana\u202e@example.cz", "attribute-unsafe"),
    "phone": ("phone", "PhoneNumber", M + "phonenumber", "call me", "attribute-type"),
    "phone-long": ("phone", "PhoneNumber", M + "phonenumber", "777 123 456 or " * 20, "attribute-too-long"),
    "age": ("age", "Age", S + "age", "-1", "attribute-type"),
    "country": ("birth_country", "C", S + "countryCodeOfBirth", "Česko", "attribute-type"),
    "place": ("birth_place", "PlaceOfBirth", E + "PlaceOfBirth", "Linz\nRakousko", "attribute-unsafe"),
    "document": ("document_type", "IdType", M + "idtype", "občanský průkaz", "attribute-type"),
    "document-number": ("document_number", "IdNumber", M + "idnumber", "1" * 300, "attribute-too-long"),
}
for name, (fact, friendly, uri, value, code) in UNREADABLE.items():
    document = answer(inner={"attributes": attributes(**{friendly: (uri, value)})})
    accepted(f"unreadable-{name}", document, attack=["atk_s20"])
    refused(f"unreadable-{name}-required", code, document, ask={"wanted": [fact]}, attack=["atk_s20"])
accepted("unreadable-several", answer(inner={"attributes": attributes(eMail="nobody", PhoneNumber="call me", Age=(S + "age", "forty"))}))
ADDRESS_FAULTS = {
    "base64": "###", "doctype": b64("<!DOCTYPE a>" + CURRENT_ADDRESS), "entity": b64("<eidas:Thoroughfare>&x;</eidas:Thoroughfare>"),
    "comment": b64("<eidas:Thoroughfare>a<!-- -->b</eidas:Thoroughfare>"), "instruction": b64("<?php x?>" + CURRENT_ADDRESS),
    "twice": b64(CURRENT_ADDRESS + "<eidas:PostCode>1</eidas:PostCode>"), "nested": b64("<eidas:PostCode><b>1</b></eidas:PostCode>"),
    "unclosed": b64("<eidas:PostCode>1"), "text": b64("hello"), "utf8": base64.b64encode(b"<a>\xff</a>").decode(),
}
for name, value in ADDRESS_FAULTS.items():
    refused(f"address-{name}", "address-malformed", answer(inner={"attributes": attributes(CurrentAddress=value)}), attack=["nia_s16"] if name in ("doctype", "entity") else [])
refused("ruian-doctype", "address-malformed", answer(inner={"attributes": attributes(TRadresaID=b64('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + TR_ADRESA))}), attack=["nia_s16"])
refused("address-bidi", "attribute-unsafe", answer(inner={"attributes": attributes(CurrentAddress=b64("<eidas:PostName>a\u202eb</eidas:PostName>"))}))
refused("required-missing", "required-attribute-missing", answer(inner={"attributes": attributes(DateOfBirth=None)}))
refused("required-empty", "required-attribute-missing", answer(inner={"attributes": attributes(CurrentFamilyName="")}))
refused("required-by-ask", "required-attribute-missing", answer(inner={"attributes": attributes(eMail=None)}), ask={"wanted": ["email"]})
refused("identifier-missing", "person-identifier-missing", answer(inner={"attributes": attributes(PersonIdentifier=None)}), attack=["nia_s30"])
refused("no-attributes", "person-identifier-missing", answer(inner={"statement": ""}), attack=["nia_s30"])
LOA = "http://eidas.europa.eu/LoA"
for name, said in {"same": "/substantial", "higher": "/high", "lower": "/low", "unknown": "/SUBSTANTIAL", "empty": None}.items():
    accepted(f"loa-attribute-{name}", answer(inner={"attributes": attributes(LoA=(LOA, LOA + said if said else ""))}))
refused("identifier-other", "person-identifier-mismatch", answer(inner={"attributes": attributes(PersonIdentifier=FORGED)}), attack=["nia_s30"])
refused("identifier-case", "person-identifier-mismatch", answer(inner={"attributes": attributes(PersonIdentifier=PERSON.upper())}), attack=["nia_s18"])
refused("identifier-nfd", "person-identifier-mismatch", answer(inner={"person": "CZ/CZ/\u00e9", "attributes": attributes(PersonIdentifier="CZ/CZ/e\u0301")}), attack=["nia_s18"])
refused("identifier-space", "person-identifier-mismatch", answer(inner={"attributes": attributes(PersonIdentifier=PERSON + " ")}), attack=["nia_s18"])
refused("foreign-person", "foreign-person-not-allowed", answer(inner={"person": EIDAS, "attributes": attributes(PersonIdentifier=EIDAS)}))

# --- logout -----------------------------------------------------------------------------------------------------------

REQUEST_XML = octets(logout_request())
SIGNED_QUERY = query(REQUEST_XML, relay_state="state")
accepted("logout-redirect", SIGNED_QUERY.encode(), via="logout-query", event="requested")
accepted("logout-redirect-no-relay-state", query(REQUEST_XML).encode(), via="logout-query", event="requested")
accepted("logout-redirect-sha512", query(REQUEST_XML, algorithm=RSA_SHA256.replace("256", "512")).encode(), via="logout-query", event="requested")
accepted("logout-post", octets(sign(logout_request())), via="logout-form", event="requested")
SESSION = "_9f8e7d6c5b4a39281706f5e4d3c2b1a0"
UNKNOWN_SESSION, SECOND_SESSION = "_00000000000000000000000000000000", "_11111111111111111111111111111111"
for name, sessions in {
    "logout-several-sessions": [SESSION, SECOND_SESSION],
    "logout-unknown-session-first": [UNKNOWN_SESSION, SESSION],
    "logout-all-sessions": [],
}.items():
    named = "".join(f"<samlp:SessionIndex>{index}</samlp:SessionIndex>" for index in sessions)
    accepted(name, query(octets(logout_request(session=named))).encode(), via="logout-query", event="requested", sessions=sessions)
accepted("logout-response-unsigned", octets(logout_response()), via="logout-form", event="returned", attack=["nia_s37"])
accepted("logout-response-signed", octets(sign(logout_response())), via="logout-form", event="returned")
accepted("logout-response-redirect", query(octets(logout_response()), "SAMLResponse").encode(), via="logout-query", event="returned")


def unsigned_query(xml_octets, parameter="SAMLRequest"):
    return query(xml_octets, parameter).split("&SigAlg=")[0]


refused("logout-unsigned-redirect", "logout-unsigned", unsigned_query(REQUEST_XML).encode(), via="logout-query", attack=["nia_s38", "atk_s18"])
refused("logout-unsigned-post", "logout-unsigned", REQUEST_XML, via="logout-form", attack=["nia_s38", "atk_s18"])
refused("logout-attacker", "signature-mismatch", query(REQUEST_XML, pair=ATTACKER).encode(), via="logout-query", attack=["nia_s38", "atk_s18"])
refused("logout-attacker-post", "signature-mismatch", octets(sign(logout_request(), ATTACKER)), via="logout-form", attack=["nia_s38", "atk_s18"])
refused("logout-expired-key", "certificate-out-of-date", query(REQUEST_XML, pair=IDP_EXPIRED).encode(), via="logout-query")
refused("logout-other-subject", "signature-mismatch", SIGNED_QUERY.replace("SAMLRequest=", unsigned_query(octets(logout_request(name_id="<saml:NameID>x</saml:NameID>"))) + "&x=").replace("&x=" + SIGNED_QUERY.split("&")[0].split("=")[1], "").encode(), via="logout-query", attack=["atk_s18"])
refused("logout-stale", "logout-expired", query(octets(logout_request(issued=at(-301)))).encode(), via="logout-query", attack=["nia_s38"])
refused("logout-over", "logout-expired", query(octets(logout_request(end=f'NotOnOrAfter="{at(-90)}" '))).encode(), via="logout-query", attack=["nia_s38"])
refused("logout-future", "issued-in-the-future", query(octets(logout_request(issued=at(91)))).encode(), via="logout-query", attack=["nia_s38"])
refused("logout-destination", "destination-wrong", query(octets(logout_request(destination=slo("both")))).encode(), via="logout-query")
refused("logout-issuer", "response-issuer-wrong", query(octets(logout_request(issuer="urn:x"))).encode(), via="logout-query")
refused("logout-without-name", "name-id-malformed", query(octets(logout_request(name_id=""))).encode(), via="logout-query")
refused("logout-root", "wrong-root", query(VALID).encode(), via="logout-query")
refused("logout-both-signatures", "signature-misplaced", query(octets(sign(logout_request()))).encode(), via="logout-query")
refused("logout-response-forged", "signature-mismatch", octets(sign(logout_response(), ATTACKER)), via="logout-form", attack=["nia_s37"])
refused("logout-response-unknown", "in-response-to-wrong", octets(logout_response(in_response_to='InResponseTo="x"')), via="logout-form", attack=["nia_s37"])
refused("logout-response-to-nothing", "in-response-to-missing", octets(logout_response(in_response_to="")), via="logout-form", attack=["nia_s37"])

PARTS = SIGNED_QUERY.split("&")
refused("query-reordered", "query-order", "&".join([PARTS[1], PARTS[0], PARTS[2], PARTS[3]]).encode(), via="logout-query", attack=["nia_s39", "atk_s17"])
refused("query-between", "query-order", "&".join([PARTS[0], "x=y", PARTS[1], PARTS[2], PARTS[3]]).encode(), via="logout-query", attack=["nia_s39", "atk_s17"])
refused("query-without-algorithm", "query-parameter-missing", "&".join([PARTS[0], PARTS[1], PARTS[3]]).encode(), via="logout-query", attack=["nia_s39", "atk_s17"])
refused("query-without-signature", "query-parameter-missing", "&".join(PARTS[:3]).encode(), via="logout-query", attack=["nia_s39", "atk_s17"])
for index, name in enumerate(["request", "relay-state", "algorithm", "signature"]):
    refused(f"query-two-{name}", "parameter-repeated", "&".join(PARTS + [PARTS[index]]).encode(), via="logout-query", attack=["nia_s39", "atk_s17"])
refused("query-request-and-response", "parameter-repeated", (SIGNED_QUERY + "&SAMLResponse=x").encode(), via="logout-query", attack=["nia_s39"])
refused("query-name-escaped", "parameter-repeated", SIGNED_QUERY.replace("SAMLRequest", "SAML%52equest").encode(), via="logout-query", attack=["atk_s17"])
refused("query-lower-hex", "signature-mismatch", SIGNED_QUERY.replace("%3A", "%3a").replace("%2B", "%2b").encode(), via="logout-query", attack=["nia_s39", "atk_s17"])
refused("query-relay-state-changed", "signature-mismatch", SIGNED_QUERY.replace("RelayState=state", "RelayState=other").encode(), via="logout-query", attack=["atk_s17"])
refused("query-relay-state-gone", "signature-mismatch", SIGNED_QUERY.replace("&RelayState=state", "").encode(), via="logout-query", attack=["atk_s17"])
refused("query-algorithm-changed", "signature-mismatch", SIGNED_QUERY.replace("rsa-sha256", "rsa-sha512").encode(), via="logout-query", attack=["atk_s17"])
refused("query-more-escaped", "signature-mismatch", SIGNED_QUERY.replace("RelayState=state", "RelayState=%73tate").encode(), via="logout-query", attack=["atk_s17"])
RESPONSE_QUERY = query(octets(logout_response()), "SAMLResponse", relay_state="state")
accepted("logout-response-redirect-relay-state", RESPONSE_QUERY.encode(), via="logout-query", event="returned")
for name, changed in {
    "relay-state-changed": RESPONSE_QUERY.replace("RelayState=state", "RelayState=other"),
    "algorithm-changed": RESPONSE_QUERY.replace("rsa-sha256", "rsa-sha512"),
    "lower-hex": RESPONSE_QUERY.replace("%3A", "%3a").replace("%2B", "%2b"),
    "attacker": query(octets(logout_response()), "SAMLResponse", pair=ATTACKER),
}.items():
    refused(f"logout-response-query-{name}", "signature-mismatch", changed.encode(), via="logout-query", attack=["nia_s37"])
refused("logout-response-query-without-algorithm", "query-parameter-missing", RESPONSE_QUERY.replace("&SigAlg=", "&x=").encode(), via="logout-query", attack=["nia_s37"])
refused("query-relay-state-long", "relay-state-malformed", query(REQUEST_XML, relay_state="s" * 81).encode(), via="logout-query", attack=["atk_s17"])
refused("query-sha1", "signature-algorithm-forbidden", query(REQUEST_XML, algorithm=DS + "rsa-sha1").encode(), via="logout-query", attack=["atk_s16"])
refused("query-empty", "message-missing", b"", via="logout-query", attack=["nia_s39"])
refused("query-junk", "bad-base64", b"SAMLRequest=%ZZ", via="logout-query", attack=["nia_s39"])
refused("query-not-deflated", "bad-deflate", query(b"", deflated=b"\xff\xff\xff\xff").encode(), via="logout-query", attack=["nia_s40"])
refused("query-trailing", "bad-deflate", query(b"", deflated=zlib.compress(REQUEST_XML, wbits=-15) + b"x").encode(), via="logout-query", attack=["nia_s40"])
refused("logout-response-query-deflate-bomb", "inflates-too-far", query(b"", "SAMLResponse", deflated=zlib.compress(b" " * 40_000_000, 9, wbits=-15)).encode(), via="logout-query", attack=["atk_d01"])
refused("query-deflate-bomb", "inflates-too-far", query(b"", deflated=zlib.compress(b" " * 40_000_000, 9, wbits=-15)).encode(), via="logout-query", attack=["nia_s40", "atk_d01"])

# --- metadata ---------------------------------------------------------------------------------------------------------


def metadata(keys, signer=IDP_KEY, entity_id=IDP, location="https://nia.example.cz/FPSTS/saml2/basic", **c):
    """NIA's metadata, role descriptor and all."""
    role = "".join(
        f'<KeyDescriptor{use}><KeyInfo xmlns="{DS}"><X509Data><X509Certificate>{pair.base64()}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>'
        for pair, use in keys
    )
    root = xml(
        f'<EntityDescriptor xmlns="{MD}" ID="_b8a1c0de-0000-4000-8000-000000000001" entityID="{entity_id}"{c.get("until", "")}>'
        f'<RoleDescriptor xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:fed="http://docs.oasis-open.org/wsfed/federation/200706" '
        f'xsi:type="fed:SecurityTokenServiceType" protocolSupportEnumeration="http://docs.oasis-open.org/wsfed/federation/200706">'
        f'<KeyDescriptor use="signing"><KeyInfo xmlns="{DS}"><X509Data><X509Certificate>{signer.base64()}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>'
        '<fed:PassiveRequestorEndpoint><wsa:EndpointReference xmlns:wsa="http://www.w3.org/2005/08/addressing">'
        "<wsa:Address>https://nia.example.cz/FPSTS/default.aspx</wsa:Address></wsa:EndpointReference></fed:PassiveRequestorEndpoint></RoleDescriptor>"
        + c.get(
            "role",
            f'<IDPSSODescriptor protocolSupportEnumeration="{SAMLP}">{role}'
            f'<SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="{c.get("logout", location)}"/>'
            f'<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="{location}"/>'
            f'<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="{location}"/></IDPSSODescriptor>',
        )
        + "</EntityDescriptor>"
    )
    if signer is not None and c.get("signed", True):
        sign(root, c.get("pair", signer), position=0)
    return octets(root)


USE = ' use="signing"'
ANNOUNCED = [(IDP_KEY, USE), (IDP_NEXT, ""), (IDP_EXPIRED, USE), (IDP_EC, USE)]
folder = HERE / "metadata"
folder.mkdir(exist_ok=True)
for name, document in {
    "all-keys": metadata(ANNOUNCED),
    "active": metadata([(IDP_KEY, USE)]),
    "active-without-use": metadata([(IDP_KEY, "")]),
    "with-new-key": metadata([(IDP_KEY, USE), (IDP_UNANNOUNCED, USE)]),
    "with-comment": b"<!-- a licence -->\n" + metadata([(IDP_KEY, USE)]),
    "unsigned": metadata([(IDP_KEY, USE)], signed=False),
    "signed-by-attacker": metadata([(ATTACKER, USE)], pair=ATTACKER, signer=ATTACKER),
    "signed-by-expired": metadata([(IDP_EXPIRED, USE)], signer=IDP_EXPIRED),
    "changed": metadata([(IDP_KEY, USE)]).replace(b"HTTP-POST\" Location=\"https://nia.", b"HTTP-POST\" Location=\"https://nix."),
    "other-entity": metadata([(IDP_KEY, USE)], entity_id="urn:other"),
    "moved": metadata([(IDP_KEY, USE)], location="https://nia.example.cz/FPSTS/saml2/moved"),
    "foreign-host": metadata([(IDP_KEY, USE)], location="https://evil.example.cz/FPSTS/saml2/basic"),
    "plain-http": metadata([(IDP_KEY, USE)], location="http://nia.example.cz/FPSTS/saml2/basic"),
    "userinfo": metadata([(IDP_KEY, USE)], location="https://nia.example.cz@evil.example.cz/FPSTS"),
    "past": metadata([(IDP_KEY, USE)], until=f' validUntil="{at(-1)}"'),
    "future": metadata([(IDP_KEY, USE)], until=f' validUntil="{at(86400)}"'),
    "no-key": metadata([]),
    "only-encryption-key": metadata([(IDP_KEY, ' use="encryption"')]),
    "no-role": metadata([(IDP_KEY, USE)], role=""),
    "no-login": metadata([(IDP_KEY, USE)], role=f'<IDPSSODescriptor protocolSupportEnumeration="{SAMLP}"><KeyDescriptor><KeyInfo xmlns="{DS}"><X509Data><X509Certificate>{IDP_KEY.base64()}</X509Certificate></X509Data></KeyInfo></KeyDescriptor><SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:SOAP" Location="https://nia.example.cz/x"/></IDPSSODescriptor>'),
    "doctype": b"<!DOCTYPE a>" + metadata([(IDP_KEY, USE)]),
    "empty": b"",
    "html": b"<html><body>Maintenance</body></html>",
    "entities": f'<EntitiesDescriptor xmlns="{MD}" ID="_e">{metadata([(IDP_KEY, USE)], signed=False).decode()}</EntitiesDescriptor>'.encode(),
    "sandbox-key": metadata([(IDP_KEY, USE), (make_key("sandbox", "NIA_SANDBOX TEST KEY"), USE)]),
    "production": metadata([(IDP_PRODUCTION, USE)], signer=IDP_PRODUCTION),
    "production-moved": metadata([(IDP_PRODUCTION, USE)], signer=IDP_PRODUCTION, location="https://nia.example.cz/FPSTS/saml2/moved"),
    "production-test-key": metadata([(IDP_PRODUCTION, USE), (IDP_KEY, USE)], signer=IDP_PRODUCTION),
    "production-test-key-for-encryption": metadata([(IDP_PRODUCTION, USE), (IDP_KEY, ' use="encryption"')], signer=IDP_PRODUCTION),
    "production-test-host": metadata([(IDP_PRODUCTION, USE)], signer=IDP_PRODUCTION, location="https://tnia.example.cz/FPSTS/saml2/basic"),
    "production-test-logout": metadata([(IDP_PRODUCTION, USE)], signer=IDP_PRODUCTION, logout="https://tnia.example.cz/FPSTS/saml2/basic"),
}.items():
    (folder / f"{name}.xml").write_bytes(document)

# --- heavily signed: as much as the limits of a document let through ----------------------------------------------------
# Here, so that no document above is encrypted with other randomness.

def crowded(document, root, count):
    """A document with so many more signatures in its root, each as small as can be."""
    opened = document.replace(f"<{root} ".encode(), f'<{root} xmlns:d="{DS}" '.encode(), 1)
    return opened.replace(b"<Signature ", b"<d:Signature/>" * count + b"<Signature ", 1)


PREFIXES = f'<ec:InclusiveNamespaces xmlns:ec="{EXC}" PrefixList="{" ".join(f"p{number}" for number in range(20_000))}"/>'
refused("signatures-to-the-limit", "too-many-signatures", before("<samlp:Status>", SIGNATURE * 64), attack=["atk_d02"])
refused("signatures-hundreds", "too-many-signatures", crowded(VALID, "samlp:Response", 800), attack=["atk_d02"])
refused("signatures-thousands", "too-many-elements", crowded(VALID, "samlp:Response", 2_500), attack=["atk_d02"])
refused("references-hundreds", "several-references", answer(outer_signature={"references": 130}), attack=["atk_d02"])
refused("references-thousands", "too-many-elements", answer(outer_signature={"references": 300}), attack=["atk_d02"])
refused("transforms-hundreds", "transform-forbidden", answer(outer_signature={"transforms": f'<Transform Algorithm="{EXC}"/>' * 800}), attack=["atk_d02"])
refused("transforms-thousands", "too-many-elements", answer(outer_signature={"transforms": f'<Transform Algorithm="{EXC}"/>' * 1_700}), attack=["atk_d02"])
refused("sealed-signatures-hundreds", "too-many-signatures", answer(plain=crowded(octets(sign(assertion())), "Assertion", 800)), attack=["atk_d02"])
refused("prefixes-thousands", "signature-mismatch", VALID.replace(f'<Transform Algorithm="{EXC}"/>'.encode(), f'<Transform Algorithm="{EXC}">{PREFIXES}</Transform>'.encode(), 1), attack=["atk_d02"])
refused("prefixes-thousands-around", "signature-mismatch", VALID.replace(f'<CanonicalizationMethod Algorithm="{EXC}"/>'.encode(), f'<CanonicalizationMethod Algorithm="{EXC}">{PREFIXES}</CanonicalizationMethod>'.encode(), 1), attack=["atk_d02"])

names = [one["name"] for one in CASES]
assert len(names) == len(set(names)), [name for name in names if names.count(name) > 1]
listed = {one["file"] for one in CASES}
for stale in HERE.iterdir():
    if stale.suffix in (".xml", ".form", ".query") and stale.name not in listed:
        stale.unlink()
with open(HERE / "cases.json", "w", encoding="utf-8") as file:
    file.write("[\n" + ",\n".join("  " + json.dumps(one, ensure_ascii=False) for one in CASES) + "\n]\n")
print(f"{len(CASES)} documents")
