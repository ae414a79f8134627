/** Line icons drawn in the colour of the text. They never stand without a word beside them. */
const PATHS = {
  home: "M4 11 12 4l8 7v9h-5v-6H9v6H4z",
  record: "M12 5v14M5 12h14",
  list: "M4 6h16M4 12h16M4 18h16",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  sync: "M4 12a8 8 0 0 1 14-5l2 2M20 4v5h-5M20 12a8 8 0 0 1-14 5l-2-2M4 20v-5h5",
  feed: "M5 5h14v14H5zM8 9h8M8 13h8",
  figures: "M5 20V10M12 20V4M19 20v-7",
  areas: "M12 21s7-6 7-12a7 7 0 0 0-14 0c0 6 7 12 7 12zM12 11.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  users: "M12 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c0-4 4-7 8-7s8 3 8 7",
  help: "M9 9.5a3 3 0 1 1 4.2 2.7c-.8.4-1.2.9-1.2 1.8M12 17v.01M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
  patrol: "M12 3l8 3v6c0 5-4 8-8 9-4-1-8-4-8-9V6z",
  outreach: "M4 10v4h4l7 5V5L8 10zM18 9a4 4 0 0 1 0 6",
  meeting:
    "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM16 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM3 19c0-3 2-5 5-5s5 2 5 5M13 15c3-2 8-1 8 4",
  waiting: "M12 7v5l3 2M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
  sending: "M12 20V6M6 11l6-6 6 6",
  received: "M5 13l4 4L19 7",
  held: "M12 4 2 20h20zM12 10v5M12 17.5v.01",
  offline: "M3 3l18 18M5 10a10 10 0 0 1 4-2.5M19 10a10 10 0 0 0-5-2.8M8.5 14a5 5 0 0 1 6 0M12 18h.01",
} as const;
export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">
      <path
        d={PATHS[name]}
        fill="none"
        stroke="currentColor"
        stroke-width="2"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}

export const kindIcon = (kind: string): IconName =>
  kind === "outreach" || kind === "handout"
    ? "outreach"
    : kind === "meeting" || kind === "proposal"
      ? "meeting"
      : "patrol";
