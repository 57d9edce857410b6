// The broker at Bank iD, played by the sandbox (which openid-client logs in at first: bank-id-sandbox.test.mjs). A person in
// Chromium once; then every fault the sandbox knows, each with the one reason it must be refused for.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { logInAtBank, typeAtBank } from "./support/bank.mjs";
import { launch } from "./support/chromium.mjs";
import { Walker } from "./support/walker.mjs";
import { house } from "./support/house.mjs";

const application = "http://127.0.0.1:9/back";
const clients = `
[organisation.library]
name = { cs = "Městská knihovna" }
[client.catalogue]
organisation = "library"
name = { cs = "Katalog knihovny" }
client_secret = "a-secret-0123456789abcdef0123456789abcdef"
redirect_uris = ["${application}"]
scopes = ["openid", "profile", "email", "address"]
pkce = "optional"
`;

/** Faults that must be refused, and the reason in the log. */
const REFUSED = {
  wrong_iss: "token-issuer-wrong",
  iss_without_slash: "token-issuer-wrong",
  wrong_aud: "token-audience-wrong",
  two_auds: "token-audience-wrong",
  no_aud: "token-audience-wrong",
  wrong_azp: "token-party-wrong",
  wrong_nonce: "nonce-wrong",
  no_nonce: "nonce-wrong",
  no_sub: "token-subject-missing",
  empty_sub: "token-subject-missing",
  no_iat: "token-issue-time-missing",
  future_iat: "issued-in-the-future",
  no_exp: "token-expiry-missing",
  expired: "token-expired",
  alg_none: "signature-algorithm-forbidden",
  alg_hmac: "signature-algorithm-forbidden",
  other_alg: "signature-algorithm-forbidden",
  foreign_key: "signature-mismatch",
  foreign_kid: "signing-key-unknown",
  bad_signature: "signature-mismatch",
  critical: "token-header-forbidden",
  acr_lower: "level-unknown",
  acr_unknown: "level-unknown",
  no_acr: "level-missing",
  no_code: "code-missing",
  foreign_code: "code-refused",
  invalid_grant: "code-refused",
  two_states: "parameter-repeated",
  no_state: "state-missing",
  unknown_error: "provider-status",
  no_id_token: "id-token-missing",
  no_access_token: "token-answer-malformed",
  token_type: "token-answer-malformed",
  userinfo_sub: "userinfo-subject-wrong",
  userinfo_no_sub: "userinfo-subject-wrong",
  userinfo_unauthorized: "userinfo-refused",
  userinfo_forbidden: "userinfo-refused",
  userinfo_truncated: "userinfo-malformed",
  userinfo_alg_none: "signature-algorithm-forbidden",
  userinfo_foreign_key: "signature-mismatch",
  userinfo_bad_signature: "signature-mismatch",
  userinfo_wrong_iss: "userinfo-parties-wrong",
  userinfo_wrong_aud: "userinfo-parties-wrong",
  answer_iss: "answer-issuer-wrong",
  wrong_state: "state-malformed",
  old_code: "code-refused",
  no_auth_time: "auth-time-missing",
  token_truncated: "token-answer-malformed",
  verified_other: "attribute-malformed",
};
/** Where userinfo is signed and encrypted. */
const SEALED = {
  userinfo_sub: "userinfo-subject-wrong",
  userinfo_alg_none: "signature-algorithm-forbidden",
  userinfo_foreign_key: "signature-mismatch",
  userinfo_bad_signature: "signature-mismatch",
  userinfo_wrong_iss: "userinfo-parties-wrong",
  userinfo_wrong_aud: "userinfo-parties-wrong",
  userinfo_not_encrypted: "userinfo-not-encrypted",
  userinfo_not_nested: "userinfo-not-signed",
  userinfo_other_recipient: "decryption-failed",
  userinfo_rsa15: "key-transport-forbidden",
};
/** What is an outage: the page says that the provider does not answer. */
const OUTAGES = [
  ...["token", "userinfo"].flatMap((place) => ["html", "unavailable", "limited", "redirect", "huge", "slow"].map((how) => `${place}_${how}`)),
  ...["server_error", "temporarily_unavailable"],
];
/** What is a fault of ours: the page says that it is, and the log what. */
const OURS = ["invalid_scope", "invalid_client"];
/** What is odd and must still bring the person. */
const TAKEN = ["rotated_key", "no_kid", "verification_time_null", "odd_claims", "updated_at_ms"];
/** What matters only where something else was agreed, or is wanted. */
const HARMLESS = ["old_auth_time", "less_scope", "userinfo_plain", "userinfo_not_encrypted"];
/** What has a test of its own. */
const ALONE = ["no_answer", "outdated_foreign", "verification_empty", "verification_absent", "verified_claims_absent"];
/** What sends the person back to the choice, and what it tells them there. */
const BACK = {
  code_and_error: /Přihlášení se nedokončilo/,
  login_required: /Přihlášení skončilo bez výsledku/,
  cancelled: /Přihlášení se nedokončilo/,
  eid_doesnt_exist: /Elektronickou identitu tam zatím nemáte/,
  user_not_eligible: /Tímto způsobem se přihlásit nemůžete/,
};

for (const sealed of [false, true]) {
  describe(`the broker at Bank iD, userinfo ${sealed ? "signed and encrypted" : "plain"}`, () => {
    let town;

    before(async () => {
      town = await house((name, toml) => {
        if (name === "idp") {
          const patient = toml.replace("[outbound]\n", "[outbound]\nbreaker_opens_after = 1000\n") + clients;
          return sealed ? patient : patient.replace('userinfo_protection = "encrypted"\n', "");
        }
        return name === "sandbox" && !sealed ? toml.replace('userinfo = "encrypted"\n', "") : toml;
      });
    });
    after(() => town?.stop());

    it("a person comes by their bank and leaves through it", async () => {
      const browser = await launch();
      try {
        const page = await (await browser.newContext({ locale: "cs-CZ" })).newPage();
        await page.goto(`${town.at.broker}/account`);
        await page.locator('button[value="bank_id"]').first().click();
        await page.waitForURL("**/bank_id/banks/**");
        await page.locator("#bank-vltavska").click();
        await logInAtBank(page, "novakova");
        await page.locator("#consent-selected").click();
        await page.waitForURL(`${town.at.broker}/account`);
        const shown = await page.locator("main").innerText();
        assert.match(shown, /Jana Nováková/);
        assert.match(shown, /Ověřená totožnost/);

        await page.getByRole("button", { name: "Odhlásit" }).first().click();
        await page.waitForLoadState();
        await page.goto(`${town.at.broker}/account`);
        assert.match(page.url(), /\/login\//);
      } finally {
        await browser.close();
      }
    });

    if (!sealed) {
      it("a person chooses their bank on our page, narrow and without scripts, and finds it first next time", async () => {
        const browser = await launch();
        try {
          const context = await browser.newContext({ locale: "cs-CZ", javaScriptEnabled: false, viewport: { width: 320, height: 800 } });
          const page = await context.newPage();
          await page.goto(`${town.at.broker}/account`);
          const place = page.locator(".place", { hasText: "Vltavská banka" });
          assert.equal(await place.isVisible(), false);
          await page.locator("#places-bank_id").click();
          const names = await page.locator(".place").allInnerTexts();
          assert.deepEqual(names, ["Vltavská banka", "Krumlovská spořitelna", "Šumavská záložna"]);
          const button = await place.boundingBox();
          assert.ok(button.height >= 44 && button.x >= 0 && button.x + button.width <= 320, JSON.stringify(button));
          await place.click();

          assert.match(page.url(), /\/bank_id\/login\//, "no list of banks at Bank iD");
          await logInAtBank(page, "novakova");
          await page.locator("#consent-selected").click();
          assert.equal(page.url(), `${town.at.broker}/account`);

          await page.locator('form[action="/account/logout"] button').first().click();
          await page.goto(`${town.at.broker}/account`);
          const first = page.locator(".provider").first();
          assert.equal(await first.locator("#place-known-bank_id").innerText(), "Vltavská banka");
          await page.click("#login-forget");
          assert.equal(await page.locator("#place-known-bank_id").count(), 0);
        } finally {
          await browser.close();
        }
      });
    }

    if (!sealed) {
      for (const [persona, bank, name] of [
        ["bank-trader", "krumlovska", "Petr Svoboda"],
        ["bank-longname", "vltavska", "Štěpánka Maxmiliána Alžběta Kryštofína Němcovrchoslavická-Žďárohradišťovská"],
        ["bank-oneword", "sumavska", "Budirahayu"],
      ]) {
        it(`${name} is a person of the town, by the whole name on a narrow page`, async () => {
          const browser = await launch();
          try {
            const page = await (await browser.newContext({ locale: "cs-CZ", javaScriptEnabled: false, viewport: { width: 320, height: 800 } })).newPage();
            const narrow = async () => {
              const wide = await page.evaluate("document.documentElement.scrollWidth");
              assert.ok(wide <= 320, `${page.url()} is ${wide} px wide`);
            };
            await page.goto(authorize(town));
            await page.locator(`#bank-${bank}`).click();
            await logInAtBank(page, persona, narrow);
            await narrow();
            await page.locator("#consent-selected").click();
            await page.goto(`${town.at.broker}/account`);
            const shown = await page.locator("main").innerText();
            assert.ok(shown.replace(/\s+/g, " ").includes(name), shown);
            assert.match(shown, /Ověřená totožnost/);
            await narrow();
            await page.goto(`${town.at.broker}/account/services`);
            await narrow();
          } finally {
            await browser.close();
          }
        });
      }
    }

    for (const [fault, code] of Object.entries(sealed ? SEALED : REFUSED)) {
      it(`${fault} is refused: ${code}`, async () => {
        const before = town.output().length;

        const page = await walk(town, { fault });

        assert.match(page.text, /LOG-1\d\d/, page.text.slice(0, 400));
        assert.match(said(town.output(), before), new RegExp(`error="?${code}`));
      });
    }

    if (!sealed) {
      for (const fault of OUTAGES) {
        it(`${fault} is told as an outage`, async () => {
          const page = await walk(town, { fault });

          assert.match(page.text, /LOG-111/, page.text.slice(0, 400));
          assert.match(page.text, /Poskytovatel teď neodpovídá/);
          // It is well again, and counts as such.
          const next = await walk(town, {});
          assert.equal(next.status, 200, next.text.slice(0, 400));
        });
      }

      for (const fault of OURS) {
        it(`${fault} is told as a fault of ours`, async () => {
          const page = await walk(town, { fault });

          assert.match(page.text, /LOG-112/, page.text.slice(0, 400));
        });
      }

      it("who does not come back at all has nothing here", async () => {
        const page = await walk(town, { fault: "no_answer" });

        assert.ok(page.url.href.startsWith(town.at.sandbox), page.url.href);
      });

      it("somebody else's former subject gives nobody their account", async () => {
        const owner = new Walker(town.at.broker, town.at.sandbox);
        await walk(town, { browser: owner });

        const taker = await walk(town, { fault: "outdated_foreign", persona: "cvrk-high", bank: "krumlovska" });

        assert.match(taker.text, /LOG-116/, taker.text.slice(0, 600));
        await walk(town, { browser: owner });
        const account = await owner.go(`${town.at.broker}/account`);
        assert.match(account.text, /Jana Nováková/);
      });

      it("every fault of a login that the sandbox knows is played here", async () => {
        const told = await fetch(`${town.at.sandbox}/_sandbox/bank_id/fault`, { headers: { accept: "application/json" } });
        const { faults } = await told.json();
        const played = new Set([REFUSED, SEALED, BACK].flatMap(Object.keys).concat(OUTAGES, OURS, TAKEN, HARMLESS, ALONE));
        const ofLogin = faults.filter(({ moment }) => ["answer", "token", "id_token", "userinfo"].includes(moment));
        assert.ok(ofLogin.length > 60);
        assert.deepEqual(ofLogin.map(({ fault }) => fault).filter((fault) => !played.has(fault)), []);
      });

      for (const [fault, told] of Object.entries(BACK)) {
        it(`${fault} leads back to the choice and says what to do`, async () => {
          const page = await walk(town, { fault });

          assert.match(page.url.pathname, /^\/login\//);
          assert.equal(page.status, 200);
          assert.match(page.text, told);
          assert.match(page.text, /value="bank_id"/);
        });
      }
    }

    if (!sealed) {
      // Each by somebody who has not been told yet what goes to the catalogue.
      for (const [scripts, bank, persona] of [
        [true, "vltavska", "novakova"],
        [false, "vltavska", "twin"],
      ]) {
        it(`who unticks their name reads that it is missing, and gets in by agreeing${scripts ? "" : ", without scripts"}`, async () => {
          const browser = await launch();
          try {
            const context = await browser.newContext({ locale: "cs-CZ", javaScriptEnabled: scripts, viewport: { width: 320, height: 800 } });
            const page = await context.newPage();
            await page.goto(authorize(town, { acr_values: "urn:city-identity:acr:town:single" }));
            await page.locator(`#bank-${bank}`).click();
            await logInAtBank(page, persona);
            await page.locator('input[name="allow"][value="profile.name"]').uncheck();
            await page.locator("#consent-selected").click();

            await page.waitForURL(`${town.at.broker}/login/**`);
            const notice = await page.locator(".notice").first().innerText();
            assert.match(notice, /Bez vašeho souhlasu to nejde/);
            assert.match(notice, /Jméno, Příjmení/);
            assert.doesNotMatch(notice, /Datum narození/);
            const wide = await page.evaluate("document.documentElement.scrollWidth");
            assert.ok(wide <= 320, `${wide} px wide`);

            await page.locator('button[value="bank_id"]').first().click();
            await page.locator(`#bank-${bank}`).click();
            await logInAtBank(page, persona);
            await page.locator("#consent-selected").click();
            await page.waitForURL(`${town.at.broker}/login/**`);
            const back = page.waitForRequest((request) => request.url().startsWith(application));
            await page.locator("#consent-submit").click({ noWaitAfter: true });
            assert.match((await back).url(), /[?&]code=/);
          } finally {
            await browser.close();
          }
        });
      }
    }

    for (const fault of sealed ? TAKEN : [...TAKEN, ...HARMLESS]) {
      it(`${fault} is taken`, async () => {
        const browser = new Walker(town.at.broker, town.at.sandbox);

        await walk(town, { fault, browser });

        const account = await browser.go(`${town.at.broker}/account`);
        assert.match(account.text, /Jana Nováková/, account.text.slice(0, 600));
      });
    }

    it("without a verification nobody is a person of the town", async () => {
      for (const fault of ["verification_empty", "verification_absent", "verified_claims_absent"]) {
        const browser = new Walker(town.at.broker, town.at.sandbox);
        await walk(town, { fault, browser, persona: "village", bank: "krumlovska" });

        const account = await browser.go(`${town.at.broker}/account`);
        assert.match(account.text, /Ověřený kontakt/, fault);
      }
    });

    it("Bank iD's own logout ends every session of the person, and a repeated or wrong one none", async () => {
      const browser = new Walker(town.at.broker, town.at.sandbox);
      await walk(town, { browser });
      const push = (fields) => town.control("bank_id/backchannel-logout", { client_id: "city-identity", persona: "novakova", ...fields });

      await push({ flaw: "bad_signature" });
      assert.match((await browser.go(`${town.at.broker}/account`)).url.pathname, /^\/account/);

      await push({});
      assert.match((await browser.go(`${town.at.broker}/account`)).url.pathname, /^\/login\//);
    });

    it("a notification of changed claims is heard, of who agreed to it", async () => {
      const unheard = await town.control("bank_id/notify", { client_id: "city-identity", persona: "diacritics" });
      assert.equal(unheard.status, 422);
      await walk(town, {});
      const answer = await town.control("bank_id/notify", { client_id: "city-identity", persona: "novakova", claims: "addresses" });
      assert.ok(answer.status < 400, await answer.text());

      const heard = await fetch(`${town.at.sandbox}/_sandbox/bank_id/notify`, { headers: { accept: "application/json" } });
      assert.match(await heard.text(), /200/);
    });
  });
}

/** A whole login towards an application that names Bank iD. */
async function walk(town, { browser = new Walker(town.at.broker, town.at.sandbox), ...choices }) {
  const page = await typeAtBank(browser, await browser.go(authorize(town)), choices);
  return page.url.pathname.startsWith("/bank_id/consent/") ? browser.go(page.url.href, { action: "all" }) : page;
}

/** Where a login towards an application that names Bank iD begins. */
function authorize(town, more = {}) {
  const request = new URLSearchParams({
    client_id: "catalogue",
    redirect_uri: application,
    response_type: "code",
    scope: "openid profile",
    state: "s",
    nonce: "n",
    idp_hint: "bank_id",
    ...more,
  });
  return `${town.at.broker}/oauth2/authorize?${request}`;
}

/** The log since then, without colours. */
function said(output, since) {
  return output.slice(since).replace(/\x1B\[\d+m/g, "");
}
