// The way of a person through the pages of the sandbox's bank: name and password, then the code that the phone shows.

/** The password of everybody there. The user name is the key of the persona. */
const password = "krumlov";

/** In Chromium, from the page of the bank to the consent. `look` sees each page before anything is typed. */
export async function logInAtBank(page, persona, look = () => {}) {
  await page.waitForURL(/\/bank_id\/login\//);
  await look(page, "page of the bank");
  await page.fill("#user", persona);
  await page.fill("#password", password);
  await page.click("#login-submit");
  await page.waitForURL(/\/bank_id\/confirm\//);
  await look(page, "phone");
  await page.fill("#code", await page.locator("#phone-code").innerText());
  await page.click("#phone-confirm");
  await page.waitForURL(/\/bank_id\/consent\//);
}

/** In a browser that knows forms only (`go(url, fields)`), from whatever page of the bank it shows; a page of others stays. */
export async function typeAtBank(browser, page, { bank = "vltavska", persona = "novakova", fault = "" } = {}) {
  const isAt = (step) => page.url.pathname.startsWith(`/bank_id/${step}/`);
  if (isAt("banks")) page = await browser.go(page.url.href, { bank });
  if (isAt("login")) page = await browser.go(page.url.href, { user: persona, password, fault });
  if (isAt("confirm")) {
    const [, code] = page.text.match(/id="phone-code">(\d{6})</);
    page = await browser.go(page.url.href, { code, action: "confirm" });
  }
  return page;
}
