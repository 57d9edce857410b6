// axe over every page, in every language, theme and width; and no page scrolls sideways at 320 px.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { launch } from "./support/chromium.mjs";
import { house } from "./support/house.mjs";
import { addresses, templates, walk, walked } from "./support/pages.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let chromium, town;

before(async () => {
  [chromium, town] = await Promise.all([launch(), house(walked)]);
});
after(async () => {
  await chromium?.close();
  await town?.stop();
});

for (const [locale, persona] of [["cs-CZ", "novakova"], ["en-GB", "village"], ["de-DE", "diacritics"]]) {
  test(`axe finds nothing on any page, ${locale}`, { timeout: 600_000 }, async () => {
    const context = await chromium.newContext({ locale, viewport: { width: 1280, height: 900 } });
    const page = await context.newPage();
    const [seen, found, opened] = [new Set(), [], []];
    page.on("request", (request) => {
      if (request.isNavigationRequest() || request.resourceType() === "image") opened.push(new URL(request.url()));
    });

    await walk(page, town, persona, async (template, name) => {
      seen.add(template);
      const language = await page.locator("html").getAttribute("lang");
      if (language !== locale.slice(0, 2)) found.push(`${name}: the page is in ${language}`);
      await page.evaluate(axe);
      for (const [width, colorScheme, forcedColors] of [
        [1280, "light", "none"], [1280, "dark", "none"], [360, "light", "none"], [360, "dark", "none"], [360, "light", "active"],
      ]) {
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ colorScheme, forcedColors });
        const { violations } = await page.evaluate(() => window.axe.run());
        for (const { id, help, nodes } of violations) {
          found.push(`${name}, ${width} px, ${forcedColors === "none" ? colorScheme : "forced colours"}: ${id} (${help}) at ${nodes[0].target}`);
        }
      }
      await page.setViewportSize({ width: 320, height: 900 });
      await page.emulateMedia({ colorScheme: "light", forcedColors: "active", reducedMotion: "reduce" });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      if (wide > 320) found.push(`${name}: scrolls sideways at 320 px (${wide})`);
      await page.emulateMedia({ forcedColors: "none" });
      await page.setViewportSize({ width: 1280, height: 900 });
    });

    assert.deepEqual(found, []);
    assert.deepEqual((await templates()).filter((template) => !seen.has(template)), [], "a page nobody looked at");
    const missed = (await addresses()).filter(
      ({ program, pattern }) => !opened.some((url) => url.origin === town.at[program] && pattern.test(url.pathname)),
    );
    assert.deepEqual(missed.map(({ program, path }) => `${program} ${path}`), [], "an address nobody opened");
    await context.close();
  });
}
