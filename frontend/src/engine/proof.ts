/** What this phone shows in the place of cookies that the browser has lost. */
import { authenticate } from "../platform/device-key.ts";
import type { SessionStore } from "../store/session-store.ts";

/** By the device's own key: `diaban refresh <device> <at_ms>`. */
export async function proveDevice(sessions: SessionStore, nowMs: number): Promise<object | null> {
  const [session, key] = await Promise.all([sessions.session(), sessions.deviceKey()]);
  if (!session || !key) return null;
  const device = session.device.id;
  return { device, at_ms: nowMs, mac: await authenticate(key, `diaban refresh ${device} ${nowMs}`) };
}
