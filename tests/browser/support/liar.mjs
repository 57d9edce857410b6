// oidc-provider, a certified provider that knows nothing of us, behind a proxy that lies when a test tells it to.
//
// The proxy holds the provider's keys: what it changes in a token it signs again, so that each lie is one lie.

import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer, request as forward } from "node:http";
import { decodeJwt, importJWK, SignJWT, UnsecuredJWT } from "jose";
import Provider from "oidc-provider";
import { freePort } from "./program.mjs";

export const LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout";

/** Starts both; `issuer` is the proxy's address. */
export async function startLiar(client, { encryption = false } = {}) {
  const port = await freePort();
  const issuer = `http://localhost:${port}`;
  const keys = [key("one"), key("two")];
  let published = [keys[0]];
  const provider = new Provider(issuer, {
    clients: [client],
    clientAuthMethods: [client.token_endpoint_auth_method],
    cookies: { keys: ["a key of this test"] },
    claims: { openid: ["sub"], profile: ["name", "given_name", "family_name"], email: ["email", "email_verified"] },
    features: { backchannelLogout: { enabled: true }, jwtUserinfo: { enabled: true }, encryption: { enabled: encryption } },
    jwks: { keys: [keys[0]] },
    pkce: { required: () => true },
    // Its guard against private addresses would keep it from the broker of this test.
    fetch: (url, { dispatcher, ...options }) => globalThis.fetch(url, options),
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...PEOPLE[id] }) }),
  });
  const log = [];
  for (const event of ["backchannel.success", "backchannel.error", "grant.success", "grant.error", "server_error"]) {
    provider.on(event, (_, second) => log.push({ event, error: second instanceof Error ? `${second.message}: ${second.error_description}` : undefined }));
  }
  const inner = createServer(provider.callback());
  await new Promise((resolve) => inner.listen(0, "127.0.0.1", resolve));

  const liar = {
    issuer,
    log,
    /** What the proxy does to `claims` and `header` of an ID token, to userinfo, to the discovery document. */
    lies: {},
    asked: [],
    count: (path) => liar.asked.filter((asked) => asked === path).length,
    events: (name) => log.filter(({ event }) => event === name).length,
    /** From now on tokens are signed by the other key, and it alone is published. */
    rotate: () => {
      published = published[0] === keys[0] ? [keys[1]] : [keys[0]];
    },
    logoutToken: async (sub, sid, change = {}, header = {}) => {
      const now = Math.floor(Date.now() / 1000);
      const claims = { iss: issuer, aud: client.client_id, iat: now, exp: now + 120, jti: randomUUID(), sub, sid, events: { [LOGOUT_EVENT]: {} }, ...change };
      return sign(clean(claims), published[0], { typ: "logout+jwt", ...header });
    },
    stop: () => {
      for (const server of [outer, inner]) server.closeAllConnections();
      return Promise.all([outer, inner].map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };

  const outer = createServer((request, response) => {
    const path = new URL(request.url, issuer).pathname;
    liar.asked.push(path);
    const onward = forward(
      { host: "127.0.0.1", port: inner.address().port, method: request.method, path: request.url, headers: request.headers },
      async (answer) => {
        let body = Buffer.concat(await answer.toArray());
        const headers = { ...answer.headers };
        delete headers["transfer-encoding"];
        if (answer.statusCode === 200) body = Buffer.from(await lied(path, body, headers));
        response.writeHead(answer.statusCode, { ...headers, "content-length": body.length });
        response.end(body);
      },
    );
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  });
  await new Promise((resolve) => outer.listen(port, "127.0.0.1", resolve));

  async function lied(path, body, headers) {
    const { lies } = liar;
    if (path === "/.well-known/openid-configuration" && lies.discovery) {
      return JSON.stringify({ ...JSON.parse(body), ...lies.discovery });
    }
    if (path === "/jwks") return JSON.stringify({ keys: (lies.keys ?? ((all) => all))(published.map(open)) });
    if (path === "/me" && lies.userinfo) {
      headers["content-type"] = "application/json";
      return JSON.stringify(clean({ ...JSON.parse(body), ...lies.userinfo }));
    }
    if (path === "/token") {
      const answer = JSON.parse(body);
      if (!answer.id_token) return body;
      const claims = clean({ ...decodeJwt(answer.id_token), ...lies.claims });
      answer.id_token = await (lies.token ?? ((claims) => sign(claims, published[0], lies.header)))(claims);
      return JSON.stringify(answer);
    }
    return body;
  }
  return liar;
}

/** The lies of a token as a whole. */
export const unsigned = (claims) => new UnsecuredJWT(claims).encode();
export const signedByAStranger = (kid) => (claims) => sign(claims, key(kid));
export const tampered = (sub) => async (claims) => {
  const [header, , signature] = (await sign(claims, key("one"))).split(".");
  return [header, Buffer.from(JSON.stringify({ ...claims, sub })).toString("base64url"), signature].join(".");
};

async function sign(claims, by, header = {}) {
  const { alg = "RS256", ...more } = header;
  const protectedHeader = clean({ alg, kid: by.kid, ...more });
  return new SignJWT(claims).setProtectedHeader(protectedHeader).sign(await importJWK(by, alg));
}

function key(kid) {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256", kid };
}

function open({ kty, n, e, kid, use, alg }) {
  return { kty, n, e, kid, use, alg };
}

/** Without what is undefined: a lie may leave something out. */
function clean(object) {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

const PEOPLE = {
  jana: { name: "Jana Dvořáková", given_name: "Jana", family_name: "Dvořáková", email: "jana@posta.example", email_verified: true },
};
