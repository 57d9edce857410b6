"""Authlib as a client of the broker: discovery, login with PKCE, userinfo, refresh, introspection, revocation, logout.

Its own checks of the ID token (joserfc underneath) decide; nothing of ours reads the tokens.
"""

import json

import pytest
from authlib.integrations.base_client import OAuthError
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from broker import Broker
from relying_party import CALLBACK, RelyingParty
from visitor import Visitor

SECRET = "authlib-knows-this-secret-0123456789abcdef"
AFTER_LOGOUT = "http://localhost:9/goodbye"
SCOPE = "openid profile email offline_access city.identity"
METHODS = ["client_secret_basic", "private_key_jwt"]


@pytest.fixture(scope="module")
def key():
    return ECKey.generate_key("P-256", parameters={"kid": "authlib-1", "use": "sig", "alg": "ES256"}, auto_kid=False)


@pytest.fixture(scope="module")
def broker(tmp_path_factory, key):
    public = {name: value for name, value in key.as_dict(private=False).items() if isinstance(value, str)}
    jwks = "{ keys = [{ " + ", ".join(f"{name} = {json.dumps(value)}" for name, value in public.items()) + " }] }"
    own = {
        "client_secret_basic": f'client_secret = "{SECRET}"',
        "private_key_jwt": f'authentication = "private_key_jwt"\nid_token_alg = "ES256"\njwks = {jwks}',
    }
    clients = [f"""
        [client.authlib-{method.replace('_', '-')}]
        organisation = "town"
        name = {{ cs = "Knihovna" }}
        redirect_uris = ["{CALLBACK}"]
        post_logout_redirect_uris = ["{AFTER_LOGOUT}"]
        scopes = {json.dumps(SCOPE.split())}
        {text}
        """ for method, text in own.items()]
    with Broker(tmp_path_factory.mktemp("broker"), "\n".join(clients)) as running:
        yield running


@pytest.fixture(params=METHODS)
def party(request, broker, key):
    secret = SECRET if request.param == "client_secret_basic" else key
    return RelyingParty(broker, "authlib-" + request.param.replace("_", "-"), secret, SCOPE)


def test_logs_in_and_believes_the_id_token(broker, party):
    begun, arrived = party.log_in_at_demo()
    token = party.redeem(begun, arrived)

    assert arrived.query["iss"] == broker.url and arrived.query["state"] == begun["state"]
    claims = party.parse_id_token(token, nonce=begun["nonce"], leeway=0)
    assert claims["iss"] == broker.url and claims["aud"] == party.client_id
    assert claims["at_hash"] and claims["auth_time"] <= claims["iat"] < claims["exp"]
    assert token["token_type"] == "Bearer" and token["expires_in"] > 0


def test_userinfo_is_of_the_same_person(party):
    begun, arrived = party.log_in_at_demo()
    token = party.redeem(begun, arrived)

    person = party.userinfo(token=token)

    assert person["sub"] == party.parse_id_token(token, nonce=begun["nonce"])["sub"]
    assert (person["given_name"], person["family_name"]) == ("Jana", "Nováková")
    assert person["birthdate"] == "1985-04-12" and person["email"] == "jana.novakova@example.cz"
    assert (person["identity_level"], person["login_level"]) == ("state", "multi")


def test_another_nonce_is_refused_by_authlib(party):
    begun, arrived = party.log_in_at_demo()
    token = party.redeem(begun, arrived)

    with pytest.raises(JoseError):
        party.parse_id_token(token, nonce="another")


def test_a_wrong_verifier_gets_no_token(party):
    begun, arrived = party.log_in_at_demo()

    with pytest.raises(OAuthError) as refused:
        party.redeem(begun, arrived, code_verifier="w" * 43)
    assert refused.value.error == "invalid_grant"


def test_a_code_is_good_once(party):
    begun, arrived = party.log_in_at_demo()
    token = party.redeem(begun, arrived)

    with pytest.raises(OAuthError) as refused:
        party.redeem(begun, arrived)
    assert refused.value.error == "invalid_grant"
    introspected = party.endpoints().introspect_token(
        party.server_metadata["introspection_endpoint"], token=token["access_token"])
    assert introspected.json() == {"active": False}


def test_refreshes_and_the_old_refresh_token_is_spent(party):
    begun, arrived = party.log_in_at_demo()
    first = party.redeem(begun, arrived)
    endpoint = party.server_metadata["token_endpoint"]

    second = party.endpoints().refresh_token(endpoint, refresh_token=first["refresh_token"])

    assert second["access_token"] != first["access_token"] and second["refresh_token"] != first["refresh_token"]
    assert party.userinfo(token=second)["given_name"] == "Jana"
    third = party.endpoints().refresh_token(endpoint, refresh_token=second["refresh_token"])
    assert party.userinfo(token=third)["given_name"] == "Jana"
    with pytest.raises(OAuthError) as refused:
        party.endpoints().refresh_token(endpoint, refresh_token=first["refresh_token"])
    assert refused.value.error == "invalid_grant"


def test_introspects_and_revokes(party):
    begun, arrived = party.log_in_at_demo()
    token = party.redeem(begun, arrived)
    client = party.endpoints()
    introspect, revoke = (party.server_metadata[f"{what}_endpoint"] for what in ("introspection", "revocation"))

    told = client.introspect_token(introspect, token=token["access_token"], token_type_hint="access_token").json()
    assert told["active"] is True and told["client_id"] == party.client_id
    assert set(told["scope"].split()) == set(SCOPE.split())

    gone = client.revoke_token(revoke, token=token["refresh_token"], token_type_hint="refresh_token")
    assert gone.status_code == 200
    for kind in ("access_token", "refresh_token"):
        assert client.introspect_token(introspect, token=token[kind]).json() == {"active": False}
    with pytest.raises(OAuthError) as refused:
        client.refresh_token(party.server_metadata["token_endpoint"], refresh_token=token["refresh_token"])
    assert refused.value.error == "invalid_grant"


def test_a_second_login_needs_no_password_and_after_logout_it_does(party):
    visitor = Visitor(CALLBACK, AFTER_LOGOUT)
    begun, arrived = party.log_in_at_demo(visitor)
    token = party.redeem(begun, arrived)

    again = party.begin()
    assert visitor.get(again["url"]).url.startswith(CALLBACK)

    leaving = party.create_logout_url(post_logout_redirect_uri=AFTER_LOGOUT, id_token_hint=token["id_token"])
    left = visitor.get(leaving["url"])
    assert left.url.startswith(AFTER_LOGOUT) and left.query["state"] == leaving["state"]
    asked = visitor.get(party.begin()["url"])
    assert asked.has("provider-demo") or asked.has("login-submit")
