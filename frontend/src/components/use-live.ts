/** A reading of the phone's own store, repeated after every local write and every merged pull. */
import { useEffect, useState } from "preact/hooks";
import { useEngine } from "./engine-context.ts";

/** Undefined until the first reading has come; a reading that a newer one has overtaken is dropped. */
export function useLive<T>(read: () => Promise<T>, inputs: readonly unknown[] = []): T | undefined {
  const revision = useEngine().revision.value;
  const [value, setValue] = useState<T | undefined>(undefined);
  useEffect(() => {
    let current = true;
    read().then((found) => {
      if (current) setValue(() => found);
    });
    return () => {
      current = false;
    };
  }, [revision, ...inputs]);
  return value;
}
