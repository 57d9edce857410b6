"""The broker as an operator starts it: on a free port, with a database of its own, stopped by its process id."""

import base64
import os
import pathlib
import subprocess
import time

import requests

from ports import free_port
from sandbox_nia import REPOSITORY

# One person of the demo provider, and one organisation that clients can belong to.
HOUSE = """
environment = "sandbox"
master_key = "{master_key}"

[server]
listen = "127.0.0.1:{port}"
public_url = "{url}"

[database]
url = "sqlite://{folder}/idp.db"

[outbound]
allow = ["127.0.0.0/8", "::1"]

[log]
format = "text"

[town]
name = "Vzorov"

[provider.demo]
kind = "demo"
environment = "sandbox"

[provider.demo.account.jana]
password = "jana"
identity = "state"
login = "multi"
given_name = "Jana"
family_name = "Nováková"
birth_date = "1985-04-12"
email = "jana.novakova@example.cz"

[organisation.town]
name = {{ cs = "Město Vzorov", en = "Town of Vzorov" }}
"""


class Broker:
    """`city-idp serve`; `more` is what a test adds to the configuration, with `{url}` for the broker's own address."""

    def __init__(self, folder, more, port=None):
        self.folder = folder
        self.port = port or free_port()
        self.url = f"http://localhost:{self.port}"
        self.config = folder / "idp.toml"
        house = HOUSE.format(
            master_key=base64.b64encode(os.urandom(32)).decode(), port=self.port, url=self.url, folder=folder)
        self.config.write_text(house + more.replace("{url}", self.url), encoding="utf-8")
        self.process = None

    @staticmethod
    def program():
        target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
        return str(pathlib.Path(os.environ.get("CITY_BIN_DIR", target / "debug")) / "city-idp")

    def __enter__(self):
        self.log = open(self.folder / "idp.log", "ab")
        self.process = subprocess.Popen(
            [self.program(), "serve", "--config", str(self.config)], stdout=self.log, stderr=self.log)
        try:
            self.wait_until_ready()
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise
        return self

    def wait_until_ready(self):
        deadline = time.monotonic() + 60
        while True:
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, "the broker is not ready: " + self.said()
            try:
                if requests.get(self.url + "/readyz", timeout=10).ok:
                    return
            except (requests.ConnectionError, requests.Timeout):
                pass
            time.sleep(0.05)

    def __exit__(self, *_):
        self.process.terminate()
        assert self.process.wait(timeout=30) == 0, "the broker did not stop cleanly: " + self.said()
        self.log.close()

    def said(self):
        """All that the program has written to its log."""
        return (self.folder / "idp.log").read_text(encoding="utf-8")

    def discovery(self):
        return requests.get(self.url + "/.well-known/openid-configuration", timeout=30).json()
