// The broker as a relying party: its general OpenID provider and its Bank iD at oidc-provider, which is not ours, behind a proxy
// that lies. The cases of the relying-party plans `oidcc-client-basic`, `-config` and `-back-channel-logout`, one lie each.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { launch } from "./support/chromium.mjs";
import { LOGOUT_EVENT, unsigned } from "./support/liar.mjs";
import { LIES } from "./support/lies.mjs";
import { attempt, begin, intercepted, said, signIn, signOut, visitor } from "./support/town.mjs";

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
  { kind: "bank_id", auth: "client_secret_post", scripts: true },
  { kind: "bank_id", auth: "private_key_jwt", scripts: false, userinfo: "encrypted" },
];

for (const variant of VARIANTS) {
  describe(`the broker at oidc-provider: ${JSON.stringify(variant)}`, () => {
    let town;

    before(async () => {
      town = await begin(variant);
    });
    after(() => town?.stop());

    it("a person signs in, and out at both", async () => {
      const { page, close } = await visitor(browser, variant);
      await signIn(page, town);
      assert.match(await page.locator("main").innerText(), /Jana Dvořáková/);

      await page.getByRole("button", { name: "Odhlásit" }).first().click();
      await page.waitForURL(`${town.liar.origin}/**`);
      await page.getByRole("button", { name: "Yes, sign me out" }).click();
      await page.waitForURL((url) => url.href.startsWith(town.url));
      await page.goto(`${town.url}/account`);
      assert.match(page.url(), /\/login\//);
      await close();
    });

    it("a logout at the provider ends the session here", async () => {
      const { page, close } = await visitor(browser, variant);
      await signIn(page, town);
      const told = town.liar.events("backchannel.success");

      await page.goto(town.liar.origin + town.liar.paths.end);
      await page.getByRole("button", { name: "Yes, sign me out" }).click();
      await page.waitForLoadState();

      assert.equal(town.liar.events("backchannel.success") - told, 1, JSON.stringify(town.liar.log));
      await page.goto(`${town.url}/account`);
      assert.match(page.url(), /\/login\//);
      await close();
    });
  });
}

for (const kind of Object.keys(LIES)) {
  describe(`the broker at a provider that lies: ${kind}`, () => {
    let town, page, close;

    before(async () => {
      const variant = VARIANTS.find((variant) => (variant.kind ?? "oidc") === kind);
      town = await begin(variant);
      ({ page, close } = await visitor(browser, variant));
      await signIn(page, town);
    });
    after(async () => {
      await close?.();
      await town?.stop();
    });

    for (const { lie, tell, code, late } of LIES[kind]) {
      it(`is refused: ${lie}`, async () => {
        town.liar.lies = tell(town.liar);
        const userinfo = town.liar.count(town.liar.paths.userinfo);
        const before = town.program.output().length;

        const status = await attempt(page, town);

        assert.equal(status, 400);
        assert.match(await page.locator("main").innerText(), /LOG-107/);
        assert.match(said(town.program.output(), before), new RegExp(`error="?${code}`));
        if (!late) assert.equal(town.liar.count(town.liar.paths.userinfo), userinfo, "nobody goes on to userinfo");
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
        const asked = town.liar.count(town.liar.paths.jwks);

        await signIn(page, town);

        assert.equal(town.liar.count(town.liar.paths.jwks) - asked, 1, "the keys are fetched once more");
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
}
