#!/usr/bin/env python3
"""Writes the tokens, queries and answers of OpenID providers that the tests read, and cases.json: what must come of each.

Signed by the keys beside this file, which are made when they are missing and are good for nothing else. Everybody in them
is invented. Needs `cryptography`.
"""

import base64
import hashlib
import json
import pathlib
import urllib.parse

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

HERE = pathlib.Path(__file__).parent
ISSUER, CLIENT, SUBJECT = "https://op.example/", "city-identity", "7c1f0e5a-8c7d-4f5e-9b57-0d3c1c8f2a10"
# 2026-11-24T09:00:00Z: when the tests read them.
NOW = 1795510800
STATE, NONCE, ACCESS_TOKEN = "_0123456789abcdef0123456789abcdef", "one-nonce", "an-access-token"
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
cases = []


def key(name):
    file = HERE / f"{name}.key.pem"
    if not file.exists():
        fresh = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        file.write_bytes(fresh.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return serialization.load_pem_private_key(file.read_bytes(), None)


def b64(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def number(value):
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def compact(value):
    return b64(json.dumps(value, separators=(",", ":")).encode())


def token(claims, by="provider", **header):
    message = compact({"alg": "RS256", "kid": by} | header) + "." + compact(claims)
    return message + "." + b64(key(by).sign(message.encode(), padding.PKCS1v15(), hashes.SHA256()))


def case(name, via, expect, document, kind="jwt", **more):
    file = f"{name}.{kind}"
    (HERE / file).write_text(document + "\n")
    cases.append({"name": name, "file": file, "via": via, "expect": expect} | more)


def changed(claims, **changes):
    """None takes a claim away."""
    return {name: value for name, value in (claims | changes).items() if value is not None}


# ID tokens.
ID = {
    "iss": ISSUER, "sub": SUBJECT, "aud": CLIENT, "iat": NOW - 5, "exp": NOW + 600, "nonce": NONCE,
    "at_hash": b64(hashlib.sha256(ACCESS_TOKEN.encode()).digest()[:16]),
}


def id_token(name, expect, **changes):
    case(name, "id-token", expect, token(changed(ID, **changes)))


id_token("id-token", "accepted")
case("not-a-token", "id-token", "token-malformed", "e30.e30")
case("payload-is-a-list", "id-token", "token-malformed", token(["sub", SUBJECT]))
case("critical-header", "id-token", "token-header-forbidden", token(ID, crit=["x"], x=1))
case("signed-by-nobody-known", "id-token", "signing-key-unknown", token(ID, by="stranger"))
case("signed-by-a-stranger", "id-token", "signature-mismatch", token(ID, by="stranger", kid="provider"))
case("algorithm-none", "id-token", "signature-algorithm-forbidden", token(ID, alg="none"))
id_token("issuer-without-slash", "token-issuer-wrong", iss=ISSUER.rstrip("/"))
id_token("audience-another", "token-audience-wrong", aud="another-city")
id_token("audience-not-us-alone", "token-audience-wrong", aud=[CLIENT, "another-city"])
id_token("party-another", "token-party-wrong", azp="another-city")
id_token("no-subject", "token-subject-missing", sub=None)
id_token("no-issue-time", "token-issue-time-missing", iat=None)
id_token("no-end", "token-expiry-missing", exp=None)
id_token("expired", "token-expired", iat=NOW - 1200, exp=NOW - 600)
id_token("issued-tomorrow", "issued-in-the-future", iat=NOW + 86400, exp=NOW + 87000)
id_token("nonce-of-another-login", "nonce-wrong", nonce="another-nonce")
id_token("hash-of-another-access-token", "access-token-hash-wrong", at_hash=b64(bytes(16)))
case("forced-without-auth-time", "forced-id-token", "auth-time-missing", token(ID))
case("forced-and-old", "forced-id-token", "authn-not-fresh", token(changed(ID, auth_time=NOW - 3600)))
case("forced-and-fresh", "forced-id-token", "accepted", token(changed(ID, auth_time=NOW - 10)))

# What a browser brings.
RESPONSE = {"code": "one-code", "state": STATE, "iss": ISSUER}


def response(name, expect, **changes):
    case(name, "response", expect, urllib.parse.urlencode(changed(RESPONSE, **changes)), "query")


response("response", "accepted")
response("no-state", "state-missing", state=None)
response("state-of-somebody", "state-malformed", state="f00")
response("no-code", "code-missing", code=None)
response("mixed-up", "answer-issuer-wrong", iss="https://another.example/")
response("issuer-promised", "answer-issuer-missing", iss=None)

# Userinfo, as it must be: signed.
INFO = {"iss": ISSUER, "aud": CLIENT, "sub": SUBJECT, "given_name": "Jana", "family_name": "Nováková"}


def info(name, expect, document, kind="jwt", **more):
    case(name, "userinfo", expect, document, kind, **more)


info("userinfo", "accepted", token(INFO), protection="signed")
info("userinfo-is-a-list", "userinfo-malformed", "[]", "json", protection="plain")
info("userinfo-is-plain", "userinfo-not-signed", json.dumps(INFO), "json", protection="signed")
info("userinfo-is-only-signed", "userinfo-not-encrypted", token(INFO), protection="encrypted")
info("userinfo-for-another", "userinfo-parties-wrong", token(changed(INFO, aud="another-city")), protection="signed")
info("userinfo-is-an-id-token", "userinfo-parties-wrong", token(ID), protection="signed")
info("userinfo-of-somebody-else", "userinfo-subject-wrong", token(changed(INFO, sub="somebody-else")), protection="signed")

case("userinfo-for-nobody", "userinfo", "userinfo-refused", json.dumps({"error": "invalid_token"}), "json", status=401)
case("userinfo-without-scope", "userinfo", "userinfo-refused", json.dumps({"error": "insufficient_scope"}), "json", status=403)

# What the token endpoint says.
TOKENS = {"access_token": ACCESS_TOKEN, "token_type": "Bearer", "id_token": token(ID)}


def tokens(name, expect, answer, status=200):
    case(name, "tokens", expect, json.dumps(answer), "json", status=status)


tokens("tokens", "accepted", TOKENS)
tokens("tokens-of-another-type", "token-answer-malformed", changed(TOKENS, token_type="mac"))
tokens("tokens-without-access-token", "token-answer-malformed", changed(TOKENS, access_token=None))
tokens("tokens-without-id-token", "id-token-missing", changed(TOKENS, id_token=None))
tokens("tokens-of-another-grant", "id-token-missing", {"access_token": ACCESS_TOKEN, "token_type": "Bearer", "scope": "openid"})
tokens("code-spent", "code-refused", {"error": "invalid_grant"}, 400)

# What a provider sends by itself.
ENDED = {
    "iss": ISSUER, "aud": CLIENT, "iat": NOW - 5, "exp": NOW + 120, "jti": "one-logout", "sub": SUBJECT, "sid": "one-session",
    "events": {LOGOUT: {}},
}


def ended(name, expect, typ="logout+jwt", **changes):
    case(name, "logout", expect, token(changed(ENDED, **changes), typ=typ))


ended("logout-token", "accepted")
ended("logout-token-of-another-type", "logout-token-type", typ="at+jwt")
ended("logout-of-nobody", "logout-token-names-nobody", sub=None, sid=None)
ended("logout-without-event", "logout-event-missing", events={})
ended("logout-with-nonce", "logout-token-nonce", nonce=NONCE)
ended("logout-without-name", "token-name-missing", jti=None)

# Claims that changed (Bank iD).
CHANGE = {
    "type": "claims_updated", "original_event_at": "2026-11-24T08:00:00Z", "sub": SUBJECT, "affected_client_ids": [CLIENT],
    "affected_claims": ["addresses"],
}
NOTICE = {"iss": ISSUER, "iat": NOW - 5, "jti": "one-notification", "events": [CHANGE]}


def notice(name, expect, **changes):
    case(name, "notification", expect, token(changed(NOTICE, **changes)))


notice("notification", "accepted")
notice("notification-without-events", "notification-malformed", events=None)
notice("notification-with-one-event-alone", "notification-malformed", events=CHANGE)
notice("notification-of-nobody", "notification-malformed", events=[changed(CHANGE, sub=None)])
notice("notification-of-a-nameless-person", "notification-malformed", events=[changed(CHANGE, sub="")])
notice("notification-with-a-flood", "notification-malformed", events=[{}] * 1001)
notice("notification-without-name", "token-name-missing", jti=None)
notice("notification-of-last-week", "token-expired", iat=NOW - 7 * 86400)
notice("notification-for-another", "token-audience-wrong", aud="another-city")

# Officers (CAAIS).
OFFICER = ID | {
    "given_name": "Petr", "family_name": "Dvořák", "lei": "00245836", "person_identified": True,
    "access_roles": [{"access_role_code": "PORTAL.EDITOR"}],
}


def officer(name, expect, **changes):
    case(name, "officer", expect, token(changed(OFFICER, **changes)))


officer("officer", "accepted")
officer("officer-of-another-office", "office-wrong", lei="00000001")
officer("officer-of-no-office", "office-wrong", lei=None)
officer("officer-of-an-office-by-number", "office-wrong", lei=245836)
officer("officer-not-identified", "officer-not-identified", person_identified=False)
officer("officer-identified-in-words", "officer-not-identified", person_identified="true")
officer("officer-identified-unknown", "officer-not-identified", person_identified=None)
officer("officer-without-role", "role-missing", access_roles=[])
officer("officer-untold-of-roles", "role-missing", access_roles=None)
officer("officer-with-a-role-of-elsewhere", "role-missing", access_roles=[{"access_role_code": "SPISOVKA.CTENAR"}])
officer("officer-with-roles-in-words", "attribute-type", access_roles="PORTAL.EDITOR")

(HERE / "cases.json").write_text(
    "[\n" + ",\n".join("  " + json.dumps(case, ensure_ascii=False) for case in cases) + "\n]\n")
numbers = key("provider").public_key().public_numbers()
(HERE / "jwks.json").write_text(json.dumps({"keys": [
    {"kty": "RSA", "use": "sig", "kid": "provider", "n": number(numbers.n), "e": number(numbers.e)}]}, indent=2) + "\n")
