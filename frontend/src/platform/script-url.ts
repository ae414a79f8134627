/** The one Trusted Types policy: it lets pass the app's own two workers, and nothing else. */
interface ScriptPolicy {
  createScriptURL(url: string): unknown;
}
interface PolicyFactory {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): ScriptPolicy;
}

const WORKER_URL = /^\/(sw|assets\/spare-worker-[\w-]+)\.js$/;
let policy: ScriptPolicy | undefined;

/** The page's policy demands a trusted URL; browsers without Trusted Types take the text. */
export function scriptUrl(url: string): string {
  const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes;
  policy ??= factory?.createPolicy("swurl", {
    createScriptURL: (asked) => {
      if (!WORKER_URL.test(asked)) throw new TypeError("not a worker of this app");
      return asked;
    },
  });
  return (policy?.createScriptURL(url) ?? url) as string;
}
