// A broker whose neighbour is oidc-provider behind a proxy that lies, and the person who goes to and fro between them.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";

import { startLiar } from "./liar.mjs";
import { folder, freePort, start } from "./program.mjs";

const SECRET = "oidc-provider-and-broker-share: this";

/** A provider, a broker that knows it as `town`, and a pretender whose document is the provider's. */
export async function begin({ kind = "oidc", auth, userinfo = "plain" }) {
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
    ...(kind === "bank_id" ? { id_token_signed_response_alg: "PS512", require_auth_time: true, backchannel_logout_session_required: false } : {}),
    ...(kind === "bank_id" && auth === "private_key_jwt" ? { token_endpoint_auth_signing_alg: "PS512" } : {}),
    ...(userinfo === "plain" ? {} : { userinfo_signed_response_alg: kind === "bank_id" ? "PS512" : "RS256" }),
    ...(userinfo === "encrypted"
      ? { jwks_uri: `${url}/upstream/town/jwks`, userinfo_encrypted_response_alg: "RSA-OAEP-256", userinfo_encrypted_response_enc: "A256GCM" }
      : {}),
  };
  const liar = await startLiar(client, { encryption: userinfo === "encrypted", kind });
  const pretender = createServer(async (request, response) => {
    const answer = await fetch(liar.origin + request.url);
    response.setHeader("content-type", "application/json");
    response.end(await answer.text());
  });
  await new Promise((resolve) => pretender.listen(0, "127.0.0.1", resolve));
  const pretended = `http://localhost:${pretender.address().port}`;
  const program = await start("city-idp", configuration({ kind, url, liar, pretended, auth, userinfo, place }), place.path, `${url}/readyz`);
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

export async function visitor(browser, { scripts }) {
  const context = await browser.newContext({ javaScriptEnabled: scripts, locale: "cs-CZ" });
  return { page: await context.newPage(), close: () => context.close() };
}

/** Through the provider to the account page. */
export async function signIn(page, town) {
  await leave(page, town);
  await page.waitForURL(`${town.url}/account`);
}

export async function signOut(page, town) {
  await page.context().clearCookies({ domain: "localhost", name: /idp/ });
  await page.goto(`${town.url}/account`);
  assert.match(page.url(), /\/login\//);
}

/** Signed out here, still signed in there: the answer comes back at once. Its status. */
export async function attempt(page, town) {
  await page.context().clearCookies({ name: /idp/ });
  const answered = page.waitForResponse((response) => response.url().startsWith(`${town.url}/upstream/town/answer`));
  await leave(page, town);
  const status = (await answered).status();
  await page.waitForLoadState();
  return status;
}

/** The answer on its way back, held up before it reaches the broker. */
export async function intercepted(page, town) {
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
  await page.waitForURL((at) => at.href.startsWith(`${liar.origin}/interaction/`) || at.href.startsWith(url));
  for (let step = 0; step < 2 && page.url().startsWith(liar.origin); step += 1) {
    if (await page.locator("input[name=login]").count()) {
      await page.locator("input[name=login]").fill("jana");
      await page.locator("input[name=password]").fill("any");
    }
    await page.locator("button[type=submit]").click();
    await page.waitForLoadState();
  }
}

/** What an entry of each kind has besides the parties. */
const ENTRIES = {
  bank_id: () => "",
  oidc: (name) => `
algorithms = ["RS256"]
request_level = false
level_without_acr = { identity = "contact", login = "single" }

[provider.${name}.claim]
given_name = "given_name"
family_name = "family_name"
email = "email"

[provider.${name}.scope_for]
profile = ["given_name", "family_name"]
email = ["email"]
`,
};

function configuration({ kind, url, liar, pretended, auth, userinfo, place }) {
  const provider = (name, issuer, title) => `
[provider.${name}]
kind = "${kind}"
environment = "sandbox"
title = { cs = "${title}" }
issuer = "${issuer}"
client_id = "city broker"
auth = "${auth}"
${auth === "private_key_jwt" ? "" : `client_secret = "${SECRET}"`}
userinfo_protection = "${userinfo}"
${ENTRIES[kind](name)}
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
${provider("town", liar.issuer, "Sousední město")}${provider("pretender", kind === "bank_id" ? `${pretended}/` : pretended, "Kdosi jiný")}`;
}

/** The log since then, without colours. */
export function said(output, since) {
  return output.slice(since).replace(/\x1B\[\d+m/g, "");
}
