// oidc-provider, a certified provider that knows nothing of us, behind a proxy that lies when a test tells it to.
//
// The proxy holds the provider's keys: what it changes in a token it signs again, so that each lie is one lie.

import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer, request as forward } from "node:http";
import { decodeJwt, importJWK, SignJWT, UnsecuredJWT } from "jose";
import Provider from "oidc-provider";
import { freePort } from "./program.mjs";

export const LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout";

/**
 * What oidc-provider is by itself, and what it becomes where it plays Bank iD as far as it can be configured to: an issuer with
 * a slash, PS512 alone, a level and a time in every token, scopes with dots, keys that are not for tokens, a second userinfo.
 */
const SHAPES = {
  oidc: {
    slash: "",
    alg: "RS256",
    paths: { jwks: "/jwks", userinfo: "/me", end: "/session/end" },
    noise: () => [],
    settings: () => ({ claims: { openid: ["sub"], profile: ["name", "given_name", "family_name"], email: ["email", "email_verified"] } }),
  },
  bank_id: {
    slash: "/",
    alg: "PS512",
    paths: { jwks: "/.well-known/jwks", userinfo: "/userinfo", end: "/logout" },
    noise: () => [{ ...open(rsa("rp-encrypt#1")), use: "enc", alg: undefined }, { ...elliptic(), kid: "mtls", use: "sig" }],
    settings: (issuer) => ({
      acrValues: ["loa3"],
      claims: {
        openid: ["sub", "txn", "verified_claims"],
        "profile.name": ["name", "given_name", "family_name"],
        "profile.birthdate": ["birthdate"],
        "profile.email": ["email", "email_verified"],
        "profile.phonenumber": ["phone_number"],
        "profile.addresses": ["addresses"],
      },
      discovery: { profile_endpoint: `${issuer}profile` },
      enabledJWA: {
        idTokenSigningAlgValues: ["PS512"],
        userinfoSigningAlgValues: ["PS512"],
        userinfoEncryptionAlgValues: ["RSA-OAEP-256"],
        userinfoEncryptionEncValues: ["A256GCM"],
        clientAuthSigningAlgValues: ["PS512"],
      },
      routes: { authorization: "/auth", token: "/token", userinfo: "/userinfo", jwks: "/.well-known/jwks", end_session: "/logout" },
    }),
  },
};

/** Starts both; `issuer` is the proxy's address, `kind` what it is to be for the broker. */
export async function startLiar(client, { encryption = false, kind = "oidc" } = {}) {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const { slash, alg: usual, paths, noise, settings } = SHAPES[kind];
  const issuer = origin + slash;
  const key = (kid) => rsa(kid, usual);
  const keys = [key("one"), key("two")];
  const others = noise();
  let published = [keys[0]];
  const provider = new Provider(issuer, {
    clients: [client],
    clientAuthMethods: [client.token_endpoint_auth_method],
    cookies: { keys: ["a key of this test"] },
    ...settings(issuer),
    features: { backchannelLogout: { enabled: true }, jwtUserinfo: { enabled: true }, encryption: { enabled: encryption } },
    jwks: { keys: [keys[0]] },
    pkce: { required: () => true },
    // Its guard against private addresses would keep it from the broker of this test, and a loaded machine from its 2.5 s.
    fetch: (url, { dispatcher, signal, ...options }) => globalThis.fetch(url, { ...options, signal: AbortSignal.timeout(30_000) }),
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...PEOPLE[id] }) }),
  });
  // The person passed two factors, as everybody does who comes by a bank: nothing else says so here.
  if (kind === "bank_id") Object.defineProperty(provider.Session.prototype, "acr", { get: () => "loa3", set: () => {} });
  const log = [];
  for (const event of ["backchannel.success", "backchannel.error", "grant.success", "grant.error", "server_error"]) {
    provider.on(event, (_, second) => log.push({ event, error: second instanceof Error ? `${second.message}: ${second.error_description}` : undefined }));
  }
  const inner = createServer(provider.callback());
  await new Promise((resolve) => inner.listen(0, "127.0.0.1", resolve));

  const liar = {
    issuer,
    origin,
    paths,
    log,
    /** What the proxy does to `claims` and `header` of an ID token, to userinfo, to the discovery document. */
    lies: {},
    asked: [],
    count: (path) => liar.asked.filter((asked) => asked === path).length,
    events: (name) => log.filter(({ event }) => event === name).length,
    /** The lies of a token as a whole. */
    signedByAStranger: (kid) => (claims) => sign(claims, key(kid)),
    tampered: (sub) => async (claims) => {
      const [header, , signature] = (await sign(claims, key("one"))).split(".");
      return [header, Buffer.from(JSON.stringify({ ...claims, sub })).toString("base64url"), signature].join(".");
    },
    signedBy: (alg) => (claims) => sign(claims, published[0], { alg }),
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
    // It has one userinfo; the second one says the same.
    const onwards = path === "/profile" ? paths.userinfo : request.url;
    const onward = forward(
      { host: "127.0.0.1", port: inner.address().port, method: request.method, path: onwards, headers: request.headers },
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
    if (path === paths.jwks) return JSON.stringify({ keys: (lies.keys ?? ((all) => [...others, ...all]))(published.map(open)) });
    const about = path === paths.userinfo ? lies.userinfo : path === "/profile" ? lies.profile : undefined;
    if (about) {
      headers["content-type"] = "application/json";
      return JSON.stringify(clean({ ...JSON.parse(body), ...about }));
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

export const unsigned = (claims) => new UnsecuredJWT(claims).encode();

async function sign(claims, by, header = {}) {
  const { alg = by.alg, ...more } = header;
  const protectedHeader = clean({ alg, kid: by.kid, ...more });
  return new SignJWT(claims).setProtectedHeader(protectedHeader).sign(await importJWK(by, alg));
}

function rsa(kid, alg) {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), use: "sig", alg, kid };
}

function elliptic() {
  return generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey.export({ format: "jwk" });
}

function open({ kty, n, e, kid, use, alg }) {
  return { kty, n, e, kid, use, alg };
}

/** Without what is undefined: a lie may leave something out. */
function clean(object) {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

const PEOPLE = {
  jana: {
    name: "Jana Dvořáková",
    given_name: "Jana",
    family_name: "Dvořáková",
    birthdate: "1984-05-14",
    email: "jana@posta.example",
    email_verified: true,
    txn: "3f1c2b1e-0000-4000-8000-000000000001:openid:profile.name",
    verified_claims: {
      verification: { trust_framework: "cz_aml", verification_process: "45317054", time: null },
      claims: { given_name: "Jana", family_name: "Dvořáková", birthdate: "1984-05-14" },
    },
  },
};
