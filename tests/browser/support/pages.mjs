// Every page a person can meet, reached as a person reaches it. Templates and routers decide which pages there are.

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { throughDataBox, throughNia } from "./house.mjs";
import { root } from "./program.mjs";

/**
 * The configuration of a house to walk through: a client of its own for pages that the portal does not lead to, and a provider
 * more that the portal does not offer.
 */
export const walked = (name, toml) =>
  name === "idp"
    ? toml.replace("[client.portal]\n", '[client.portal]\nproviders = ["nia", "bank_id", "isds", "demo"]\n')
      // Without a logout at data boxes people read that their portal stays open.
      .replace(/^logout_url = .*\/as\/processLogout"\n/m, "") + additions
    : toml;

/** Who walks: names and date of birth, as their providers know them. */
const people = {
  novakova: ["Jana", "Nováková", "1985-04-12"],
  village: ["Marie", "Horáková", "1958-07-21"],
  diacritics: ["Žofie Šárka", "Řehořová-Černá O'Neill", "1995-02-28"],
};

const additions = `
[client.strict]
organisation = "town"
name = { cs = "Přísná služba", en = "Strict service", de = "Strenger Dienst" }
client_secret = "strict-secret-0123456789abcdef0123456789abcdef"
redirect_uris = ["http://localhost:1/callback"]
scopes = ["openid", "city.mandate"]
pkce = "optional"
information_page = false

# A walk looks at every page four times, and its logins must stay fresh.
[account]
fresh_minutes = 60

# Two accounts are never merged on the word of one provider that knows them as two people.
[provider.second]
kind = "demo"
environment = "sandbox"
title = { cs = "Druhé zkušební přihlášení", en = "Second trial login", de = "Zweite Probeanmeldung" }
${Object.entries(people).flatMap(([persona, [given, family, born]]) =>
  [["demo", "one"], ["second", "two"]].map(([provider, which]) => `
[provider.${provider}.account.${persona}-${which}]
password = "heslo"
given_name = "${given}"
family_name = "${family}"
birth_date = "${born}"
`)).join("")}`;

/** The page templates of both programs, `idp/login/choice` and so on. */
export async function templates() {
  const found = [];
  for (const program of ["idp", "portal", "web"]) {
    const folder = join(root, program, "templates/pages");
    for (const file of await readdir(folder, { recursive: true })) {
      if (file.endsWith(".html")) found.push(`${program}/${file.replace(/\.html$/, "")}`);
    }
  }
  return found.sort();
}

/**
 * The addresses that a browser opens by GET, as patterns, from the references that the routers' own tables generate.
 * What machines call is left out: keys, metadata, health.
 */
export async function addresses() {
  const found = [];
  for (const [program, file] of [["broker", "endpoints.md"], ["portal", "portal-endpoints.md"]]) {
    for (const line of (await readFile(join(root, "docs/reference", file), "utf8")).split("\n")) {
      const [, methods, address, ...whom] = line.split("|").map((cell) => cell.trim());
      if (!/\bGET\b/.test(methods ?? "") || !address?.startsWith("`/")) continue;
      if (/^(clients|operators|upstream providers|machines)\b/.test(whom[0]) || /^`\/(healthz|readyz)`$/.test(address)) continue;
      const path = address.replaceAll("`", "");
      const pattern = path.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{[^}]+\}/g, "[^/]+");
      found.push({ program, path, pattern: new RegExp(`^${pattern}$`) });
    }
  }
  return found;
}

/**
 * Walks through all pages in one browser window.
 * @param {string} persona somebody who has not been here yet: who allowed a client something is not asked again
 * @param {(template: string, name: string) => Promise<void>} look called on each page
 */
export async function walk(page, { at }, persona, look) {
  const authorize = (more) =>
    `${at.broker}/oauth2/authorize?client_id=strict&response_type=code&scope=openid&state=s` +
    `&redirect_uri=${encodeURIComponent("http://localhost:1/callback")}${more}`;

  await page.goto(`${at.portal}/`);
  await look("portal/home", "home");
  await page.goto(`${at.portal}/nothing-here`);
  await look("web/problem", "problem-portal");
  await page.goto(`${at.broker}/oauth2/authorize?client_id=nobody`);
  await look("web/problem", "problem-broker");
  await page.goto(`${at.broker}/status`);
  await look("idp/status", "status");

  await staff(page, at, look);

  await page.goto(`${at.portal}/prihlaseni?cil=/moje-identita`);
  await look("idp/login/choice", "choice");
  const choice = page.url();
  // Logos of banks are fetched aside, for the pages that follow.
  for (let tries = 0; tries < 200 && !(await page.locator(".place img").count()); tries++) await page.reload();
  await page.click("#places-bank_id");
  await page.waitForFunction(() => [...document.querySelectorAll(".place img")].every((logo) => logo.complete && logo.naturalWidth > 0));
  await look("idp/login/choice", "choice-banks");
  await page.locator('button[value="demo"]').click();
  await look("idp/login/demo", "demo");
  await page.goto(`${at.broker}/upstream/nia/error`);
  await look("web/problem", "problem-upstream");
  await page.goto(`${choice.split("?")[0]}/cancel`);
  await page.goto(`${at.portal}/vstup/nia?cil=/moje-identita`);
  await page.goto(`${at.portal}/prihlaseni?cil=/moje-identita`);
  await throughNia(page, persona);
  await look("idp/login/information", "information");
  for (const box of await page.locator('input[name="item"]').all()) await box.check();
  await page.click("#consent-submit");
  await page.waitForURL(/\/moje-identita/);
  await look("portal/identity", "identity");
  await page.goto(`${at.portal}/prihlasena-zarizeni`);
  await look("portal/devices", "devices");

  await page.goto(`${at.broker}/`);
  await look("idp/account/identity", "account");
  await page.goto(`${at.broker}/account/services`);
  await look("idp/account/services", "services");
  await page.goto(`${at.broker}/account/sessions`);
  await look("idp/account/sessions", "sessions");
  await page.goto(`${at.broker}/account/contacts`);
  await look("idp/account/contacts", "contacts");
  const address = `adresa-${Date.now()}@posta.example`;
  await page.fill("#email", address);
  await page.click("#contact-add");
  await look("idp/account/contact_code", "contact-code");
  await removedAndBack(page, at, persona, address, look);
  await ways(page, at, persona, look);

  await page.goto(authorize(`&acr_values=${encodeURIComponent("http://eidas.europa.eu/LoA/high")}`));
  await look("idp/login/step_up", "step-up");
  const scripts = "**/submit*.js";
  await page.route(scripts, (route) => route.abort());
  await page.goto(authorize("&response_mode=form_post"));
  await look("web/submit", "submit");
  await page.unroute(scripts);

  await page.goto(`${at.broker}/oauth2/logout?post_logout_redirect_uri=http://localhost:1/x`);
  await look("idp/logout/question", "logout-question");
  // Whoever joined and parted accounts was signed out of the services meanwhile.
  await page.goto(`${at.portal}/prihlaseni?cil=/`);
  if (await page.locator('button[value="nia"]').count()) await throughNia(page, persona);
  if (await page.locator("#consent-submit").count()) await page.click("#consent-submit");
  await page.waitForURL(`${at.portal}/`);
  // The page that a browser shows while it leaves for the broker: with an empty answer it stays.
  const leaving = (url) => url.pathname === "/oauth2/logout";
  await page.route(leaving, (route) => route.fulfill({ status: 204 }));
  await page.locator('form[action="/odhlaseni"] button').first().click();
  await page.waitForSelector("#logout-continue");
  await look("portal/logout/leaving", "leaving");
  await page.unroute(leaving);
  await page.goto(`${at.portal}/odhlaseni/hotovo`);
  await look("portal/logout/done", "portal-logged-out");
  await page.goto(`${at.broker}/oauth2/logout`);
  if (await page.locator("#logout-submit").count()) await page.click("#logout-submit");
  await page.waitForLoadState();
  await look("idp/logout/done", "logged-out");
  // A provider whose answer to our logout is not believed.
  await page.goto(`${at.broker}/account`);
  await throughNia(page, persona);
  await fetch(`${at.sandbox}/_sandbox/nia/fault`, { method: "POST", body: new URLSearchParams({ fault: "logout_bad_sig" }) });
  await page.locator('form[action="/account/logout"] button').first().click();
  await page.waitForSelector("#logout-untrusted");
  await look("idp/logout/done", "logged-out-untrusted");
  // The way from one provider's logout to the next, when nothing is left of it, ends on the same page.
  await page.goto(`${at.broker}/oauth2/logout/${"A".repeat(43)}/further`);
  await page.waitForSelector("#logout-done");
  // Whoever came by a data box reads that its portal stays open.
  await page.goto(`${at.broker}/account`);
  await throughDataBox(page, "P01");
  await page.goto(`${at.broker}/oauth2/logout`);
  await page.click("#logout-submit");
  await page.waitForSelector("#logout-open");
  await look("idp/logout/done", "logged-out-data-box");

  await page.goto(authorize("").replace("scope=openid", "scope=openid%20city.mandate"));
  await page.locator('button[value="demo"]').click();
  await page.fill("#login-username", "pekar");
  await page.fill("#login-password", "pekar");
  await page.click("#login-submit");
  await look("idp/login/acting", "acting");
  await page.goto(`${at.broker}/account/mandates`);
  await look("idp/account/mandates", "mandates");
  await staffMandates(page, at, persona, look);

  // Whoever signs in that way next begins anew.
  await page.goto(`${at.broker}/account/close`);
  await look("idp/account/close", "close");
  await page.click("#close-submit");
  await page.waitForURL(`${at.broker}/account/closed`);
  await look("idp/account/closed", "closed");
}

/** The pages of an officer who verifies people, while somebody acts for a body. */
async function staffMandates(page, at, persona, look) {
  // CAAIS still knows the official of another town.
  await page.context().clearCookies({ domain: new URL(at.sandbox).hostname });
  await page.goto(`${at.broker}/staff`);
  await page.click("#staff-submit");
  await page.click('button[name="officer"][value="verifier"]');
  await page.waitForURL(`${at.broker}/staff`);
  await page.goto(`${at.broker}/staff/mandates`);
  await page.fill("#ico", "00000027");
  await page.click("#mandates-find");
  await look("idp/staff/mandates", "staff-mandates");
  await page.locator('tbody a[href^="/staff/mandates/"]').first().click();
  await look("idp/staff/mandate", "staff-mandate");
  await page.goto(`${at.broker}/staff/mandates/propose`);
  await page.click("#propose-submit");
  await page.waitForSelector(".errors");
  await look("idp/staff/propose", "staff-propose");
  const [given_name, family_name, birth_date] = people[persona];
  // To come, whenever this runs.
  const until = new Date(Date.now() + 1000 * 86_400_000).toISOString().slice(0, 10);
  const typed = {
    given_name, family_name, birth_date, ico: "00000060", name: "Spolek přátel Vltavy, z.s.", role: "předsedkyně",
    evidence: "čj. 12/2026", until,
  };
  for (const [name, value] of Object.entries(typed)) await page.fill(`#${name}`, value);
  for (const box of ["kind=association", "may=view", "source=counter"]) {
    const [name, value] = box.split("=");
    await page.check(`input[name="${name}"][value="${value}"]`);
  }
  await page.click("#propose-submit");
  // Whoever joined and parted accounts has two with these names.
  await page.locator('input[name="account"]').first().check();
  await look("idp/staff/propose", "staff-propose-which");
  await page.click("#propose-submit");
  await page.waitForURL(/\/staff\/mandates\/proposals\//);
  await look("idp/staff/proposal", "staff-proposal");
  // The next walk proposes it again.
  await page.click("#proposal-decline");
  await page.waitForURL(/declined/);
}

/** The pages of officers; nobody is signed in as a citizen by them. */
async function staff(page, at, look) {
  await page.goto(`${at.broker}/staff`);
  await look("idp/staff/login", "staff-login");
  await page.click("#staff-submit");
  await page.click('button[name="officer"][value="admin"]');
  await page.waitForURL(`${at.broker}/staff`);
  await look("idp/staff/home", "staff");
  await page.click('form[action="/staff/logout"] button');
  await page.waitForURL(/\/staff\/login/);
  await page.click("#staff-submit");
  await page.click('button[name="officer"][value="other-town"]');
  await page.waitForURL((url) => url.origin === at.broker);
  await look("web/problem", "problem-staff");
}

/** An address is confirmed by the code in its letter, removed, and brought back by the link in another one. */
async function removedAndBack(page, at, persona, address, look) {
  const fromLetter = async (what) => {
    for (const until = Date.now() + 60_000; Date.now() < until; ) {
      const letters = await (await fetch(`${at.sandbox}/_sandbox/mail.json?to=${address}`)).json();
      const found = letters.map((letter) => letter.text.match(what)).find(Boolean);
      if (found) return found[1];
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`no letter to ${address} holds ${what}`);
  };
  await page.fill("#code", await fromLetter(/^\s*(\d{8})\s*$/m));
  await page.click("#contact-confirm");
  await page.locator("tr", { hasText: address }).locator("button").click();
  await page.goto(await fromLetter(/^(http\S+\/account\/contacts\/undo\/\S+)$/m));
  await look("idp/account/contact_undo", "contact-undo");
  await page.click("#contact-undo");
  await look("idp/account/contact_restored", "contact-restored");
  // It ended every session, this one too.
  await page.goto(`${at.broker}/account`);
  await throughNia(page, persona);
}

/** The pages where ways in are added and removed, and accounts merged and parted; at the end the person is signed in anew. */
async function ways(page, at, persona, look) {
  const asDemo = async (window, name) => {
    await window.fill("#login-username", name);
    await window.fill("#login-password", name === "jana" ? "jana" : "heslo");
    await window.click("#login-submit");
    await window.waitForLoadState();
  };
  const prove = async (name, provider = "demo") => {
    await page.goto(`${at.broker}/account/link`);
    const button = page.locator(`#link-${provider}`);
    if (!(await button.isVisible())) await page.click("details.fold summary");
    await button.click();
    await asDemo(page, name);
  };

  // The account that will be merged: the person's own, from another browser.
  const other = await page.context().browser().newContext();
  const window = await other.newPage();
  await window.goto(`${at.broker}/account`);
  await window.locator('button[value="second"]').click();
  await asDemo(window, `${persona}-two`);
  await other.close();

  await page.goto(`${at.broker}/account/link`);
  await look("idp/account/link", "link");
  await prove(persona === "novakova" ? "village-one" : "jana");
  await look("idp/account/link_outcome", "link-refused");
  await prove(`${persona}-one`);
  await look("idp/account/link_confirm", "link-confirm");
  await page.click("#link-submit");
  await page.locator('a[href^="/account/ways/"]').first().click();
  await look("idp/account/unlink", "unlink");
  await prove(`${persona}-two`, "second");
  await look("idp/account/merge", "merge");
  await page.click("#merge-submit");
  await page.locator('a[href^="/account/merges/"]').first().click();
  await look("idp/account/part", "part");
  await page.click("#part-submit");
  await look("idp/account/parted", "parted");
  await page.goto(`${at.broker}/account`);
  await throughNia(page, persona);
}
