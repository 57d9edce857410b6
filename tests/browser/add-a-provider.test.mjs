// The guide docs/how-to/add-a-provider.md, followed to the letter: two brokers of ours, one of them a neighbouring town's, the entry
// taken from the guide's own text, and a person who comes through it. What the guide leaves to the town is its names and addresses.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";

import { launch } from "./support/chromium.mjs";
import { folder, freePort, root, start } from "./support/program.mjs";

const run = promisify(execFile);
const SECRET = randomBytes(32).toString("hex");

/** What a broker needs besides its ways in. Other hosts, as two towns have. */
const broker = (town, port, url, place) => `
environment = "sandbox"
master_key = "${randomBytes(32).toString("base64")}"

[server]
listen = "127.0.0.1:${port}"
public_url = "${url}"

[database]
url = "sqlite://${place.path}/idp.db"

[outbound]
allow = ["127.0.0.0/8", "::1"]

[town]
name = "${town}"

[log]
format = "text"
level = "warn,idp=debug,federation=debug"
`;

/** Sousedov, with one way in of its own and people who come by it: one whom the town has verified, and one whom nobody has. */
const neighbour = (port, place, here, registered) => `${broker("Sousedov", port, here, place)}
[provider.counter]
kind = "demo"
environment = "sandbox"
[provider.counter.account.eva]
password = "heslo"
identity = "town"
login = "multi"
given_name = "Eva"
family_name = "Sousedová"
birth_date = "1984-05-14"
email = "eva@sousedov.example"
[provider.counter.account.ota]
password = "heslo"
identity = "unverified"

[organisation.vzorov]
name = { cs = "Město Vzorov" }
[client.vzorov]
organisation = "vzorov"
name = { cs = "Přihlášení města Vzorova" }
client_secret = "${SECRET}"
scopes = ["openid", "profile", "email"]
redirect_uris = ["${registered}/upstream/neighbour/answer"]
post_logout_redirect_uris = ["${registered}/upstream/neighbour/logout"]
backchannel_logout_uri = "${registered}/upstream/neighbour/backchannel-logout"
information_page = false
`;

/** The example's own text: the first block of the guide that names the neighbour. */
async function example() {
  const guide = await readFile(join(root, "docs/how-to/add-a-provider.md"), "utf8");
  const blocks = [...guide.matchAll(/^```toml\n([^]*?)^```/gm)].map(([, block]) => block);
  return blocks.find((block) => block.includes("[provider.neighbour]"));
}

describe("the guide to adding a provider", () => {
  const places = [];
  const programs = [];
  let chromium, sousedov, vzorov, configuration;

  before(async () => {
    for (let count = 0; count < 2; count += 1) places.push(await folder());
    const [there, here] = places;
    const ports = [await freePort(), await freePort()];
    sousedov = `http://127.0.0.1:${ports[0]}`;
    vzorov = `http://localhost:${ports[1]}`;

    const installed = "/etc/city-identity/secrets/idp/neighbour-secret";
    const secret = join(here.path, "neighbour-secret");
    await writeFile(secret, SECRET);
    // Each of the guide's words that a town has to change is there once.
    const entry = [
      ['environment = "test"', 'environment = "sandbox"'],
      ["https://identita.sousedov.example", sousedov],
      [installed, secret],
    ].reduce((text, [from, to]) => {
      assert.equal(text.split(from).length, 2, `${from} stands in the example`);
      return text.replace(from, to);
    }, await example());
    configuration = join(here.path, "city-idp.toml");

    programs.push(await start("city-idp", neighbour(ports[0], there, sousedov, vzorov), there.path, `${sousedov}/readyz`));
    programs.push(await start("city-idp", broker("Vzorov", ports[1], vzorov, here) + entry, here.path, `${vzorov}/readyz`));
    chromium = await launch();
  });
  after(async () => {
    await chromium?.close();
    for (const program of programs.reverse()) await program.stop();
    for (const place of places) await place.remove();
  });

  /** A person, at the account page of Vzorov without being known there. */
  async function arrive(scripts) {
    const context = await chromium.newContext({ locale: "cs-CZ", javaScriptEnabled: scripts });
    const page = await context.newPage();
    await page.goto(`${vzorov}/account`);
    return page;
  }

  /** Through the neighbour's button, and its own way in. */
  async function through(page, name) {
    await page.locator('button[value="neighbour"]').first().click();
    // The only way in there is not asked for.
    await page.waitForURL(`${sousedov}/**`);
    await page.locator("#login-username").fill(name);
    await page.locator("#login-password").fill("heslo");
    await page.locator("#login-submit").click();
    await page.waitForURL(`${vzorov}/**`);
  }

  it("the check that it names finds the neighbour in order", async () => {
    const binary = join(process.env.CITY_BIN_DIR ?? join(root, process.env.CARGO_TARGET_DIR ?? "target", "debug"), "city-idp");
    const { stdout, stderr } = await run(binary, ["check", "--config", configuration]).catch((error) => error);
    const findings = (stdout + stderr).split("\n").filter((line) => line.includes("neighbour"));
    assert.ok(findings.length > 0, stdout + stderr);
    assert.deepEqual(findings.filter((line) => /error|problem|✗/i.test(line)), []);
  });

  for (const scripts of [true, false]) {
    it(`a person comes through it by the name it was given${scripts ? "" : ", without scripts"}`, async () => {
      const page = await arrive(scripts);
      assert.match(await page.locator(".provider").first().innerText(), /Přihlášení města Sousedov/);

      await through(page, "eva");

      await page.waitForURL(`${vzorov}/account`);
      const shown = await page.locator("main").innerText();
      assert.match(shown, /Eva Sousedová/);
      assert.match(shown, /Ověřená totožnost/);
      assert.match(shown, /Přihlášení města Sousedov/);

      await page.getByRole("button", { name: "Odhlásit" }).first().click();
      await page.waitForLoadState();
      await page.goto(`${sousedov}/account`);
      assert.match(page.url(), /\/upstream\/counter\/demo/, "signed out at the neighbour too");
    });
  }

  it("whom the neighbour does not know comes as unverified, at a level that the guide lists", async () => {
    const page = await arrive(true);

    await through(page, "ota");

    await page.waitForURL(`${vzorov}/account`);
    assert.match(await page.locator("main").innerText(), /Neověřený účet/);
  });
});
