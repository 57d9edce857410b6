#!/usr/bin/env node
// Called by `./dev shots`: every page at 360 and 1280 px, light and dark, in three languages; and the README's pictures.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { launch } from "./support/chromium.mjs";
import { house } from "./support/house.mjs";
import { walk, walked } from "./support/pages.mjs";
import { root } from "./support/program.mjs";

const out = process.argv[process.argv.indexOf("--out") + 1] ?? "var/shots";
const readme = { choice: "choice", information: "information", identity: "my-identity", account: "account" };
await Promise.all([out, join(root, "docs/images")].map((folder) => mkdir(folder, { recursive: true })));

const [chromium, town] = await Promise.all([launch(), house(walked)]);
try {
  for (const [locale, persona] of [["cs", "novakova"], ["en", "village"], ["de", "diacritics"]]) {
    const context = await chromium.newContext({ locale, viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    await walk(page, town, persona, async (_template, name) => {
      for (const width of [360, 1280]) {
        for (const colorScheme of ["light", "dark"]) {
          await page.setViewportSize({ width, height: 800 });
          await page.emulateMedia({ colorScheme });
          const path = join(out, `${name}-${locale}-${width}-${colorScheme}.png`);
          await page.screenshot({ path, fullPage: true, animations: "disabled" });
        }
      }
      await page.emulateMedia({ colorScheme: "light" });
      if (locale === "cs" && readme[name]) {
        const path = join(root, "docs/images", `${readme[name]}.png`);
        await page.screenshot({ path, fullPage: true, animations: "disabled" });
      }
    });
    await context.close();
    console.log(`${locale}: done`);
  }
} finally {
  await chromium.close();
  await town.stop();
}
