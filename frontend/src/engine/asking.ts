/** Conditional reads and posts of the JSON API, for screens that work online. */
import type { Client } from "../sync/client.ts";
import type { Engine, Outcome } from "./contract.ts";

export function asking(client: Client): Pick<Engine, "get" | "post"> {
  return {
    get: async <T>(path: string, etag: string | null = null) => {
      const reply = await client.send<T>("GET", path, { etag });
      if (!reply.ok) return { ok: false, problem: reply.problem };
      const { status, body, etag: newEtag } = reply.value;
      return { ok: true, value: { unchanged: status === 304, etag: newEtag, body } };
    },
    post: async <T>(path: string, body: BodyInit | object, contentType?: string): Promise<Outcome<T>> => {
      const options = contentType === undefined ? { body } : { body, contentType };
      const reply = await client.send<T>("POST", path, options);
      return reply.ok ? { ok: true, value: reply.value.body as T } : { ok: false, problem: reply.problem };
    },
  };
}
