/** What kind of browser this is, as far as it changes what an officer should do before recording. */
export type BrowserKind = "in-app" | "iphone-tab" | "ordinary";

/** Inside another app: its window keeps nothing for sure, and cannot be installed. */
const IN_APP = /\bZalo|\bFBA[NV]\b|\bFB_IAB|Instagram|\bLine\/|TikTok|; wv\)/i;
const IPHONE = /iPhone|iPad|iPod/;

/** Pure. `isInstalled`: opened from the home screen. */
export function browserKind(userAgent: string, isInstalled: boolean): BrowserKind {
  if (IN_APP.test(userAgent)) return "in-app";
  return IPHONE.test(userAgent) && !isInstalled ? "iphone-tab" : "ordinary";
}

export function thisBrowser(): BrowserKind {
  const isInstalled =
    (navigator as { readonly standalone?: boolean }).standalone === true ||
    matchMedia("(display-mode: standalone)").matches;
  return browserKind(navigator.userAgent, isInstalled);
}
