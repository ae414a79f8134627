/** A Firefox that does what one line of JSON after another says, and answers each with a line: `driver.mjs FIREFOX PROFILE`. */
import { createInterface } from "node:readline";
import puppeteer from "puppeteer-core";

const STEP_MS_MAX = 30_000;
const VIOLATIONS = `document.addEventListener("securitypolicyviolation", each =>
  console.error("policy " + each.violatedDirective + " " + each.blockedURI))`;

const [executablePath, userDataDir] = process.argv.slice(2);
const browser = await puppeteer.launch({ browser: "firefox", executablePath, userDataDir, headless: true });
const page = await browser.newPage();
const complaints = [];
page.setDefaultTimeout(STEP_MS_MAX);
page.on("pageerror", (error) => complaints.push(String(error.message)));
page.on("console", (said) => said.type() === "error" && complaints.push(said.text()));
await page.evaluateOnNewDocument(VIOLATIONS);
await page.setViewport({ width: 360, height: 740 });

const ACTS = {
  open: async (url) => void (await page.goto(url)),
  reload: async () => void (await page.reload()),
  fill: async (selector, text) => void (await page.locator(selector).fill(text)),
  click: async (selector) => void (await page.locator(selector).click()),
  choose: async (selector, path) => void (await (await page.waitForSelector(selector)).uploadFile(path)),
  evaluate: async (expression) => (await page.evaluate(expression)) ?? null,
  offline: async (isOffline) => void (await page.setOfflineMode(isOffline)),
  complaints: async () => complaints,
};

const tell = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);

tell({ value: await browser.version() });
for await (const line of createInterface({ input: process.stdin })) {
  const { act, given } = JSON.parse(line);
  try {
    tell({ value: (await ACTS[act](...given)) ?? null });
  } catch (thrown) {
    tell({ error: String(thrown.message) });
  }
}
await browser.close();
