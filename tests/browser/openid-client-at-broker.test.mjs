// openid-client, a certified relying party that knows nothing of us, logs people in at the broker.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import * as oidc from "openid-client";
import { launch } from "./support/chromium.mjs";
import { house, throughNia } from "./support/house.mjs";
import { freePort } from "./support/program.mjs";

const secret = "foreign-secret-0123456789abcdef0123456789abcdef";
let chromium, town, port, application, arrived, posted;

before(async () => {
  port = await freePort();
  const clients = `
[resource.records]
organisation = "town"
name = { cs = "Záznamy" }
uri = "https://records.town.test"
scopes = ["records.read"]
[organisation.library]
name = { cs = "Městská knihovna" }
[client.foreign]
organisation = "library"
name = { cs = "Katalog knihovny" }
client_secret = "${secret}"
redirect_uris = ["http://127.0.0.1:${port}/callback"]
post_logout_redirect_uris = ["http://127.0.0.1:${port}/bye"]
grant_types = ["authorization_code", "refresh_token", "client_credentials"]
scopes = ["openid", "profile", "email", "offline_access", "city.identity", "records.read"]
resources = ["records"]
required_facts = ["given_name", "family_name", "birth_date"]
[client.posting]
organisation = "library"
name = { cs = "Rezervace knihovny" }
authentication = "client_secret_post"
client_secret = "${secret}"
redirect_uris = ["http://127.0.0.1:${port}/callback"]
scopes = ["openid", "profile"]
userinfo_alg = "ES256"
id_token_alg = "PS256"
`;
  application = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    if (request.url !== "/favicon.ico") {
      arrived = new URL(request.url, `http://127.0.0.1:${port}`);
      posted = request.method === "POST" && new Request(arrived, { method: "POST", headers: request.headers, body });
    }
    response.end("<!doctype html><title>application</title><h1>application</h1>");
  });
  await new Promise((resolve) => application.listen(port, "127.0.0.1", resolve));
  [chromium, town] = await Promise.all([launch(), house((name, toml) => (name === "idp" ? toml + clients : toml))]);
});
after(async () => {
  await chromium?.close();
  await town?.stop();
  application?.close();
});

const discover = (id, authentication, metadata = {}) =>
  oidc.discovery(new URL(town.at.broker), id, metadata, authentication, { execute: [oidc.allowInsecureRequests] });

/** One authorization code grant: through the browser and back to the token endpoint. */
async function logIn(page, configuration, parameters = {}) {
  const verifier = oidc.randomPKCECodeVerifier();
  const [state, nonce] = [oidc.randomState(), oidc.randomNonce()];
  const url = oidc.buildAuthorizationUrl(configuration, {
    redirect_uri: `http://127.0.0.1:${port}/callback`,
    scope: "openid profile email city.identity offline_access",
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
    ...parameters,
  });
  await page.goto(url.href);
  if (page.url().startsWith(town.at.broker) && !(await page.locator("#consent-submit").count())) {
    await throughNia(page, "novakova");
  }
  if (await page.locator("#consent-submit").count()) {
    for (const box of await page.locator('input[name="item"]').all()) await box.check();
    await page.click("#consent-submit");
  }
  await page.waitForURL(/\/callback(\?|$)/);
  return oidc.authorizationCodeGrant(configuration, posted || arrived, {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
    idTokenExpected: true,
  });
}

test("code flow, userinfo, introspection, refresh, revocation and logout", async () => {
  const configuration = await discover("foreign", oidc.ClientSecretBasic(secret));
  const page = await (await chromium.newContext({ locale: "cs-CZ" })).newPage();

  const tokens = await logIn(page, configuration);

  const claims = tokens.claims();
  assert.equal(claims.acr, "http://eidas.europa.eu/LoA/substantial");
  assert.equal(claims.name, undefined, "personal claims come from userinfo");
  const person = await oidc.fetchUserInfo(configuration, tokens.access_token, claims.sub);
  assert.equal(person.given_name, "Jana");
  assert.equal(person.identity_level, "state");
  assert.ok(!JSON.stringify(person).includes("CZ/CZ/"), "the state's pseudonym stays with the broker");

  assert.equal((await oidc.tokenIntrospection(configuration, tokens.access_token)).active, true);
  const renewed = await oidc.refreshTokenGrant(configuration, tokens.refresh_token);
  assert.equal(renewed.claims().sub, claims.sub);
  await oidc.tokenRevocation(configuration, renewed.refresh_token);
  await assert.rejects(oidc.refreshTokenGrant(configuration, renewed.refresh_token), { error: "invalid_grant" });
  await assert.rejects(oidc.fetchUserInfo(configuration, renewed.access_token, claims.sub));

  await page.goto(
    oidc.buildEndSessionUrl(configuration, {
      id_token_hint: tokens.id_token,
      post_logout_redirect_uri: `http://127.0.0.1:${port}/bye`,
      state: "x".repeat(128),
    }).href,
  );
  await page.waitForURL(/\/bye\?/);
  assert.equal(arrived.searchParams.get("state"), "x".repeat(128));
});

test("two clients of one organisation see one sub, signed userinfo and PS256 verify", async () => {
  const page = await (await chromium.newContext({ locale: "cs-CZ" })).newPage();
  const first = await logIn(page, await discover("foreign", oidc.ClientSecretBasic(secret)));
  const signed = await discover("posting", oidc.ClientSecretPost(secret), {
    userinfo_signed_response_alg: "ES256",
    id_token_signed_response_alg: "PS256",
  });

  const second = await logIn(page, signed, { scope: "openid profile" });

  assert.equal(second.claims().sub, first.claims().sub);
  const person = await oidc.fetchUserInfo(signed, second.access_token, second.claims().sub);
  assert.equal(person.sub, second.claims().sub);
});

test("form_post brings the answer in a form from another site, and nothing of it in an address", async () => {
  const configuration = await discover("foreign", oidc.ClientSecretBasic(secret));
  const page = await (await chromium.newContext({ locale: "cs-CZ" })).newPage();

  const tokens = await logIn(page, configuration, { response_mode: "form_post" });

  assert.equal(arrived.search, "");
  assert.equal(posted.headers.get("sec-fetch-site"), "cross-site");
  const person = await oidc.fetchUserInfo(configuration, tokens.access_token, tokens.claims().sub);
  assert.equal(person.given_name, "Jana");
});

test("prompt=none without a session is refused by redirect", async () => {
  const configuration = await discover("foreign", oidc.ClientSecretBasic(secret));
  const page = await (await chromium.newContext({ locale: "cs-CZ" })).newPage();
  const silent = oidc.buildAuthorizationUrl(configuration, {
    redirect_uri: `http://127.0.0.1:${port}/callback`,
    scope: "openid",
    prompt: "none",
    state: "s",
    code_challenge: await oidc.calculatePKCECodeChallenge(oidc.randomPKCECodeVerifier()),
    code_challenge_method: "S256",
  });

  await page.goto(silent.href);

  assert.equal(arrived.searchParams.get("error"), "login_required");
  assert.equal(arrived.searchParams.get("iss"), town.at.broker);
});

test("a machine gets a signed token for an API", async () => {
  const configuration = await discover("foreign", oidc.ClientSecretBasic(secret));

  const tokens = await oidc.clientCredentialsGrant(configuration, { scope: "records.read" });

  const header = JSON.parse(Buffer.from(tokens.access_token.split(".")[0], "base64url"));
  const claims = JSON.parse(Buffer.from(tokens.access_token.split(".")[1], "base64url"));
  assert.equal(header.typ, "at+jwt");
  assert.equal(claims.aud, "https://records.town.test");
});
