/** The version of the app that is running. */
import { version } from "../../package.json";

export const VERSION: string = version;
