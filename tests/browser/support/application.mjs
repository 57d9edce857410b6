// Applications of the town and its bodies: openid-client, a certified relying party that knows nothing of us, one for each
// registered client, on one port.

import { createServer } from "node:http";
import * as oidc from "openid-client";

export const secret = "application-secret-0123456789abcdef0123456789abcdef";

/** Starts the page that all of them come back to. */
export async function applications(port) {
  const server = createServer((_request, response) =>
    response.setHeader("content-type", "text/html").end("<!doctype html><title>application</title><h1>application</h1>"),
  );
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  const known = new Map();
  return {
    back: `http://127.0.0.1:${port}/callback`,
    stop: () => server.close(),

    /**
     * Sends a browser to the broker for a client. What is given back waits until it has returned, redeems the code and asks
     * who came: the claims of the ID token and of userinfo, once openid-client has verified both.
     */
    async begin(page, issuer, id, parameters = {}) {
      if (!known.has(id)) {
        const options = { execute: [oidc.allowInsecureRequests] };
        known.set(id, await oidc.discovery(new URL(issuer), id, {}, oidc.ClientSecretBasic(secret), options));
      }
      const configuration = known.get(id);
      const checks = {
        pkceCodeVerifier: oidc.randomPKCECodeVerifier(),
        expectedState: oidc.randomState(),
        expectedNonce: oidc.randomNonce(),
        idTokenExpected: true,
      };
      const url = oidc.buildAuthorizationUrl(configuration, {
        redirect_uri: this.back,
        scope: "openid",
        code_challenge: await oidc.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
        code_challenge_method: "S256",
        state: checks.expectedState,
        nonce: checks.expectedNonce,
        ...parameters,
      });
      await page.goto(url.href);
      return async () => {
        await page.waitForURL(/\/callback\?/);
        const tokens = await oidc.authorizationCodeGrant(configuration, new URL(page.url()), checks);
        const claims = tokens.claims();
        return { claims, person: await oidc.fetchUserInfo(configuration, tokens.access_token, claims.sub) };
      };
    },
  };
}
