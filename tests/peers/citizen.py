"""A citizen with a browser: plain HTML forms, and cookies as real browsers keep and send them."""

import dataclasses
import http.cookies
import urllib.parse

import lxml.html
import requests

TIMEOUT = 60


@dataclasses.dataclass
class Page:
    """What the browser shows."""

    url: str
    status: int
    text: str

    @property
    def path(self):
        return urllib.parse.urlsplit(self.url).path

    @property
    def html(self):
        return lxml.html.fromstring(self.text)

    @property
    def words(self):
        """The text a person reads."""
        return " ".join(self.html.xpath("string(//main)").split())

    @property
    def refresh(self):
        """Where the page sends the browser at once by itself."""
        content = self.html.xpath("string(//meta[@http-equiv='refresh']/@content)")
        return urllib.parse.urljoin(self.url, content.partition("url=")[2]) if content.startswith("0;") else None

    def has(self, element_id):
        return bool(self.html.xpath("//*[@id=$id]", id=element_id))

    def form(self, xpath, **checked):
        """Address and fields that pressing the button (or sending the form) at `xpath` sends."""
        found = self.html.xpath(xpath)
        assert found, f"{xpath} is not on {self.url}: {self.words}"
        form = found[0] if found[0].tag == "form" else next(found[0].iterancestors("form"))
        if checked.get("all"):
            for box in form.xpath(".//input[@type='checkbox']"):
                box.checked = True
        fields = list(form.form_values())
        if found[0].tag == "button" and found[0].get("name"):
            fields.append((found[0].get("name"), found[0].get("value", "")))
        return urllib.parse.urljoin(self.url, form.get("action", "")), fields


class Browser:
    """Sends one request after the other; `sends(method, url)` is called before each."""

    def __init__(self, sends=lambda method, url: None):
        # By host: ports do not make sites. All cookies of ours are `__Host-` ones, so there are no paths.
        self.cookies = {}
        self.sends = sends
        self.trace = []
        self.page = None

    def one(self, method, url, fields=None, origin=None):
        """One request, no redirect followed."""
        self.sends(method, url)
        target = urllib.parse.urlsplit(url)
        headers = {"Accept": "text/html", "Accept-Language": "cs", "Connection": "close"}
        # `SameSite=Lax`: what another site posts to us comes without cookies.
        foreign = origin is not None and urllib.parse.urlsplit(origin).hostname != target.hostname
        if origin is not None:
            same = urllib.parse.urlsplit(origin)[:2] == target[:2]
            headers["Sec-Fetch-Site"] = "cross-site" if foreign else "same-origin" if same else "same-site"
            if method == "POST":
                headers["Origin"] = "{0.scheme}://{0.netloc}".format(urllib.parse.urlsplit(origin))
        jar = self.cookies.setdefault(target.hostname, {})
        if jar and not (foreign and method == "POST"):
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())
        answer = requests.request(method, url, headers=headers, data=fields, allow_redirects=False, timeout=TIMEOUT)
        for line in answer.raw.headers.getlist("Set-Cookie"):
            for name, morsel in http.cookies.SimpleCookie(line).items():
                if morsel["max-age"] == "0" or "1970" in morsel["expires"]:
                    jar.pop(name, None)
                else:
                    jar[name] = morsel.value
        self.trace.append((method, url, answer.status_code))
        return answer

    def go(self, method, url, fields=None, origin=None):
        """A request and the redirects after it."""
        for _ in range(20):
            answer = self.one(method, url, fields, origin)
            if answer.status_code not in (301, 302, 303, 307, 308):
                self.page = Page(url, answer.status_code, answer.text)
                if not (onward := self.page.refresh):
                    return self.page
                method, fields, origin, url = "GET", None, url, onward
                continue
            method, fields = ("GET", None) if answer.status_code < 307 else (method, fields)
            url = urllib.parse.urljoin(url, answer.headers["Location"])
        raise AssertionError(f"redirects without end: {self.trace[-20:]}")

    def open(self, url):
        return self.go("GET", url)

    def press(self, xpath, **checked):
        """Sends the form of the page that the button or form at `xpath` belongs to."""
        url, fields = self.page.form(xpath, **checked)
        form = self.page.html.xpath(f"({xpath})[1]/ancestor-or-self::form")[0]
        if form.method == "GET":
            return self.go("GET", f"{url.partition('?')[0]}?{urllib.parse.urlencode(fields)}", origin=self.page.url)
        return self.go("POST", url, fields, origin=self.page.url)

    def walk(self, until, persona="novakova", steps=12):
        """Goes on as a person who logs in with NIA would, page after page, until `until(page)`."""
        for _ in range(steps):
            if until(self.page):
                return self.page
            assert self.page.status == 200, f"{self.page.url}: {self.page.status} {self.page.words}"
            button = next_button(self.page, persona)
            assert button, f"no way on from {self.page.url}: {self.page.words}"
            self.press(button, all=True)
        raise AssertionError(f"a login without end: {self.trace}")


def next_button(page, persona="novakova"):
    """What a person presses to log in with NIA."""
    for xpath in ("//button[@id='provider-nia']", f"//button[starts-with(@value, '{persona}@')]",
                  "//button[@id='consent-all']", "//button[@id='consent-selected']",
                  "//form[@id='answer']", "//button[@id='consent-submit']", "//form[@data-auto-submit]"):
        if page.html.xpath(xpath):
            return xpath
    return None
