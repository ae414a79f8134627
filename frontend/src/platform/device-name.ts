/** A name by which an officer knows this phone again in the list of devices: "Chrome, Android". */
const BROWSERS = [
  ["Firefox", "Firefox"],
  ["SamsungBrowser", "Samsung Internet"],
  ["Edg", "Edge"],
  ["CriOS", "Chrome"],
  ["Chrome", "Chrome"],
  ["Safari", "Safari"],
] as const;
const SYSTEMS = [
  ["Android", "Android"],
  ["iPhone", "iPhone"],
  ["iPad", "iPad"],
  ["Windows", "Windows"],
  ["Mac OS", "macOS"],
  ["Linux", "Linux"],
] as const;

export function deviceName(agent: string = navigator.userAgent): string {
  const found = [BROWSERS, SYSTEMS].map((list) => list.find(([sign]) => agent.includes(sign))?.[1]);
  return found.filter((name) => name !== undefined).join(", ") || "?";
}
