/** HTTP: what counts as an answer of our server, and what the requests carry. */
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { queueInTab } from "../src/platform/locks.ts";
import { createClient } from "../src/sync/client.ts";

interface Call {
  readonly url: string;
  readonly init: RequestInit;
}

/** A client against replies given in turn. */
function clientOf(...replies: (Response | Error)[]) {
  const calls: Call[] = [];
  const fetch = async (url: unknown, init: RequestInit = {}) => {
    calls.push({ url: String(url), init });
    const reply = replies.shift() ?? new Error("no more replies");
    if (reply instanceof Error) throw reply;
    return reply;
  };
  return {
    client: createClient({
      fetch: fetch as typeof globalThis.fetch,
      language: () => "vi",
      lock: queueInTab,
      proof: async () => null,
      device: () => null,
    }),
    calls,
  };
}

const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } });
const problem = (code: string, status: number, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify({ type: `/problems/${code}`, title: "T", detail: "D", status }), {
    status,
    headers: { "Content-Type": "application/problem+json", ...headers },
  });
const page = (status: number) => new Response("<h1>Wi-Fi</h1>", { status, headers: { "Content-Type": "text/html" } });
const headersOf = (call: Call | undefined) => new Headers(call?.init.headers);

describe("answers", () => {
  it("are JSON of our server", async () => {
    const { client, calls } = clientOf(json({ a: 1 }, 200, { ETag: '"x"' }));
    expect(await client.send("GET", "/api/v1/me")).toEqual({
      ok: true,
      value: { body: { a: 1 }, status: 200, etag: '"x"' },
    });
    expect(headersOf(calls[0]).get("X-Diaban")).toBe("1");
    expect(headersOf(calls[0]).get("Accept-Language")).toBe("vi");
    expect(calls[0]?.init.credentials).toBe("same-origin");
  });

  it("may say that nothing has changed", async () => {
    const { client, calls } = clientOf(new Response(null, { status: 304, headers: { ETag: '"x"' } }));
    expect(await client.send("GET", "/api/v1/areas", { etag: '"x"' })).toMatchObject({
      value: { status: 304, body: null },
    });
    expect(headersOf(calls[0]).get("If-None-Match")).toBe('"x"');
  });

  it.each([page(200), page(302), page(511), problemless(400)])(
    "are not a captive portal's page (P21)",
    async (reply) => {
      const { client } = clientOf(reply);
      expect(await client.send("GET", "/api/v1/me")).toMatchObject({
        ok: false,
        from: "stranger",
        problem: { code: "no-internet" },
      });
    },
  );

  it("are no redirections: these are not followed", async () => {
    const { client, calls } = clientOf(json({}));
    await client.send("GET", "/api/v1/me");
    expect(calls[0]?.init.redirect).toBe("manual");
  });

  it.each([page(502), page(503), problemless(504)])(
    "may be a proxy's, before a server that restarts",
    async (reply) => {
      const { client } = clientOf(reply);
      expect(await client.send("GET", "/api/v1/me")).toMatchObject({
        ok: false,
        from: "server",
        problem: { code: "busy" },
      });
    },
  );

  it("may not come at all", async () => {
    const { client } = clientOf(new TypeError("failed to fetch"));
    expect(await client.send("GET", "/api/v1/me")).toMatchObject({
      ok: false,
      from: "nothing",
      problem: { code: "no-connection" },
    });
  });

  it("carry the code of a problem and when to come back", async () => {
    const { client } = clientOf(problem("busy", 503, { "Retry-After": "7" }));
    expect(await client.send("GET", "/api/v1/me")).toEqual({
      ok: false,
      from: "server",
      retryAfterMs: 7_000,
      problem: { code: "busy", title: "T", detail: "D", status: 503 },
    });
  });
});

function problemless(status: number): Response {
  return new Response("{}", { status, headers: { "Content-Type": "application/problem+json" } });
}

describe("bodies", () => {
  it("are packed when they are long", async () => {
    const { client, calls } = clientOf(json({}), json({}));
    const long = { text: "đ".repeat(2_000) };
    await client.send("POST", "/api/v1/sync", { body: long });
    await client.send("POST", "/api/v1/sync", { body: { short: 1 } });
    expect(headersOf(calls[0]).get("Content-Encoding")).toBe("gzip");
    expect(JSON.parse(gunzipSync(new Uint8Array(calls[0]?.init.body as ArrayBuffer)).toString())).toEqual(long);
    expect(headersOf(calls[1]).get("Content-Encoding")).toBeNull();
    expect(calls[1]?.init.body).toBe('{"short":1}');
  });
});

describe("a session that has expired", () => {
  it("is refreshed once, and the request repeated", async () => {
    const { client, calls } = clientOf(problem("session-expired", 401), json({}), json({ a: 1 }));
    expect(await client.send("GET", "/api/v1/me")).toMatchObject({ ok: true, value: { body: { a: 1 } } });
    expect(calls.map((call) => call.url)).toEqual(["/api/v1/me", "/api/v1/sessions/refresh", "/api/v1/me"]);
  });

  it("is reported when it cannot be refreshed", async () => {
    const { client, calls } = clientOf(problem("session-expired", 401), problem("not-signed-in", 401));
    expect(await client.send("GET", "/api/v1/me")).toMatchObject({ ok: false, problem: { code: "session-expired" } });
    expect(calls).toHaveLength(2);
  });

  it("is not refreshed for a wrong password", async () => {
    const { client, calls } = clientOf(problem("credentials-wrong", 401));
    await client.send("POST", "/api/v1/sessions", { body: {}, refresh: false });
    expect(calls).toHaveLength(1);
  });
});

describe("renewing the session", () => {
  it("takes a connection that breaks meanwhile for what it is, not for the end of the session", async () => {
    const { client } = clientOf(problem("session-expired", 401), new TypeError("failed to fetch"));
    expect(await client.send("GET", "/api/v1/me")).toMatchObject({ ok: false, from: "nothing" });
  });

  it("asks for a sign-in only when the server itself refuses", async () => {
    const { client } = clientOf(problem("session-expired", 401), problem("not-signed-in", 401));
    expect(await client.send("GET", "/api/v1/me")).toMatchObject({ ok: false, problem: { code: "session-expired" } });
  });
});

it("carries what is wrong with single members", async () => {
  const errors = [{ pointer: "/name", code: "invalid", detail: "Too long." }];
  const body = JSON.stringify({ type: "/problems/request-invalid", title: "", detail: "", errors });
  const headers = { "Content-Type": "application/problem+json" };
  const { client } = clientOf(new Response(body, { status: 422, headers }));
  expect(await client.send("POST", "/api/v1/areas", { body: {} })).toMatchObject({ problem: { errors } });
});
