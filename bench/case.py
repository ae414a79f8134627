"""What one row of the table is measured under."""

from dataclasses import dataclass
from typing import Final

UNITS: Final = 5
CLIENTS_MAX: Final = 8
RETRIED_PERCENT: Final = 10
WORKLOADS: Final = ("push", "pull", "follow", "edit", "concurrent")
STORES: Final = ("postgresql", "sqlite")


@dataclass(frozen=True, slots=True)
class Case:
    """One workload on one store. `records` in all, spread over `UNITS` units; `clients` are connections."""

    workload: str
    store: str
    records: int
    batch: int
    clients: int
    gzip: bool
    seed: int = 1

    def title(self) -> str:
        compressed = "gzip" if self.gzip else "plain"
        return (
            f"{self.workload}, {self.store}, {self.records} records, batch {self.batch}, "
            f"{self.clients} client{'s' if self.clients > 1 else ''}, {compressed}"
        )
