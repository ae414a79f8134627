/** Photos as they are shown, and the pictures themselves: this phone's, else the server's. */
import type { Outcome } from "../engine/contract.ts";
import { draftsOf, looseOrRefused, photosBelow, readFile, rowsOf, sumPhotos } from "../store/photos.ts";
import type { PhotoRow, ShownRow } from "../store/schema.ts";
import { type Client, failed, type Reply, type Result, readReply } from "../sync/client.ts";
import type { Photos, PhotoView, PhotoViewState } from "./contract.ts";
import type { PhotosParts } from "./photos.ts";

/** Of other people's: not stored, for a phone that is wiped keeps nothing, nor does the browser behind its back. */
const THUMBS_REMEMBERED_MAX = 100;

export function listing({
  store,
  client,
  status,
}: PhotosParts): Pick<Photos, "list" | "attention" | "picture" | "totals"> {
  const thumbs = new Map<string, Blob>();
  const view = (row: PhotoRow | undefined, shown: ShownRow | null) =>
    viewOf(row, shown, status.value.sending?.id ?? null);
  return {
    totals: async () => await store.read(sumPhotos),
    list: async (of) =>
      await store.read(async (tx) => {
        if ("draft" in of) return (await draftsOf(tx, of.draft)).map((row) => view(row, null));
        const shown = await photosBelow(tx, of.record);
        const rows = new Map((await rowsOf(tx, of.record)).map((row) => [row.id, row]));
        return shown.map((photo) => view(rows.get(photo.id), photo));
      }),
    attention: async () =>
      await store.read(async (tx) => {
        const rows = await looseOrRefused(tx);
        return await Promise.all(
          rows.map(async (row) => view(row, (await tx.objectStore("shown").get(row.id)) ?? null)),
        );
      }),
    picture: async ({ id, sha256 }, size) => {
      const kept = await store.read((tx) => readFile(tx, id, size));
      if (kept) return { ok: true, value: new Blob([kept], { type: "image/jpeg" }) };
      const seen = size === "thumb" ? thumbs.get(sha256 ?? "") : undefined;
      if (seen) return { ok: true, value: seen };
      const outcome = await fetchPicture(client, sha256 ?? "", size);
      if (outcome.ok && size === "thumb") remember(thumbs, sha256 ?? "", outcome.value);
      return outcome;
    },
  };
}

function remember(thumbs: Map<string, Blob>, sha256: string, thumb: Blob): void {
  thumbs.set(sha256, thumb);
  const [oldest] = thumbs.keys();
  if (thumbs.size > THUMBS_REMEMBERED_MAX && oldest !== undefined) thumbs.delete(oldest);
}

const STATES: Readonly<Record<PhotoRow["state"], PhotoViewState>> = {
  draft: "draft",
  pending: "waiting",
  refused: "refused",
  received: "received",
  thumbnail: "received",
  // Its record is shown again; the queue takes it up when it next looks.
  removed: "waiting",
};

function viewOf(row: PhotoRow | undefined, shown: ShownRow | null, sendingId: string | null): PhotoView {
  const fields = shown?.fields ?? {};
  const caption = typeof fields.caption === "string" ? fields.caption : null;
  if (row) {
    const { id, sha256, bytes, taken_ms: takenMs, upload } = row;
    // Its bytes wait for its record, and people for the reason why that is held.
    const code = row.code ?? shown?.held_codes[0] ?? null;
    const state = row.state === "pending" && id === sendingId ? "sending" : STATES[row.state];
    const sentBytes = state === "received" ? bytes : (upload?.offset ?? 0);
    return { id, state, code, sha256, bytes, sentBytes, takenMs, caption, isLoose: shown === null };
  }
  const { sha256, bytes, taken_at } = fields;
  return {
    id: shown?.id ?? "",
    state: "elsewhere",
    code: null,
    sha256: typeof sha256 === "string" ? sha256 : null,
    bytes: typeof bytes === "number" ? bytes : 0,
    sentBytes: 0,
    takenMs: typeof taken_at === "number" ? taken_at : null,
    caption,
    isLoose: false,
  };
}

async function fetchPicture(client: Client, sha256: string, size: "full" | "thumb"): Promise<Outcome<Blob>> {
  const reply = await client.send<Blob>("GET", `/api/v1/photos/${sha256}?size=${size}`, { take: readPicture });
  if (!reply.ok) return { ok: false, problem: reply.problem };
  return reply.value.body ? { ok: true, value: reply.value.body } : { ok: false, problem: lost };
}

const lost = { code: "not-found", title: "", detail: "", status: 404 };

async function readPicture(response: Response): Promise<Result<Reply<Blob>>> {
  if (!response.ok) return await readReply<Blob>(response);
  if (!response.headers.get("Content-Type")?.startsWith("image/")) return failed("stranger");
  return { ok: true, value: { body: await response.blob(), status: response.status, etag: null } };
}
