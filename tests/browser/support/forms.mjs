// A browser that only knows forms: it keeps cookies and follows until it leaves a site.

export class FormBrowser {
  #cookies = new Map();
  #site;

  /** @param {string} site the origin it stays at */
  constructor(site) {
    this.#site = site;
  }

  /** Opens an address or sends a form to it; says where that ended. */
  async go(url, fields) {
    for (;;) {
      const response = await fetch(url, {
        method: fields ? "POST" : "GET",
        body: fields && new URLSearchParams(fields),
        headers: { cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; "), accept: "text/html" },
        redirect: "manual",
      });
      fields = undefined;
      for (const cookie of response.headers.getSetCookie()) {
        const [name, value] = cookie.split(";")[0].split("=");
        this.#cookies.set(name, value);
      }
      const location = response.headers.get("location");
      if (!location) return { url: new URL(url), status: response.status, text: await response.text() };
      url = new URL(location, url).href;
      if (!url.startsWith(this.#site)) return { url: new URL(url), status: response.status, text: "" };
    }
  }
}
