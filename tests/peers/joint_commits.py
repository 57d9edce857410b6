"""What the broker has told is kept: on SQLite writers that wait for each other share one commit (ADR 17), and it is killed while they do.

Eight people are signed in, and the applications of all of them get tokens at once, again and again, until the broker is killed: at an answer
whose number is drawn from a seed, at once or a moment later. Then it is started again, and whatever was told has to hold, once.
"""

import base64
import concurrent.futures
import contextlib
import dataclasses
import hashlib
import random
import secrets
import sqlite3
import struct
import threading
import time
import urllib.parse

import requests

from broker import Broker
from house import Program, verify_audit
from visitor import Visitor

SEED = 20261127
KILLS = 12
PEOPLE = 8
# Of so many answers one is the last before the kill, and it comes at most so much later.
FEWEST, MOST, LATEST = 8, 48, 0.004
# What is normal in no test, so that a hang becomes a failure.
HANG = 60
CALLBACK = "http://127.0.0.1:9/callback"
SECRET = secrets.token_hex(32)
CONFIGURATION = f"""
[client.test]
organisation = "town"
name = {{ cs = "Zkouška" }}
client_secret = "{SECRET}"
redirect_uris = ["{CALLBACK}"]
scopes = ["openid", "profile", "offline_access"]
information_page = false
""" + "".join(f"""
[provider.demo.account.person-{number}]
password = "heslo"
identity = "state"
login = "multi"
given_name = "Jana"
family_name = "Nováková {number}"
birth_date = "1985-04-12"
""" for number in range(PEOPLE))


class Town:
    """A broker on SQLite, and the cookies of people who are signed in there."""

    def __init__(self, folder):
        configured = Broker(folder, CONFIGURATION)
        self.url, self.database = configured.url, folder / "idp.db"
        self.broker = Program("city-idp", configured.config, f"{self.url}/readyz")

    def __enter__(self):
        self.broker.start()
        self.people = [self.signed_in(f"person-{number}") for number in range(PEOPLE)]
        return self

    def __exit__(self, *_):
        self.broker.stop()

    def signed_in(self, name):
        visitor = Visitor(CALLBACK)
        page = visitor.get(self.authorization("x" * 43))
        arrived = visitor.click(page, "login-submit", login_username=name, login_password="heslo")
        assert "code" in arrived.query, arrived
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in visitor.session.cookies)

    def authorization(self, verifier):
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        return f"{self.url}/oauth2/authorize?" + urllib.parse.urlencode({
            "response_type": "code", "client_id": "test", "redirect_uri": CALLBACK, "scope": "openid profile offline_access",
            "state": "s", "nonce": "n", "code_challenge": challenge, "code_challenge_method": "S256"})

    def told_by_audit(self):
        """How often the audit says that tokens were given."""
        with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as database:
            query = "select count(*) from audit_event where kind in ('token.issued', 'token.refreshed')"
            return database.execute(query).fetchone()[0]

    def commits(self):
        """How many commits the log of the database holds, and which log it is (https://sqlite.org/fileformat2.html, 4.1)."""
        log = self.database.with_name("idp.db-wal").read_bytes()
        frame, salts = 24 + struct.unpack(">I", log[8:12])[0], log[16:24]
        frames = (log[at:at + 24] for at in range(32, len(log) - frame + 1, frame))
        return salts, sum(head[8:16] == salts and head[4:8] != bytes(4) for head in frames)


@dataclasses.dataclass
class Login:
    """One code, what was given for it, and the request for more that got no answer."""

    redeem: dict
    given: list = dataclasses.field(default_factory=list)
    asked: dict = None


class Application:
    """Gets tokens for one person, again and again, until the broker is gone."""

    def __init__(self, town, cookies, answered):
        self.town, self.cookies, self.answered = town, cookies, answered
        self.logins = []

    def work(self):
        with requests.Session() as self.http:
            try:
                while True:
                    self.log_in()
            except requests.RequestException:
                # The kill.
                return

    def log_in(self):
        verifier = secrets.token_urlsafe(48)
        url, headers = self.town.authorization(verifier), {"Cookie": self.cookies, "Accept": "text/html"}
        answer = self.http.get(url, headers=headers, allow_redirects=False, timeout=HANG)
        arrived = urllib.parse.parse_qs(urllib.parse.urlsplit(answer.headers.get("Location", "")).query)
        assert "code" in arrived, f"{answer.status_code} {answer.headers.get('Location')} {answer.text}"
        redeem = dict(grant_type="authorization_code", code=arrived["code"][0], redirect_uri=CALLBACK, code_verifier=verifier)
        login = Login(redeem)
        self.logins.append(login)
        self.ask(login, redeem)
        self.ask(login, renewal(login))

    def ask(self, login, fields):
        login.asked, self.began = fields, time.monotonic()
        answer = token(self.town, fields, self.http)
        assert answer.status_code == 200, answer.text
        login.given.append(answer.json())
        login.asked = None
        self.answered()


class Life:
    """The broker from one start to its kill."""

    def __init__(self, town, drawn):
        self.town = town
        self.left, self.lock = drawn.randint(FEWEST, MOST), threading.Lock()
        self.attack = threading.Timer(drawn.choice((0, drawn.uniform(0, LATEST))), self.kill)
        self.applications = [Application(town, cookies, self.answered) for cookies in town.people]

    def answered(self):
        """Somebody was told. After the last one of this life comes the kill."""
        with self.lock:
            self.left -= 1
            if self.left:
                return
        self.attack.start()

    def kill(self):
        self.killed = time.monotonic()
        self.town.broker.kill()

    def live(self):
        at_once(Application.work, self.applications)
        self.attack.join()

    @property
    def logins(self):
        return [login for application in self.applications for login in application.logins]

    @property
    def told(self):
        return sum(len(login.given) for login in self.logins)

    @property
    def unanswered(self):
        """When each request that writes began that got no answer."""
        return [application.began for application in self.applications if application.logins and application.logins[-1].asked]

    @property
    def struck(self):
        """Whether such a request was under way at the kill."""
        return any(began < self.killed for began in self.unanswered)


def at_once(work, over):
    """Does `work` with each of them in threads, and fails as the first of them does."""
    with concurrent.futures.ThreadPoolExecutor(PEOPLE) as threads:
        return list(threads.map(work, over))


def renewal(login):
    return dict(grant_type="refresh_token", refresh_token=login.given[-1]["refresh_token"])


def token(town, fields, http=requests):
    return http.post(f"{town.url}/oauth2/token", data=fields, auth=("test", SECRET), timeout=HANG)


def refused(answer):
    return (answer.status_code, answer.json().get("error")) == (400, "invalid_grant")


def works(town, given):
    headers = {"Authorization": f"Bearer {given['access_token']}"}
    status = requests.get(f"{town.url}/oauth2/userinfo", headers=headers, timeout=HANG).status_code
    assert status in (200, 401), status
    return status == 200


def holds(town, login):
    """What was told before the kill holds, and everything works once."""
    assert all(works(town, given) for given in login.given), "an access token is lost"
    if login.asked:
        # What was asked when it was killed may have happened or not. It happens once.
        answers = [token(town, login.asked) for _ in range(3)]
        again = [answer.json() for answer in answers if answer.status_code == 200]
        assert len(again) <= 1 and sum(map(refused, answers)) == 3 - len(again), [answer.text for answer in answers]
    else:
        answer = token(town, renewal(login))
        assert answer.status_code == 200, f"a refresh token is lost: {answer.text}"
        again = [answer.json()]
        for given in login.given:
            used = dict(grant_type="refresh_token", refresh_token=given["refresh_token"])
            assert refused(token(town, used)), "a refresh token works twice"
    assert refused(token(town, login.redeem)), "a code works twice"
    # A code that came twice ends what it gave, so whatever it gave was the code's.
    assert not any(works(town, given) for given in login.given + again)


def test_what_was_told_before_a_kill_is_kept_and_works_once(tmp_path):
    drawn = random.Random(SEED)
    told = struck = shared = 0
    with Town(tmp_path) as town:
        for number in range(KILLS):
            life, before = Life(town, drawn), town.told_by_audit()
            log, commits = town.commits()

            life.live()

            same_log, more_commits = town.commits()
            town.broker.start()
            kept = town.told_by_audit() - before
            assert life.told <= kept <= life.told + len(life.unanswered), f"kill {number}: {life.told} were told, {kept} are kept"
            at_once(lambda login: holds(town, login), life.logins)
            assert "the chain is whole" in verify_audit(town.broker.config), f"kill {number}"
            told, struck = told + life.told, struck + life.struck
            if log == same_log:
                shared += max(0, life.told - (more_commits - commits))
    print(f"{told} told, {struck} of {KILLS} kills met requests that write, {shared} of them without a commit of their own")
    # Else nothing of this was tried.
    assert struck > KILLS / 2, struck
    assert shared > 0, "nobody shared a commit"
