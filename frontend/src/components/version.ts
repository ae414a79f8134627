/** The version that the build wrote into the page. */
export const VERSION = document.querySelector('meta[name="version"]')?.getAttribute("content") ?? "–";
