/** gettext at run time: the same catalogues, contexts and `%(name)s` as on the server. */
export type Language = "vi" | "en";
export type Values = Readonly<Record<string, string | number>>;
type Catalogue = Readonly<Record<string, readonly string[]>>;

let catalogue: Catalogue = {};
let current: Language = "vi";
/** Whether a lazy screen has been opened: from then on its words come along with every language. */
let isLaterWanted = false;

export async function loadLocale(language: Language): Promise<void> {
  const [first, later] = await Promise.all([
    language === "vi"
      ? import("../../../locales/vi/LC_MESSAGES/messages.po")
      : import("../../../locales/en/LC_MESSAGES/messages.po"),
    isLaterWanted ? readLater(language) : null,
  ]);
  useCatalogue(language, { ...first.default, ...later });
  document.documentElement.lang = language;
}

/** The words of the lazy screens, before the first of them is drawn. */
export async function loadLater(): Promise<void> {
  if (isLaterWanted) return;
  const asked = current;
  const later = await readLater(asked);
  isLaterWanted = true;
  if (asked === current) catalogue = { ...catalogue, ...later };
  else await loadLocale(current);
}

const readLater = async (language: Language): Promise<Catalogue> =>
  (
    await (language === "vi"
      ? import("../../../locales/vi/LC_MESSAGES/messages.po?later")
      : import("../../../locales/en/LC_MESSAGES/messages.po?later"))
  ).default;

export function useCatalogue(language: Language, loaded: Catalogue): void {
  [current, catalogue] = [language, loaded];
}

export const language = (): Language => current;

const fill = (text: string, values: Values): string =>
  text.replace(/%\((\w+)\)s/g, (whole, name: string) => String(values[name] ?? whole));

const forms = (key: string): readonly string[] | undefined =>
  Object.hasOwn(catalogue, key) ? catalogue[key] : undefined;

export const pgettext = (context: string, text: string, values: Values = {}): string =>
  fill(forms(context)?.[0] ?? text, values);

/** English has a singular; Vietnamese has one form for every number. */
export const npgettext = (context: string, one: string, many: string, n: number, values: Values = {}): string => {
  const form = current === "en" && n !== 1 ? 1 : 0;
  return fill(forms(context)?.[form] ?? (n === 1 ? one : many), { n, ...values });
};
