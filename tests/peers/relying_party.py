"""Authlib as a client of the broker, without one of the web frameworks around it. It holds no tokens: the tests do."""

from authlib.integrations.base_client import BaseApp, FrameworkIntegration, OAuth2Mixin, OpenIDMixin
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT

from visitor import Visitor

CALLBACK = "http://localhost:9/callback"


class NoFramework(FrameworkIntegration):
    def update_token(self, token, refresh_token=None, access_token=None):
        pass


class RelyingParty(OAuth2Mixin, OpenIDMixin, BaseApp):
    """A client that proves itself by a secret (text) or by a key."""

    client_cls = OAuth2Session

    def __init__(self, broker, client_id, secret, scope):
        method = "client_secret_basic" if isinstance(secret, str) else "private_key_jwt"
        proof = None if isinstance(secret, str) else [PrivateKeyJWT(broker.discovery()["token_endpoint"], alg="ES256")]
        super().__init__(
            NoFramework("broker"), name="broker", client_id=client_id, client_secret=secret,
            server_metadata_url=broker.url + "/.well-known/openid-configuration", client_auth_methods=proof,
            client_kwargs={"scope": scope, "code_challenge_method": "S256", "token_endpoint_auth_method": method,
                           "revocation_endpoint_auth_method": method})

    def begin(self, **asked):
        """What Authlib keeps of a login, with the address to send the browser to."""
        return self.create_authorization_url(redirect_uri=CALLBACK, **asked)

    def redeem(self, begun, arrived, **changed):
        """The tokens for the code that the browser brought."""
        return self.fetch_access_token(**{
            "redirect_uri": CALLBACK, "authorization_response": arrived.url, "state": begun["state"],
            "code_verifier": begun["code_verifier"], **changed})

    def endpoints(self):
        """Authlib's session that speaks to the endpoints without a login."""
        return self._get_oauth_client(**self.load_server_metadata())

    def log_in_at_demo(self, visitor=None):
        """What Authlib began, and where the browser arrived with the answer."""
        begun = self.begin()
        visitor = visitor or Visitor(CALLBACK)
        arrived = visitor.sign_in_at_demo(visitor.get(begun["url"]))
        assert arrived.url.startswith(CALLBACK), arrived
        return begun, arrived
