"""The programs of this project as an operator starts them: configured from config/development, on ports of their own."""

import base64
import os
import pathlib
import re
import secrets
import subprocess
import time

import requests

from ports import free_port

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
# Generous: it bounds a hang, it judges no speed.
PATIENCE = 600


def program(name):
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
    return str(pathlib.Path(os.environ.get("CITY_BIN_DIR", target / "debug")) / name)


def wait_until(what, holds):
    """Asks again and again until it holds."""
    deadline = time.monotonic() + PATIENCE
    while not (result := holds()):
        assert time.monotonic() < deadline, f"in vain: {what}"
        time.sleep(0.02)
    return result


def verify_audit(config):
    """What `city-idp audit verify` says; it fails when the chain is broken."""
    result = subprocess.run([program("city-idp"), "audit", "verify", "--config", str(config)],
                            capture_output=True, text=True, timeout=PATIENCE)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def make_certificates(folder):
    """The authority of a development house, and what it issues."""
    subprocess.run(
        ["bash", str(REPOSITORY / "config/development/certificates.sh"), str(folder)], check=True, capture_output=True)


class Program:
    """One `city-NAME serve`, ended by its process id."""

    def __init__(self, name, config, ready):
        self.name, self.config, self.ready = name, config, ready
        self.log = config.with_suffix(".log")
        self.process = None

    def spawn(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [program(self.name), "serve", "--config", str(self.config)], stdout=log, stderr=log)
        return self

    def answers(self):
        assert self.process.poll() is None, f"{self.name} ended:\n{self.log.read_text()[-3000:]}"
        try:
            return requests.get(self.ready, timeout=10).ok
        except requests.RequestException:
            return False

    def start(self):
        self.spawn()
        wait_until(f"{self.name} is ready", self.answers)
        return self

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self.kill()


class House:
    """Sandbox, broker and portal. `change(name, toml)` has the last word on each configuration."""

    def __init__(self, folder, change=lambda _name, toml: toml, databases=None, redis="", replicas=1, proxied=False):
        self.folder = folder
        self.broker_port, self.portal_port, self.sandbox_port = free_port(), free_port(), free_port()
        self.broker_url = f"http://localhost:{self.broker_port}"
        self.portal_url = f"http://localhost:{self.portal_port}"
        self.sandbox_url = f"http://127.0.0.1:{self.sandbox_port}"
        self.words = {
            "DATA": str(folder),
            "REDIS": f'redis = "{redis}"' if redis else "",
            "IDP_DATABASE": (databases or {}).get("idp", f"sqlite://{folder}/idp.db"),
            "PORTAL_DATABASE": (databases or {}).get("portal", f"sqlite://{folder}/portal.db"),
            "BROKER_PORT": self.broker_port, "PORTAL_PORT": self.portal_port, "SANDBOX_PORT": self.sandbox_port,
            "SANDBOX_TLS_PORT": free_port(), "SANDBOX_CLIENT_TLS_PORT": free_port(), "SANDBOX_SMTP_PORT": free_port(),
        }
        make_certificates(folder / "tls")
        self.change = change
        (folder / "secrets").mkdir()
        for name in ("idp-master-key", "portal-master-key", "portal-client-secret"):
            (folder / "secrets" / name).write_text(secrets.token_bytes(32).hex() if name.endswith("secret") else master_key())
        self.sandbox = Program("city-sandbox", self.configure("sandbox", folder / "sandbox.toml"), self.sandbox_url + "/healthz")
        self.brokers = [self.member("idp", self.broker_port, number, proxied) for number in range(replicas)]
        self.portals = [self.member("portal", self.portal_port, number, proxied) for number in range(replicas)]

    @property
    def broker(self):
        return self.brokers[0]

    @property
    def portal(self):
        return self.portals[0]

    def member(self, name, public, number, proxied):
        port = free_port() if proxied else public
        config = self.configure(name, self.folder / f"{name}-{number}.toml", listen=(public, port))
        member = Program(f"city-{name}", config, f"http://127.0.0.1:{port}/readyz")
        member.port = port
        return member

    def configure(self, name, file, listen=None):
        words = dict(self.words, BROKER_METRICS_PORT=free_port(), PORTAL_METRICS_PORT=free_port())
        template = (REPOSITORY / "config/development" / f"{name}.toml").read_text()
        toml = re.sub(r"@([A-Z_]+)@", lambda found: str(words[found[1]]), template)
        if listen:
            toml = toml.replace(f'\nlisten = "127.0.0.1:{listen[0]}"', f'\nlisten = "127.0.0.1:{listen[1]}"')
        file.write_text(self.change(name, toml))
        return file

    def __enter__(self):
        try:
            # The broker pins the certificate that the sandbox makes at its first start.
            self.sandbox.start()
            # Replicas start at once, on a fresh database too.
            for member in self.brokers + self.portals:
                member.spawn()
            for member in self.brokers + self.portals:
                wait_until(f"{member.name} is ready", member.answers)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for member in self.portals + self.brokers + [self.sandbox]:
            member.stop()

    def verify_audit(self):
        return verify_audit(self.broker.config)


def master_key():
    return base64.b64encode(secrets.token_bytes(32)).decode()
