// oidc-provider: a certified OpenID provider that knows nothing of us.

import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import Provider from "oidc-provider";

/** Starts it with one client. */
export async function startProvider(port, client) {
  const issuer = `http://localhost:${port}`;
  const people = { jana: { name: "Jana Dvořáková", given_name: "Jana", family_name: "Dvořáková", email: "jana@posta.example", email_verified: true } };
  const provider = new Provider(issuer, {
    clients: [client],
    clientAuthMethods: [client.token_endpoint_auth_method],
    cookies: { keys: ["a key of this test"] },
    claims: { openid: ["sub"], profile: ["name", "given_name", "family_name"], email: ["email", "email_verified"] },
    features: { backchannelLogout: { enabled: true }, jwtUserinfo: { enabled: true } },
    jwks: { keys: keys() },
    enabledJWA: Object.fromEntries(
      ["idTokenSigningAlgValues", "userinfoSigningAlgValues"].map((use) => [use, ["RS256", "PS256", "ES256", "EdDSA"]]),
    ),
    pkce: { required: () => true },
    issueRefreshToken: async () => true,
    rotateRefreshToken: true,
    // Its guard against private addresses would keep it from the portal of this test, and a loaded machine from its 2.5 s.
    fetch: (url, { dispatcher, signal, ...options }) => globalThis.fetch(url, { ...options, signal: AbortSignal.timeout(30_000) }),
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
  });
  const log = [];
  for (const event of ["backchannel.success", "backchannel.error", "grant.success", "grant.error", "end_session.success", "server_error"]) {
    provider.on(event, (_, second) => log.push({ event, error: second instanceof Error ? second.message : undefined }));
  }
  const server = createServer(provider.callback());
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    issuer,
    log,
    count: (event) => log.filter((entry) => entry.event === event).length,
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A key for each algorithm a client may choose. */
function keys() {
  const pairs = [
    ["RS256", generateKeyPairSync("rsa", { modulusLength: 2048 })],
    ["PS256", generateKeyPairSync("rsa", { modulusLength: 2048 })],
    ["ES256", generateKeyPairSync("ec", { namedCurve: "P-256" })],
    ["EdDSA", generateKeyPairSync("ed25519")],
  ];
  return pairs.map(([alg, { privateKey }]) => ({ ...privateKey.export({ format: "jwk" }), alg, use: "sig", kid: alg }));
}
