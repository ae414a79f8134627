/**
 * One file for everything that the page needs before it shows anything. Lazy screens share much of it, and a file for
 * every set of sharers would make the first load larger: small files are compressed badly.
 */
interface Modules {
  getModuleInfo(id: string): { readonly isEntry: boolean; readonly importers: readonly string[] } | null;
}

export function firstLoad(id: string, modules: Modules): string | null {
  return isReached(id, modules, new Set()) ? "first" : null;
}

/** From the page's own script, by imports that do not wait for anybody. */
function isReached(id: string, modules: Modules, seen: Set<string>): boolean {
  if (seen.has(id)) return false;
  seen.add(id);
  const found = modules.getModuleInfo(id);
  return found !== null && (found.isEntry || found.importers.some((by) => isReached(by, modules, seen)));
}
