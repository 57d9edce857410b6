"""The sandbox with TLS and client certificates, on free ports, for those who are not NIA."""

import datetime
import time

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from house import Program, make_certificates


class Twin:
    """The program under test and the certificates of its house."""

    def __init__(self, folder):
        self.folder, self.tls = folder, folder / "tls"
        make_certificates(self.tls)
        for name, days in (("other", 30), ("stale", -1)):
            self.issue(name, days)
        config = folder / "sandbox.toml"
        config.write_text(self.configure())
        self.program = Program("city-sandbox", config, "")

    def configure(self):
        """The configuration; a test with more to configure adds to it."""
        return f"""
listen = "127.0.0.1:0"
data_dir = "{self.folder / "data"}"
[tls]
listen = "127.0.0.1:0"
client_listen = "127.0.0.1:0"
certificate = "{self.tls / "server.pem"}"
key = "{self.tls / "server.key"}"
ca = "{self.tls / "ca.pem"}"
ca_key = "{self.tls / "ca.key"}"
"""

    def __enter__(self):
        self.program.spawn()
        deadline = time.monotonic() + 120
        while not (self.folder / "data/address").exists():
            assert self.program.process.poll() is None, self.program.log.read_text()
            assert time.monotonic() < deadline, "the sandbox does not start"
            time.sleep(0.02)
        read = lambda name: (self.folder / "data" / name).read_text().strip()
        self.url, self.tls_url = f"http://{read('address')}", f"https://{read('tls_address')}"
        self.client_tls_url = f"https://{read('client_tls_address')}"
        self.program.ready = self.url + "/healthz"
        while not self.program.answers():
            time.sleep(0.02)
        return self

    def __exit__(self, *_):
        self.program.stop()
        assert self.program.process.returncode == 0, "the sandbox did not stop cleanly"

    def issue(self, name, days, authority=None):
        """A certificate for a client, by the authority of the house unless another one is given."""
        issuer_key, issuer = authority or (
            serialization.load_pem_private_key((self.tls / "ca.key").read_bytes(), None),
            x509.load_pem_x509_certificate((self.tls / "ca.pem").read_bytes()))
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.datetime.now(datetime.timezone.utc)
        certificate = (
            x509.CertificateBuilder().subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(issuer.subject).public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=40)).not_valid_after(now + datetime.timedelta(days=days))
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .sign(issuer_key, hashes.SHA256()))
        (self.tls / f"{name}.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        (self.tls / f"{name}.key").write_bytes(key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))

    def session(self, name="client"):
        """A client with a certificate, which trusts the authority of the house alone."""
        session = requests.Session()
        session.verify = str(self.tls / "ca.pem")
        session.trust_env = False
        if name:
            session.cert = (str(self.tls / f"{name}.pem"), str(self.tls / f"{name}.key"))
        return session

    def call(self, path, **body):
        answer = requests.post(f"{self.url}/_sandbox/{path}", json=body, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ask(self, path):
        answer = requests.get(f"{self.url}/_sandbox/{path}", timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()
