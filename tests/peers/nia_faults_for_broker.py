"""Every fault of the sandbox NIA, played at the broker over HTTP: the page, the audit event, and what the tables hold."""

import base64
import http.server
import re
import secrets
import sqlite3
import subprocess
import threading
import urllib.parse

import pytest
import requests
import urllib3

from citizen import Browser, next_button
from house import PATIENCE, House, program
from replicas import CALLBACK, authorization
from sick_nia import METADATA

# A client to whom everything that a fault can sit in is of use.
CLIENT = f"""
[client.test]
organisation = "town"
name = {{ cs = "Zkouška" }}
client_secret = "{secrets.token_hex(32)}"
redirect_uris = ["{CALLBACK}"]
scopes = ["openid", "profile", "email", "phone", "address", "offline_access", "city.residence"]
information_page = false
"""
VERIFIER = "v" * 43
SCOPE = {"scope": "openid profile email phone address city.residence"}
SUBSTANTIAL = "http://eidas.europa.eu/LoA/substantial"
NIA = "//button[@id='provider-nia']"
REFUSED = "LOG-107"
# What NIA says about the person who comes, in any spelling, and the beginning of its pseudonym.
PERSONAL = (
    "Nováková", "NOVÁKOVÁ", "Jana", "JANA", "1985-04-12", "12. 4. 1985", "jana.novakova", "601234567", "206001234", "Latrán",
    "Budějovice", "CZ/CZ/", "PRIVATE KEY", "SAMLResponse=",
)
# By the sandbox's name: what the audit log says of it. The person sees REFUSED each time.
REFUSALS = {
    "no_outer_sig": "response-unsigned",
    "no_inner_sig": "assertion-unsigned",
    "bad_outer_sig": "signature-mismatch",
    "bad_inner_sig": "signature-mismatch",
    "unknown_key": "signature-mismatch",
    "unknown_inner_key": "signature-mismatch",
    "sha1_sig": "signature-algorithm-forbidden",
    "other_env_key": "signature-mismatch",
    "rsa15_key": "key-transport-forbidden",
    "tripledes": "cipher-forbidden",
    "aes128cbc": "cipher-forbidden",
    "oaep_mgf1p_sha256": "oaep-digest-unsupported",
    "other_recipient": "decryption-failed",
    "plain_assertion": "assertion-not-encrypted",
    "two_assertions": "several-assertions",
    "plain_beside": "several-assertions",
    "xsw1": "unexpected-element",
    "xsw2": "unexpected-element",
    "xsw3": "several-assertions",
    "xsw4": "assertion-misplaced",
    "xsw5": "several-assertions",
    "xsw6": "assertion-misplaced",
    "xsw7": "assertion-misplaced",
    "xsw8": "assertion-misplaced",
    "xsw_status_detail": "unexpected-element",
    "xsw_after": "several-assertions",
    "dup_id": "duplicate-id",
    "doctype": "doctype-forbidden",
    "inner_doctype": "doctype-forbidden",
    "entity_bomb": "doctype-forbidden",
    "external_entity": "doctype-forbidden",
    "comment_nameid": "comment-forbidden",
    "wrong_issuer_outer": "response-issuer-wrong",
    "wrong_issuer_inner": "assertion-issuer-wrong",
    "wrong_destination": "destination-wrong",
    "wrong_recipient": "recipient-wrong",
    "wrong_audience": "audience-wrong",
    "no_audience": "audience-missing",
    "no_conditions": "conditions-missing",
    "wrong_in_response_to": "in-response-to-wrong",
    "wrong_inner_in_response_to": "confirmation-in-response-to-wrong",
    "missing_in_response_to": "in-response-to-missing",
    "replay": "in-response-to-wrong",
    "expired": "conditions-expired",
    "not_yet_valid": "conditions-not-yet-valid",
    "old_issue_instant": "response-too-old",
    "future_issue_instant": "issued-in-the-future",
    "loa_unknown": "level-unknown",
    "loa_case": "level-unknown",
    "no_person_identifier": "person-identifier-missing",
    "nameid_mismatch": "person-identifier-mismatch",
    "transient_nameid": "name-id-format-wrong",
    "dup_attribute": "attribute-repeated",
    "bad_base64_address": "address-malformed",
    "address_doctype": "address-malformed",
    "other_relaystate": "relay-state-malformed",
    "truncated": "bad-base64",
}
# Nothing is wrong with these; the person is led back to the choice, with a word on why.
BACK_TO_THE_CHOICE = {
    "loa_lower": ("level-too-low", "Toto přihlášení nestačí"),
    "authn_failed": ("cancelled", "přihlášení nebylo dokončeno"),
    "responder_error": ("cancelled", "přihlášení nebylo dokončeno"),
}
ACCEPTED = ("aes256gcm", "oaep_sha256", "old_authn_instant")
# Played on their own: too large to be read, never sent, and the one after which the sandbox has another key.
OTHERS = ("huge", "no_answer", "rotated_key")
# What the browser meets at the end. A signature that is there must hold; the person is signed out before anyhow.
LOGOUTS = {
    "logout_unsigned": (200, None, []),
    "logout_bad_sig": (200, None, ["logout.refused"]),
    "logout_redirect": (200, None, []),
    "logout_wrong_in_response_to": (200, None, []),
}
# By the sandbox's name: the event of a logout request that is not right, and the reason in it.
FLAWED_LOGOUTS = {
    "unsigned": ("logout.refused", "logout-unsigned"),
    "bad_signature": ("logout.refused", "signature-mismatch"),
    "unknown_key": ("logout.refused", "signature-mismatch"),
    "stale": ("logout.refused", "logout-expired"),
    "wrong_issuer": ("logout.refused", "response-issuer-wrong"),
    "wrong_destination": ("logout.refused", "destination-wrong"),
    "wrong_name_id": ("logout.refused.no-session", None),
    "wrong_session": ("logout.refused.no-session", None),
}
# What `city-idp check` says of the metadata. People hear each time that NIA does not answer.
BROKEN_METADATA = {
    "meta_unsigned": "the metadata are not signed",
    "meta_unknown_key": "signature-mismatch",
    "meta_tampered": "digest-mismatch",
    "meta_entity_id": "the metadata describe another entity",
    "meta_foreign_endpoint": "is on a foreign host",
    "meta_doctype": "doctype-forbidden",
    "meta_huge": "more than 1048576 bytes",
    "meta_html": "doctype-forbidden",
    "meta_redirect": "a redirect (status 307), which is not followed",
    "meta_slow": "it took too long",
    "meta_unavailable": "it answered with status 503",
}
# Of these the source cannot be read; the others are read and not believed, which is an error of its own.
UNREAD = ("meta_huge", "meta_redirect", "meta_slow", "meta_unavailable")


class Relay:
    """Hands on the sandbox's metadata: at the address of a fault they are fetched with this fault."""

    def __init__(self, house):
        turn = threading.Lock()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                name = self.path.split("/")[1]
                with turn:
                    if name in BROKEN_METADATA:
                        set_fault(house, name)
                    answer = requests.get(
                        house.sandbox_url + METADATA, stream=True, allow_redirects=False, timeout=PATIENCE)
                self.send_response(answer.status_code)
                for header in ("Content-Type", "Content-Length", "Location"):
                    if header in answer.headers:
                        self.send_header(header, answer.headers[header])
                self.end_headers()
                with answer:
                    try:
                        while octets := answer.raw.read1(65536):
                            self.wfile.write(octets)
                    except (OSError, urllib3.exceptions.HTTPError):
                        pass  # The broker has had enough.

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def address(self, name):
        return f"http://127.0.0.1:{self.server.server_port}/{name}{METADATA}"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def set_fault(house, fault):
    """What the sandbox does wrong next, once."""
    fields = {"fault": fault}
    assert requests.post(house.sandbox_url + "/_sandbox/nia/fault", json=fields, timeout=PATIENCE).ok


class Town:
    """Sandbox and broker of a house, and a look into the broker's tables."""

    def __init__(self, house):
        self.house = house
        self.entity_id = house.broker_url + "/upstream/nia/metadata"

    def will(self, fault):
        set_fault(self.house, fault)

    def waiting(self):
        """Faults that did not come to pass."""
        return [wish["fault"] for wish in self.faults()["waiting"] if not wish["fault"].startswith("meta_")]

    def faults(self):
        url = self.house.sandbox_url + "/_sandbox/nia/fault"
        return requests.get(url, headers={"Accept": "application/json"}, timeout=PATIENCE).json()

    def rows(self, text):
        database = sqlite3.connect(f"file:{self.house.folder}/idp.db?mode=ro", uri=True, timeout=PATIENCE)
        try:
            return database.execute(text).fetchall()
        finally:
            database.close()

    def counts(self):
        """Rows of each table that tells of people."""
        return {table: self.rows(f"select count(*) from {table}")[0][0] for table in (
            "account", "upstream_link", "verification", "fact", "contact", "mandate", "browser_session", "authentication",
            "client_session", "consent", "pairwise_subject", "access_grant", "refresh_token", "release")}

    def events(self):
        return self.rows("select kind, actor, subject, details from audit_event order by audit_event_id")

    def since(self, began):
        return self.events()[len(began):]

    def sign_in(self, **more):
        """Somebody new logs in through NIA, until the broker has said what it makes of the answer."""
        browser = Browser()

        def walk():
            browser.open(authorization(self.house, VERIFIER, acr_values=SUBSTANTIAL, **SCOPE, **more))
            chosen = False
            while button := next_button(browser.page):
                # Back at the choice: this login did not come about.
                if chosen and button == NIA:
                    break
                chosen |= button == NIA
                if button == "//form[@id='answer']":
                    browser.sent = browser.page.form(button)[1]
                browser.press(button, all=True)

        return self.until_it_arrives(browser, walk)

    @staticmethod
    def until_it_arrives(browser, walk):
        """Lets a browser go its way; `arrived` is the address at the client where it ended, if it did."""
        class Arrived(Exception):
            pass

        def catch(_method, url):
            if url.startswith(CALLBACK):
                browser.arrived = url
                raise Arrived

        browser.arrived, browser.sends = None, catch
        try:
            walk()
        except Arrived:
            pass
        browser.sends = lambda _method, _url: None
        return browser

    def knows_nobody(self, browser):
        """The browser got nowhere: no code, and no page about a person."""
        assert not getattr(browser, "arrived", None)
        own = browser.open(self.house.broker_url + "/account")
        assert own.has("provider-demo") and "Nováková" not in own.words, own.words


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """One broker; beside NIA it knows a NIA for each way in which metadata can be faulty."""
    house = House(tmp_path_factory.mktemp("town"), lambda name, toml: toml + CLIENT * (name == "idp"))
    relay = Relay(house)
    try:
        house.sandbox.start()
        toml = house.broker.config.read_text()
        section, = re.findall(r"^\[provider\.nia\]\n.*?\n\n", toml, flags=re.MULTILINE | re.DOTALL)
        # A fault waits for whoever asks next, so NIA's own metadata are relayed in turn as well.
        sections = [section.replace("provider.nia", f"provider.{name}").replace(
            house.sandbox_url + METADATA + '"', f'{relay.address(name)}"\norigins = ["{house.sandbox_url}"]')
            for name in ("nia", *BROKEN_METADATA)]
        toml = toml.replace(section, "".join(sections))
        # Everything that the broker could ever say.
        house.broker.config.write_text(toml.replace('[log]\nformat = "text"', '[log]\nformat = "text"\nlevel = "trace"'))
        house.broker.start()
        yield Town(house)
    finally:
        house.__exit__()
        relay.stop()


def code_at(address):
    """The authorization code that an address at the client carries."""
    return urllib.parse.parse_qs(urllib.parse.urlsplit(address).query)["code"][0]


def code(page):
    """The stable code of an error page."""
    found = re.search(r"[A-Z]{3}-\d{3}(?![0-9A-Z])", page.words)
    return found and found.group()


def only(events, kind, provider="nia"):
    """Exactly one event, of this kind, that names the provider where one is expected, and no person."""
    (found, actor, subject, details), = events
    assert (found, actor, subject) == (kind, "anonymous", None)
    assert provider is None or f'"provider":"{provider}"' in details, details


def test_the_tables_here_name_every_fault_of_the_sandbox(town):
    listed = {fault["fault"] for fault in town.faults()["faults"]}

    assert listed == {*REFUSALS, *BACK_TO_THE_CHOICE, *ACCEPTED, *OTHERS, *LOGOUTS, *BROKEN_METADATA}
    for fault in town.faults()["faults"]:
        # What the sandbox promises of its own faults is what happens below.
        if fault["expected"] == "accept":
            assert fault["fault"] in ACCEPTED
        if fault["expected"] == "refuse":
            assert fault["fault"] not in ACCEPTED


@pytest.mark.parametrize("fault", ACCEPTED)
def test_an_unusual_answer_that_is_right_logs_the_person_in(town, fault):
    before, began = town.counts(), town.events()
    town.will(fault)

    browser = town.sign_in()

    assert browser.arrived and code_at(browser.arrived), browser.page
    kinds = [kind for kind, *_ in town.since(began)]
    assert kinds.count("login.completed") == 1 and not any("refused" in kind for kind in kinds), kinds
    after = town.counts()
    assert after["browser_session"] == before["browser_session"] + 1
    assert after["account"] == after["upstream_link"] == 1
    assert not town.waiting()


def test_nia_s02_the_same_answer_again_makes_nothing_new_here_elsewhere_or_after_a_restart(town):
    browser = town.sign_in()
    ended, address = browser.arrived, town.house.broker_url + "/upstream/nia/answer"
    assert ended
    before = town.counts()

    for restart in (False, True):
        if restart:
            town.house.broker.stop()
            town.house.broker.start()
        began = town.events()
        stranger = Browser()

        led = town.until_it_arrives(browser, lambda: browser.go("POST", address, browser.sent, origin=town.house.sandbox_url))
        refused = stranger.go("POST", address, browser.sent, origin=town.house.sandbox_url)

        # The very browser is led to where the first one ended, since the code may have been lost on the way.
        assert code_at(led.arrived)
        assert (refused.status, code(refused)) == (410, "LOG-104"), refused.words
        only(town.since(began), "login.refused.already-used", None)
        town.knows_nobody(stranger)
        assert town.counts() == before


@pytest.mark.parametrize("fault", REFUSALS)
def test_a_faulty_answer_is_one_audit_event_and_nothing_else(town, fault):
    if fault == "replay":
        # Of somebody who got in.
        assert town.sign_in().arrived
    before, began = town.counts(), town.events()
    town.will(fault)

    browser = town.sign_in()

    assert (browser.page.status, code(browser.page)) == (400, REFUSED), browser.page.words
    assert "Nováková" not in browser.page.text and not town.waiting()
    events = town.since(began)
    only(events, "login.refused." + REFUSALS[fault])
    # The help desk finds it by the number on the page.
    number = browser.page.html.xpath("string(//*[@id='incident-number'])").strip()
    assert number and f'"incident":"{number}"' in events[0][3], (number, events)
    town.knows_nobody(browser)
    assert town.counts() == before


@pytest.mark.parametrize("fault", BACK_TO_THE_CHOICE)
def test_no_login_at_nia_leads_back_to_the_choice_with_one_audit_event(town, fault):
    kind, words = BACK_TO_THE_CHOICE[fault]
    before, began = town.counts(), town.events()
    town.will(fault)

    browser = town.sign_in()

    page = browser.page
    assert (page.status, page.path.split("/")[1]) == (200, "login") and page.has("provider-nia"), page.words
    assert words in page.words.replace("\u00a0", " "), page.words
    only(town.since(began), "login.refused." + kind)
    town.knows_nobody(browser)
    assert town.counts() == before and not town.waiting()


def test_an_old_authentication_is_refused_where_a_new_one_was_asked_for(town):
    before, began = town.counts(), town.events()
    town.will("old_authn_instant")

    browser = town.sign_in(prompt="login")

    assert (browser.page.status, code(browser.page)) == (400, REFUSED), browser.page.words
    only(town.since(began), "login.refused.authn-not-fresh")
    town.knows_nobody(browser)
    assert town.counts() == before


def test_an_answer_larger_than_any_is_not_read(town):
    before, began = town.counts(), town.events()
    town.will("huge")

    browser = town.sign_in()

    assert (browser.page.status, code(browser.page)) == (413, "WEB-413"), browser.page.words
    only(town.since(began), "login.refused.too-large")
    town.knows_nobody(browser)
    assert town.counts() == before and not town.waiting()


def test_without_an_answer_nothing_happens_and_the_login_stays_open(town):
    before, began = town.counts(), town.events()
    town.will("no_answer")

    browser = town.sign_in()

    assert browser.page.url.startswith(town.house.sandbox_url) and browser.arrived is None
    assert town.since(began) == [] and town.counts() == before
    choice = next(url for _, url, _ in browser.trace if "/login/" in url and url.startswith(town.house.broker_url))
    browser.open(choice)
    assert next_button(browser.page) == NIA, browser.page.words


@pytest.mark.parametrize("fault", LOGOUTS)
def test_whatever_nia_answers_to_a_logout_the_person_is_signed_out_here(town, fault):
    browser = town.sign_in()
    assert browser.arrived
    assert "Nováková" in browser.open(town.house.broker_url + "/account").words
    held, before, began = {host: dict(jar) for host, jar in browser.cookies.items()}, town.counts(), town.events()
    town.will(fault)

    browser.open(town.house.broker_url + "/oauth2/logout")
    browser.press("//main//form")
    browser.walk(lambda page: page.url.startswith(town.house.broker_url) and not page.has("answer"))

    status, said, refused = LOGOUTS[fault]
    assert not town.waiting(), "NIA was not asked"
    assert (browser.page.status, code(browser.page)) == (status, said), browser.page.words
    assert browser.page.has("logout-done") and browser.page.has("logout-untrusted") == bool(refused), browser.page.words
    assert [kind for kind, *_ in town.since(began)] == ["session.ended", *refused]
    assert town.counts() == before
    browser.cookies = held
    assert "Nováková" not in browser.open(town.house.broker_url + "/account").words


@pytest.mark.parametrize("binding", ["redirect", "post"])
@pytest.mark.parametrize("flaw", FLAWED_LOGOUTS)
def test_a_flawed_logout_request_is_refused_for_its_reason_and_ends_nothing(town, flaw, binding):
    browser = town.sign_in()
    assert browser.arrived
    before, began = town.counts(), town.events()
    wish = {"entity_id": town.entity_id, "flaw": flaw, "binding": binding}
    parcel = requests.post(town.house.sandbox_url + "/_sandbox/nia/logout-request", json=wish,
                           headers={"Accept": "application/json"}, timeout=PATIENCE).json()

    answer = requests.request(parcel["method"], parcel["url"], data=parcel.get("fields"), allow_redirects=False, timeout=PATIENCE)

    assert answer.status_code == 400 and "OUT-101" in answer.text and "SAMLResponse" not in answer.text, answer.text
    kind, reason = FLAWED_LOGOUTS[flaw]
    (told, actor, subject, details), = town.since(began)
    assert (told, subject) == (kind, None) and (reason is None or f'"reason":"{reason}"' in details), (told, actor, details)
    assert town.counts() == before
    assert "Nováková" in browser.open(town.house.broker_url + "/account").words


def test_nia_s44_the_log_of_all_this_holds_no_personal_data_no_message_and_no_key(town):
    # One who gets in, one who is refused, each with every line that the program has.
    messages = []
    for fault in (None, "wrong_audience"):
        if fault:
            set_fault(town.house, fault)
        messages.append(dict(town.sign_in().sent)["SAMLResponse"])

    log = re.sub("\x1b\\[[0-9]*m", "", town.house.broker.log.read_text())

    assert " TRACE " in log and "login.answer" in log and "an answer failed verification" in log
    for secret in PERSONAL:
        assert secret not in log, f"{secret}: {next(line for line in log.splitlines() if secret in line)[:2000]}"
    for message in messages:
        # Not even a part of it, as it came or as it was read.
        plain = base64.b64decode(message)
        assert not any(message[at:at + 60] in log for at in range(0, len(message) - 60, 60))
        assert not any(plain[at:at + 60].decode("utf-8", "replace") in log for at in range(0, len(plain) - 60, 60))


def chosen(town, provider):
    """Somebody new who chose a provider, with what they see then."""
    browser = Browser()
    browser.open(authorization(town.house, VERIFIER, acr_values=SUBSTANTIAL))
    browser.press(f"//button[@id='provider-{provider}']")
    return browser


@pytest.mark.parametrize("fault", BROKEN_METADATA)
def test_nobody_leaves_by_faulty_metadata(town, fault):
    before, began = town.counts(), town.events()

    page = chosen(town, fault).page

    assert page.status == (200 if fault in UNREAD else 424) and page.url.startswith(town.house.broker_url), page.words
    assert "Identita občana teď neodpovídá" in page.words.replace("\u00a0", " "), page.words
    only(town.since(began), "login.refused.provider-down", fault)
    assert town.counts() == before


def test_the_check_tells_the_operator_what_is_wrong_with_which_metadata(town):
    # The relay itself hinders nobody.
    assert chosen(town, "nia").page.url.startswith(town.house.sandbox_url)

    told = subprocess.run([program("city-idp"), "check", "--config", str(town.house.broker.config)],
                          capture_output=True, text=True, timeout=PATIENCE)

    assert told.returncode == 1
    for fault, words in BROKEN_METADATA.items():
        assert re.search(f"^BROKEN .* provider {fault}: .*{re.escape(words)}", told.stdout, re.MULTILINE), told.stdout
    assert told.stdout.count("BROKEN") == len(BROKEN_METADATA)


def test_a_key_that_nia_has_changed_but_nobody_pinned_is_refused(town):
    before, began = town.counts(), town.events()
    town.will("rotated_key")

    for _ in range(2):
        browser = town.sign_in()

        assert (browser.page.status, code(browser.page)) == (400, REFUSED), browser.page.words
        town.knows_nobody(browser)
    assert [kind for kind, *_ in town.since(began)] == ["login.refused.signature-mismatch"] * 2
    assert town.counts() == before
