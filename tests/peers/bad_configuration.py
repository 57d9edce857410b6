"""A configuration that cannot stand stops the start: one message that names the file, the key and the remedy."""

import re
import socket
import subprocess

import pytest

from house import PATIENCE, House, master_key, program

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
        rules.append((r"^# Data boxes, played by.*?(?=^\[organisation)", ""))
    else:
        rules.append((r'^issuer = "[^"]*"', 'issuer = "https://identita.mesto.cz"'))
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
