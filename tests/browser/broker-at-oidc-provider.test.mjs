// The broker as a relying party: its general OpenID provider at oidc-provider, which is not ours, behind a proxy that lies.
// The cases of the relying-party plans `oidcc-client-basic`, `-config` and `-back-channel-logout`, one lie each.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { after, before, describe, it } from "node:test";

import { launch } from "./support/chromium.mjs";
import { LOGOUT_EVENT, signedByAStranger, startLiar, tampered, unsigned } from "./support/liar.mjs";
import { folder, freePort, start } from "./support/program.mjs";

const SECRET = "oidc-provider-and-broker-share: this";

let browser;

before(async () => {
  browser = await launch();
});

after(() => browser?.close());

/** How the client may be registered; each way is walked by a person from login to logout. */
const VARIANTS = [
  { auth: "client_secret_basic", scripts: true },
  { auth: "client_secret_post", scripts: false, userinfo: "signed" },
  { auth: "private_key_jwt", scripts: true, userinfo: "encrypted" },
];

for (const variant of VARIANTS) {
  describe(`the broker at oidc-provider: ${JSON.stringify(variant)}`, () => {
    let town;

    before(async () => {
      town = await begin(variant);
    });
    after(() => town?.stop());

    it("a person signs in, and out at both", async () => {
      const { page, close } = await visitor(variant);
      await signIn(page, town);
      assert.match(await page.locator("main").innerText(), /Jana Dvořáková/);

      await page.getByRole("button", { name: "Odhlásit" }).first().click();
      await page.waitForURL(`${town.liar.issuer}/**`);
      await page.getByRole("button", { name: "Yes, sign me out" }).click();
      await page.waitForURL((url) => url.href.startsWith(town.url));
      await page.goto(`${town.url}/account`);
      assert.match(page.url(), /\/login\//);
      await close();
    });

    it("a logout at the provider ends the session here", async () => {
      const { page, close } = await visitor(variant);
      await signIn(page, town);
      const told = town.liar.events("backchannel.success");

      await page.goto(`${town.liar.issuer}/session/end`);
      await page.getByRole("button", { name: "Yes, sign me out" }).click();
      await page.waitForLoadState();

      assert.equal(town.liar.events("backchannel.success") - told, 1, JSON.stringify(town.liar.log));
      await page.goto(`${town.url}/account`);
      assert.match(page.url(), /\/login\//);
      await close();
    });
  });
}

describe("the broker at a provider that lies", () => {
  let town, page, close;

  before(async () => {
    town = await begin(VARIANTS[0]);
    ({ page, close } = await visitor(VARIANTS[0]));
    await signIn(page, town);
  });
  after(async () => {
    await close?.();
    await town?.stop();
  });

  const refusals = [
    ["another issuer", { claims: { iss: "https://somebody-else.example" } }, "token-issuer-wrong"],
    ["the issuer with a slash", { claims: () => ({ iss: `${town.liar.issuer}/` }) }, "token-issuer-wrong"],
    ["no subject", { claims: { sub: undefined } }, "token-subject-missing"],
    ["another audience", { claims: { aud: "somebody-else" } }, "token-audience-wrong"],
    ["one audience too many", { claims: { aud: ["city broker", "somebody-else"] } }, "token-audience-wrong"],
    ["another party", { claims: { azp: "somebody-else" } }, "token-party-wrong"],
    ["no time of issue", { claims: { iat: undefined } }, "token-issue-time-missing"],
    ["expired", { claims: { exp: 1_700_000_000 } }, "token-expired"],
    ["another nonce", { claims: { nonce: "of-another-login" } }, "nonce-wrong"],
    ["no nonce", { claims: { nonce: undefined } }, "nonce-wrong"],
    ["another access token", { claims: { at_hash: "AAAAAAAAAAAAAAAAAAAAAA" } }, "access-token-hash-wrong"],
    ["no signature at all", { token: unsigned }, "signature-algorithm-forbidden"],
    ["a signature that does not hold", { token: tampered("somebody-else") }, "signature-mismatch"],
    ["a stranger's key under the known name", { token: signedByAStranger("one") }, "signature-mismatch"],
    ["a stranger's key under a new name", { token: signedByAStranger("three") }, "signing-key-unknown"],
    ["userinfo about somebody else", { userinfo: { sub: "somebody-else" } }, "userinfo-subject-wrong"],
    ["userinfo about nobody", { userinfo: { sub: undefined } }, "userinfo-subject-wrong"],
  ];
  for (const [lie, lies, code] of refusals) {
    it(`is refused: ${lie}`, async () => {
      town.liar.lies = { ...lies, claims: typeof lies.claims === "function" ? lies.claims() : lies.claims };
      const userinfo = town.liar.count("/me");
      const before = town.program.output().length;

      const status = await attempt(page, town);

      assert.equal(status, 400);
      assert.match(await page.locator("main").innerText(), /LOG-107/);
      assert.match(said(town.program.output(), before), new RegExp(`refusal="?${code}`));
      if (!lies.userinfo) assert.equal(town.liar.count("/me"), userinfo, "nobody goes on to userinfo");
      await page.goto(`${town.url}/account`);
      assert.match(page.url(), /\/login\//, "nobody is signed in");
    });
  }

  it("is believed again once it tells the truth, with no key identifier where there is one key", async () => {
    town.liar.lies = { header: { kid: undefined }, keys: (keys) => keys.map(({ kid, ...key }) => key) };
    await signIn(page, town);
    await signOut(page, town);
  });

  it("may rotate its keys at any time", async () => {
    town.liar.lies = {};
    for (let time = 0; time < 2; time += 1) {
      town.liar.rotate();
      const asked = town.liar.count("/jwks");

      await signIn(page, town);

      assert.equal(town.liar.count("/jwks") - asked, 1, "the keys are fetched once more");
      await signOut(page, town);
    }
  });

  it("of many arrivals of one answer one is redeemed, and all lead to the same place", async () => {
    town.liar.lies = {};
    const { callback, cookies } = await intercepted(page, town);
    const redeemed = town.liar.count("/token");

    const answers = await Promise.all(
      Array.from({ length: 20 }, () => fetch(callback, { redirect: "manual", headers: { cookie: cookies } })),
    );

    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([303]));
    assert.equal(new Set(answers.map(({ headers }) => headers.get("location"))).size, 1);
    assert.equal(town.liar.count("/token") - redeemed, 1);
  });

  it("a logout token is refused for each lie, uncached, and a true one ends the session", async () => {
    await signIn(page, town);
    const { liar } = town;
    const push = async (token) => {
      const address = `${town.url}/upstream/town/backchannel-logout`;
      const answer = await fetch(address, { method: "POST", body: new URLSearchParams({ logout_token: token }) });
      assert.equal(answer.headers.get("cache-control"), "no-store");
      return answer.status;
    };
    const claims = { iss: liar.issuer, aud: "city broker", sub: "jana", jti: "x", iat: Math.floor(Date.now() / 1000), events: { [LOGOUT_EVENT]: {} } };
    const lies = {
      "alg none": unsigned(claims),
      "wrong alg": await liar.logoutToken("jana", undefined, {}, { alg: "RS512" }),
      "no event": await liar.logoutToken("jana", undefined, { events: undefined }),
      "another event": await liar.logoutToken("jana", undefined, { events: { "urn:other": {} } }),
      "a nonce": await liar.logoutToken("jana", undefined, { nonce: "x" }),
      "another audience": await liar.logoutToken("jana", undefined, { aud: "somebody-else" }),
      "another issuer": await liar.logoutToken("jana", undefined, { iss: "https://somebody-else.example" }),
      nobody: await liar.logoutToken(undefined, undefined),
    };
    for (const [lie, token] of Object.entries(lies)) assert.equal(await push(token), 400, lie);
    assert.equal((await page.goto(`${town.url}/account`)).status(), 200);
    assert.doesNotMatch(page.url(), /\/login\//);

    const good = await liar.logoutToken("jana", undefined);
    assert.equal(await push(good), 200);
    await page.goto(`${town.url}/account`);
    assert.match(page.url(), /\/login\//, "signed out");
    assert.equal(await push(good), 400, "a token counts once");
    assert.equal(await push(await liar.logoutToken("nobody-here", undefined)), 200, "over already");
  });

  it("one whose document names another issuer is not left for", async () => {
    const output = town.program.output().length;
    await page.goto(`${town.url}/account`);
    await page.locator('button[value="pretender"]').first().click();
    await page.waitForLoadState();

    assert.match(page.url(), /\/login\//);
    assert.match(said(town.program.output(), output), /names another issuer/);
  });
});

/** A provider, a broker that knows it as `town`, and a pretender whose document is the provider's. */
async function begin({ auth, userinfo = "plain" }) {
  const place = await folder();
  const url = `http://localhost:${await freePort()}`;
  const client = {
    client_id: "city broker",
    redirect_uris: [`${url}/upstream/town/answer`],
    post_logout_redirect_uris: [`${url}/upstream/town/logout`],
    backchannel_logout_uri: `${url}/upstream/town/backchannel-logout`,
    backchannel_logout_session_required: true,
    response_types: ["code"],
    grant_types: ["authorization_code"],
    token_endpoint_auth_method: auth,
    ...(auth === "private_key_jwt" ? { jwks_uri: `${url}/upstream/town/jwks` } : { client_secret: SECRET }),
    ...(userinfo === "plain" ? {} : { userinfo_signed_response_alg: "RS256" }),
    ...(userinfo === "encrypted"
      ? { jwks_uri: `${url}/upstream/town/jwks`, userinfo_encrypted_response_alg: "RSA-OAEP-256", userinfo_encrypted_response_enc: "A256GCM" }
      : {}),
  };
  const liar = await startLiar(client, { encryption: userinfo === "encrypted" });
  const pretender = createServer(async (request, response) => {
    const answer = await fetch(liar.issuer + request.url);
    response.setHeader("content-type", "application/json");
    response.end(await answer.text());
  });
  await new Promise((resolve) => pretender.listen(0, "127.0.0.1", resolve));
  const pretended = `http://localhost:${pretender.address().port}`;
  const program = await start("city-idp", configuration({ url, liar, pretended, auth, userinfo, place }), place.path, `${url}/readyz`);
  return {
    url,
    liar,
    program,
    stop: async () => {
      await program.stop();
      await liar.stop();
      pretender.closeAllConnections();
      pretender.close();
      await place.remove();
    },
  };
}

async function visitor({ scripts }) {
  const context = await browser.newContext({ javaScriptEnabled: scripts, locale: "cs-CZ" });
  return { page: await context.newPage(), close: () => context.close() };
}

/** Through the provider to the account page. */
async function signIn(page, town) {
  await leave(page, town);
  await page.waitForURL(`${town.url}/account`);
}

async function signOut(page, town) {
  await page.context().clearCookies({ domain: "localhost", name: /idp/ });
  await page.goto(`${town.url}/account`);
  assert.match(page.url(), /\/login\//);
}

/** Signed out here, still signed in there: the answer comes back at once. Its status. */
async function attempt(page, town) {
  await page.context().clearCookies({ name: /idp/ });
  const answered = page.waitForResponse((response) => response.url().startsWith(`${town.url}/upstream/town/answer`));
  await leave(page, town);
  const status = (await answered).status();
  await page.waitForLoadState();
  return status;
}

/** The answer on its way back, held up before it reaches the broker. */
async function intercepted(page, town) {
  await page.context().clearCookies({ name: /idp/ });
  // The answer is a redirect of the provider's: only the protocol underneath can hold it.
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Fetch.enable", { patterns: [{ urlPattern: `${town.url}/upstream/town/answer*` }] });
  const held = new Promise((resolve) => {
    devtools.once("Fetch.requestPaused", async ({ requestId, request }) => {
      await devtools.send("Fetch.failRequest", { requestId, errorReason: "Aborted" });
      resolve(request.url);
    });
  });
  await leave(page, town).catch(() => {});
  const callback = await held;
  await devtools.detach();
  const cookies = (await page.context().cookies(town.url)).map(({ name, value }) => `${name}=${value}`).join("; ");
  return { callback, cookies };
}

async function leave(page, { url, liar }) {
  await page.goto(`${url}/account`);
  await page.locator('button[value="town"]').first().click();
  await page.waitForURL((at) => at.href.startsWith(`${liar.issuer}/interaction/`) || at.href.startsWith(url));
  for (let step = 0; step < 2 && page.url().startsWith(liar.issuer); step += 1) {
    if (await page.locator("input[name=login]").count()) {
      await page.locator("input[name=login]").fill("jana");
      await page.locator("input[name=password]").fill("any");
    }
    await page.locator("button[type=submit]").click();
    await page.waitForLoadState();
  }
}

function configuration({ url, liar, pretended, auth, userinfo, place }) {
  const provider = (name, issuer, title) => `
[provider.${name}]
kind = "oidc"
environment = "sandbox"
title = { cs = "${title}" }
issuer = "${issuer}"
client_id = "city broker"
auth = "${auth}"
${auth === "private_key_jwt" ? "" : `client_secret = "${SECRET}"`}
algorithms = ["RS256"]
userinfo_protection = "${userinfo}"
request_level = false
level_without_acr = { identity = "contact", login = "single" }

[provider.${name}.claim]
given_name = "given_name"
family_name = "family_name"
email = "email"

[provider.${name}.scope_for]
profile = ["given_name", "family_name"]
email = ["email"]
`;
  return `
environment = "sandbox"
master_key = "${randomBytes(32).toString("base64")}"

[server]
listen = "127.0.0.1:${new URL(url).port}"
public_url = "${url}"

[database]
url = "sqlite://${place.path}/idp.db"

[outbound]
allow = ["127.0.0.0/8", "::1"]

[town]
name = "Vzorov"

[log]
format = "text"
level = "warn,idp=debug,federation=debug"
${provider("town", liar.issuer, "Sousední město")}${provider("pretender", pretended, "Kdosi jiný")}`;
}

/** The log since then, without colours. */
function said(output, since) {
  return output.slice(since).replace(/\x1B\[\d+m/g, "");
}
