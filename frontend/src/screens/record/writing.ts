/** Whether the person at this phone may write a record: by kind, and where it belongs (P28). The server decides again. */
import type { Engine, ShownRecord } from "../../engine/contract.ts";
import { mayWrite } from "../roles.ts";

export function mayWriteRecord(engine: Engine, record: Pick<ShownRecord, "kind" | "partition">): boolean {
  const role = engine.session.value?.user.role;
  const home = engine.partitions.value.find((partition) => partition.id === record.partition);
  return role !== undefined && mayWrite(role, record.kind) && home?.access === "write";
}
