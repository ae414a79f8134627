/** What a person decides about a photo that does not go through: try again, or take it off its record with a reason. */
import { removePhoto, retryPhoto } from "../store/photos.ts";
import type { Photos } from "./contract.ts";
import type { PhotosParts } from "./photos.ts";
import { keeping, refusal } from "./taking.ts";

export function deciding(parts: PhotosParts, onRetry: () => void): Pick<Photos, "retry" | "remove"> {
  const { store, moment, changed, saved } = parts;
  return {
    retry: async (id) => {
      await store.write((tx) => retryPhoto(tx, id));
      await changed();
      onRetry();
    },
    remove: async (id, reason) => {
      const photo = await store.record(id);
      if (!photo) return refusal("photo-lost");
      const outcome = await keeping(parts, () =>
        store.write((tx) => removePhoto(tx, store.owner, photo, reason, moment())),
      );
      if (outcome.ok) await saved();
      return outcome;
    },
  };
}
