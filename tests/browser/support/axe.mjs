// axe on one page, as a test of the sandbox's pages looks at it.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The page does not scroll sideways, and axe finds nothing on it, in what can be unfolded neither. */
export async function look(page, name) {
  await page.setViewportSize({ width: 320, height: 800 });
  await page.evaluate(() => document.querySelectorAll("details").forEach((fold) => (fold.open = true)));
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 320, `${name} scrolls sideways`);
  await page.evaluate(axe);
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await page.evaluate(() => window.axe.run());
    assert.deepEqual(violations.map(({ id, nodes }) => `${id} at ${nodes[0].target}`), [], `${name}, ${colorScheme}`);
  }
}
