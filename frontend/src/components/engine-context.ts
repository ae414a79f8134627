/** How a screen reaches the engine. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Engine } from "../engine/contract.ts";

export const EngineContext = createContext<Engine | null>(null);

export function useEngine(): Engine {
  const engine = useContext(EngineContext);
  if (engine === null) throw new Error("no engine above this component");
  return engine;
}
