/** Names that the page and its worker share. */
export const SPARE_FOLDER = "diaban-spare";
/** One at a time over all tabs. */
export const SPARE_LOCK = "diaban-spare";
