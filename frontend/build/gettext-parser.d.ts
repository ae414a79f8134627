declare module "gettext-parser" {
  export const po: { parse(source: Buffer): { translations: Record<string, Record<string, object>> } };
}
