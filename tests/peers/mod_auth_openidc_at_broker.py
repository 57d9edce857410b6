"""mod_auth_openidc (Debian's Apache) guards a page with the broker: login, claims, logout here and from the broker."""

import os
import pathlib
import pwd
import subprocess
import tempfile
import time

import pytest
import requests

from broker import Broker
from ports import free_port
from visitor import Visitor

SECRET = "apache-knows-this-secret-0123456789abcdef"
MODULES = "/usr/lib/apache2/modules"

CLIENT = """
[client.apache]
organisation = "town"
name = { cs = "Archiv" }
client_secret = "%(secret)s"
redirect_uris = ["%(site)s/protected/callback"]
post_logout_redirect_uris = ["%(site)s/goodbye.html"]
backchannel_logout_uri = "%(site)s/protected/callback?logout=backchannel"
scopes = ["openid", "profile", "email", "city.identity"]
"""

# The module takes plain HTTP endpoints from a discovery document only.
HTTPD = """
ServerName localhost
ServerRoot %(folder)s
DefaultRuntimeDir %(folder)s
PidFile %(folder)s/pid
Mutex file:%(folder)s
ErrorLog %(folder)s/error.log
LogLevel warn auth_openidc:info
Listen 127.0.0.1:%(port)s
%(user)s
LoadModule mpm_event_module %(modules)s/mod_mpm_event.so
LoadModule authn_core_module %(modules)s/mod_authn_core.so
LoadModule authz_core_module %(modules)s/mod_authz_core.so
LoadModule authz_user_module %(modules)s/mod_authz_user.so
LoadModule dir_module %(modules)s/mod_dir.so
LoadModule mime_module %(modules)s/mod_mime.so
LoadModule rewrite_module %(modules)s/mod_rewrite.so
LoadModule headers_module %(modules)s/mod_headers.so
LoadModule auth_openidc_module %(modules)s/mod_auth_openidc.so
TypesConfig /dev/null
AddType text/html .html
StartServers 1
DocumentRoot %(folder)s/site
OIDCProviderMetadataURL %(broker)s/.well-known/openid-configuration
OIDCClientID apache
OIDCClientSecret %(secret)s
OIDCRedirectURI %(site)s/protected/callback
OIDCDefaultLoggedOutURL %(site)s/goodbye.html
OIDCCryptoPassphrase %(passphrase)s
OIDCScope "openid profile email city.identity"
OIDCPKCEMethod S256
OIDCResponseType code
OIDCProviderTokenEndpointAuth client_secret_basic
OIDCCookieSameSite On
OIDCPassClaimsAs environment
OIDCRemoteUserClaim sub
OIDCCacheType shm
<Directory %(folder)s/site>
  Require all granted
</Directory>
<Location /protected/>
  AuthType openid-connect
  Require valid-user
  Header set X-Person "%%{REMOTE_USER}e"
  Header set X-Given-Name "%%{OIDC_CLAIM_given_name}e"
  Header set X-Family-Name "%%{OIDC_CLAIM_family_name}e"
  Header set X-Email "%%{OIDC_CLAIM_email}e"
  Header set X-Identity-Level "%%{OIDC_CLAIM_identity_level}e"
  Header set X-Issuer "%%{OIDC_CLAIM_iss}e"
</Location>
<Location /protected/state-only/>
  AuthType openid-connect
  Require claim identity_level:state
</Location>
<Location /protected/high-only/>
  AuthType openid-connect
  Require claim identity_level:state_high
</Location>
"""


class Apache:
    """Debian's Apache in a folder of its own; it may serve as root's child only under another user."""

    def __init__(self, folder, broker, port):
        self.folder, self.port, self.site = folder, port, f"http://localhost:{port}"
        pages = {"protected/index.html": "the archive", "protected/state-only/index.html": "the vault",
                 "protected/high-only/index.html": "the treasury", "goodbye.html": "goodbye"}
        for name, text in pages.items():
            page = folder / "site" / name
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(f"<!doctype html><title>{text}</title><h1>{text}</h1>")
        user = ""
        if os.geteuid() == 0:
            user = "User www-data\nGroup www-data"
            account = pwd.getpwnam("www-data")
            os.chown(folder, account.pw_uid, account.pw_gid)
        self.config = folder / "httpd.conf"
        self.config.write_text(HTTPD % {
            "folder": folder, "port": port, "site": self.site, "broker": broker.url, "secret": SECRET,
            "user": user, "modules": MODULES, "passphrase": os.urandom(16).hex()})

    def __enter__(self):
        self.log = open(self.folder / "out.log", "ab")
        self.process = subprocess.Popen(
            ["/usr/sbin/apache2", "-d", str(self.folder), "-f", str(self.config), "-DFOREGROUND"],
            stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 30
        while True:
            try:
                assert self.process.poll() is None and time.monotonic() < deadline, self.said()
                requests.get(self.site + "/goodbye.html", timeout=10).raise_for_status()
                return self
            except requests.ConnectionError:
                time.sleep(0.05)
            except BaseException:
                self.process.kill()
                self.process.wait()
                raise

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=30)
        self.log.close()

    def said(self):
        return "".join(file.read_text() for file in (self.folder / "out.log", self.folder / "error.log") if file.exists())


@pytest.fixture(scope="module")
def port():
    return free_port()


@pytest.fixture(scope="module")
def broker(tmp_path_factory, port):
    client = CLIENT % {"secret": SECRET, "site": f"http://localhost:{port}"}
    with Broker(tmp_path_factory.mktemp("broker"), client) as running:
        yield running


@pytest.fixture(scope="module")
def apache(broker, port):
    # pytest's own folders are closed to the user Apache serves as.
    with tempfile.TemporaryDirectory(prefix="city-apache-") as folder:
        with Apache(pathlib.Path(folder), broker, port) as running:
            yield running


def log_in(visitor, apache, path="/protected/"):
    view = visitor.sign_in_at_demo(visitor.get(apache.site + path))
    assert view.url == apache.site + path and view.status == 200, f"{view!r}\n{apache.said()}"
    return view


def test_a_guarded_page_shows_the_claims_of_who_logged_in(broker, apache):
    visitor = Visitor()

    view = log_in(visitor, apache)

    assert view.words.endswith("the archive")
    assert view.headers["X-Person"] and view.headers["X-Issuer"] == broker.url
    names = [view.headers[name].encode("latin-1").decode() for name in ("X-Given-Name", "X-Family-Name")]
    assert names == ["Jana", "Nováková"]
    assert view.headers["X-Email"] == "jana.novakova@example.cz"
    assert view.headers["X-Identity-Level"] == "state"


def test_the_level_that_the_broker_tells_opens_and_closes_doors(apache):
    visitor = Visitor()
    log_in(visitor, apache, "/protected/state-only/")

    # Apache sends a person whose claims do not suffice nowhere: it says no.
    assert visitor.get(apache.site + "/protected/high-only/").status == 401


def test_who_does_not_log_in_sees_nothing(broker, apache):
    view = Visitor().get(apache.site + "/protected/")

    assert view.url.startswith(broker.url) and "the archive" not in view.text


def test_logging_out_at_apache_logs_out_at_the_broker(broker, apache):
    visitor = Visitor()
    log_in(visitor, apache)

    left = visitor.get(apache.site + "/protected/callback?logout=" + requests.utils.quote(apache.site + "/goodbye.html", safe=""))

    assert left.url == apache.site + "/goodbye.html", left
    asked = visitor.get(apache.site + "/protected/")
    assert asked.has("login-submit") or asked.has("provider-demo"), asked


def test_logging_out_at_the_broker_ends_the_session_at_apache(broker, apache):
    visitor, other = Visitor(), Visitor()
    log_in(visitor, apache)
    log_in(other, apache)

    account = visitor.get(broker.url + "/account")
    visitor.submit(account, "/account/logout")

    deadline = time.monotonic() + 30
    while visitor.get(apache.site + "/protected/").url == apache.site + "/protected/":
        assert time.monotonic() < deadline, "the logout token did not end the session:\n" + apache.said() + broker.said()
        time.sleep(0.1)
    assert other.get(apache.site + "/protected/").status == 200
    assert other.get(apache.site + "/protected/").url == apache.site + "/protected/"
