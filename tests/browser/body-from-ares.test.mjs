// The name and seat of the body somebody acts for, from ARES as the sandbox plays it, with its faults.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch } from "./support/chromium.mjs";
import { house } from "./support/house.mjs";

const ICO = "00000027";
const byTheBox = "Pekařství podle schránky";
let chromium, town, page;

before(async () => {
  const change = (name, toml) =>
    name === "idp"
      ? toml.replace("[outbound]\n", "[outbound]\nbreaker_opens_after = 1000\n").replace('name = "Pekařství Vltava s.r.o."', `name = "${byTheBox}"`)
      : toml;
  [chromium, town] = await Promise.all([launch(), house(change)]);
  page = await (await chromium.newContext({ locale: "cs-CZ" })).newPage();
});
after(async () => {
  await chromium?.close();
  await town?.stop();
});

/** The page of mandates, and how long it took. */
async function mandates() {
  const began = performance.now();
  await page.goto(`${town.at.broker}/account/mandates`);
  if (await page.locator('button[value="demo"]').count()) {
    await page.locator('button[value="demo"]').click();
    await page.fill("#login-username", "pekar");
    await page.fill("#login-password", "pekar");
    await page.click("#login-submit");
    await page.waitForURL(/\/account\/mandates$/);
  }
  return { text: await page.locator("main").innerText(), took: performance.now() - began };
}

test("whatever ARES does, the page comes, with the name that the source wrote", async () => {
  for (const fault of ["unavailable", "error", "too_many", "html", "truncated", "empty", "huge", "other_subject", "no_name", "redirect", "close", "hang"]) {
    const set = await town.control("ares/fault", { fault, of: ICO });
    assert.ok(set.status < 400, fault);

    const { text, took } = await mandates();

    assert.ok(text.includes(byTheBox), `${fault}: ${text}`);
    assert.equal(text.includes("ARES"), false, fault);
    assert.ok(took < 30_000, `${fault} took ${took} ms`);
  }
});

test("when ARES answers, its name wins and the day of the answer stands beside the seat", async () => {
  await town.control("ares/fault/clear", {});
  // The question that hangs still has its turn for a while.
  let text = "";
  for (const until = Date.now() + 60_000; Date.now() < until && !text.includes("ARES"); ) ({ text } = await mandates());

  assert.match(text, /Pekařství Vltava s\.r\.o\./);
  assert.equal(text.includes(byTheBox), false, text);
  assert.match(text, /Latrán 53.*podle\sARES\sk\s\d+\.\s\d+\.\s\d{4}/s);
});
