/** Which browsers people are sent away from. */
import { expect, it } from "vitest";
import { browserKind } from "../src/platform/browser-kind.ts";

const ANDROID = "Mozilla/5.0 (Linux; Android 13; SM-A135F) AppleWebKit/537.36 (KHTML, like Gecko)";
const IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";

it.each([
  [
    "in-app",
    `${ANDROID} Version/4.0 Chrome/130.0.0.0 Mobile Safari/537.36 Zalo android/12110634 ZaloTheme/light`,
    false,
  ],
  ["in-app", `${IPHONE} Mobile/15E148 Zalo iOS/617 ZaloTheme/light ZaloLanguage/vi`, true],
  ["in-app", `${IPHONE} Mobile/15E148 [FBAN/FBIOS;FBAV/485.0.0;FBDV/iPhone14,5]`, false],
  [
    "in-app",
    "Mozilla/5.0 (Linux; Android 13; SM-A135F; wv) AppleWebKit/537.36 Version/4.0 Chrome/130.0 Safari/537.36",
    false,
  ],
  ["iphone-tab", `${IPHONE} Version/17.5 Mobile/15E148 Safari/604.1`, false],
  ["ordinary", `${IPHONE} Version/17.5 Mobile/15E148 Safari/604.1`, true],
  ["ordinary", `${ANDROID} Chrome/130.0.0.0 Mobile Safari/537.36`, false],
  ["ordinary", `${ANDROID} SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36`, false],
] as const)("%s: %s", (kind, userAgent, isInstalled) => {
  expect(browserKind(userAgent, isInstalled)).toBe(kind);
});
