/** Which page of help belongs to an address. */

/** Pure: the address without its first stroke; one page for all records. */
export function pageName(path: string): string {
  if (path === "/") return "home";
  return path.startsWith("/records/") ? "records" : path.slice(1);
}
