/** The network as one page sees it: `/sync` waits for what the simulation brings; the rest is answered on the spot. */
import type { Session } from "../../src/engine/contract.ts";

interface Flight {
  readonly body: string;
  readonly land: (response: Response) => void;
  readonly lose: (error: Error) => void;
}

export class Seat {
  /** Asked for by the app, not yet carried. */
  #pending: Flight | null = null;
  /** On its way. */
  #flying: Flight | null = null;
  readonly #session: () => Session;

  constructor(session: () => Session) {
    this.#session = session;
  }

  get isFlying(): boolean {
    return this.#flying !== null;
  }

  /** The body of the request that the app wants to send, or null; from now on it is on its way. */
  depart(): string | null {
    if (this.#flying || !this.#pending) return null;
    this.#flying = this.#pending;
    this.#pending = null;
    return this.#flying.body;
  }

  arrive(status: number, headers: Readonly<Record<string, string>>, body: Uint8Array<ArrayBuffer>): void {
    const isEmpty = status === 204 || status === 304;
    this.#take()?.land(new Response(isEmpty ? null : body, { status, headers }));
  }

  lose(): void {
    this.#take()?.lose(new TypeError("failed to fetch"));
  }

  /** None where the page that asked has died since: nobody is there for the answer. */
  #take(): Flight | null {
    const flight = this.#flying;
    this.#flying = null;
    return flight;
  }

  readonly fetch = async (input: unknown, init: RequestInit = {}): Promise<Response> => {
    const path = String(input);
    if (path === "/api/v1/sync") return await this.#wait(String(init.body));
    if (path === "/api/v1/sessions")
      return init.method === "DELETE" ? new Response(null, { status: 204 }) : this.#signIn();
    if (path === "/api/v1/sessions/refresh") return problem("not-signed-in", 401);
    if (path.startsWith("/api/v1/areas")) return json({ items: [] });
    throw new TypeError(`failed to fetch ${path}`);
  };

  #wait(body: string): Promise<Response> {
    if (this.#pending || this.#flying) throw new Error("two requests at once from one page");
    return new Promise((land, lose) => {
      this.#pending = { body, land, lose };
    });
  }

  #signIn(): Response {
    return json({ ...this.#session(), expires_s: 3_600 });
  }
}

function json(value: unknown): Response {
  return new Response(JSON.stringify(value), { headers: { "Content-Type": "application/json" } });
}

function problem(code: string, status: number): Response {
  const body = JSON.stringify({ type: `/problems/${code}`, title: "", detail: "", status });
  return new Response(body, { status, headers: { "Content-Type": "application/problem+json" } });
}
