"""Python's own SMTP client sends mail to the sandbox's sink: what it takes, what it refuses, what it shows.

The sandbox keeps every letter as it was sent, decodes it for people, and fails for chosen recipients when asked to.
"""

import email
import email.message
import email.policy
import smtplib
import socket
import ssl
import time

import pytest
import requests

from sandbox_twin import Twin

LINK = "http://localhost:8400/account/contacts/confirm?code=12345678"


class Post(Twin):
    """The program under test with SMTP."""

    def configure(self):
        return super().configure() + '[mail]\nlisten = "127.0.0.1:0"\nmax_size = 100000\n'

    @property
    def port(self):
        return int((self.folder / "data/smtp_address").read_text().strip().rpartition(":")[2])

    def client(self, timeout=10):
        client = smtplib.SMTP("127.0.0.1", self.port, timeout=timeout, local_hostname="town.example")
        client.ehlo()
        return client

    def letters(self, to=""):
        return requests.get(f"{self.url}/_sandbox/mail.json", params={"to": to}, timeout=10).json()

    def page(self, path):
        answer = requests.get(self.url + "/_sandbox/mail" + path, headers={"Accept": "text/html"}, timeout=10)
        assert answer.status_code == 200 and "unsafe" not in answer.headers["Content-Security-Policy"]
        return answer.text


@pytest.fixture(scope="module")
def post(tmp_path_factory):
    with Post(tmp_path_factory.mktemp("mail")) as running:
        yield running


@pytest.fixture(autouse=True)
def fresh(post):
    post.call("mail/clear")
    post.call("mail/fault/clear")


def letter(to="jana@example.cz", subject="Ověření e-mailu", text=f"Dobrý den,\n.\npotvrďte prosím adresu: {LINK}.\n"):
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    message["From"], message["To"], message["Subject"] = "Město Český Krumlov <identita@town.example>", to, subject
    message["Message-ID"] = "<1@town.example>"
    message.set_content(text)
    message["Content-Language"] = "cs"
    return message


def test_a_letter_is_kept_as_it_was_sent_and_decoded_for_people(post):
    message = letter()
    with post.client() as client:
        assert client.send_message(message) == {}

    [kept] = post.letters("JANA@example.cz")
    assert kept["subject"] == "Ověření e-mailu" and kept["from"] == "Město Český Krumlov <identita@town.example>"
    assert kept["text"].replace("\r\n", "\n") == message.get_content().replace("\r\n", "\n")
    assert (kept["language"], kept["message_id"]) == ("cs", "1@town.example")
    assert kept["envelope"]["from"] == "identita@town.example" and kept["envelope"]["secured"] is False
    raw = requests.get(f"{post.url}/_sandbox/mail/{kept['id']}/raw", timeout=10).content
    assert raw == message.as_bytes()
    assert (post.folder / "data/mail" / f"{kept['id']}.eml").read_bytes() == raw
    again = email.message_from_bytes(raw, policy=email.policy.default)
    assert again["Subject"] == "Ověření e-mailu"


def test_pages_show_a_list_and_one_letter_with_its_links(post):
    message = letter(subject="<b>Předmět & spol.</b>", text=f"<script>alert(1)</script> {LINK}\n")
    message.add_alternative(f'<p>Klikněte <a href="{LINK}">zde</a></p>', subtype="html")
    message.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="žádost.pdf")
    with post.client() as client:
        client.send_message(message)

    [kept] = post.letters()
    listed, one = post.page(""), post.page("/" + kept["id"])

    assert "&#60;b&#62;Předmět &#38; spol." in listed and "jana@example.cz" in listed
    assert "<script>alert" not in one and f'<a href="{LINK.replace("&", "&#38;")}"' in one
    assert kept["attachments"] == ["žádost.pdf"] and "žádost.pdf" in one and "<p>Klikněte" in kept["html"]
    assert "Zatím nic nepřišlo" in post.page("?to=nobody@example.cz")


def test_addresses_beyond_ascii_are_taken_when_the_client_speaks_smtputf8(post):
    message = letter(to="žofie@příklad.cz").as_bytes(policy=email.policy.SMTPUTF8)
    with post.client() as client:
        assert client.has_extn("smtputf8") and client.has_extn("8bitmime")
        client.sendmail("identita@town.example", ["žofie@příklad.cz"], message, mail_options=["SMTPUTF8", "BODY=8BITMIME"])
        client.mail("identita@town.example")
        client.sock.sendall("RCPT TO:<žofie@příklad.cz>\r\n".encode())
        assert client.getreply()[0] == 553
    assert post.letters("žofie@příklad.cz")[0]["envelope"]["to"] == ["žofie@příklad.cz"]


def test_after_starttls_the_connection_is_secret_and_starts_anew(post):
    context = ssl.create_default_context(cafile=str(post.tls / "ca.pem"))
    client = smtplib.SMTP("localhost", post.port, timeout=10)
    client.ehlo()
    assert client.has_extn("starttls")
    client.starttls(context=context)
    assert client.docmd("MAIL", "FROM:<a@town.example>")[0] == 503
    client.ehlo()
    assert not client.has_extn("starttls")
    client.send_message(letter())
    client.quit()

    assert post.letters()[0]["envelope"]["secured"] is True


def test_what_was_sent_in_the_clear_before_the_handshake_does_not_count_after_it(post):
    context = ssl.create_default_context(cafile=str(post.tls / "ca.pem"))
    with socket.create_connection(("127.0.0.1", post.port), timeout=10) as plain:
        plain.recv(1000)
        plain.sendall(b"EHLO x\r\n")
        plain.recv(1000)
        plain.sendall(b"STARTTLS\r\nEHLO injected\r\nMAIL FROM:<evil@town.example>\r\n")
        assert plain.recv(1000).startswith(b"220")
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as secret:
            secret.sendall(b"RCPT TO:<a@example.cz>\r\n")
            assert secret.recv(1000).startswith(b"503")


def test_the_order_of_commands_is_kept(post):
    client = post.client()
    for command, code in (
        ("DATA", 503), ("RCPT TO:<a@example.cz>", 503), ("MAIL FROM:<a@b.example", 501), ("MAIL FROM:<>", 250),
        ("MAIL FROM:<a@b.example>", 503), ("DATA", 503), ("RCPT TO:<nobody>", 501), ("RCPT TO:<a@example.cz>", 250),
        ("RSET", 250), ("DATA", 503), ("NOOP", 250), ("VRFY jana", 252), ("WHO", 500), ("x" * 3000, 500),
        ("MAIL FROM:<a@b.example> SIZE=100001", 552), ("MAIL FROM:<a@b.example> SIZE=100000", 250),
    ):
        assert client.docmd(command)[0] == code, command
    client.quit()


def test_too_large_a_letter_is_refused_also_when_its_size_was_not_announced(post):
    client = post.client()
    client.mail("a@town.example")
    client.rcpt("jana@example.cz")
    assert client.data("x" * 70 + "\r\n" + ("y" * 70 + "\r\n") * 2000)[0] == 552
    client.send_message(letter())
    client.quit()
    assert len(post.letters()) == 1


def test_a_letter_cannot_be_smuggled_in_after_a_bare_line_feed(post):
    client = post.client()
    client.mail("a@town.example")
    client.rcpt("jana@example.cz")
    client.docmd("DATA")
    client.sock.sendall(b"Subject: one\r\n\r\nx\n.\nMAIL FROM:<evil@town.example>\r\n.\r\n")
    assert client.getreply()[0] == 250
    client.quit()

    [kept] = post.letters()
    assert "MAIL FROM:<evil@town.example>" in kept["text"]


@pytest.mark.parametrize("fault, code", [("rcpt_450", 450), ("rcpt_550", 550), ("rcpt_452", 452)])
def test_one_recipient_fails_and_the_others_get_theirs(post, fault, code):
    post.call("mail/fault", fault=fault, of="a@example.cz")
    with post.client() as client:
        refused = client.sendmail("town@town.example", ["a@example.cz", "b@example.cz"], letter().as_bytes())
        assert refused["a@example.cz"][0] == code
        assert client.sendmail("town@town.example", ["a@example.cz"], letter().as_bytes()) == {}

    assert [kept["envelope"]["to"] for kept in post.letters()] == [["a@example.cz"], ["b@example.cz"]]


@pytest.mark.parametrize("fault, code, kept", [
    ("data_451", 451, 0), ("data_554", 554, 0), ("data_drop", None, 0), ("data_drop_after", None, 1), ("rcpt_drop", None, 0),
])
def test_a_letter_fails_as_asked(post, fault, code, kept):
    post.call("mail/fault", fault=fault)
    client = post.client()
    with pytest.raises(smtplib.SMTPException) as failure:
        client.send_message(letter())
    client.close()

    if code:
        assert failure.value.smtp_code == code
    else:
        assert isinstance(failure.value, smtplib.SMTPServerDisconnected)
    assert len(post.letters()) == kept


def test_the_greeting_fails_as_asked(post):
    post.call("mail/fault", fault="greeting_421")
    with pytest.raises(smtplib.SMTPConnectError) as failure:
        post.client()
    assert failure.value.smtp_code == 421
    for fault in ("greeting_silent", "rcpt_slow", "data_slow"):
        post.call("mail/fault", fault=fault)
        began = time.monotonic()
        with pytest.raises(OSError):
            client = post.client(timeout=1)
            client.send_message(letter())
        assert time.monotonic() - began < 8
    post.call("mail/fault", fault="starttls_454")
    with post.client() as client, pytest.raises(smtplib.SMTPResponseException):
        client.starttls()
