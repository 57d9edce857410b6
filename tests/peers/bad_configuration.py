"""A configuration that cannot stand stops the start: one message that names the file, the key and the remedy."""

import re
import socket
import subprocess

import pytest

from house import PATIENCE, REPOSITORY, House, master_key, program

PUBLIC = {"idp": "https://identita.mesto.cz", "portal": "https://obcan.mesto.cz"}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    """A sandbox that has made its certificate, which is all that is wanted of it."""
    house = House(tmp_path_factory.mktemp("sandbox"))
    house.sandbox.start()
    house.sandbox.stop()
    return house


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


def refusal(name, file):
    """The one message with which a program ends instead of starting."""
    result = subprocess.run([program(f"city-{name}"), "serve", "--config", str(file)],
                            capture_output=True, text=True, timeout=PATIENCE)
    told = (result.stdout + result.stderr).strip()
    assert result.returncode not in (0, 101), told
    lines = [line for line in told.splitlines() if line.startswith(f"city-{name}:")]
    assert len(lines) == 1 and told.endswith(lines[0]), told
    return lines[0]


def changed(house, name, *replacements):
    member = house.broker if name == "idp" else house.portal
    toml = member.config.read_text()
    for pattern, text in replacements:
        toml, count = re.subn(pattern, lambda _: text, toml, flags=re.MULTILINE | re.DOTALL)
        assert count, f"{pattern} is not in the configuration"
    member.config.write_text(toml)
    return member.config


def production(house, name, *replacements, public=None):
    """The same town in production, without what is only for the sandbox."""
    rules = [(r'^environment = "sandbox"', 'environment = "production"'),
             (r'^public_url = "[^"]*"', f'public_url = "{public or PUBLIC[name]}"')]
    if name == "idp":
        rules += [(r"^# Data boxes, played by.*?(?=^\[organisation)", ""),
                  (r"^# Names of companies.*?(?=^\[log\])", ""),
                  (r'^(home_uri|backchannel_logout_uri) = "[^"]*"\n', ""),
                  (r'(?<=_uris = \["http)://localhost:\d+', "s://obcan.mesto.cz")]
    else:
        rules += [(r'^issuer = "[^"]*"', 'issuer = "https://identita.mesto.cz"'),
                  (r'^account_url = "[^"]*"\n', "")]
    return changed(house, name, *rules, *replacements)


def assert_names(message, file, key, *words):
    """File, key and remedy."""
    assert str(file) in message, message
    assert f"`{key}`" in message, message
    for word in words:
        assert word in message, message
    # The remedy is a sentence of its own after the problem.
    assert len(re.split(r"[.:)] ", message)) >= 3, message


@pytest.mark.parametrize("name", ["idp", "portal"])
def test_an_unknown_key_stops_the_start(house, name):
    file = changed(house, name, (r"^\[server\]\n", "[server]\nlisten_on = 1\n"))

    assert_names(refusal(name, file), file, "server.listen_on", "there is no such key", "listen, public_url")


@pytest.mark.parametrize("name", ["idp", "portal"])
def test_a_missing_configuration_stops_the_start(tmp_path, name):
    message = refusal(name, tmp_path / "absent.toml")

    assert str(tmp_path / "absent.toml") in message and "--config" in message


@pytest.mark.parametrize("name", ["idp", "portal"])
def test_a_missing_file_of_a_secret_stops_the_start(house, name):
    (house.folder / "secrets" / f"{name}-master-key").unlink()
    file = (house.broker if name == "idp" else house.portal).config

    assert_names(refusal(name, file), file, "master_key_file", f"secrets/{name}-master-key")


def test_a_missing_certificate_of_a_provider_stops_the_start(house):
    file = house.broker.config

    assert_names(refusal("idp", file), file, "provider.nia.certificate.active", "sandbox/nia/signing.crt.pem")


@pytest.mark.parametrize("name", ["idp", "portal"])
def test_clashing_ports_stop_the_start(house, name):
    port = house.broker_port if name == "idp" else house.portal_port
    file = changed(house, name, (r'^metrics_listen = "[^"]*"', f'metrics_listen = "127.0.0.1:{port}"'))

    assert_names(refusal(name, file), file, "server.metrics_listen", str(port))


@pytest.mark.parametrize("name", ["idp", "portal"])
def test_an_http_address_in_production_stops_the_start(house, name):
    file = production(house, name, public=PUBLIC[name].replace("https", "http"))

    assert_names(refusal(name, file), file, "server.public_url", "https")


def test_an_http_issuer_in_production_stops_the_start_of_the_portal(house):
    file = production(house, "portal", (r'^issuer = "https', 'issuer = "http'))

    assert_names(refusal("portal", file), file, "broker.issuer", "https", "production")


@pytest.mark.parametrize("name", ["idp", "portal"])
def test_a_sandbox_address_in_production_stops_the_start(house, name):
    file = production(house, name, public="https://localhost:9443")

    assert_names(refusal(name, file), file, "server.public_url")


def test_a_demo_provider_in_production_stops_the_start(house):
    file = changed(house, "idp", (r'^environment = "sandbox"', 'environment = "production"'),
                   (r'^public_url = "[^"]*"', f'public_url = "{PUBLIC["idp"]}"'))

    assert_names(refusal("idp", file), file, "provider.demo.kind", "demo", "production")


def test_a_certificate_of_the_sandbox_in_production_stops_the_start(house, sandbox):
    real = "https://nia.identitaobcana.cz/FPSTS/FederationMetadata/2007-06/FederationMetadata.xml"
    file = production(house, "idp", (r'^metadata_url = "[^"]*"', f'metadata_url = "{real}"'),
                      (r'^certificate.active.file = "[^"]*"',
                       f'certificate.active.file = "{sandbox.folder}/sandbox/nia/signing.crt.pem"'))

    assert_names(refusal("idp", file), file, "provider.nia.certificate", "sandbox")


def test_a_host_of_the_sandbox_in_production_stops_the_start(house, sandbox):
    url = f"https://127.0.0.1:{house.sandbox_port}/FPSTS/FederationMetadata/2007-06/FederationMetadata.xml"
    file = production(house, "idp", (r'^metadata_url = "[^"]*"', f'metadata_url = "{url}"'),
                      (r'^certificate.active.file = "[^"]*"', f'certificate.active.fingerprint = "{"ab" * 32}"'))

    assert_names(refusal("idp", file), file, "provider.nia.metadata_url", "sandbox")


def test_metadata_of_the_test_environment_of_nia_in_production_stop_the_start(house):
    metadata = REPOSITORY / "federation/src/nia/testdata/metadata/active.xml"
    file = production(house, "idp", (r'^metadata_url = "[^"]*"', f'metadata_file = "{metadata}"'),
                      (r'^certificate.active.file = "[^"]*"\n', ""))

    assert_names(refusal("idp", file), file, "provider.nia.metadata_file", str(metadata), "test environment")


def test_the_wrong_master_key_stops_the_start(house, sandbox):
    file = changed(house, "idp", (re.escape(f"{house.folder}/sandbox/"), f"{sandbox.folder}/sandbox/"))
    house.broker.start()
    house.broker.stop()
    (house.folder / "secrets/idp-master-key").write_text(master_key())

    assert_names(refusal("idp", file), file, "master_key", "database")


@pytest.mark.parametrize("name", ["idp", "portal"])
def test_a_taken_port_stops_the_start(house, sandbox, name):
    file = (house.broker if name == "idp" else house.portal).config
    if name == "idp":
        file = changed(house, name, (re.escape(f"{house.folder}/sandbox/"), f"{sandbox.folder}/sandbox/"))
    with socket.socket() as other:
        other.bind(("127.0.0.1", house.broker_port if name == "idp" else house.portal_port))
        other.listen()

        assert_names(refusal(name, file), file, "server.listen", "port")


@pytest.mark.parametrize("address", ["http://127.0.0.1:8402/ares", "https://ares.test/", "http://ares.gov.cz/"])
def test_a_register_of_the_sandbox_in_production_stops_the_start(house, sandbox, address):
    real = "https://nia.identitaobcana.cz/FPSTS/FederationMetadata/2007-06/FederationMetadata.xml"
    file = production(house, "idp", (r'^metadata_url = "[^"]*"', f'metadata_url = "{real}"'),
                      (r'^certificate.active.file = "[^"]*"', f'certificate.active.fingerprint = "{"ab" * 32}"'),
                      (r"^\[log\]", f'[ares]\nurl = "{address}"\n\n[log]'))

    assert_names(refusal("idp", file), file, "ares.url", "production", address)


@pytest.mark.parametrize("address", ["http://localhost:8401/zpet", "http://127.0.0.1/zpet", "https://obcan.test/zpet"])
@pytest.mark.parametrize("key", ["redirect_uris", "post_logout_redirect_uris"])
def test_a_way_back_to_a_sandbox_in_production_stops_the_start(house, key, address):
    file = production(house, "idp", (rf'^{key} = \["[^"]*"', f'{key} = ["{address}"'))

    assert_names(refusal("idp", file), file, f"client.portal.{key}", "production", address)


@pytest.mark.parametrize("environment, address", [
    ("sandbox", "javascript:alert(1)"), ("production", "http://127.0.0.1:1/x"), ("production", "http://identita.mesto.cz/account")])
def test_a_link_that_leads_nowhere_good_stops_the_start_of_the_portal(house, environment, address):
    link = f'account_url = "{address}"'
    if environment == "production":
        file = production(house, "portal", (r"^\[outbound\]", f"{link}\n\n[outbound]"))
    else:
        file = changed(house, "portal", (r'^account_url = "[^"]*"', link))

    assert_names(refusal("portal", file), file, "broker.account_url", "https")


@pytest.mark.parametrize("name", ["idp", "portal"])
def test_tls_under_an_http_address_stops_the_start(house, name):
    tls = '[server.tls]\ncert_file = "tls.crt"\nkey_file = "tls.key"\n\n[database]'
    file = changed(house, name, (r"^\[database\]", tls))

    assert_names(refusal(name, file), file, "server.public_url", "https", "[server.tls]")


@pytest.mark.parametrize("name", ["idp", "portal"])
def test_the_database_of_the_other_program_stops_the_start_and_the_check(house, sandbox, name):
    for member in (house.broker, house.portal):
        toml = member.config.read_text()
        member.config.write_text(toml.replace(f"{house.folder}/sandbox/", f"{sandbox.folder}/sandbox/"))
    first = house.portal if name == "idp" else house.broker
    first.start()
    first.stop()
    url = re.search(r'^\[database\]\nurl = "([^"]*)"', first.config.read_text(), re.MULTILINE).group(1)
    file = changed(house, name, (r'^\[database\]\nurl = "[^"]*"', f'[database]\nurl = "{url}"'))

    message = refusal(name, file)

    assert_names(message, file, "database.url", "another program", "newer release")
    checked = subprocess.run([program(f"city-{name}"), "check", "--config", str(file)],
                             capture_output=True, text=True, timeout=PATIENCE)
    told = checked.stdout + checked.stderr
    assert checked.returncode not in (0, 101) and "`database.url`" in told and "serves" not in message + told, told
