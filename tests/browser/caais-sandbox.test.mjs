// openid-client logs officials in at the sandbox CAAIS: keys without names, and a token endpoint on another host that asks
// for a certificate.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { request } from "node:https";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import * as oidc from "openid-client";
import { FormBrowser } from "./support/forms.mjs";
import { folder, freePort, root, start } from "./support/program.mjs";

const run = promisify(execFile);
const home = "http://localhost:9/caais";
let at, issuer, place, program, tls;

before(async () => {
  place = await folder();
  const [plain, everybody, holders] = [await freePort(), await freePort(), await freePort()];
  const pki = join(place.path, "tls");
  await run("bash", [join(root, "config/development/certificates.sh"), pki]);
  // A second holder of a certificate of the same authority.
  await run("openssl", ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=Somebody else", "-keyout", "other.key", "-out", "other.csr"], { cwd: pki });
  await run("openssl", ["x509", "-req", "-in", "other.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30", "-out", "other.pem"], { cwd: pki });
  const read = (name) => readFile(join(pki, name));
  tls = {
    ours: { ca: await read("ca.pem"), cert: await read("client.pem"), key: await read("client.key") },
    other: { ca: await read("ca.pem"), cert: await read("other.pem"), key: await read("other.key") },
    none: { ca: await read("ca.pem") },
  };
  at = { sandbox: `http://127.0.0.1:${plain}`, holders: `https://127.0.0.1:${holders}` };
  issuer = `${at.sandbox}/caais/`;
  const toml = `
listen = "127.0.0.1:${plain}"
data_dir = "${place.path}/sandbox"
[tls]
listen = "127.0.0.1:${everybody}"
client_listen = "127.0.0.1:${holders}"
certificate = "${pki}/server.pem"
key = "${pki}/server.key"
ca = "${pki}/ca.pem"
[[caais.client]]
client_id = "CITY"
redirect_uris = ["${home}"]
post_logout_redirect_uris = ["${home}/bye"]
certificate_file = "${pki}/client.pem"
[[caais.client]]
client_id = "PINNED"
redirect_uris = ["${home}"]
certificate_sha256 = "${new X509Certificate(tls.ours.cert).fingerprint256}"
`;
  program = await start("city-sandbox", toml, place.path, `${at.sandbox}/healthz`);
});
after(async () => {
  await program?.stop();
  await place?.remove();
});

/** `fetch` that shows a certificate where TLS is spoken. */
const fetchWith = (credentials) => (url, options) => {
  if (url.startsWith("http:")) return fetch(url, options);
  return new Promise((resolve, reject) => {
    const { method, signal } = options;
    const headers = Object.fromEntries(new Headers(options.headers));
    const call = request(url, { ...credentials, method, headers, signal }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => resolve(new Response(Buffer.concat(parts), { status: answer.statusCode, headers: answer.headers })));
      answer.on("error", reject);
    });
    call.on("error", reject);
    call.end(options.body?.toString());
  });
};

/** Seconds that openid-client waits for an answer: not long for one that comes an octet at a time. */
const patience = (fault) => (fault.endsWith("_slow") ? 3 : 30);

async function discover(id = "CITY", credentials = tls.ours, fault = "") {
  const configuration = await oidc.discovery(new URL(issuer), id, {}, oidc.TlsClientAuth(), {
    execute: [oidc.allowInsecureRequests],
    [oidc.customFetch]: fetchWith(credentials),
    timeout: patience(fault),
  });
  oidc.enableNonRepudiationChecks(configuration);
  return configuration;
}

async function ask(configuration, parameters = {}) {
  const verifier = oidc.randomPKCECodeVerifier();
  const [state, nonce] = [oidc.randomState(), oidc.randomNonce()];
  const url = oidc.buildAuthorizationUrl(configuration, {
    redirect_uri: home,
    scope: "openid profile role contact subject",
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
    ...parameters,
  });
  return { url: url.href, checks: { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true } };
}

async function logIn({ officer = "editor", id, credentials, browser = new FormBrowser(at.sandbox), parameters, fault = "", expected } = {}) {
  const configuration = await discover(id, credentials, expected);
  const { url, checks } = await ask(configuration, parameters);
  let page = await browser.go(url);
  if (page.url.pathname.includes("/login/")) page = await browser.go(page.url.href, { officer, fault });
  const tokens = await oidc.authorizationCodeGrant(configuration, page.url, checks);
  return { configuration, tokens, browser, claims: tokens.claims() };
}

const control = (path, fields = {}) =>
  fetch(`${at.sandbox}/_sandbox/caais/${path}`, { method: "POST", body: new URLSearchParams(fields) });

test("an official logs in, and everything about them stands in the ID token", async () => {
  const { configuration, tokens, claims } = await logIn();

  assert.equal(configuration.serverMetadata().token_endpoint, `${at.holders}/caais/oauth2/token`);
  const header = decodeProtectedHeader(tokens.id_token);
  assert.equal(header.alg, "RS256");
  assert.equal(header.kid, undefined);
  assert.equal(claims.iss, issuer);
  assert.equal(claims.azp, "CITY");
  assert.equal(claims.lei, "00245836");
  assert.equal(claims.family_name, "Psavá");
  assert.deepEqual(claims.access_roles[0], { access_role_code: "PORTAL.EDITOR" });
  assert.equal(claims.person_identified, true);
  assert.equal(claims.acr, undefined, "the level is not told");
  assert.equal(tokens.expires_in, 299);
  assert.ok((await logIn({ id: "PINNED" })).claims.sub);
});

test("the key set names no keys, and two of them must be tried", async () => {
  const set = () => fetch(`${issuer}oauth2/jwks`).then((answer) => answer.json());
  assert.ok((await set()).keys.every((key) => !("kid" in key)));
  const { tokens } = await logIn();

  await control("rotate-key");
  assert.equal((await set()).keys.length, 2);
  const keys = createRemoteJWKSet(new URL(`${issuer}oauth2/jwks`));
  const tried = await jwtVerify(tokens.id_token, keys, { issuer }).catch(async (error) => {
    for await (const key of error) {
      const verified = await jwtVerify(tokens.id_token, key, { issuer }).catch(() => undefined);
      if (verified) return verified;
    }
  });
  assert.equal(tried.payload.lei, "00245836");

  await control("rotate-key", { overlap: "false" });
  assert.equal((await set()).keys.length, 1);
});

test("only the registered certificate gets tokens", async () => {
  await assert.rejects(logIn({ credentials: tls.other }), { error: "invalid_client" });
  await assert.rejects(logIn({ credentials: tls.none }));
  const form = new URLSearchParams({ grant_type: "authorization_code", client_id: "CITY", code: "x", redirect_uri: home });
  const answer = await fetch(`${issuer}oauth2/token`, { method: "POST", body: form });
  assert.equal(answer.status, 403);
  const secret = new URLSearchParams({ ...Object.fromEntries(form), client_secret: "x" });
  const refused = await fetchWith(tls.ours)(`${at.holders}/caais/oauth2/token`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: secret,
  });
  assert.equal(refused.status, 401);
});

test("a wrong request ends on a page with 400, nothing is sent back", async () => {
  const configuration = await discover();
  for (const [name, value] of [
    ["redirect_uri", `${home}/x`],
    ["client_id", "NOBODY"],
    ["scope", "openid everything"],
    ["response_type", "token"],
    ["code_challenge_method", "plain"],
  ]) {
    const url = new URL((await ask(configuration)).url);
    url.searchParams.set(name, value);
    const page = await new FormBrowser(at.sandbox).go(url.href);
    assert.equal(page.status, 400, name);
    assert.match(page.text, /id="error-code"/);
  }
});

test("officials a town must tell apart", async () => {
  const claims = async (officer) => (await logIn({ officer })).claims;

  assert.notEqual((await claims("other-town")).lei, "00245836");
  assert.deepEqual((await claims("no-role")).access_roles, []);
  assert.equal((await claims("unidentified")).person_identified, false);
});

test("single sign-on answers at once, prompt=login asks again, logout ends it", async () => {
  const { browser, tokens, claims } = await logIn();

  const again = await logIn({ browser, officer: "nobody-is-asked" });
  assert.equal(again.claims.sid, claims.sid);
  assert.equal(again.claims.auth_time, claims.auth_time);
  const { url } = await ask(await discover(), { prompt: "login" });
  assert.match((await browser.go(url)).url.pathname, /\/login\//);

  const bye = new URL(`${issuer}oauth2/end_session`);
  const parameters = { client_id: "CITY", post_logout_redirect_uri: `${home}/bye`, id_token_hint: tokens.id_token, state: "s" };
  for (const missing of ["client_id", "post_logout_redirect_uri", "id_token_hint"]) {
    const { [missing]: _, ...rest } = parameters;
    bye.search = new URLSearchParams(rest);
    assert.equal((await browser.go(bye.href)).status, 400, missing);
  }
  bye.search = new URLSearchParams(parameters);
  assert.equal((await browser.go(bye.href)).url.href, `${home}/bye?state=s`);
  assert.match((await browser.go((await ask(await discover())).url)).url.pathname, /\/login\//);
});

test("a refresh token gives new tokens once", async () => {
  const { configuration, tokens, claims } = await logIn();

  const renewed = await oidc.refreshTokenGrant(configuration, tokens.refresh_token);
  assert.equal(renewed.claims().sub, claims.sub);
  await assert.rejects(oidc.refreshTokenGrant(configuration, tokens.refresh_token), { error: "invalid_grant" });
});

for (const fault of [
  "wrong_iss", "iss_without_slash", "wrong_aud", "two_auds", "no_aud", "wrong_nonce", "no_nonce", "no_sub", "no_iat", "no_exp", "expired",
  "alg_none", "alg_hmac", "other_alg", "foreign_key", "foreign_kid", "bad_signature", "critical", "cancelled", "server_error",
  "unknown_error", "wrong_state", "no_state", "two_states", "no_code", "foreign_code", "answer_iss", "invalid_grant", "invalid_client",
  "token_html", "token_slow", "token_unavailable", "token_limited", "token_redirect", "token_truncated", "no_id_token", "token_type",
]) {
  test(`openid-client refuses ${fault}`, async () => {
    assert.equal((await control("fault", { fault, client_id: "CITY" })).status, 200);

    await assert.rejects(logIn({ expected: fault }), fault);

    assert.ok((await logIn()).claims.sub);
  });
}

test("openid-client refuses a description or keys of somebody else", async () => {
  for (const fault of ["discovery_issuer", "discovery_html", "discovery_unavailable", "discovery_truncated"]) {
    await control("fault", { fault });
    await assert.rejects(discover(), fault);
  }
  for (const fault of ["jwks_empty", "jwks_foreign", "jwks_html"]) {
    await control("fault", { fault });
    await assert.rejects(logIn(), fault);
  }
});

test("a fault of banks is none of CAAIS", async () => {
  assert.equal((await control("fault", { fault: "eid_doesnt_exist" })).status, 422);
  await assert.rejects(logIn({ fault: "wrong_nonce" }));
});
