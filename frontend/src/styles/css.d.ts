/** The sheet is imported for its effect only. */
declare module "*.css";
/** Its text, for code that brings its own sheet. */
declare module "*.css?inline" {
  const text: string;
  export default text;
}
