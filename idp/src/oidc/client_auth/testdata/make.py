#!/usr/bin/env python3
"""Makes the client assertions that are tried, the keys they are signed with, and the list of what must come of each.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install cryptography
    /tmp/venv/bin/python idp/src/oidc/client_auth/testdata/make.py

Everything comes out the same each time, except signatures that need fresh randomness (ECDSA, RSA-PSS): those are kept
when present, and so are the keys.
"""

import base64
import hashlib
import hmac
import json
import pathlib

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

HERE = pathlib.Path(__file__).parent
# The moment all of them are made for.
NOW = 1_795_500_000
ISSUER = "https://id.town.test"
CASES = {}


def key(name, make):
    """A test key, made once."""
    path = HERE / "keys" / f"{name}.pem"
    if not path.exists():
        path.write_bytes(make().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return serialization.load_pem_private_key(path.read_bytes(), None)


RSA = key("rsa", lambda: rsa.generate_private_key(65537, 2048))
P256 = key("p256", lambda: ec.generate_private_key(ec.SECP256R1()))
ED25519 = key("ed25519", ed25519.Ed25519PrivateKey.generate)
STRANGER = key("stranger", lambda: rsa.generate_private_key(65537, 2048))


def b64(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def number(value, length=None):
    return b64(value.to_bytes(length or (value.bit_length() + 7) // 8, "big"))


def rsa_jwk(private, **more):
    numbers = private.public_key().public_numbers()
    return {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e), **more}


def public_keys():
    point = P256.public_key().public_numbers()
    raw = ED25519.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return {"keys": [
        rsa_jwk(RSA, kid="rsa", use="sig"),
        {"kty": "EC", "crv": "P-256", "kid": "p256", "use": "sig", "x": number(point.x, 32), "y": number(point.y, 32)},
        {"kty": "OKP", "crv": "Ed25519", "kid": "ed25519", "use": "sig", "x": b64(raw)},
    ]}


def rs256(message, private=RSA):
    return private.sign(message, padding.PKCS1v15(), hashes.SHA256())


def ps256(message):
    return RSA.sign(message, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())


def es256_der(message):
    return P256.sign(message, ec.ECDSA(hashes.SHA256()))


def es256(message):
    r, s = decode_dss_signature(es256_der(message))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def hs256(message):
    """The confusion of old: the public key as the secret."""
    secret = RSA.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hmac.new(secret, message, hashlib.sha256).digest()


def claims(**changes):
    usual = {"iss": "app", "sub": "app", "aud": ISSUER, "iat": NOW, "exp": NOW + 60, "jti": "b1f5a7c2"}
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def text(value):
    return value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()


def assertion(payload=None, header=None, sign=rs256, **more):
    header = {"alg": "RS256", "kid": "rsa", **more} if header is None else header
    message = f"{b64(text(header))}.{b64(text(claims() if payload is None else payload))}"
    return f"{message}.{b64(sign(message.encode()))}"


def case(name, expect, document, keep=False):
    """Writes an assertion and what must come of it: `taken`, or the sentence it is refused with."""
    path = HERE / f"{name}.jwt"
    if not (keep and path.exists()):
        path.write_text(document, encoding="utf-8")
    CASES[path.name] = expect


MALFORMED = "the client assertion is malformed"
UNSIGNED = "the client assertion is not signed by the client"
WHO = "iss and sub of the client assertion must be the client"

# --- taken ------------------------------------------------------------------------------------------------------------
case("valid-rs256", "taken", assertion())
case("valid-ps256", "taken", assertion(alg="PS256", sign=ps256), keep=True)
case("valid-es256", "taken", assertion(alg="ES256", kid="p256", sign=es256), keep=True)
case("valid-eddsa", "taken", assertion(alg="EdDSA", kid="ed25519", sign=ED25519.sign))
case("valid-without-kid", "taken", assertion(header={"alg": "RS256"}))
case("valid-typ", "taken", assertion(typ="JWT"))
case("valid-token-endpoint", "taken", assertion(claims(aud=f"{ISSUER}/oauth2/token")))
case("valid-audience-list", "taken", assertion(claims(aud=[ISSUER])))
case("valid-fractions", "taken", assertion(claims(iat=NOW - 0.5, exp=NOW + 30.25)))
case("valid-more-claims", "taken", assertion(claims(nbf=NOW, extra={"a": [1, None, True]})))

# --- no plain signature -----------------------------------------------------------------------------------------------
case("empty", MALFORMED, "")
case("two-parts", MALFORMED, assertion().rsplit(".", 1)[0])
case("five-parts", MALFORMED, "a.b.c.d.e")
case("padded", MALFORMED, assertion() + "=")
case("space-behind", MALFORMED, assertion() + " ")
case("line-break", MALFORMED, assertion().replace(".", ".\n", 1))
case("standard-base64", MALFORMED, assertion(claims(jti="??>>~~")).replace("-", "+").replace("_", "/"))
case("too-long", MALFORMED, assertion(claims(extra="x" * 16_384)))
case("payload-array", MALFORMED, assertion([claims()]))
case("payload-text", MALFORMED, assertion(b'"app"'))
case("payload-no-json", MALFORMED, assertion(b"{"))
case("payload-not-utf8", MALFORMED, assertion(b'{"iss":"\xff"}'))
case("payload-deep", MALFORMED, assertion(b'{"a":' * 300 + b"1" + b"}" * 300))
case("sub-twice", MALFORMED, assertion(text(claims())[:-1] + b',"sub":"other"}'))
case("alg-twice", MALFORMED, assertion(header=b'{"alg":"RS256","alg":"none"}'))
case("alg-none", MALFORMED, assertion(header={"alg": "none"}, sign=lambda _: b""))
case("alg-none-upper", MALFORMED, assertion(header={"alg": "NONE"}, sign=lambda _: b""))
case("alg-hs256-public-key", MALFORMED, assertion(header={"alg": "HS256", "kid": "rsa"}, sign=hs256))
case("alg-missing", MALFORMED, assertion(header={"kid": "rsa"}))
case("alg-number", MALFORMED, assertion(header={"alg": 256}))
case("crit", MALFORMED, assertion(crit=["exp"]))
case("unencoded", MALFORMED, assertion(b64=False, crit=["b64"]))
case("embedded-key", MALFORMED, assertion(jwk=rsa_jwk(STRANGER), sign=lambda message: rs256(message, STRANGER)))
case("embedded-address", MALFORMED, assertion(jku="https://evil.test/jwks"))
case("embedded-certificate", MALFORMED, assertion(x5c=["MIIB"]))

# --- not the client's -------------------------------------------------------------------------------------------------
case("stranger", UNSIGNED, assertion(sign=lambda message: rs256(message, STRANGER)))
case("kid-unknown", UNSIGNED, assertion(kid="other"))
case("kid-of-another-kind", UNSIGNED, assertion(kid="p256"))
case("alg-of-another-kind", UNSIGNED, assertion(alg="ES256", kid="rsa"))
case("signature-empty", UNSIGNED, assertion(sign=lambda _: b""))
case("signature-short", UNSIGNED, assertion(sign=lambda message: rs256(message)[:-1]))
case("signature-zeros", UNSIGNED, assertion(alg="ES256", kid="p256", sign=lambda _: bytes(64)))
case("signature-der", UNSIGNED, assertion(alg="ES256", kid="p256", sign=es256_der), keep=True)
case("signature-of-another", UNSIGNED,
     f"{assertion(claims(sub='other')).rsplit('.', 1)[0]}.{assertion().rsplit('.', 1)[1]}")

# --- claims -----------------------------------------------------------------------------------------------------------
case("iss-other", WHO, assertion(claims(iss="other")))
case("sub-missing", WHO, assertion(claims(sub=None)))
case("sub-list", WHO, assertion(claims(sub=["app"])))
case("aud-missing", "aud of the client assertion is missing", assertion(claims(aud=None)))
case("aud-other", "aud of the client assertion is not this server", assertion(claims(aud="https://evil.test")))
case("aud-slash", "aud of the client assertion is not this server", assertion(claims(aud=ISSUER + "/")))
case("aud-two", "aud of the client assertion must be one value", assertion(claims(aud=[ISSUER, "https://evil.test"])))
case("aud-none", "aud of the client assertion must be one value", assertion(claims(aud=[])))
case("exp-missing", "exp of the client assertion is missing", assertion(claims(exp=None)))
case("exp-past", "the client assertion has expired", assertion(claims(exp=NOW)))
case("exp-far", "exp of the client assertion is too far ahead", assertion(claims(exp=NOW + 3_661)))
case("exp-huge", "exp of the client assertion is too far ahead", assertion(claims(exp=1e300)))
case("exp-text", "a time of the client assertion is no number", assertion(claims(exp=str(NOW + 60))))
case("nbf-future", "the client assertion is from the future", assertion(claims(nbf=NOW + 61)))
case("jti-missing", "jti of the client assertion is missing", assertion(claims(jti=None)))
case("jti-empty", "jti of the client assertion is missing", assertion(claims(jti="")))
case("jti-number", "jti of the client assertion is missing", assertion(claims(jti=7)))

(HERE / "client.jwks").write_text(json.dumps(public_keys(), indent=1) + "\n")
(HERE / "cases.json").write_text(json.dumps(CASES, indent=1) + "\n")
