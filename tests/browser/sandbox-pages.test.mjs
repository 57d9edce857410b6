// The sandbox's pages of Bank iD and CAAIS in a real browser: they work without scripts; axe and 320 px find nothing.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { look } from "./support/axe.mjs";
import { logInAtBank } from "./support/bank.mjs";
import { launch } from "./support/chromium.mjs";
import { folder, freePort, start } from "./support/program.mjs";

let at, place, program, chromium, application;

before(async () => {
  place = await folder();
  const [port, ours] = [await freePort(), await freePort()];
  at = { sandbox: `http://127.0.0.1:${port}`, application: `http://localhost:${ours}` };
  application = createServer((_request, response) => response.end("<!doctype html><title>application</title>"));
  await new Promise((resolve) => application.listen(ours, "localhost", resolve));
  const toml = `
listen = "127.0.0.1:${port}"
data_dir = "${place.path}/sandbox"
[[bank_id.client]]
client_id = "library"
name = "Městská knihovna"
redirect_uris = ["${at.application}/answer"]
notification_uri = "${at.application}/events"
client_secret = "a-secret-of-thirty-two-characters"
[[caais.client]]
client_id = "CITY"
redirect_uris = ["${at.application}/answer"]
certificate_sha256 = "00"
`;
  [program, chromium] = await Promise.all([start("city-sandbox", toml, place.path, `${at.sandbox}/healthz`), launch()]);
});
after(async () => {
  await chromium?.close();
  await program?.stop();
  application?.closeAllConnections();
  application?.close();
  await place?.remove();
});

const ask = (provider, client, rest) =>
  `${at.sandbox}/${provider}?client_id=${client}&response_type=code&state=s&nonce=n&redirect_uri=${encodeURIComponent(`${at.application}/answer`)}&${rest}`;
const bank = (rest = "") => ask("bank_id/auth", "library", `scope=openid+profile.name+profile.addresses+profile.email${rest}`);

test("axe finds nothing on the pages of a login", async () => {
  const page = await (await chromium.newContext()).newPage();
  await page.goto(bank());
  await look(page, "choice of the bank");
  await page.click("#bank-vltavska");
  await logInAtBank(page, "novakova", look);
  await look(page, "consent");
  assert.match(await page.locator("#consent").textContent(), /Latrán 10, 38101 Český Krumlov/);
  await page.click("#consent-selected");
  await page.waitForURL(/\/answer\?code=.*state=s/);
});

test("a login works without scripts", async () => {
  const page = await (await chromium.newContext({ javaScriptEnabled: false })).newPage();
  await page.goto(bank());
  await page.click("#bank-vltavska");
  await logInAtBank(page, "novakova");
  await page.locator('input[value="profile.email"]').uncheck();
  await page.click("#consent-selected");
  await page.waitForURL(/\/answer\?code=.*state=s/);
});

test("axe finds nothing where something was filled in or was wrong, and what was wrong is told first", async () => {
  const page = await (await chromium.newContext()).newPage();
  await page.goto(bank());
  await page.click("#bank-vltavska");
  await page.click('button[name="fill"][value="twin"]');
  assert.equal(await page.inputValue("#user"), "twin");
  await look(page, "filled in");
  await page.fill("#password", "wrong");
  await page.press("#password", "Enter");
  assert.match(await page.locator("#login-wrong:focus").innerText(), /Uživatelské jméno nebo heslo nesouhlasí/);
  assert.equal(await page.inputValue("#user"), "twin");
  assert.equal(await page.inputValue("#password"), "");
  await look(page, "wrong password");

  await page.click('button[name="fill"][value="twin"]');
  await page.press("#password", "Enter");
  const code = await page.locator("#phone-code").innerText();
  await page.fill("#code", "12345");
  await page.press("#code", "Enter");
  assert.match(await page.locator("#code-wrong:focus").innerText(), /Kód nesouhlasí/);
  await look(page, "wrong code");
  await page.fill("#code", code);
  await page.press("#code", "Enter");
  await page.waitForURL(/\/bank_id\/consent\//);
});

test("each way out of the pages leads back with access_denied", async () => {
  const page = await (await chromium.newContext({ javaScriptEnabled: false })).newPage();
  const atTheBank = () => page.click("#bank-krumlovska");
  const atThePhone = async () => {
    await atTheBank();
    await page.click('button[name="fill"][value="novakova"]');
    await page.click("#login-submit");
  };
  const atTheConsent = async () => {
    await atTheBank();
    await logInAtBank(page, "novakova");
  };
  for (const [come, leave] of [
    [() => {}, "#banks-cancel"],
    [atTheBank, "#login-cancel"],
    [atThePhone, "#phone-reject"],
    [atTheConsent, "#consent-cancel"],
  ]) {
    await page.goto(bank());
    await come();
    await page.click(leave);
    await page.waitForURL(/\/answer\?error=access_denied/);
  }
});

test("the page of CAAIS, and a page that says what is wrong", async () => {
  const page = await (await chromium.newContext()).newPage();
  await page.goto(ask("caais/oauth2/authorize", "CITY", "scope=openid+role"));
  await look(page, "officials");
  await page.locator('button[name="officer"][value="editor"]').click();
  await page.waitForURL(/\/answer\?code=/);

  await page.goto(ask("caais/oauth2/authorize", "NOBODY", "scope=openid"));
  await look(page, "refusal");
  assert.equal(await page.locator("#error-code").textContent(), "invalid_client_metadata");
});

test("a person clicks a fault, and the next login has it", async () => {
  const page = await (await chromium.newContext({ javaScriptEnabled: false })).newPage();
  await page.goto(`${at.sandbox}/_sandbox/bank_id/fault`);
  await page.locator('input[value="eid_doesnt_exist"]').check();
  await page.locator("fieldset", { hasText: "Návrat prohlížeče" }).getByRole("button").click();
  assert.match(await page.locator(".notice").textContent(), /eid_doesnt_exist/);

  await page.goto(bank("&bank_id=0b7f4c1e-5d52-4e0a-9c5b-6a1f0d3e8c01"));
  await logInAtBank(page, "twin");
  await page.click("#consent-selected");
  await page.waitForURL(/\/answer\?error=eid_doesnt_exist/);
});

test("a person clicks a membership away and back, and ARES says so", async () => {
  const page = await (await chromium.newContext({ javaScriptEnabled: false })).newPage();
  const told = async () => {
    const answer = await fetch(`${at.sandbox}/ares/ekonomicke-subjekty-vr/00000027`);
    return (await answer.json()).zaznamy[0].statutarniOrgany[0].clenoveOrganu[0].datumVymazu;
  };
  await page.goto(`${at.sandbox}/_sandbox/ares`);
  await page.getByRole("button", { name: /^Ukončit členství\s+JANA NOVÁKOVÁ/ }).click();
  assert.match(await told(), /^\d{4}-\d\d-\d\d$/);

  await page.getByRole("button", { name: /^Obnovit členství\s+JANA NOVÁKOVÁ/ }).click();
  assert.equal(await told(), undefined);
});

test("controls for people", async () => {
  const page = await (await chromium.newContext()).newPage();
  for (const path of ["", "bank_id/fault", "bank_id/notify", "bank_id/client", "caais/fault", "caais/client", "ares", "ares/fault"]) {
    await page.goto(`${at.sandbox}/_sandbox/${path}`);
    await look(page, path);
  }
  await page.goto(bank("+notification.claims_updated"));
  await page.click("#bank-vltavska");
  await logInAtBank(page, "novakova");
  await page.click("#consent-selected");
  await page.waitForURL(/\/answer\?code=/);
  await page.goto(`${at.sandbox}/_sandbox/bank_id/notify`);
  await page.locator("#persona").selectOption("novakova");
  await page.getByRole("button", { name: "Oznámit změnu údajů" }).click();
  assert.match(await page.locator("table").textContent(), /library.*změna údajů.*200/s);
});
