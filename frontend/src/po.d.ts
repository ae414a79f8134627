/** A gettext catalogue, built in by `build/po-plugin.ts`: msgctxt (or msgid alone) to its forms. */
declare module "*.po" {
  const catalogue: Readonly<Record<string, readonly string[]>>;
  export default catalogue;
}
/** Of the same catalogue, what only lazy screens say. */
declare module "*.po?later" {
  const catalogue: Readonly<Record<string, readonly string[]>>;
  export default catalogue;
}
/** The address of a worker that Vite builds into a file of its own. */
declare module "*?worker&url" {
  const url: string;
  export default url;
}
