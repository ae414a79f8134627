/** What a part of a form may ask of the draft around it: to be kept now, before the page may be killed. */
import { createContext } from "preact";

export type KeepNow = () => Promise<void>;

export const DraftContext = createContext<KeepNow>(async () => undefined);
