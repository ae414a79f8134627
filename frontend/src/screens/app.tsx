/** The whole of what is seen: the address picks the screen, the session decides whether there is one to pick. */
import { Component, type ComponentChildren, type ComponentType, type JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import "../styles/app.css";
import { EngineContext } from "../components/engine-context.ts";
import { lazy } from "../components/lazy.tsx";
import { CutOff } from "../components/lazy-training.ts";
import { Warning } from "../components/notice.tsx";
import { training } from "../components/training-mode.ts";
import type { Engine } from "../engine/contract.ts";
import { problemSentence } from "../i18n/problems.ts";
import { Home } from "./home.tsx";
import { List } from "./list.tsx";
import { NotAllowed, NotFound } from "./not-found.tsx";
import { decides, managesAreas, mayWrite, oversees, type Role, records, seesFeed, seesFigures } from "./roles.ts";
import { navigate, path, startRouter } from "./router.ts";
import { Shell } from "./shell.tsx";
import { SignIn } from "./sign-in.tsx";

/** Each has its page of help (`components/help/`). */
export const SCREENS: Readonly<Record<string, ComponentType>> = {
  "/": Home,
  "/record": lazy(async () => (await import("./record-menu.tsx")).RecordMenu),
  "/record/outreach": lazy(async () => (await import("./recording/outreach.tsx")).Outreach),
  "/record/meeting": lazy(async () => (await import("./recording/meeting.tsx")).Meeting),
  "/record/leg": lazy(async () => (await import("./recording/leg.tsx")).Leg),
  "/patrol/details": lazy(async () => (await import("./recording/patrol-details.tsx")).PatrolDetails),
  "/patrol/end": lazy(async () => (await import("./recording/patrol-end.tsx")).PatrolEnd),
  "/list": List,
  "/sync": lazy(async () => (await import("./sync.tsx")).Sync),
  "/more": lazy(async () => (await import("./more.tsx")).More),
  "/sign-in": SignIn,
  "/feed": lazy(async () => (await import("./feed/feed.tsx")).Feed),
  "/figures": lazy(async () => (await import("./figures/figures.tsx")).Figures),
  "/areas": lazy(async () => (await import("./areas/areas.tsx")).Areas),
  "/conflicts": lazy(async () => (await import("./conflicts/conflicts.tsx")).ConflictsScreen),
  "/lock": lazy(async () => (await import("./lock/set-lock.tsx")).SetLock),
  "/users": lazy(async () => (await import("./others/switching.tsx")).Switching),
  "/map": lazy(async () => (await import("./map/map.tsx")).MapScreen),
  "/held": lazy(async () => (await import("./held/held.tsx")).HeldScreen),
  "/help": lazy(async () => (await import("./help/help.tsx")).Help),
  "/training": lazy(async () => (await import("./training/training.tsx")).TrainingScreen),
  "/tour": lazy(async () => (await import("./help/tour.tsx")).Tour),
};
const Unlock = lazy(async () => (await import("./lock/unlock.tsx")).Unlock);
const Activity = lazy(async () => (await import("./recording/activity.tsx")).Activity);
const HelpScreen = lazy(async () => (await import("./help/help.tsx")).HelpScreen);
const RecordPage = lazy(async () => (await import("./record/record.tsx")).RecordPage);
const ALLOWED: Readonly<Record<string, (role: Role) => boolean>> = {
  "/record": records,
  "/record/outreach": records,
  "/record/meeting": records,
  "/record/leg": records,
  "/patrol/details": records,
  "/patrol/end": records,
  "/feed": seesFeed,
  "/figures": seesFigures,
  "/areas": managesAreas,
  "/conflicts": decides,
  "/held": oversees,
  "/training": records,
};

/** Screens that show nothing of what was recorded before. */
const OPEN_WHILE_LOCKED = /^\/(record(\/[a-z_]+)?|more|sign-in|users|tour|help(\/.*)?)$/;

/** An address that somebody typed may be no text at all. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** One screen that fails leaves the others within reach, and nobody before a blank page. */
class Guard extends Component<{ children: ComponentChildren }, { failed?: string }> {
  static override getDerivedStateFromError = (error: unknown) => ({ failed: (error as Error)?.name ?? "" });
  override render() {
    const { failed } = this.state;
    return failed === undefined ? this.props.children : <Warning>{problemSentence(failed)}</Warning>;
  }
}

function screenFor(address: string, role: Role): JSX.Element {
  const record = /^\/records\/([^/]+)$/.exec(address)?.[1];
  if (record) return <RecordPage key={record} id={decoded(record)} />;
  const page = /^\/help\/(.+)$/.exec(address)?.[1];
  if (page) return <HelpScreen key={page} name={page} />;
  const kind = /^\/record\/([a-z_]+)$/.exec(address)?.[1];
  if (kind && !Object.hasOwn(SCREENS, address))
    return mayWrite(role, kind) ? <Activity key={kind} kind={kind} /> : <NotAllowed key={kind} />;
  const Found = Object.hasOwn(SCREENS, address) ? SCREENS[address] : undefined;
  if (!Found) return <NotFound />;
  return (ALLOWED[address]?.(role) ?? true) ? <Found key={address} /> : <NotAllowed key={address} />;
}

function screenOf(role: Role, isClosed: boolean, isToLock: boolean): JSX.Element {
  if (isClosed) return <Unlock />;
  return screenFor(isToLock ? "/lock" : path.value, role);
}

/** Whatever it starts ends with what is given back; what cannot be fetched is in nobody's way. */
function later(load: () => Promise<() => () => void>): () => void {
  let stop: (() => void) | null = null;
  let isOver = false;
  load().then(
    (start) => {
      if (!isOver) stop = start();
    },
    () => undefined,
  );
  return () => {
    isOver = true;
    stop?.();
  };
}

/** A form that was open when it locks goes as a draft: what was typed must not stand there for whoever finds the phone. */
function whileOpen(engine: Engine): () => void {
  const stop = later(async () => {
    const { startAutoLock } = await import("./lock/auto-lock.ts");
    return () => startAutoLock(engine);
  });
  return () => {
    stop();
    if (engine.lock.value.isLocked && path.value.startsWith("/record")) navigate("/");
  };
}

/** On every screen, and while the app is locked. */
const tracking = (engine: Engine) =>
  later(async () => {
    const { startTracking } = await import("../tracks/recorder.ts");
    return () => startTracking({ engine });
  });

/** How often the phone has gone from hand to hand: nothing that one person typed stays for the next to save. */
function useHands(device: string | undefined): number {
  const last = useRef(device);
  const count = useRef(0);
  if (device !== undefined && last.current !== undefined && last.current !== device) count.current += 1;
  if (device !== undefined) last.current = device;
  return count.current;
}

export function App({ engine }: { engine: Engine }) {
  useEffect(startRouter, []);
  const role = engine.session.value?.user.role;
  const { isPossible, isSet, isLocked } = engine.lock.value;
  useEffect(() => (isSet && !isLocked ? whileOpen(engine) : undefined), [isSet, isLocked]);
  const isTracked = engine.session.value?.isTracked;
  const device = engine.session.value?.device.id;
  useEffect(() => (isTracked ? tracking(engine) : undefined), [isTracked, device]);
  const hands = useHands(device);
  const isClosed = isLocked && !OPEN_WHILE_LOCKED.test(path.value);
  const isDemanded = isPossible && !isSet && engine.session.value?.isLockRequired === true;
  const isToLock = isDemanded && !OPEN_WHILE_LOCKED.test(path.value);
  const mayTrain = role !== undefined && !isLocked && !isDemanded;
  useEffect(() => (mayTrain ? undefined : training.value?.leave()), [mayTrain]);
  const mode = mayTrain ? training.value : null;
  const Instead = mode?.insteadOf(path.value);
  return (
    <EngineContext.Provider value={mode?.engine ?? engine}>
      {/* A new language draws everything anew: no text of the old one can stay behind. */}
      <Shell
        key={`${engine.language.value} ${mode !== null} ${hands}`}
        banner={mode ? <mode.Banner /> : role && <CutOff />}
      >
        <Guard key={path.value}>
          {Instead ? <Instead /> : role ? screenOf(role, isClosed, isToLock) : <SignIn key="/sign-in" />}
        </Guard>
      </Shell>
    </EngineContext.Provider>
  );
}
