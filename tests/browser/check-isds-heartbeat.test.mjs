// `city-idp check` asks ISDS, played by the sandbox, whether it says that it works.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { house } from "./support/house.mjs";
import { root } from "./support/program.mjs";

let place, town;

before(async () => {
  town = await house((name, toml) => {
    if (name === "idp") place = /^master_key_file = "(.*)\/secrets\//m.exec(toml)[1];
    return toml;
  });
});
after(() => town?.stop());

/** What a check says of the heartbeat and of what cannot be reached. */
function check() {
  const binary = join(process.env.CITY_BIN_DIR ?? join(root, "target/debug"), "city-idp");
  return new Promise((resolve) => {
    execFile(binary, ["check", "--config", join(place, "city-idp.toml")], (error, output) => {
      const told = output.split("\n").filter((line) => /isds\.(heartbeat|unreachable)/.test(line));
      resolve({ told, failed: error !== null });
    });
  });
}

for (const [fault, expected, failed] of [
  [undefined, /^ok +isds\.heartbeat: provider isds: ISDS says that it works\.$/, false],
  ["heartbeat_limited", /^warning isds\.heartbeat: .*works in part/, false],
  ["heartbeat_error", /^BROKEN +isds\.unreachable: .*out of order/, true],
]) {
  test(`the heartbeat, ${fault ?? "without a fault"}`, async () => {
    if (fault) assert.ok((await town.control("isds/fault", { fault })).status < 400);

    const { told, failed: hasFailed } = await check();

    assert.equal(told.length, 1, told.join("\n"));
    assert.match(told[0], expected);
    assert.equal(hasFailed, failed);
    await town.control("isds/fault/clear", {});
  });
}
