// Debian's Chromium, headless.

import { chromium } from "playwright-core";

/** Starts it; as root it only runs without its sandbox. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.CITY_TEST_CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
  });
}
