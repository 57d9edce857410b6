"""A person with a browser that has no scripts: plain HTTP, and only forms and buttons that are on the page."""

import re
import urllib.parse

import lxml.html
import requests


class View:
    """What the browser shows; at an address where it has to stop, nothing but the address."""

    def __init__(self, url, status=None, text="", headers=None):
        self.url, self.status, self.text, self.headers = url, status, text, headers or {}

    @property
    def path(self):
        return urllib.parse.urlsplit(self.url).path

    @property
    def query(self):
        return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.url).query))

    @property
    def html(self):
        return lxml.html.document_fromstring(self.text, base_url=self.url)

    def has(self, element_id):
        return bool(self.text) and bool(self.html.xpath("//*[@id=$id]", id=element_id))

    @property
    def words(self):
        return " ".join(self.html.text_content().split()) if self.text else ""

    @property
    def error(self):
        """The stable code of an error page, as `LOG-107`."""
        found = re.search(r"[A-Z]{3}-[0-9]{3}(?![0-9A-Z])", self.html.text_content() if self.text else "")
        return found and found.group()

    def __repr__(self):
        return f"<{self.url} {self.status}: {self.words[:1500]}>"


class Visitor:
    """`stops`: beginnings of addresses that are not called any more, because the test is at home there."""

    def __init__(self, *stops):
        self.stops = stops
        self.session = requests.Session()
        self.session.headers["Accept"] = "text/html"
        self.session.headers["Accept-Language"] = "en"

    def get(self, url):
        return self._go("GET", url)

    def post(self, url, fields, **headers):
        return self._go("POST", url, data=fields, headers=headers)

    def click(self, view, button, **fields):
        """Fills in a form and presses the button with this id. Fields are named by their ids."""
        form, name, value = self._form(view, button)
        for key, text in fields.items():
            form.fields[key.replace("_", "-")] = text
        sent = list(form.form_values())
        if name:
            sent.append((name, value))
        action = urllib.parse.urljoin(view.url, form.get("action") or "")
        if (form.get("method") or "get").lower() == "get":
            return self.get(action + "?" + urllib.parse.urlencode(sent))
        return self.post(action, sent)

    def submit(self, view, action):
        """Sends the first form that goes to this path."""
        forms = [form for form in view.html.forms if form.get("action") == action]
        assert forms, f"no form goes to {action}: {view!r}"
        return self.post(urllib.parse.urljoin(view.url, action), list(forms[0].form_values()))

    def carry_on(self, view):
        """Sends what a page without scripts has a person send on by hand."""
        form, = [form for form in view.html.forms if form.get("data-auto-submit") is not None]
        return self.post(urllib.parse.urljoin(view.url, form.get("action")), list(form.form_values()))

    @staticmethod
    def _form(view, button):
        pressed = view.html.xpath("//button[@id=$id]", id=button) if view.text else []
        assert pressed, f"no button {button}: {view!r}"
        form, = pressed[0].xpath("ancestor::form")
        return form, pressed[0].get("name"), pressed[0].get("value", "")

    def _go(self, method, url, **sent):
        for _ in range(20):
            if url.startswith(self.stops or ("never:",)):
                return View(url)
            answer = self.session.request(method, url, allow_redirects=False, timeout=30, **sent)
            for cookie in self.session.cookies:
                # Browsers take this machine as secure without TLS.
                cookie.secure = False
            if answer.status_code not in (301, 302, 303, 307, 308):
                return View(answer.url, answer.status_code, answer.text, answer.headers)
            url = urllib.parse.urljoin(url, answer.headers["Location"])
            if answer.status_code in (301, 302, 303):
                method, sent = "GET", {}
        raise AssertionError(f"redirected without end: {url}")

    def sign_in_at_demo(self, view, consent=True):
        """Is Jana of the demo provider, from wherever a login of the broker stands."""
        if view.has("provider-demo"):
            view = self.click(view, "provider-demo")
        if view.has("login-submit"):
            view = self.click(view, "login-submit", login_username="jana", login_password="jana")
        if consent and view.has("consent-submit"):
            view = self.click(view, "consent-submit")
        return view
