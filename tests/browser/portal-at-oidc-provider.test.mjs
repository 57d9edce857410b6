// The portal signs in and out at a provider that is not ours, by configuration alone. In Chromium, with scripts and
// without; both ways a session can end are walked to their end.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";

import { launch } from "./support/chromium.mjs";
import { folder, freePort, start } from "./support/program.mjs";
import { startProvider } from "./support/provider.mjs";

const CLIENT_SECRET = "oidc-provider-and-portal-share: this";

// Scripts or none, the algorithms a provider may sign with, userinfo plain or signed, both ways to show the secret.
const VARIANTS = [
  { javaScriptEnabled: true, alg: "RS256", signedUserinfo: undefined, auth: "client_secret_basic" },
  { javaScriptEnabled: false, alg: "ES256", signedUserinfo: "ES256", auth: "client_secret_basic" },
  { javaScriptEnabled: false, alg: "PS256", signedUserinfo: "RS256", auth: "client_secret_post" },
  { javaScriptEnabled: true, alg: "EdDSA", signedUserinfo: "EdDSA", auth: "client_secret_post" },
];

let browser;

before(async () => {
  browser = await launch();
});

after(() => browser?.close());

for (const variant of VARIANTS) {
  describe(`the portal at oidc-provider: ${JSON.stringify(variant)}`, () => {
    let place, provider, portal, url;

    before(async () => {
      place = await folder();
      url = `http://localhost:${await freePort()}`;
      provider = await startProvider(await freePort(), client(url, variant));
      portal = await start("city-portal", configuration(url, provider, place), place.path, `${url}/readyz`);
    });

    after(async () => {
      await portal?.stop();
      await provider?.stop();
      await place?.remove();
    });

    it("a person signs in, is confirmed on use, and signs out everywhere", async () => {
      const context = await browser.newContext({ javaScriptEnabled: variant.javaScriptEnabled, locale: "cs-CZ" });
      const page = await context.newPage();
      await signIn(page, url, provider);
      const session = await cookie(context, url);
      assert.ok(session, "a session cookie with the __Host- prefix");

      // confirm_after_minutes = 0: every use asks the provider, with the refresh token it rotated last.
      const refreshes = provider.count("grant.success");
      for (const path of ["/prihlasena-zarizeni", "/moje-identita"]) {
        assert.equal((await page.goto(url + path)).status(), 200);
      }
      assert.equal(provider.count("grant.success") - refreshes, 2);
      assert.equal(await cookie(context, url), session);

      await page.getByRole("button", { name: "Odhlásit" }).click();
      await page.waitForURL(`${provider.issuer}/**`);
      await page.getByRole("button", { name: "Yes, sign me out" }).click();
      await page.waitForURL(`${url}/odhlaseni/hotovo?**`);
      assert.match(await page.locator("#logout-scope").innerText(), /Městské identitě/);
      assert.equal(await cookie(context, url), undefined);

      await page.goBack();
      assert.doesNotMatch(await page.content(), /Dvořáková/, "nothing private behind the back button");
      await context.close();
    });

    it("a logout at the provider ends the session of the portal", async () => {
      const context = await browser.newContext({ javaScriptEnabled: variant.javaScriptEnabled, locale: "en-GB" });
      const page = await context.newPage();
      await signIn(page, url, provider);
      const told = provider.count("backchannel.success");

      await page.goto(`${provider.issuer}/session/end`);
      await page.getByRole("button", { name: "Yes, sign me out" }).click();
      await page.waitForLoadState();
      assert.equal(provider.count("backchannel.success") - told, 1, JSON.stringify(provider.log));
      const answer = await page.goto(`${url}/prihlasena-zarizeni`);

      assert.equal(answer.status(), 401);
      assert.match(await page.locator("main").innerText(), /POR-201/);
      assert.doesNotMatch(await page.content(), /Dvořáková/);
      await page.getByRole("link", { name: "Sign in again" }).click();
      await page.waitForURL(`${provider.issuer}/**`);
      await context.close();
    });
  });
}

async function signIn(page, url, provider) {
  await page.goto(url);
  await page.locator("#sign-in").click();
  await page.waitForURL(`${provider.issuer}/interaction/**`);
  await page.locator("input[name=login]").fill("jana");
  await page.locator("input[name=password]").fill("any");
  await page.locator("button[type=submit]").click();
  await page.waitForLoadState();
  if (page.url().startsWith(provider.issuer)) {
    await page.locator("button[type=submit]").click();
  }
  await page.waitForURL(`${url}/moje-identita`);
  assert.match(await page.locator("main").innerText(), /Jana Dvořáková/);
}

async function cookie(context, url) {
  return (await context.cookies(url)).find(({ name }) => name === "__Host-portal")?.value;
}

function client(url, { alg, signedUserinfo, auth }) {
  return {
    client_id: "town portal",
    client_secret: CLIENT_SECRET,
    redirect_uris: [`${url}/prihlaseni/zpet`],
    post_logout_redirect_uris: [`${url}/odhlaseni/hotovo`],
    backchannel_logout_uri: `${url}/odhlaseni/backchannel`,
    backchannel_logout_session_required: true,
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    id_token_signed_response_alg: alg,
    userinfo_signed_response_alg: signedUserinfo,
    token_endpoint_auth_method: auth,
  };
}

function configuration(url, provider, place) {
  return `
environment = "test"
master_key = "${randomBytes(32).toString("base64")}"

[server]
listen = "127.0.0.1:${new URL(url).port}"
public_url = "${url}"

[database]
url = "sqlite://${place.path}/portal.db"

[broker]
issuer = "${provider.issuer}"
client_id = "town portal"
client_secret = "${CLIENT_SECRET}"
scopes = ["profile", "email"]

[session]
confirm_after_minutes = 0

[town]
name = "Vzorov"

[log]
format = "text"
level = "warn,portal=debug"
`;
}
