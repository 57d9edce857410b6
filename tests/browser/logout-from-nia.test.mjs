// NIA logs somebody out: a good request ends the session here and at every client; a bad one ends nothing and learns nothing.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { launch } from "./support/chromium.mjs";
import { house, throughNia } from "./support/house.mjs";

let chromium, town, context, page;
before(async () => {
  [chromium, town] = await Promise.all([launch(), house()]);
});
beforeEach(async () => {
  context = await chromium.newContext({ locale: "cs-CZ" });
  page = await context.newPage();
});
afterEach(() => context.close());
after(async () => {
  await chromium?.close();
  await town?.stop();
});

async function logIn() {
  await page.goto(`${town.at.portal}/prihlaseni?cil=/moje-identita`);
  if (await page.locator('button[value="nia"]').count()) await throughNia(page, "novakova");
  if (await page.locator("#consent-submit").count()) await page.click("#consent-submit");
  await page.waitForURL(/\/moje-identita/);
}

const isSignedIn = async (address) => {
  await page.goto(address);
  return (await page.content()).includes("Nováková");
};

/** A logout request of NIA with one flaw, as a browser brings it. */
async function logoutRequest(flaw, binding) {
  const answer = await fetch(`${town.at.sandbox}/_sandbox/nia/logout-request`, {
    method: "POST",
    headers: { accept: "application/json", "content-type": "application/json" },
    body: JSON.stringify({ entity_id: `${town.at.broker}/upstream/nia/metadata`, flaw, binding }),
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  const parcel = await answer.json();
  const bring = () =>
    parcel.method === "GET"
      ? fetch(parcel.url, { redirect: "manual" })
      : fetch(parcel.url, { method: "POST", body: new URLSearchParams(parcel.fields), redirect: "manual" });
  return bring;
}

for (const binding of ["post", "redirect"]) {
  for (const flaw of ["unsigned", "bad_signature", "unknown_key", "stale", "wrong_name_id", "wrong_session", "wrong_issuer", "wrong_destination"]) {
    test(`a logout request with ${flaw} by ${binding} ends nothing`, async () => {
      await logIn();
      const bring = await logoutRequest(flaw, binding);

      const answer = await bring();

      assert.ok(answer.status >= 400 && answer.status < 500, `status ${answer.status}`);
      const text = await answer.text();
      assert.ok(!text.includes("Nováková") && !text.includes("SAMLResponse"), "no reply that tells who is known");
      assert.ok(await isSignedIn(`${town.at.broker}/account`), "the broker still knows her");
      assert.ok(await isSignedIn(`${town.at.portal}/moje-identita`), "so does the portal");
    });
  }

  test(`a good one by ${binding} ends the session here and at the portal, once`, async () => {
    await logIn();
    const bring = await logoutRequest("none", binding);

    const answer = await bring();

    assert.ok(answer.status < 400, `status ${answer.status}: ${(await answer.clone().text()).slice(0, 500)}`);
    assert.ok(!(await isSignedIn(`${town.at.broker}/account`)), "the broker has ended her session");
    // The portal hears by back-channel from a job: its page is asked until it has. The test's own limit ends this.
    while (await isSignedIn(`${town.at.portal}/moje-identita`));
    const again = await bring();
    assert.ok(again.status >= 400, "the same request a second time counts for nothing");
  });
}
