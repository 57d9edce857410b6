// The whole house as `./dev run` starts it: sandbox, broker and portal from config/development, on free ports.

import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";
import { logInAtBank } from "./bank.mjs";
import { folder, freePort, root, start } from "./program.mjs";

const run = promisify(execFile);

/**
 * Starts all three. The broker and the portal are at `localhost`, the sandbox at `127.0.0.1`: another site, as the real
 * providers are.
 * @param {(name: string, toml: string) => string} change a last word on each configuration
 */
export async function house(change = (_name, toml) => toml) {
  const place = await folder();
  const ports = {};
  const names = ["BROKER", "PORTAL", "SANDBOX", "SANDBOX_TLS", "SANDBOX_CLIENT_TLS", "SANDBOX_SMTP", "BROKER_METRICS", "PORTAL_METRICS"];
  for (const name of names) ports[name] = await freePort();
  await run("bash", [join(root, "config/development/certificates.sh"), join(place.path, "tls")]);
  await mkdir(join(place.path, "secrets"));
  for (const name of ["idp-master-key", "portal-master-key"]) {
    await writeFile(join(place.path, "secrets", name), randomBytes(32).toString("base64"));
  }
  await writeFile(join(place.path, "secrets", "portal-client-secret"), randomBytes(32).toString("hex"));

  const configuration = async (name) => {
    const words = {
      DATA: place.path,
      REDIS: "",
      IDP_DATABASE: `sqlite://${place.path}/idp.db`,
      PORTAL_DATABASE: `sqlite://${place.path}/portal.db`,
      ...Object.fromEntries(Object.entries(ports).map(([key, port]) => [`${key}_PORT`, port])),
    };
    const template = await readFile(join(root, "config/development", `${name}.toml`), "utf8");
    return change(name, template.replace(/@([A-Z_]+)@/g, (_all, word) => words[word]));
  };

  const at = {
    broker: `http://localhost:${ports.BROKER}`,
    portal: `http://localhost:${ports.PORTAL}`,
    sandbox: `http://127.0.0.1:${ports.SANDBOX}`,
  };
  const programs = [
    await start("city-sandbox", await configuration("sandbox"), place.path, `${at.sandbox}/healthz`),
    await start("city-idp", await configuration("idp"), place.path, `${at.broker}/readyz`),
    await start("city-portal", await configuration("portal"), place.path, `${at.portal}/readyz`),
  ];
  return {
    at,
    /** Where their databases are. */
    data: place.path,
    output: () => programs.map((program) => program.output()).join("\n"),
    /** One control of the sandbox, as a form. */
    control: (path, fields) =>
      fetch(`${at.sandbox}/_sandbox/${path}`, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" }),
    stop: async () => {
      for (const program of programs.reverse()) await program.stop();
      await place.remove();
    },
  };
}

/**
 * Chooses NIA, is a persona there, and comes back to the broker. Works with and without scripts. Who is signed in at
 * NIA already is not asked again.
 */
export async function throughNia(page, persona, { scripts = true } = {}) {
  await page.locator('button[value="nia"]').first().click();
  await page.waitForURL((url) => /\/FPSTS\/(login|consent|answer)\//.test(url.href) || settled(url));
  const choice = page.locator(`button[value^="${persona}"]`).first();
  if (await choice.count()) {
    await choice.click();
    // Nothing is counted on the page that is being left.
    await page.waitForURL((url) => /\/FPSTS\/(consent|answer)\//.test(url.href) || settled(url), { waitUntil: "domcontentloaded" });
  }
  const consent = page.locator("#consent-all, #consent-selected");
  if (await consent.count()) await consent.last().click();
  if (!scripts) await page.click("#answer-submit");
  await page.waitForURL(settled);
  await page.waitForLoadState();
}

/**
 * Chooses Bank iD, a bank there unless the broker named one, logs in there as a persona and lets everything be told.
 */
export async function throughBankId(page, persona, { bank = "vltavska" } = {}) {
  await page.locator('button[value="bank_id"]').first().click();
  await page.waitForURL(/\/bank_id\/(banks|login)\//);
  if (page.url().includes("/banks/")) await page.click(`#bank-${bank}`);
  await logInAtBank(page, persona);
  await page.click("#consent-selected");
  await page.waitForURL(settled);
  await page.waitForLoadState();
}

/**
 * Chooses the data box, is a persona there and lets everything be told.
 */
export async function throughDataBox(page, persona) {
  await page.locator('button[value="isds"]').first().click();
  await page.waitForURL(/\/as\/login/);
  await page.locator(`button[name="persona"][value="${persona}"]`).click();
  await page.click("#consent-allow");
  await page.waitForURL(settled);
  await page.waitForLoadState();
}

/** Back from the provider, and not on the way: a page of the broker for people, or an application. */
function settled(url) {
  return !/\/FPSTS\/|\/bank_id\/|\/as\/|\/upstream\/|\/answer\/|\/choose$/.test(url.href);
}
