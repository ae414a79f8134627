/** Keeps the screen on for as long as somebody wants it; a browser takes it away whenever the page is hidden. */
export function keepAwake(): () => void {
  const { wakeLock } = navigator as Partial<Navigator>;
  let held: WakeLockSentinel | null = null;
  let isOver = false;
  const take = () => {
    if (!wakeLock || isOver || document.visibilityState !== "visible") return;
    wakeLock.request("screen").then(
      (lock) => {
        if (isOver) void lock.release();
        else held = lock;
      },
      // A battery that is nearly empty: the screen goes dark as it always does.
      () => undefined,
    );
  };
  take();
  document.addEventListener("visibilitychange", take);
  return () => {
    isOver = true;
    document.removeEventListener("visibilitychange", take);
    void held?.release();
  };
}
