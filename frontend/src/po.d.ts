/** A gettext catalogue, built in by `build/po-plugin.ts`: msgctxt + U+0004 + msgid (or msgid alone) to its forms. */
declare module "*.po" {
  const catalogue: Readonly<Record<string, readonly string[]>>;
  export default catalogue;
}
