// openid-client, a certified relying party that knows nothing of us, logs people in at the sandbox Bank iD. What it
// takes is what the broker may be built against; what it refuses shows that the faults are ones.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { createRemoteJWKSet, exportJWK, compactDecrypt, decodeProtectedHeader, generateKeyPair, jwtVerify } from "jose";
import * as oidc from "openid-client";
import { folder, freePort, start } from "./support/program.mjs";

const scopes = "openid profile.name profile.birthdate profile.email profile.updatedat";
const everything = `${scopes} profile.titles profile.birthnumber profile.addresses profile.verification offline_access`;
let at, issuer, place, program, application, keys, received, respond;

before(async () => {
  place = await folder();
  const [port, ours] = [await freePort(), await freePort()];
  at = { sandbox: `http://127.0.0.1:${port}`, application: `http://localhost:${ours}` };
  issuer = `${at.sandbox}/bank_id/`;
  keys = {
    sign: await generateKeyPair("PS512", { extractable: true }),
    decrypt: await generateKeyPair("RSA-OAEP-256", { extractable: true }),
  };
  const jwks = {
    keys: [
      { ...(await exportJWK(keys.sign.publicKey)), use: "sig", kid: "sign-1", alg: "PS512" },
      { ...(await exportJWK(keys.decrypt.publicKey)), use: "enc", kid: "decrypt-1", alg: "RSA-OAEP-256" },
    ],
  };
  received = [];
  respond = 200;
  application = createServer((request, response) => {
    if (request.url === "/jwks") return response.setHeader("content-type", "application/json").end(JSON.stringify(jwks));
    let body = "";
    request.on("data", (text) => (body += text));
    request.on("end", () => {
      received.push({ url: request.url, type: request.headers["content-type"], body });
      response.writeHead(respond).end();
    });
  });
  await new Promise((resolve) => application.listen(ours, "localhost", resolve));

  const client = (id, rest) => `
[[bank_id.client]]
client_id = "${id}"
redirect_uris = ["${at.application}/${id}"]
post_logout_redirect_uris = ["${at.application}/bye"]
notification_uri = "${at.application}/events"
backchannel_logout_uri = "${at.application}/logout"
${rest}
`;
  const signs = `auth_method = "private_key_jwt"\njwks_uri = "${at.application}/jwks"`;
  const toml = `
listen = "127.0.0.1:${port}"
data_dir = "${place.path}/sandbox"
${client("plain", 'client_secret = "a-secret-of-thirty-two-characters"')}
${client("shared", 'auth_method = "client_secret_jwt"\nclient_secret = "another-secret-of-at-least-sixty-four-characters-because-of-hs512"')}
${client("signed", `${signs}\nuserinfo = "signed"`)}
${client("sealed", `${signs}\nuserinfo = "encrypted"`)}
${client("narrow", 'client_secret = "a-secret-of-thirty-two-characters"\nscopes = ["openid", "profile.name"]')}
`;
  program = await start("city-sandbox", toml, place.path, `${at.sandbox}/healthz`);
});
after(async () => {
  await program?.stop();
  application?.closeAllConnections();
  application?.close();
  await place?.remove();
});

const methods = {
  plain: () => oidc.ClientSecretPost("a-secret-of-thirty-two-characters"),
  narrow: () => oidc.ClientSecretPost("a-secret-of-thirty-two-characters"),
  shared: () =>
    oidc.ClientSecretJwt("another-secret-of-at-least-sixty-four-characters-because-of-hs512", {
      [oidc.modifyAssertion]: (_header, payload) => (payload.aud = `${issuer}token`),
    }),
  signed: () => byKey(),
  sealed: () => byKey(),
};
const byKey = () =>
  oidc.PrivateKeyJwt(
    { key: keys.sign.privateKey, kid: "sign-1" },
    { [oidc.modifyAssertion]: (_header, payload) => (payload.aud = `${issuer}token`) },
  );

/** What openid-client reads of the provider, for one of our registrations. */
async function discover(id) {
  const metadata = {
    plain: {},
    shared: {},
    narrow: {},
    signed: { userinfo_signed_response_alg: "PS512" },
    sealed: { userinfo_signed_response_alg: "PS512" },
  }[id];
  const configuration = await oidc.discovery(
    new URL(issuer),
    id,
    { ...metadata, id_token_signed_response_alg: "PS512" },
    methods[id](),
    { execute: [oidc.allowInsecureRequests], timeout: 3 },
  );
  // Without this it trusts the connection instead of the signature.
  oidc.enableNonRepudiationChecks(configuration);
  if (id === "sealed") {
    oidc.enableDecryptingResponses(configuration, ["A256GCM"], {
      key: keys.decrypt.privateKey,
      alg: "RSA-OAEP-256",
      kid: "decrypt-1",
    });
  }
  return configuration;
}

/** A browser that only knows forms: it keeps cookies and follows until it leaves the sandbox. */
class Browser {
  #cookies = new Map();

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
      if (!url.startsWith(at.sandbox)) return { url: new URL(url), status: response.status, text: "" };
    }
  }
}

/** Through the pages of bank, phone and consent. */
async function walk(browser, url, { bank = "vltavska", persona = "novakova", allow, fault = "" } = {}) {
  let page = await browser.go(url);
  if (page.url.pathname.includes("/banks/")) page = await browser.go(page.url.href, { bank });
  if (page.url.pathname.includes("/login/")) page = await browser.go(page.url.href, { persona, fault });
  if (page.url.pathname.includes("/confirm/")) page = await browser.go(page.url.href, { action: "confirm" });
  if (!page.url.pathname.includes("/consent/")) return page;
  const choice = allow === undefined ? [["action", "all"]] : [["action", "selected"], ...allow.map((scope) => ["allow", scope])];
  return browser.go(page.url.href, choice);
}

async function ask(configuration, parameters = {}) {
  const verifier = oidc.randomPKCECodeVerifier();
  const [state, nonce] = [oidc.randomState(), oidc.randomNonce()];
  const url = oidc.buildAuthorizationUrl(configuration, {
    redirect_uri: `${at.application}/${configuration.clientMetadata().client_id}`,
    scope: scopes,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    acr_values: "loa3",
    state,
    nonce,
    ...parameters,
  });
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
  return { url: url.href, checks };
}

/** The whole login. */
async function logIn(id, { parameters, browser = new Browser(), ...choices } = {}) {
  const configuration = await discover(id);
  const { url, checks } = await ask(configuration, parameters);
  const { url: back } = await walk(browser, url, choices);
  const tokens = await oidc.authorizationCodeGrant(configuration, back, checks);
  return { configuration, tokens, browser, claims: tokens.claims() };
}

const control = (path, fields = {}) =>
  fetch(`${at.sandbox}/_sandbox/bank_id/${path}`, { method: "POST", body: new URLSearchParams(fields) });

const profile = async (configuration, token) =>
  fetch(`${issuer}profile`, { headers: { authorization: `Bearer ${token}` } });

test("a login by secret: a signed ID token without personal data, userinfo by scope", async () => {
  const { configuration, tokens, claims } = await logIn("plain");

  assert.equal(claims.iss, issuer);
  assert.equal(claims.acr, "loa3");
  assert.equal(claims.exp - claims.iat, 600);
  assert.equal(claims.bank_id, "0b7f4c1e-5d52-4e0a-9c5b-6a1f0d3e8c01");
  assert.equal(claims.name, undefined);
  const header = decodeProtectedHeader(tokens.id_token);
  assert.equal(header.alg, "PS512");
  assert.match(header.kid, /^rp-sign#/);

  const person = await oidc.fetchUserInfo(configuration, tokens.access_token, claims.sub);
  assert.equal(person.name, "Jana Nováková");
  assert.equal(person.birthdate, "1985-04-12");
  assert.equal(person.phone_number, undefined, "was not asked for");
  assert.equal(person.verified_claims.claims.family_name, "Nováková");
  assert.equal(person.verified_claims.claims.email, undefined, "an e-mail is not verified by registers");
  assert.equal(person.verified_claims.verification.verification_process, "99000101");
  assert.equal(person.txn.length, 36);
});

test("a message signed with the secret, and one signed with a key, prove a client too", async () => {
  assert.ok((await logIn("shared")).claims.sub);
  assert.ok((await logIn("signed")).claims.sub);
});

test("what a person leaves out is not granted, and what a client may not ask is refused", async () => {
  const { configuration, tokens, claims } = await logIn("plain", { allow: ["profile.name"] });
  assert.equal(tokens.scope, "openid profile.name");
  const person = await oidc.fetchUserInfo(configuration, tokens.access_token, claims.sub);
  assert.equal(person.birthdate, undefined);

  const narrow = await discover("narrow");
  const { url } = await ask(narrow, { scope: "openid profile.email" });
  const { url: back } = await new Browser().go(url);
  assert.equal(back.searchParams.get("error"), "invalid_scope");
});

test("signed userinfo verifies by openid-client and by jose", async () => {
  const { configuration, tokens, claims } = await logIn("signed");

  const person = await oidc.fetchUserInfo(configuration, tokens.access_token, claims.sub);
  assert.equal(person.given_name, "Jana");

  const response = await profile(configuration, tokens.access_token);
  assert.equal(response.headers.get("content-type"), "application/jwt");
  const { payload } = await jwtVerify(await response.text(), createRemoteJWKSet(new URL(`${issuer}.well-known/jwks`)), {
    issuer,
    audience: "signed",
    algorithms: ["PS512"],
  });
  assert.equal(payload.sub, claims.sub);
});

test("encrypted userinfo and profile open by openid-client and by jose alone", async () => {
  const { configuration, tokens, claims } = await logIn("sealed", { parameters: { scope: everything } });

  const person = await oidc.fetchUserInfo(configuration, tokens.access_token, claims.sub);
  assert.equal(person.given_name, "Jana");

  const sealed = await (await profile(configuration, tokens.access_token)).text();
  const opened = await compactDecrypt(sealed, keys.decrypt.privateKey, {
    keyManagementAlgorithms: ["RSA-OAEP-256"],
    contentEncryptionAlgorithms: ["A256GCM"],
  });
  assert.equal(opened.protectedHeader.cty, "JWT");
  assert.equal(opened.protectedHeader.kid, "decrypt-1");
  const signed = new TextDecoder().decode(opened.plaintext);
  const { payload } = await jwtVerify(signed, createRemoteJWKSet(new URL(`${issuer}.well-known/jwks`)), { issuer });
  assert.match(payload.birthnumber, /^855412\d{4}$/);
  assert.equal(payload.addresses[0].ruian_reference, "7654321");
  assert.equal(payload.title_prefix, "Mgr.");
  assert.match(payload.txn, /^[0-9a-f-]{36}:openid:/);
});

test("a bank chosen by the service skips the choice, an unknown one is an error", async () => {
  const banks = await (await fetch(`${issuer}api/v1/banks?client_id=plain`)).json();
  assert.deepEqual(banks.items.map((bank) => bank.title), ["Vltavská banka", "Krumlovská spořitelna", "Šumavská záložna"]);
  const logo = await fetch(banks.items[1].available_logo_images[0].url);
  assert.equal(logo.headers.get("content-type"), "image/svg+xml");

  const configuration = await discover("plain");
  const direct = await ask(configuration, { bank_id: banks.items[1].id });
  const page = await new Browser().go(direct.url);
  assert.match(page.url.pathname, /\/login\//);
  assert.match(page.text, /Krumlovská spořitelna/);

  const unknown = await ask(configuration, { bank_id: "00000000-0000-4000-8000-000000000000" });
  const { url } = await new Browser().go(unknown.url);
  assert.equal(url.searchParams.get("error"), "invalid_request");
});

test("an unregistered address or client gets a page and nothing is sent", async () => {
  const configuration = await discover("plain");
  for (const [name, value, code] of [
    ["redirect_uri", `${at.application}/plain/`, "invalid_redirect_uri"],
    ["client_id", "nobody", "invalid_client_metadata"],
  ]) {
    const url = new URL((await ask(configuration)).url);
    url.searchParams.set(name, value);
    const page = await new Browser().go(url.href);
    assert.equal(page.status, 400);
    assert.match(page.text, new RegExp(`id="error-code">${code}<`));
  }
});

test("state and nonce are demanded, HTTP Basic is refused", async () => {
  const configuration = await discover("plain");
  for (const name of ["state", "nonce"]) {
    const url = new URL((await ask(configuration)).url);
    url.searchParams.delete(name);
    assert.equal((await new Browser().go(url.href)).url.searchParams.get("error"), "invalid_request");
  }

  const answer = await fetch(`${issuer}token`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa("plain:a-secret-of-thirty-two-characters")}` },
    body: new URLSearchParams({ grant_type: "authorization_code", code: "x" }),
  });
  assert.equal(answer.status, 401);
  assert.equal((await answer.json()).error, "invalid_client");
  assert.match(answer.headers.get("traceId"), /^[0-9a-z]{16}$/i);
});

test("a code serves once, and its second use ends the tokens of the first", async () => {
  const configuration = await discover("plain");
  const { url, checks } = await ask(configuration);
  const { url: back } = await walk(new Browser(), url);
  const tokens = await oidc.authorizationCodeGrant(configuration, back, checks);

  await assert.rejects(oidc.authorizationCodeGrant(configuration, back, checks), { error: "invalid_grant" });
  await assert.rejects(oidc.fetchUserInfo(configuration, tokens.access_token, tokens.claims().sub));
});

test("introspection, refresh, logout", async () => {
  const { configuration, tokens, claims } = await logIn("plain", { parameters: { scope: everything } });

  const info = await oidc.tokenIntrospection(configuration, tokens.access_token);
  assert.equal(info.active, true);
  assert.equal(info.sub, claims.sub);
  const renewed = await oidc.refreshTokenGrant(configuration, tokens.refresh_token, { scope: "openid profile.name" });
  assert.equal(renewed.claims().sub, claims.sub);
  assert.equal(renewed.scope, "openid profile.name");

  const bye = oidc.buildEndSessionUrl(configuration, {
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: `${at.application}/bye`,
    state: "s",
  });
  const { url } = await new Browser().go(bye.href);
  assert.equal(url.href, `${at.application}/bye?state=s`);
  bye.searchParams.delete("id_token_hint");
  assert.equal((await new Browser().go(bye.href)).status, 400);
});

test("prompt=none answers only in a browser where somebody is logged in", async () => {
  const { browser, claims } = await logIn("plain");

  const again = await logIn("plain", { browser, parameters: { prompt: "none" } });
  assert.equal(again.claims.sub, claims.sub);
  assert.equal(again.claims.auth_time, claims.auth_time);

  const { url } = await ask(await discover("plain"), { prompt: "none" });
  assert.equal((await new Browser().go(url)).url.searchParams.get("error"), "login_required");
});

test("one person at two banks: one subject, two, or a new one that names the former", async () => {
  const sub = async (persona, bank) => (await logIn("plain", { persona, bank })).claims;

  assert.equal((await sub("novakova", "vltavska")).sub, (await sub("novakova", "krumlovska")).sub);
  assert.notEqual((await sub("bank-two", "vltavska")).sub, (await sub("bank-two", "krumlovska")).sub);
  const first = await sub("bank-joined", "vltavska");
  const joined = await sub("bank-joined", "krumlovska");
  assert.notEqual(first.sub, joined.sub);
  assert.ok(joined.outdated_subs.includes(first.sub));
  assert.equal(first.outdated_subs, undefined);
});

test("people whose login ends in an error of the bank", async () => {
  const { url } = await ask(await discover("plain"));
  for (const [persona, bank, error] of [
    ["bank-noeid", "vltavska", "eid_doesnt_exist"],
    ["bank-ineligible", "vltavska", "user_not_eligible"],
    ["bank-down", "sumavska", "temporarily_unavailable"],
    ["bank-broken", "sumavska", "server_error"],
  ]) {
    const back = await walk(new Browser(), url, { persona, bank });
    assert.equal(back.url.searchParams.get("error"), error, persona);
  }
});

// Faults of the ID token and of the way back: openid-client refuses each, and the next login is sound again.
const refused = [
  ["wrong_iss"], ["iss_without_slash"], ["wrong_aud"], ["two_auds"], ["wrong_azp", "sound for it: azp is compared with several audiences only"],
  ["no_aud"], ["wrong_nonce"], ["no_nonce"], ["no_sub"], ["empty_sub", "sound for it: a subject is a string"], ["no_iat"], ["no_exp"], ["expired"], ["alg_none"], ["alg_hmac"],
  ["other_alg"], ["foreign_key"], ["foreign_kid"], ["bad_signature"], ["critical"], ["cancelled"], ["server_error"], ["temporarily_unavailable"],
  ["unknown_error"], ["wrong_state"], ["no_state"], ["two_states"], ["no_code"], ["foreign_code"], ["old_code"], ["answer_iss"], ["invalid_grant"],
  ["invalid_client"], ["token_html"], ["token_slow"], ["token_unavailable"], ["token_limited"], ["token_redirect"], ["token_truncated"],
  ["no_id_token"], ["no_access_token"], ["token_type"], ["code_and_error"],
];
for (const [fault, note] of refused) {
  test(`openid-client and the fault ${fault}`, async () => {
    await logIn("plain", { persona: "twin" });
    assert.equal((await control("fault", { fault, client_id: "plain" })).status, 200);
    if (note) await logIn("plain");
    else await assert.rejects(logIn("plain"), fault);
    await logIn("plain");
  });
}
