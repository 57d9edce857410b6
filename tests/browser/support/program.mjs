// Built programs of ours, started as an operator starts them, on free ports and in a folder of their own.

import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../..", import.meta.url));

// Below what the system gives out (from 32768), also to whoever only connects, and below what `./dev` draws for its engines (from
// 20000): what is drawn as 0 and closed again is soon somebody else's.
const [FIRST, MANY] = [10_000, 10_000];
// Processes started one after the other begin far apart; each test file is one.
const STRIDE = 6_181;
let given = 0;

/** A TCP port of the loopback addresses that nobody uses. This process gives each one once. */
export async function freePort() {
  for (let tries = 0; tries < MANY; tries += 1) {
    const port = FIRST + ((process.pid * STRIDE + given++) % MANY);
    // At both addresses, since either may be meant by `localhost`.
    if (!(await isTaken("127.0.0.1", port)) && !(await isTaken("::1", port))) return port;
  }
  throw new Error(`all ports from ${FIRST} to ${FIRST + MANY - 1} are taken`);
}

/** A machine without such an address has nobody there. */
function isTaken(host, port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.on("error", (error) => resolve(error.code === "EADDRINUSE"));
    server.listen(port, host, () => server.close(() => resolve(false)));
  });
}

/** A temporary folder; `remove()` takes it away. */
export async function folder() {
  const path = await mkdtemp(join(tmpdir(), "city-browser-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/**
 * Starts `city-NAME serve` with a configuration, and waits until it is ready.
 * @returns {Promise<{stop: () => Promise<void>, output: () => string}>}
 */
export async function start(name, toml, place, ready) {
  const config = join(place, `${name}.toml`);
  await writeFile(config, toml);
  const binary = join(process.env.CITY_BIN_DIR ?? join(root, process.env.CARGO_TARGET_DIR ?? "target", "debug"), name);
  const child = spawn(binary, ["serve", "--config", config], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (text) => (output += text));
  child.stderr.on("data", (text) => (output += text));
  const ended = new Promise((resolve) => child.on("close", resolve));
  let failure;
  child.on("error", (error) => (failure = error));

  for (const until = Date.now() + 60_000; Date.now() < until; ) {
    if (failure) throw new Error(`${binary}: ${failure.message}; run cargo build --workspace first`);
    if (child.exitCode !== null) throw new Error(`${name} ended at once:\n${output}`);
    const answer = await fetch(ready).catch(() => undefined);
    if (answer?.ok) {
      return {
        output: () => output,
        stop: async () => {
          child.kill("SIGTERM");
          await ended;
        },
      };
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill("SIGKILL");
  throw new Error(`${name} is not ready:\n${output}`);
}
