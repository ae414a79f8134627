/** The whole of what is seen: the address picks the screen, the session decides whether there is one to pick. */
import type { ComponentType, JSX } from "preact";
import { useEffect } from "preact/hooks";
import "../styles/app.css";
import { EngineContext } from "../components/engine-context.ts";
import { lazy } from "../components/lazy.tsx";
import type { Engine } from "../engine/contract.ts";
import { Home } from "./home.tsx";
import { List } from "./list.tsx";
import { Meeting } from "./meeting.tsx";
import { More } from "./more.tsx";
import { NotAllowed, NotFound } from "./not-found.tsx";
import { Outreach } from "./outreach.tsx";
import { PatrolEnd } from "./patrol-end.tsx";
import { RecordMenu } from "./record-menu.tsx";
import { decides, managesAreas, oversees, type Role, records, seesFeed, seesFigures } from "./roles.ts";
import { path, startRouter } from "./router.ts";
import { Shell } from "./shell.tsx";
import { SignIn } from "./sign-in.tsx";

const SCREENS: Readonly<Record<string, ComponentType>> = {
  "/": Home,
  "/record": RecordMenu,
  "/record/outreach": Outreach,
  "/record/meeting": Meeting,
  "/patrol/end": PatrolEnd,
  "/list": List,
  "/sync": lazy(async () => (await import("./sync.tsx")).Sync),
  "/more": More,
  "/sign-in": SignIn,
  "/feed": lazy(async () => (await import("./feed/feed.tsx")).Feed),
  "/figures": lazy(async () => (await import("./figures/figures.tsx")).Figures),
  "/areas": lazy(async () => (await import("./areas/areas.tsx")).Areas),
  "/conflicts": lazy(async () => (await import("./conflicts/conflicts.tsx")).ConflictsScreen),
  "/held": lazy(async () => (await import("./held/held.tsx")).HeldScreen),
};
const RecordPage = lazy(async () => (await import("./record/record.tsx")).RecordPage);
const ALLOWED: Readonly<Record<string, (role: Role) => boolean>> = {
  "/record": records,
  "/record/outreach": records,
  "/record/meeting": records,
  "/patrol/end": records,
  "/feed": seesFeed,
  "/figures": seesFigures,
  "/areas": managesAreas,
  "/conflicts": decides,
  "/held": oversees,
};

function screenFor(address: string, role: Role): JSX.Element {
  const record = /^\/records\/([^/]+)$/.exec(address)?.[1];
  if (record) return <RecordPage key={record} id={decodeURIComponent(record)} />;
  const Found = Object.hasOwn(SCREENS, address) ? SCREENS[address] : undefined;
  if (!Found) return <NotFound />;
  return (ALLOWED[address]?.(role) ?? true) ? <Found key={address} /> : <NotAllowed key={address} />;
}

export function App({ engine }: { engine: Engine }) {
  useEffect(startRouter, []);
  const role = engine.session.value?.user.role;
  return (
    <EngineContext.Provider value={engine}>
      {/* A new language draws everything anew: no text of the old one can stay behind. */}
      <Shell key={engine.language.value}>{role ? screenFor(path.value, role) : <SignIn />}</Shell>
    </EngineContext.Provider>
  );
}
