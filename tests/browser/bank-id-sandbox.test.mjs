// openid-client, a certified relying party that knows nothing of us, logs people in at the sandbox Bank iD. What it
// takes is what the broker may be built against; what it refuses shows that the faults are ones.

import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { compactDecrypt, createRemoteJWKSet, decodeProtectedHeader, exportJWK, generateKeyPair, jwtVerify } from "jose";
import * as oidc from "openid-client";
import { typeAtBank } from "./support/bank.mjs";
import { FormBrowser } from "./support/forms.mjs";
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
    agree: await generateKeyPair("ECDH-ES", { extractable: true }),
  };
  const jwks = {
    keys: [
      { ...(await exportJWK(keys.sign.publicKey)), use: "sig", kid: "sign-1", alg: "PS512" },
      { ...(await exportJWK(keys.decrypt.publicKey)), use: "enc", kid: "decrypt-1", alg: "RSA-OAEP-256" },
      { ...(await exportJWK(keys.agree.publicKey)), use: "enc", kid: "agree-1", alg: "ECDH-ES" },
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
${client("curve", `${signs}\nuserinfo = "encrypted"\nencryption_alg = "ECDH-ES"`)}
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
  curve: () => byKey(),
};
const byKey = () =>
  oidc.PrivateKeyJwt(
    { key: keys.sign.privateKey, kid: "sign-1" },
    { [oidc.modifyAssertion]: (_header, payload) => (payload.aud = `${issuer}token`) },
  );

/** Seconds that openid-client waits for an answer: not long for one that comes an octet at a time. */
const patience = (fault) => (fault.endsWith("_slow") ? 3 : 30);

/** What openid-client reads of the provider, for one of our registrations. */
async function discover(id, fault = "") {
  const metadata = {
    plain: {},
    shared: {},
    narrow: {},
    signed: { userinfo_signed_response_alg: "PS512" },
    sealed: { userinfo_signed_response_alg: "PS512" },
    curve: { userinfo_signed_response_alg: "PS512" },
  }[id];
  const configuration = await oidc.discovery(
    new URL(issuer),
    id,
    { ...metadata, id_token_signed_response_alg: "PS512" },
    methods[id](),
    { execute: [oidc.allowInsecureRequests], timeout: patience(fault) },
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

/** Through the pages of bank, phone and consent. */
async function walk(browser, url, { allow, ...choices } = {}) {
  const page = await typeAtBank(browser, await browser.go(url), choices);
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
async function logIn(id, { parameters, browser = new FormBrowser(at.sandbox), expected, ...choices } = {}) {
  const configuration = await discover(id, expected);
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
  const { url: back } = await new FormBrowser(at.sandbox).go(url);
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

test("a client that wants Diffie and Hellman gets its answer by them", async () => {
  const { configuration, tokens, claims } = await logIn("curve");

  const sealed = await (await profile(configuration, tokens.access_token)).text();
  const opened = await compactDecrypt(sealed, keys.agree.privateKey, { keyManagementAlgorithms: ["ECDH-ES"] });
  const set = createRemoteJWKSet(new URL(`${issuer}.well-known/jwks`));
  const { payload } = await jwtVerify(new TextDecoder().decode(opened.plaintext), set, { issuer, audience: "curve" });
  assert.equal(payload.sub, claims.sub);
});

test("a bank chosen by the service skips the choice, an unknown one is an error", async () => {
  const banks = await (await fetch(`${issuer}api/v1/banks?client_id=plain`)).json();
  assert.deepEqual(banks.items.map((bank) => bank.title), ["Vltavská banka", "Krumlovská spořitelna", "Šumavská záložna"]);
  const logo = await fetch(banks.items[1].available_logo_images[0].url);
  assert.equal(logo.headers.get("content-type"), "image/svg+xml");

  const configuration = await discover("plain");
  const direct = await ask(configuration, { bank_id: banks.items[1].id });
  const page = await new FormBrowser(at.sandbox).go(direct.url);
  assert.match(page.url.pathname, /\/login\//);
  assert.match(page.text, /Krumlovská spořitelna/);

  const unknown = await ask(configuration, { bank_id: "00000000-0000-4000-8000-000000000000" });
  const { url } = await new FormBrowser(at.sandbox).go(unknown.url);
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
    const page = await new FormBrowser(at.sandbox).go(url.href);
    assert.equal(page.status, 400);
    assert.match(page.text, new RegExp(`id="error-code">${code}<`));
  }
});

test("state and nonce are demanded, HTTP Basic is refused", async () => {
  const configuration = await discover("plain");
  for (const name of ["state", "nonce"]) {
    const url = new URL((await ask(configuration)).url);
    url.searchParams.delete(name);
    assert.equal((await new FormBrowser(at.sandbox).go(url.href)).url.searchParams.get("error"), "invalid_request");
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
  const { url: back } = await walk(new FormBrowser(at.sandbox), url);
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
  const { url } = await new FormBrowser(at.sandbox).go(bye.href);
  assert.equal(url.href, `${at.application}/bye?state=s`);
  bye.searchParams.delete("id_token_hint");
  assert.equal((await new FormBrowser(at.sandbox).go(bye.href)).status, 400);
});

test("prompt=none answers only in a browser where somebody is logged in", async () => {
  const { browser, claims } = await logIn("plain");

  const again = await logIn("plain", { browser, parameters: { prompt: "none" } });
  assert.equal(again.claims.sub, claims.sub);
  assert.equal(again.claims.auth_time, claims.auth_time);

  const { url } = await ask(await discover("plain"), { prompt: "none" });
  assert.equal((await new FormBrowser(at.sandbox).go(url)).url.searchParams.get("error"), "login_required");
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
    const back = await walk(new FormBrowser(at.sandbox), url, { persona, bank });
    assert.equal(back.url.searchParams.get("error"), error, persona);
  }
});

// What openid-client must not take. It refuses each, and the next login is sound again.
const refused = {
  plain: [
    "wrong_iss", "iss_without_slash", "wrong_aud", "two_auds", "no_aud", "wrong_nonce", "no_nonce", "no_sub", "no_iat", "no_exp", "expired",
    "alg_none", "alg_hmac", "other_alg", "foreign_key", "foreign_kid", "bad_signature", "critical", "cancelled", "server_error",
    "temporarily_unavailable", "eid_doesnt_exist", "user_not_eligible", "login_required", "invalid_scope", "unknown_error", "wrong_state",
    "no_state", "two_states", "no_code", "foreign_code", "old_code", "code_and_error", "answer_iss", "invalid_grant", "invalid_client",
    "token_html", "token_slow", "token_unavailable", "token_limited", "token_redirect", "token_truncated", "no_id_token", "no_access_token",
    "token_type", "userinfo_sub", "userinfo_no_sub", "userinfo_html", "userinfo_slow", "userinfo_unavailable", "userinfo_limited",
    "userinfo_redirect", "userinfo_truncated", "userinfo_unauthorized", "userinfo_forbidden",
  ],
  signed: [
    "userinfo_plain", "userinfo_alg_none", "userinfo_foreign_key", "userinfo_bad_signature", "userinfo_wrong_iss", "userinfo_wrong_aud",
    "userinfo_sub",
  ],
  sealed: [
    "userinfo_plain", "userinfo_not_nested", "userinfo_other_recipient", "userinfo_rsa15", "userinfo_foreign_key", "userinfo_sub",
  ],
};

/** A login and what is said of the person. */
async function logInAndRead(id, expected) {
  const { configuration, tokens, claims } = await logIn(id, { expected });
  return { claims, person: await oidc.fetchUserInfo(configuration, tokens.access_token, claims.sub) };
}

for (const [id, faults] of Object.entries(refused)) {
  for (const fault of faults) {
    test(`openid-client refuses ${fault} (${id})`, async () => {
      // The code of this login is the old one.
      if (fault === "old_code") await logIn(id, { persona: "twin" });
      assert.equal((await control("fault", { fault, client_id: id })).status, 200);

      await assert.rejects(logInAndRead(id, fault), fault);

      assert.equal((await logInAndRead(id)).person.given_name, "Jana");
    });
  }
}

test("what a careful reader takes, openid-client takes too", async () => {
  for (const fault of ["rotated_key", "verification_time_null", "verification_empty", "verification_absent", "verified_claims_absent", "updated_at_ms"]) {
    await control("fault", { fault, client_id: "plain" });
    assert.equal((await logInAndRead("plain")).person.given_name, "Jana", fault);
  }
});

test("a fault chosen on the page of the bank is of that login alone", async () => {
  await assert.rejects(logIn("plain", { fault: "wrong_nonce" }));
  assert.ok((await logIn("plain")).claims.sub);
});

test("openid-client refuses a description or keys of somebody else", async () => {
  for (const fault of ["discovery_issuer", "discovery_html", "discovery_unavailable", "discovery_redirect", "discovery_truncated", "discovery_slow"]) {
    await control("fault", { fault });
    await assert.rejects(discover("plain", fault), fault);
  }
  for (const fault of ["jwks_empty", "jwks_foreign", "jwks_html", "jwks_unavailable", "jwks_redirect", "jwks_slow"]) {
    await control("fault", { fault });
    await assert.rejects(logIn("plain", { expected: fault }), fault);
  }
  await control("fault", { fault: "discovery_foreign_endpoint" });
  assert.equal((await discover("plain")).serverMetadata().token_endpoint, "https://jiny-poskytovatel.example/token");
});

test("a fault lasts as long as asked, and unknown ones are refused", async () => {
  await control("fault", { fault: "banks_unavailable", times: "0" });
  for (let n = 0; n < 3; n += 1) assert.equal((await fetch(`${issuer}api/v1/banks`)).status, 503);
  await control("fault/clear");
  assert.equal((await fetch(`${issuer}api/v1/banks`)).status, 200);
  assert.equal((await control("fault", { fault: "nonsense" })).status, 422);
});

test("an exchanged key signs at once; without overlap the old one is gone", async () => {
  const kids = async () => (await (await fetch(`${issuer}.well-known/jwks`)).json()).keys.filter((key) => key.use === "sig").map((key) => key.kid);
  const before = await kids();

  await control("rotate-key");
  assert.ok((await kids()).includes(before[0]));
  await control("rotate-key", { overlap: "false" });
  assert.deepEqual((await kids()).filter((kid) => before.includes(kid)), ["mtls"]);
  const { keys } = await (await fetch(`${issuer}.well-known/jwks`)).json();
  const signing = keys.find((key) => key.kid.startsWith("rp-sign#"));
  const certificate = new X509Certificate(Buffer.from(signing.x5c[0], "base64"));
  assert.equal(certificate.publicKey.export({ format: "jwk" }).n, signing.n, "the certificate is over the key beside it");
  assert.ok((await logIn("signed")).claims.sub);
});

test("changed claims are told, signed for some and sealed for others, flawed on demand", async () => {
  const set = createRemoteJWKSet(new URL(`${issuer}.well-known/jwks`));
  const notify = async (fields) => {
    received.length = 0;
    const answer = await control("notify", { persona: "novakova", ...fields });
    assert.equal((await answer.json()).status, 200);
    return received[0];
  };
  const silent = await control("notify", { persona: "novakova", client_id: "signed" });
  assert.equal(silent.status, 422, "nobody agreed to it");
  const hearing = { parameters: { scope: `${scopes} notification.claims_updated` } };
  const { claims } = await logIn("signed", hearing);
  await logIn("sealed", hearing);

  const told = await notify({ client_id: "signed", claims: "family_name addresses" });
  assert.equal(told.url, "/events");
  assert.equal(told.type, "application/jwe");
  const { payload } = await jwtVerify(told.body, set, { issuer });
  assert.equal(payload.events[0].type, "claims_updated");
  assert.equal(payload.events[0].sub, claims.sub);
  assert.deepEqual(payload.events[0].affected_claims, ["family_name", "addresses"]);
  assert.deepEqual(payload.events[0].affected_client_ids, ["signed"]);

  const again = await notify({ client_id: "signed", flaw: "repeated" });
  assert.equal(again.body, told.body);
  const form = new URLSearchParams((await notify({ client_id: "signed", as_form: "on" })).body);
  assert.ok((await jwtVerify(form.get("notification_token"), set)).payload.jti);
  await assert.rejects(jwtVerify((await notify({ client_id: "signed", flaw: "foreign_key" })).body, set));
  await assert.rejects(jwtVerify((await notify({ client_id: "signed", flaw: "bad_signature" })).body, set));

  const sealed = await notify({ client_id: "sealed" });
  const opened = await compactDecrypt(sealed.body, keys.decrypt.privateKey);
  assert.ok((await jwtVerify(new TextDecoder().decode(opened.plaintext), set, { issuer })).payload.jti);

  // She married in the meantime and is still who agreed; then she thinks better of it.
  await notify({ client_id: "signed", persona: "newname" });
  await logIn("signed", { ...hearing, allow: ["profile.name"] });
  received.length = 0;
  assert.equal((await control("notify", { persona: "novakova", client_id: "signed" })).status, 422);
  assert.equal(received.length, 0);
  await notify({ client_id: "sealed" });
});

test("a logout elsewhere is told by a logout token without a nonce", async () => {
  const { browser, tokens, claims } = await logIn("plain");
  const second = await logIn("signed", { browser });
  received.length = 0;

  const bye = oidc.buildEndSessionUrl(await discover("plain"), { id_token_hint: tokens.id_token });
  assert.equal((await browser.go(bye.href)).status, 200);
  assert.notEqual(claims.aud, second.claims.aud);

  await control("backchannel-logout", { client_id: "signed", persona: "novakova" });
  const token = new URLSearchParams(received.at(-1).body).get("logout_token");
  const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(`${issuer}.well-known/jwks`)), { issuer, audience: "signed" });
  assert.equal(payload.sub, second.claims.sub);
  assert.deepEqual(payload.events, { "http://schemas.openid.net/event/backchannel-logout": {} });
  assert.equal(payload.nonce, undefined);
});

test("a new subject names the one before", async () => {
  const before = (await logIn("plain", { persona: "diacritics" })).claims;

  await control("new-subject", { persona: "diacritics" });

  const after = (await logIn("plain", { persona: "diacritics" })).claims;
  assert.notEqual(after.sub, before.sub);
  assert.deepEqual(after.outdated_subs, [before.sub]);
});

test("people are told apart by more than a name: one in trade, one whose name is long, one who has a single word", async () => {
  const person = async (persona, bank) => {
    const parameters = { scope: everything };
    const { configuration, tokens, claims } = await logIn("plain", { persona, bank, parameters });
    const told = await oidc.fetchUserInfo(configuration, tokens.access_token, claims.sub);
    return { ...told, ...(await (await profile(configuration, tokens.access_token)).json()) };
  };

  const trader = await person("bank-trader", "krumlovska");
  const subject = await (await fetch(`${at.sandbox}/ares/ekonomicke-subjekty/00000019`)).json();
  assert.equal(subject.obchodniJmeno, trader.name);
  assert.equal(subject.seznamRegistraci.stavZdrojeRzp, "AKTIVNI");
  assert.equal(String(subject.sidlo.kodAdresnihoMista), trader.addresses[0].ruian_reference);
  assert.match(trader.birthnumber, /^900130\d{4}$/);

  const long = await person("bank-longname", "vltavska");
  assert.equal(long.name, "Štěpánka Maxmiliána Alžběta Kryštofína Němcovrchoslavická-Žďárohradišťovská");
  assert.equal(long.name, `${long.given_name} ${long.family_name}`);

  const single = await person("bank-oneword", "sumavska");
  assert.equal(single.name, "Budirahayu");
  assert.equal(single.family_name, "Budirahayu");
  for (const claims of [single, single.verified_claims.claims]) assert.ok(!("given_name" in claims));
});

test("the journal shows what was asked, without secrets", async () => {
  await logIn("plain");

  const journal = await fetch(`${at.sandbox}/_sandbox/bank_id/journal`);
  const { calls } = await journal.json();
  const asked = calls.find((call) => call.endpoint === "auth");
  assert.equal(asked.parameters.code_challenge_method, "S256");
  assert.ok(!JSON.stringify(calls).includes("a-secret-of-thirty-two-characters"));
});

test("a client registered while it runs can log people in", async () => {
  await control("client", { client_id: "late", redirect_uris: `${at.application}/late`, client_secret: "a-secret-of-the-latecomer-0123456", auth_method: "client_secret_post" });
  const url = `${issuer}auth?client_id=late&redirect_uri=${encodeURIComponent(`${at.application}/late`)}&response_type=code&scope=openid&state=s&nonce=n`;

  const { url: back } = await walk(new FormBrowser(at.sandbox), url);
  assert.ok(back.searchParams.get("code"));

  await control("client/remove", { client_id: "late" });
  assert.equal((await new FormBrowser(at.sandbox).go(url)).status, 400);
});
