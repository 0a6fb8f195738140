// A browser that does as it is told: one request in JSON on each line of standard input, one answer on each of standard output.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const { chromium } = createRequire(`${process.env.ENVLS_PLAYWRIGHT}/`)("playwright-core");
const PATIENCE = Number(process.env.ENVLS_PATIENCE ?? 90) * 1000;

const browser = await chromium.launch({
  executablePath: process.env.ENVLS_CHROMIUM ?? "/usr/bin/chromium",
  // Nothing but this machine is asked for anything.
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
});
const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
page.setDefaultTimeout(PATIENCE);
let ended;
await page.exposeFunction("codeAutomationExit", (code) => void (ended = code));
await page.exposeFunction("codeAutomationLog", () => undefined);

const find = ({ selector, text }) => page.locator(selector, text === undefined ? {} : { hasText: new RegExp(text, "i") }).first();

const verbs = {
  goto: ({ url }) => page.goto(url).then(() => null),
  wait: (what) => find(what).waitFor({ state: what.state ?? "visible" }).then(() => null),
  click: (what) => find(what).click({ clickCount: what.count ?? 1, ...(what.position ? { position: what.position } : {}) }),
  text: (what) => find(what).innerText(),
  count: ({ selector }) => page.locator(selector).count(),
  visible: (what) => find(what).isVisible(),
  press: ({ key }) => page.keyboard.press(key),
  type: ({ text }) => page.keyboard.type(text),
  screenshot: ({ path }) => page.screenshot({ path }).then(() => null),
  ended: async () => ended ?? null,
};

for await (const line of createInterface({ input: process.stdin })) {
  const { verb, ...rest } = JSON.parse(line);
  let answer;
  try {
    answer = { value: (await verbs[verb](rest)) ?? null };
  } catch (trouble) {
    answer = { trouble: String(trouble?.message ?? trouble).slice(0, 2000) };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
await browser.close();
