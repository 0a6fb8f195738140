// Builds envls-TARGET.vsix. Environment: TARGET (default linux-x64), ENVLS_BINARY (the server to bundle; none: bundle none).
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const repository = path.join(root, "..", "..");
const target = process.env.TARGET || "linux-x64";
const binary = process.env.ENVLS_BINARY;

// What an earlier run bundled may be of another target.
rmSync(path.join(root, "bundled"), { recursive: true, force: true });
if (binary) {
  const bundled = path.join(root, "bundled", "bin", target.startsWith("win32") ? "envls.exe" : "envls");
  mkdirSync(path.dirname(bundled), { recursive: true });
  copyFileSync(binary, bundled);
  chmodSync(bundled, 0o755);
} else {
  console.warn("ENVLS_BINARY is not set: the package has no server in it and will use the one on PATH");
}

const licenses = readdirSync(repository).filter((name) => /^LICEN[CS]E/.test(name));
for (const name of licenses) copyFileSync(path.join(repository, name), path.join(root, name));

const tool = (name) => path.join(root, "node_modules", ".bin", process.platform === "win32" ? `${name}.cmd` : name);
const run = (name, ...words) => execFileSync(tool(name), words, { cwd: root, stdio: "inherit", shell: process.platform === "win32" });
if (!existsSync(tool("vsce"))) throw new Error("`vsce` is missing: run `npm ci` first");
try {
  execFileSync("npm", ["run", "--silent", "build"], { cwd: root, stdio: "inherit", shell: process.platform === "win32" });
  // vsce refuses a package without a file of the licence; --skip-license says that we know.
  run("vsce", "package", "--target", target, "--no-dependencies", "--out", `envls-${target}.vsix`, ...(licenses.length ? [] : ["--skip-license"]));
} finally {
  for (const name of licenses) rmSync(path.join(root, name), { force: true });
}
