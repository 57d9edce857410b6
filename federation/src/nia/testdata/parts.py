"""Parts of SAML messages, well-formed and otherwise, for `make.py`: keys, assertions, responses, signatures, encryption.

Initialisation vectors, session keys and OAEP seeds are derived from what is encrypted, so that documents come out the same
each time and a new one changes no other.
Keys are TEST KEYS, published here, worth nothing; they are made only when they are missing.
"""

import base64
import datetime
import hashlib
import json
import pathlib
import random
import subprocess
import urllib.parse
import zlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml import CanonicalizationMethod, DigestAlgorithm, SignatureConstructionMethod, SignatureMethod
from signxml import XMLSigner

HERE = pathlib.Path(__file__).resolve().parent

SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
MD = "urn:oasis:names:tc:SAML:2.0:metadata"
DS = "http://www.w3.org/2000/09/xmldsig#"
XENC = "http://www.w3.org/2001/04/xmlenc#"
XENC11 = "http://www.w3.org/2009/xmlenc11#"
EXC = "http://www.w3.org/2001/10/xml-exc-c14n#"
SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
MGF1_SHA256 = "http://www.w3.org/2009/xmlenc11#mgf1sha256"
MGF1P = XENC + "rsa-oaep-mgf1p"
OAEP11 = XENC11 + "rsa-oaep"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"

E = "http://eidas.europa.eu/attributes/naturalperson/"
S = "http://www.stork.gov.eu/1.0/"
M = "http://schemas.eidentita.cz/moris/2016/identity/claims/"
FAILURE = "urn:oasis:names:tc:SAML:2.0:protocol/statuscode"
LOA = "http://eidas.europa.eu/LoA/"

IDP = "urn:microsoft:cgg2010:fpsts"
PERSON = "CZ/CZ/7a4c9f10-0d7e-4a55-9a55-2f1f6f0c1e21"
FORGED = "CZ/CZ/00000000-bad0-4bad-8bad-000000000bad"
NOW = datetime.datetime(2026, 11, 24, 9, 16, 5, tzinfo=datetime.timezone.utc)

RANDOM = random.Random(20261124)


def request_id(purpose=b"login", seed=b"\x07" * 32):
    """The identifier our side derives from its seed."""
    return "_" + hashlib.sha256(purpose + b"\0" + seed).hexdigest()[:32]


REQUEST = request_id()


def at(seconds=0, digits=0):
    """An instant so many seconds from now."""
    text = (NOW + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    return text + ("." + "118118118"[:digits] if digits else "") + "Z"


def acs(provider="nia"):
    return f"https://id.example.cz/upstream/{provider}/answer"


def slo(provider="nia"):
    return f"https://id.example.cz/upstream/{provider}/logout"


def entity(provider="nia"):
    return f"https://id.example.cz/upstream/{provider}/metadata"


# --- keys -------------------------------------------------------------------------------------------------------------

NOTICE = b"TEST KEY. Published with the source, made by make.py, worth nothing: never use it anywhere.\n"


def make_key(name, common_name, start=(2026, 1, 1), end=(2030, 1, 1), curve=False, bits=2048):
    folder = HERE / "keys"
    folder.mkdir(exist_ok=True)
    file = folder / f"{name}.key.pem"
    if file.exists():
        key = serialization.load_pem_private_key(file.read_bytes().removeprefix(NOTICE), None)
    else:
        key = ec.generate_private_key(ec.SECP256R1()) if curve else rsa.generate_private_key(65537, bits)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.write_bytes(NOTICE + pem)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    file = folder / f"{name}.crt.pem"
    if file.exists():
        certificate = x509.load_pem_x509_certificate(file.read_bytes())
    else:
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(int.from_bytes(hashlib.sha256(name.encode()).digest()[:6], "big") | 1)
            .not_valid_before(datetime.datetime(*start))
            .not_valid_after(datetime.datetime(*end))
            .sign(key, hashes.SHA256())
        )
        file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return Pair(key, certificate)


class Pair:
    """A private key with its certificate."""

    def __init__(self, key, certificate):
        self.key = key
        self.certificate = certificate

    def base64(self):
        return base64.b64encode(self.certificate.public_bytes(serialization.Encoding.DER)).decode()


IDP_KEY = make_key("idp", "TEST KEY idp active")
IDP_NEXT = make_key("idp-next", "TEST KEY idp next")
IDP_EXPIRED = make_key("idp-expired", "TEST KEY idp expired", start=(2025, 1, 1), end=(2026, 6, 1))
IDP_EC = make_key("idp-ec", "TEST KEY idp elliptic", curve=True)
IDP_OTHER = make_key("idp-other", "TEST KEY idp of another environment")
IDP_UNANNOUNCED = make_key("idp-unannounced", "TEST KEY idp not yet announced")
ATTACKER = make_key("attacker", "TEST KEY attacker")
SP = make_key("sp", "TEST KEY sp")
SP_OLD = make_key("sp-old", "TEST KEY sp former")
SP_SIGNING = make_key("sp-signing", "TEST KEY sp signing only")
SP_FOREIGN = make_key("sp-foreign", "TEST KEY of another sp")
make_key("sandbox", "NIA_SANDBOX TEST KEY")
# Named as the real NIA's are: without the word that those of its test environment have.
IDP_PRODUCTION = make_key("idp-production", "GG_FPSTS_SIGN")


# --- XML --------------------------------------------------------------------------------------------------------------


def q(namespace, name):
    return f"{{{namespace}}}{name}"


def xml(text):
    return etree.fromstring(text)


def octets(element):
    return etree.tostring(element, encoding="utf-8")


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


CURRENT_ADDRESS = (
    "<eidas:LocatorDesignator>10</eidas:LocatorDesignator>\r\n"
    "<eidas:Thoroughfare>Latrán</eidas:Thoroughfare>\r\n"
    "<eidas:PostName>Český Krumlov</eidas:PostName>\r\n"
    "<eidas:PostCode>38101</eidas:PostCode>\r\n"
    "<eidas:CvaddressArea>Český Krumlov, Latrán</eidas:CvaddressArea>\r\n"
)
TR_ADRESA = (
    '<TRadresaID xmlns="http://schemas.eidentita.cz/moris/2016/identity/claims/"><okresKod>3302</okresKod>'
    "<obecKod>545392</obecKod><castObceKod>25321</castObceKod><uliceKod>12345</uliceKod><postaKod>38101</postaKod>"
    "<stavebniObjektKod>1234567</stavebniObjektKod><adresniMistoKod>7654321</adresniMistoKod>"
    "<cisloDomovni>10</cisloDomovni></TRadresaID>"
)


def b64(text):
    return base64.b64encode(text.encode()).decode()


def attributes(**changes):
    """The attributes of an ordinary person, by short names. A change to None leaves one out."""
    values = {
        "PersonIdentifier": (E + "PersonIdentifier", PERSON),
        "CurrentGivenName": (E + "CurrentGivenName", "JANA"),
        "CurrentFamilyName": (E + "CurrentFamilyName", "NOVÁKOVÁ"),
        "DateOfBirth": (E + "DateOfBirth", "1985-04-12"),
        "CurrentAddress": (E + "CurrentAddress", b64(CURRENT_ADDRESS)),
        "TRadresaID": (M + "tradresaid", b64(TR_ADRESA)),
        "eMail": (S + "eMail", "jana@example.cz"),
        "PhoneNumber": (M + "phonenumber", "+420 777 123 456"),
    }
    for name, change in changes.items():
        if change is None:
            values.pop(name)
        elif isinstance(change, tuple):
            values[name] = change
        else:
            values[name] = (values[name][0], change)
    return [(name, uri, value) for name, (uri, value) in values.items()]


def attribute(friendly, name, value):
    """An attribute as NIA writes it. A value that begins with < is taken as markup, a list as several values."""
    values = value if isinstance(value, list) else [value]
    inner = "".join(
        f'<AttributeValue xmlns:b="http://www.w3.org/2001/XMLSchema-instance" '
        f'xmlns:tn="http://eidas.europa.eu/attributes/naturalperson" b:type="tn:{friendly}Type"'
        + (' tn:LatinScript="false"' if isinstance(one, tuple) else "")
        + ">"
        + (one[0] if isinstance(one, tuple) else one if one.startswith("<") else escape(one))
        + "</AttributeValue>"
        for one in values
    )
    return (
        f'<Attribute xmlns:a="http://schemas.xmlsoap.org/ws/2009/09/identity/claims" Name="{escape(name)}" '
        f'NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri" FriendlyName="{friendly}" '
        f'a:OriginalIssuer="{IDP}">{inner}</Attribute>'
    )


def assertion(provider="nia", **c):
    """An assertion in NIA's layout. Keywords replace its parts; an empty string leaves a part out."""
    person = c.get("person", PERSON)
    name_id = c.get(
        "name_id",
        f'<NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">{person}</NameID>',
    )
    recipient = c.get("recipient", acs(provider))
    confirmation = c.get(
        "confirmation",
        '<SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><SubjectConfirmationData '
        + c.get("confirmation_in_response_to", f'InResponseTo="{REQUEST}" ')
        + c.get("confirmation_start", "")
        + c.get("confirmation_end", f'NotOnOrAfter="{at(3600, 3)}" ')
        + f'Recipient="{recipient}"/></SubjectConfirmation>',
    )
    subject = c.get("subject", f"<Subject>{name_id}{confirmation}</Subject>")
    audience = c.get(
        "audience",
        f"<AudienceRestriction><Audience>{c.get('audience_name', entity(provider))}</Audience></AudienceRestriction>",
    )
    conditions = c.get(
        "conditions",
        f'<Conditions NotBefore="{c.get("start", at(0, 3))}" {c.get("end", f"NotOnOrAfter=" + chr(34) + at(3600, 3) + chr(34))}>'
        f"{audience}</Conditions>",
    )
    wanted = c.get("attributes", attributes())
    statement = c.get(
        "statement", "<AttributeStatement>" + "".join(attribute(*one) for one in wanted) + "</AttributeStatement>"
    )
    context = c.get("context", f"<AuthnContextClassRef>{c.get('level', LOA + 'substantial')}</AuthnContextClassRef>")
    authn = c.get(
        "authn",
        f'<AuthnStatement AuthnInstant="{c.get("instant", at(0, 3))}" {c.get("session_end", "")}'
        'SessionIndex="_9f8e7d6c5b4a39281706f5e4d3c2b1a0"><SubjectLocality Address="192.0.2.10"/>'
        f"<AuthnContext>{context}</AuthnContext></AuthnStatement>",
    )
    issuer = c.get("issuer", f"<Issuer>{IDP}</Issuer>")
    return xml(
        f'<Assertion {c.get("id", "ID=" + chr(34) + "_5d0c1b2a-3948-4756-8697-a5b4c3d2e1f0" + chr(34))} '
        f'IssueInstant="{c.get("issued", at(0, 3))}" Version="{c.get("version", "2.0")}" xmlns="{SAML}">'
        f"{issuer}{subject}{conditions}{statement}{authn}{c.get('more', '')}</Assertion>"
    )


def response(body, provider="nia", **c):
    """A response in NIA's layout around an assertion or an encrypted one, which keeps its own namespace declarations."""
    inside = body if isinstance(body, list) else [body]
    inner = "".join(octets(one).decode() for one in inside if one is not None)
    issuer = c.get("issuer", f"<saml:Issuer>{IDP}</saml:Issuer>")
    status = c.get(
        "status", '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>'
    )
    root = xml(
        f'<samlp:Response xmlns:samlp="{SAMLP}" xmlns:saml="{SAML}" {c.get("id", "ID=" + chr(34) + "_b1f0c2d3e4f5465768798a9bacbdcedf" + chr(34))} '
        f'Version="{c.get("version", "2.0")}" IssueInstant="{c.get("issued", at())}" '
        f'{c.get("destination", f"Destination=" + chr(34) + acs(provider) + chr(34))} '
        f'{c.get("in_response_to", f"InResponseTo=" + chr(34) + REQUEST + chr(34))}>'
        f"{issuer}{c.get('before', '')}{status}{c.get('after', '')}{inner}</samlp:Response>"
    )
    return root


# --- signatures -------------------------------------------------------------------------------------------------------


def c14n(element, prefixes=None):
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=prefixes)


def standalone(element):
    """The element as a document of its own, without the namespaces around it."""
    return xml(c14n(element))


def sign(element, pair=None, **c):
    """An enveloped signature as NIA makes it, after the issuer. Keywords make it a bad one."""
    pair = pair or IDP_KEY
    target = c.get("reference", "#" + (element.get("ID") or ""))
    transforms = c.get(
        "transforms",
        f'<Transform Algorithm="{DS}enveloped-signature"/><Transform Algorithm="{c.get("exclusive", EXC)}">'
        f'{c.get("prefixes", "")}</Transform>',
    )
    digest_name = c.get("digest", SHA256)
    reference = (
        f'<Reference URI="{target}"><Transforms>{transforms}</Transforms>'
        f'<DigestMethod Algorithm="{digest_name}"/><DigestValue></DigestValue></Reference>'
    )
    signature = xml(
        f'<Signature xmlns="{DS}"{c.get("extra_attribute", "")}><SignedInfo>'
        f'<CanonicalizationMethod Algorithm="{c.get("canonicalization", EXC)}"/>'
        f'<SignatureMethod Algorithm="{c.get("algorithm", RSA_SHA256)}"/>'
        f'{reference * c.get("references", 1)}</SignedInfo><SignatureValue></SignatureValue>'
        f'<KeyInfo><X509Data><X509Certificate>{c.get("named", pair).base64()}</X509Certificate></X509Data></KeyInfo>'
        f'{c.get("object", "")}</Signature>'
    )
    hash_name = {SHA1: hashlib.sha1, SHA256: hashlib.sha256}.get(digest_name, hashlib.sha512)
    covered = c.get("covered", element)
    value = base64.b64encode(hash_name(c14n(covered, c.get("prefixes_listed"))).digest()).decode()
    for place in signature.iter(q(DS, "DigestValue")):
        place.text = value
    issuer = element.find(q(SAML, "Issuer"))
    position = 0 if issuer is None else element.index(issuer) + 1
    element.insert(c.get("position", position), signature)
    info = c14n(signature.find(q(DS, "SignedInfo")))
    signature.find(q(DS, "SignatureValue")).text = base64.b64encode(raw_signature(info, pair, **c)).decode()
    return element


def raw_signature(info, pair, algorithm=RSA_SHA256, **_):
    if algorithm.endswith("hmac-sha256") or algorithm.endswith("hmac-sha1"):
        # The public certificate as the secret.
        code = hmac.HMAC(
            pair.certificate.public_bytes(serialization.Encoding.DER),
            hashes.SHA1() if algorithm.endswith("sha1") else hashes.SHA256(),
        )
        code.update(info)
        return code.finalize()
    if algorithm.endswith("rsa-MGF1"):
        return pair.key.sign(info, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    if "ecdsa" in algorithm:
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

        r, s = decode_dss_signature(pair.key.sign(info, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
    kind = {"sha1": hashes.SHA1(), "sha512": hashes.SHA512(), "sha384": hashes.SHA384()}
    chosen = next((value for name, value in kind.items() if algorithm.endswith(name)), hashes.SHA256())
    return pair.key.sign(info, padding.PKCS1v15(), chosen)


def sign_by_signxml(element, pair=None):
    """The same by signxml, which nobody here wrote."""
    pair = pair or IDP_KEY
    signer = XMLSigner(
        method=SignatureConstructionMethod.enveloped,
        signature_algorithm=SignatureMethod.RSA_SHA256,
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    placeholder = etree.SubElement(element, q(DS, "Signature"))
    placeholder.set("Id", "placeholder")
    element.insert(1, placeholder)
    return signer.sign(
        element, key=pair.key, cert=[pair.certificate], reference_uri=element.get("ID"), id_attribute="ID"
    )


def sign_by_xml_crypto(element, pair=None):
    """The same by xml-crypto on Node.js, which samlify and node-saml sign with; `npm ci` in tests/browser installs it."""
    pair = pair or IDP_KEY
    asked = {
        "xml": octets(element).decode(),
        "key": pair.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode(),
        "certificate": pair.certificate.public_bytes(serialization.Encoding.PEM).decode(),
    }
    signed = subprocess.run(
        ["node", HERE / "sign.mjs"], input=json.dumps(asked).encode(), stdout=subprocess.PIPE, check=True
    )
    return etree.fromstring(signed.stdout)


# --- encryption -------------------------------------------------------------------------------------------------------


def oaep(session_key, pair, name=hashlib.sha1):
    """RSA-OAEP with the same hash everywhere and randomness from our seed."""
    numbers = pair.key.public_key().public_numbers()
    size, length = (numbers.n.bit_length() + 7) // 8, name().digest_size

    def mask(seed, count):
        blocks = b"".join(name(seed + i.to_bytes(4, "big")).digest() for i in range(count // length + 1))
        return blocks[:count]

    block = name(b"").digest() + bytes(size - len(session_key) - 2 * length - 2) + b"\1" + session_key
    seed = RANDOM.randbytes(length)
    masked = bytes(a ^ b for a, b in zip(block, mask(seed, len(block))))
    masked_seed = bytes(a ^ b for a, b in zip(seed, mask(masked, length)))
    number = pow(int.from_bytes(b"\0" + masked_seed + masked, "big"), numbers.e, numbers.n)
    return number.to_bytes(size, "big")


def pkcs1(session_key, pair):
    numbers = pair.key.public_key().public_numbers()
    size = (numbers.n.bit_length() + 7) // 8
    filler = bytes(RANDOM.randrange(1, 256) for _ in range(size - 3 - len(session_key)))
    number = pow(int.from_bytes(b"\0\2" + filler + b"\0" + session_key, "big"), numbers.e, numbers.n)
    return number.to_bytes(size, "big")


def encrypt_octets(plain, cipher, session_key, random_padding=False):
    if cipher.endswith("gcm"):
        nonce = RANDOM.randbytes(12)
        return nonce + AESGCM(session_key).encrypt(nonce, plain, None)
    tripledes = "tripledes" in cipher
    block = 8 if tripledes else 16
    count = block - len(plain) % block
    filler = RANDOM.randbytes(count - 1) if random_padding else bytes([count]) * (count - 1)
    iv = RANDOM.randbytes(block)
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES

    algorithm = TripleDES(session_key) if tripledes else algorithms.AES(session_key)
    encryptor = Cipher(algorithm, modes.CBC(iv)).encryptor()
    return iv + encryptor.update(plain + filler + bytes([count])) + encryptor.finalize()


KEY_LENGTHS = {"aes128": 16, "aes192": 24, "aes256": 32, "triple": 24}


def encrypt(plain, pair=None, cipher=XENC + "aes256-cbc", transport=MGF1P, parameters=None, **c):
    """An encrypted assertion in NIA's layout, prefixes and all."""
    pair = pair or SP
    plain = plain if isinstance(plain, bytes) else octets(plain)
    RANDOM.seed(hashlib.sha256(plain + cipher.encode() + repr(sorted(c.items())).encode()).digest())
    length = next(value for name, value in KEY_LENGTHS.items() if name in cipher)
    session_key = RANDOM.randbytes(length)
    content = c.get("content") or encrypt_octets(plain, cipher, session_key, c.get("random_padding", False))
    wrapped_key = c.get("session_key", session_key)
    if transport.endswith("rsa-1_5"):
        wrapped = pkcs1(wrapped_key, pair)
    else:
        wrapped = oaep(wrapped_key, pair, c.get("hash", hashlib.sha1))
    parameters = parameters if parameters is not None else f'<DigestMethod Algorithm="{SHA1}"/>'
    cipher_data = c.get(
        "cipher_data", "<xenc:CipherValue>" + base64.b64encode(content).decode() + "</xenc:CipherValue>"
    )
    key = (
        f'<e:EncryptedKey xmlns:e="{XENC}"><e:EncryptionMethod Algorithm="{transport}">{parameters}'
        "</e:EncryptionMethod><KeyInfo><o:SecurityTokenReference "
        'xmlns:o="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"><X509Data>'
        "<X509IssuerSerial><X509IssuerName>CN=id.example.cz</X509IssuerName><X509SerialNumber>1234567890"
        "</X509SerialNumber></X509IssuerSerial></X509Data></o:SecurityTokenReference></KeyInfo><e:CipherData>"
        f"<e:CipherValue>{base64.b64encode(wrapped).decode()}</e:CipherValue></e:CipherData></e:EncryptedKey>"
    )
    inside = c.get("inside", "{key}").replace("{key}", key)
    return xml(
        f'<EncryptedAssertion xmlns="{SAML}"><xenc:EncryptedData xmlns:xenc="{XENC}" '
        f'Type="{c.get("type", "http://www.w3.org/2001/04/xmlenc#Element")}">'
        f'<xenc:EncryptionMethod Algorithm="{cipher}"/><KeyInfo xmlns="{DS}">{inside}</KeyInfo>'
        f"<xenc:CipherData>{cipher_data}</xenc:CipherData></xenc:EncryptedData>"
        + c.get("beside", "").replace("{key}", key)
        + "</EncryptedAssertion>"
    )


# --- whole answers ----------------------------------------------------------------------------------------------------


def answer(inner=None, outer=None, sealed=None, plain=None, inner_signature=None, outer_signature=None):
    """An answer of NIA: an assertion signed and encrypted in a signed response. `None` for a signature: the usual one;
    False: none. `plain` replaces the octets that are encrypted."""
    if plain is None:
        told = assertion(**(inner or {}))
        if inner_signature is not False:
            told = sign(told, **(inner_signature or {}))
        plain = octets(told)
    root = response(encrypt(plain, **(sealed or {})), **(outer or {}))
    if outer_signature is not False:
        root = sign(root, **(outer_signature or {}))
    return octets(root)


def plain_answer(provider, inner=None, outer=None, sign_inner=True, sign_outer=True, inner_signature=None, outer_signature=None):
    """An answer of a provider that does not encrypt."""
    told = assertion(provider, **(inner or {}))
    if sign_inner:
        told = sign(told, **(inner_signature or {}))
    root = response(told, provider, **(outer or {}))
    if sign_outer:
        root = sign(root, **(outer_signature or {}))
    return octets(root)


def forged(element):
    """A copy of an assertion or response for somebody else, with another identifier and without signatures."""
    copy = standalone(element)
    for signature in list(copy.iter(q(DS, "Signature"))):
        signature.getparent().remove(signature)
    for name in copy.iter(q(SAML, "NameID")):
        name.text = FORGED
    for value in copy.iter(q(SAML, "AttributeValue")):
        if value.text == PERSON:
            value.text = FORGED
    copy.set("ID", "_f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0")
    return copy


def without_signature(element):
    copy = standalone(element)
    for signature in copy.findall(q(DS, "Signature")):
        copy.remove(signature)
    return copy


def form(**fields):
    return urllib.parse.urlencode(fields).encode()


def query(xml_octets, parameter="SAMLRequest", relay_state=None, pair=None, algorithm=RSA_SHA256, deflated=None):
    """A query signed as the redirect binding says."""
    compressor = zlib.compressobj(wbits=-15)
    deflated = deflated if deflated is not None else compressor.compress(xml_octets) + compressor.flush()
    parts = [(parameter, base64.b64encode(deflated).decode())]
    if relay_state is not None:
        parts.append(("RelayState", relay_state))
    parts.append(("SigAlg", algorithm))
    signed = "&".join(f"{name}={urllib.parse.quote(value, safe='')}" for name, value in parts)
    signature = raw_signature(signed.encode(), pair or IDP_KEY, algorithm)
    return signed + "&Signature=" + urllib.parse.quote(base64.b64encode(signature).decode(), safe="")


def logout_request(**c):
    return xml(
        f'<samlp:LogoutRequest xmlns:samlp="{SAMLP}" xmlns:saml="{SAML}" ID="_c0ffee00112233445566778899aabbcc" '
        f'Version="2.0" IssueInstant="{c.get("issued", at())}" {c.get("end", "")}Destination="{c.get("destination", slo())}">'
        f'<saml:Issuer>{c.get("issuer", IDP)}</saml:Issuer>'
        + c.get(
            "name_id",
            f'<saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">{PERSON}</saml:NameID>',
        )
        + c.get("session", "<samlp:SessionIndex>_9f8e7d6c5b4a39281706f5e4d3c2b1a0</samlp:SessionIndex>")
        + "</samlp:LogoutRequest>"
    )


def logout_response(**c):
    return xml(
        f'<LogoutResponse xmlns="{SAMLP}" ID="_0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d" Version="2.0" '
        f'IssueInstant="{at()}" {c.get("in_response_to", f"InResponseTo=" + chr(34) + request_id(b"logout") + chr(34))} '
        f'Destination="{slo()}"><Issuer xmlns="{SAML}">{c.get("issuer", IDP)}</Issuer><Status>'
        '<StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></Status></LogoutResponse>'
    )
