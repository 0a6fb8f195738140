// Writes the settings of a table into package.json: settings.mjs [--check] [TABLE.json].
// The table is settings.json beside package.json, in the shape of `contributes.configuration.properties`.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const words = process.argv.slice(2);
const check = words.includes("--check");
const table = words.find((word) => word !== "--check") ?? here("settings.json");

const before = readFileSync(here("package.json"), "utf8");
const manifest = JSON.parse(before);
const properties = JSON.parse(readFileSync(table, "utf8"));
manifest.contributes.configuration.properties = Object.fromEntries(Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1)));
const after = JSON.stringify(manifest, null, 2) + "\n";

if (!check) {
  writeFileSync(here("package.json"), after);
} else if (after !== before) {
  console.error("package.json does not have the settings of the table; run `npm run settings`");
  process.exitCode = 1;
}
