/** The keyring: what opens it, what does not, and how often somebody may try. */
import { describe, expect, it } from "vitest";
import { counted, failed, mayTry, PIN_TRIES_MAX } from "../src/keys/attempts.ts";
import { lockedCipher, openCipher } from "../src/keys/data-key.ts";
import {
  isLocking,
  type Keyring,
  keysOf,
  locked,
  NO_FAILURES,
  newKeyring,
  openKey,
  pointOf,
  unlockedForGood,
  type Way,
} from "../src/keys/keyring.ts";
import { faultOf, openBySecret, secretWay } from "../src/keys/secret.ts";

const TEXT = new TextEncoder().encode("Tuyến 1");
const PASSPHRASE = "mưa rơi lúc hai giờ";
const NOW = 1_764_000_000_000;

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function openRaw(keyring: Keyring) {
  const raw = openKey(keyring);
  if (!raw) throw new Error("a lock is set");
  return raw;
}

async function withPassphrase() {
  return await locked(await newKeyring(), (raw) => secretWay("passphrase", PASSPHRASE, raw));
}

const wayOf = (keyring: Keyring): Way => keyring.ways[0] as Way;

describe("a keyring", () => {
  it("opens by itself while no lock is set, and keeps its key nowhere once one is", async () => {
    const open = await newKeyring();
    expect(isLocking(open)).toBe(false);
    const { keyring, raw } = await locked(open, (key) => secretWay("passphrase", PASSPHRASE, key));
    expect(isLocking(keyring)).toBe(true);
    expect(openKey(keyring)).toBeNull();
    expect(raw).not.toEqual(openRaw(open));
    expect(JSON.stringify(keyring)).not.toContain(open.open);
    expect(keyring.generation).toBe(2);
  });

  it("opens by its passphrase alone, however that was composed", async () => {
    const { keyring, raw } = await withPassphrase();
    expect(await openBySecret(wayOf(keyring), PASSPHRASE.normalize("NFD"))).toEqual(raw);
    await expect(openBySecret(wayOf(keyring), `${PASSPHRASE} `)).rejects.toMatchObject({ code: "row-damaged" });
    const other = { ...wayOf(keyring), kind: "pin" as const };
    await expect(openBySecret(other, PASSPHRASE)).rejects.toMatchObject({ code: "row-damaged" });
  });

  it("still opens what was sealed before a lock was set, also after two of them", async () => {
    const first = await newKeyring();
    const early = await openCipher(await keysOf(first, openRaw(first))).seal("x", TEXT);
    const whileLocked = await lockedCipher(first.generation, pointOf(first)).seal("y", TEXT);
    const second = await locked(first, (raw) => secretWay("pin", "481516", raw));
    const again = unlockedForGood(second.keyring, second.raw);
    const third = await locked(again, (raw) => secretWay("pin", "481516", raw));
    const cipher = openCipher(await keysOf(third.keyring, third.raw));
    expect(textOf(await cipher.open("x", early))).toBe("Tuyến 1");
    expect(textOf(await cipher.open("y", whileLocked))).toBe("Tuyến 1");
    expect(third.keyring.before.map(({ generation }) => generation)).toEqual([1, 2]);
  });

  it("is refused with another key", async () => {
    const [a, b] = [await newKeyring(), await newKeyring()];
    await expect(keysOf(a, openRaw(b))).rejects.toMatchObject({ code: "row-damaged" });
  });

  it("takes no second lock over the first", async () => {
    const { keyring } = await withPassphrase();
    await expect(locked(keyring, (raw) => secretWay("pin", "481516", raw))).rejects.toThrow("already");
  });
});

describe("a secret", () => {
  it.each([
    ["passphrase", "mười một kt", "passphrase-short"],
    ["passphrase", "mười hai ký ", null],
    ["pin", "48151", "pin-short"],
    ["pin", "48151a", "pin-short"],
    ["pin", "111111", "pin-plain"],
    ["pin", "123456", "pin-plain"],
    ["pin", "987654", "pin-plain"],
    ["pin", "121212", "pin-plain"],
    ["pin", "481516", null],
  ] as const)("%s %s: %s", (kind, secret, fault) => {
    expect(faultOf(kind, secret)).toBe(fault);
  });
});

describe("trying", () => {
  const ring = (failures: number, kind: Way["kind"] = "pin"): Keyring => ({
    version: 1,
    generation: 2,
    pair: { point: "", sealed: "" },
    ways: [{ kind, salt: "", wrapped: "" }],
    before: [],
    failures,
    failed_ms: NOW,
  });

  it("is free five times, then waits twice as long each time", () => {
    expect([0, 4, 5, 6, 9].map((failures) => mayTry(ring(failures), "pin", NOW))).toEqual([
      { may: "try", left: 10 },
      { may: "try", left: 6 },
      { may: "wait", forMs: 30_000, left: 5 },
      { may: "wait", forMs: 60_000, left: 4 },
      { may: "wait", forMs: 480_000, left: 1 },
    ]);
    expect(mayTry(ring(5), "pin", NOW + 30_000)).toMatchObject({ may: "try" });
    expect(mayTry(ring(60, "passphrase"), "passphrase", NOW)).toEqual({ may: "wait", forMs: 3_600_000, left: null });
  });

  it("gains nothing by setting the clock back", () => {
    expect(mayTry(ring(5), "pin", NOW - 86_400_000)).toMatchObject({ may: "wait", forMs: 30_000 });
  });

  it("takes a PIN away with its last try, and no passphrase", () => {
    let keyring = ring(0);
    for (let tries = 1; tries <= PIN_TRIES_MAX; tries += 1) {
      expect(keyring.ways).toHaveLength(1);
      keyring = failed(counted(keyring, NOW), "pin");
    }
    expect(mayTry(keyring, "pin", NOW + 86_400_000)).toEqual({ may: "never" });
    expect(failed(ring(99, "passphrase"), "passphrase").ways).toHaveLength(1);
    expect({ ...ring(9), ...NO_FAILURES }.failures).toBe(0);
  });
});
