// The broker at data boxes, played by the sandbox, its back channel under mutual TLS. A person in Chromium; then every fault that
// must be refused, each with the one reason in the audit log. That everything odd is taken: tests/peers/isds_for_broker.py.

import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, it } from "node:test";

import { launch } from "./support/chromium.mjs";
import { Walker } from "./support/walker.mjs";
import { house, throughDataBox } from "./support/house.mjs";

const application = "http://127.0.0.1:9/back";
const secret = "a-secret-0123456789abcdef0123456789abcdef";
const clients = `
[organisation.library]
name = { cs = "Městská knihovna" }
[client.catalogue]
organisation = "library"
name = { cs = "Katalog knihovny" }
client_secret = "${secret}"
redirect_uris = ["${application}"]
scopes = ["openid", "profile", "city.identity", "city.mandate"]
pkce = "optional"
information_page = false
`;

/** Faults that must be refused, and the audit event's reason. */
const REFUSED = {
  foreign_app_token: "unknown-answer",
  no_app_token: "app-token-missing",
  app_token_twice: "parameter-repeated",
  no_session_id: "session-id-missing",
  short_session_id: "session-id-malformed",
  odd_session_id: "session-id-malformed",
  long_session_id: "too-large",
  session_id_twice: "parameter-repeated",
  session_used: "session-spent",
  session_expired: "session-spent",
  unknown_status: "status-unknown",
  status_case: "status-unknown",
  no_status: "status-missing",
  foreign_app_token_inside: "app-token-of-another",
  no_app_token_inside: "app-token-unconfirmed",
  no_attributes: "app-token-unconfirmed",
  no_attributes_element: "app-token-unconfirmed",
  unheard_names: "app-token-unconfirmed",
  no_db_id: "box-missing",
  no_db_type: "box-type-missing",
  dup_db_id: "attribute-repeated",
  long_value: "attribute-too-long",
  other_namespace: "foreign-namespace",
  nested: "wrong-root",
  two_responses: "soap-body-not-one-entry",
  doctype: "doctype-forbidden",
  external_entity: "doctype-forbidden",
  parameter_entity: "doctype-forbidden",
  entity_bomb: "doctype-forbidden",
  html: "not-soap",
  content_type: "not-soap",
  empty: "not-well-formed",
  invalid_utf8: "not-utf8",
  huge: "too-large",
};
/** What is an outage: the page says that the provider does not answer. */
const OUTAGES = ["system_error", "fault_in_200", "soap_fault", "maintenance", "redirect", "truncated", "close", "slow", "hang"];
/** What waiting does not mend: ISDS does not take our certificate. */
const BROKEN = ["unauthorized_json", "unauthorized_html", "forbidden"];
let town;
before(async () => {
  town = await house((name, toml) =>
    name === "idp" ? toml.replace("[outbound]\n", "[outbound]\nbreaker_opens_after = 1000\ntotal_timeout_ms = 15000\n") + clients : toml,
  );
});
after(() => town?.stop());

it("a person comes by their own box and leaves through it", async () => {
  const browser = await launch();
  try {
    const page = await (await browser.newContext({ locale: "cs-CZ" })).newPage();
    await page.goto(`${town.at.broker}/account`);
    await throughDataBox(page, "P01");
    assert.equal(page.url(), `${town.at.broker}/account`);
    const shown = await page.locator("main").innerText();
    assert.match(shown, /Jana Nováková/);
    assert.match(shown, /Ověřená totožnost/);

    await page.getByRole("button", { name: "Odhlásit" }).first().click();
    await page.waitForURL(/\/oauth2\/logout|\/logout/);
    await page.goto(`${town.at.broker}/account`);
    assert.match(page.url(), /\/login\//);
    assert.ok(!(await page.content()).includes("Nováková"));
  } finally {
    await browser.close();
  }
});

it("who refuses that anything is told is back at the choice, reads that the login ended without a result, and gets in by trying again", async () => {
  const browser = await launch();
  try {
    for (const [locale, heading] of [["cs-CZ", "Přihlášení skončilo bez výsledku"], ["en-GB", "The login ended without a result"],
      ["de-DE", "Die Anmeldung endete ohne Ergebnis"]]) {
      const page = await (await browser.newContext({ locale })).newPage();
      await page.goto(`${town.at.broker}/account`);
      await page.locator('button[value="isds"]').click();
      await page.locator('button[name="persona"][value="P15"]').click();
      await page.click("#consent-refuse");
      await page.waitForURL(/\/login\//);

      assert.equal(await page.locator(".notice__title").innerText(), heading);
      await throughDataBox(page, "P01");
      assert.equal(page.url(), `${town.at.broker}/account`);
    }
  } finally {
    await browser.close();
  }
});

for (const [fault, reason] of Object.entries(REFUSED)) {
  it(`${fault} is refused: ${reason}`, async () => {
    const known = events();

    const end = await walk({ fault });

    assert.match(end.text, /LOG-10[57]/, end.text.slice(0, 400));
    assert.deepEqual(events(known), [`login.refused.${reason}`]);
  });
}

for (const fault of OUTAGES) {
  it(`${fault} is told as an outage`, async () => {
    const known = events();

    const end = await walk({ fault });

    assert.equal(end.status, 503);
    assert.match(end.text, /LOG-111/, end.text.slice(0, 400));
    assert.deepEqual(events(known), ["login.refused.provider-down"]);
  });
}

for (const fault of BROKEN) {
  it(`${fault} is for the operator`, async () => {
    const known = events();

    const end = await walk({ fault });

    assert.match(end.text, /LOG-112/, end.text.slice(0, 400));
    assert.deepEqual(events(known), ["login.refused.provider-broken"]);
  });
}

it("what fails after the login, behind its back, hinders nobody", async () => {
  for (const fault of ["logout_fault", "logout_hang"]) {
    await town.control("isds/fault", { fault });
    assert.equal((await told({})).id.acr, "urn:city-identity:acr:town:single", fault);
  }
  await town.control("isds/fault/clear", {});
});

it("a company that the directory of boxes does not confirm is nobody's to act for, and a mandate for it ends", async () => {
  for (const fault of ["directory_other", "directory_nothing"]) {
    assert.deepEqual(await bakery(), ["Pekařství Vltava s.r.o."]);
    await town.control("isds/fault", { fault });
    const known = events();

    assert.equal(await bakery(), undefined, fault);
    assert.ok(events(known).includes("mandate.ended"), fault);
  }
});

it("while the directory of boxes is away nobody begins to act for a company, and who does already goes on", async () => {
  await town.control("isds/fault", { fault: "directory_down" });
  assert.equal(await bakery(), undefined, "nobody's yet");
  assert.deepEqual(await bakery(), ["Pekařství Vltava s.r.o."], "the directory is back");
  await town.control("isds/fault", { fault: "directory_down" });
  const known = events();

  assert.deepEqual(await bakery(), ["Pekařství Vltava s.r.o."], "known already");
  assert.deepEqual(
    events(known).filter((kind) => kind.startsWith("mandate.")),
    [],
  );
});

/** The bodies that the person of P07 may act for, after one more login. */
async function bakery() {
  return (await told({ persona: "P07" })).person.may_act_for?.map((body) => body.name);
}

/** Kinds of the audit events besides those that are known; without any: all, to be known. */
function events(known) {
  const database = new DatabaseSync(join(town.data, "idp.db"), { readOnly: true });
  const all = database.prepare("select hex(audit_event_id) as id, kind from audit_event").all();
  database.close();
  if (!known) return new Set(all.map((event) => event.id));
  return all.filter((event) => !known.has(event.id)).map((event) => event.kind);
}

/** A whole login towards an application; where it ended. */
async function walk({ fault = "", persona = "P01" }) {
  const browser = new Walker(town.at.broker, town.at.sandbox);
  const field = (name) => end.text.match(new RegExp(`name="${name}" value="([^"]+)"`))?.[1];
  const request = new URLSearchParams({
    client_id: "catalogue",
    redirect_uri: application,
    response_type: "code",
    scope: "openid profile city.identity city.mandate",
    state: "s",
    nonce: "n",
    idp_hint: "isds",
  });
  let end = await browser.go(`${town.at.broker}/oauth2/authorize?${request}`);
  // A provider that did badly is still offered.
  if (end.text.includes('id="provider-isds"')) end = await browser.go(`${end.url.href}/choose`, { csrf: field("csrf"), provider: "isds" });
  end = await browser.go(`${town.at.sandbox}/as/login`, { visit: field("visit"), persona, fault });
  if (end.text.includes('id="consent-allow"')) end = await browser.go(`${town.at.sandbox}/as/consent`, { visit: field("visit"), action: "allow" });
  if (end.url.pathname.endsWith("/acting")) end = await browser.go(end.url.href, { csrf: field("csrf"), session: field("session"), acting: "self" });
  return end;
}

/** A login that succeeds; what the application learns. */
async function told(options) {
  const end = await walk(options);
  assert.ok(end.url.href.startsWith(application), `${end.url} ${end.text.slice(0, 400)}`);
  const answer = await fetch(`${town.at.broker}/oauth2/token`, {
    method: "POST",
    headers: { authorization: `Basic ${Buffer.from(`catalogue:${secret}`).toString("base64")}` },
    body: new URLSearchParams({ grant_type: "authorization_code", code: end.url.searchParams.get("code"), redirect_uri: application }),
  });
  const tokens = await answer.json();
  const person = await fetch(`${town.at.broker}/oauth2/userinfo`, { headers: { authorization: `Bearer ${tokens.access_token}` } });
  return { id: JSON.parse(Buffer.from(tokens.id_token.split(".")[1], "base64url")), person: await person.json() };
}
