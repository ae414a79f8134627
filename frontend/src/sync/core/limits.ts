/** Every limit that both sides keep, with its unit in its name; the twin of `sync/limits.py`. */
export const PROTOCOL = 1;
export const SCHEMA = 1;
export const INTEGER_MAX = Number.MAX_SAFE_INTEGER;
export const COUNT_MAX = 2 ** 31 - 1;
export const FIELD_NAME_BYTES_MAX = 64;
export const VALUE_BYTES_MAX = 8 * 1024;
export const VALUE_DEPTH_MAX = 4;
export const OPERATION_BYTES_MAX = 32 * 1024;
export const BATCH_OPERATIONS_MAX = 100;
export const BODY_BYTES_MAX = 4 * 1024 * 1024;
export const PULL_RECORDS_MAX = 500;
/** What the phone asks for: a save waits behind the page that is being stored, so pages are short. */
export const PULL_RECORDS = 200;
/** A list of this length may have been cut by the server: an absence in it proves nothing. */
export const HELD_LISTED_MAX = 1_000;
export const RECEIPTED_KEPT_DAYS = 30;
export const DAY_MS = 86_400_000;
