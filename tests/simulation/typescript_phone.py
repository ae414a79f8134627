"""Phones that are the app itself: its engine, loop and store in one Node process, asked by lines of JSON."""

import base64
import json
import random
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

from tests.simulation.model_phone import ModelPhone
from tests.simulation.phone import Acknowledged, Change, Phone, Setup, Shown, Wire
from tests.support.sources import ROOT

MAIN = ROOT / "frontend/tests/simulation/main.ts"
STOP_S_MAX = 10
# a save or an answer is cut off by a death somewhere in its first turns of the event loop
TURNS_MAX = 40
# mistakes that builds.ts can put into the app
APP_FAULTS = ("purge-unsent", "cursor-first", "receipt-apart", "number-apart")
MODEL_SHARE = 0.4
PLAIN = {"content-encoding", "content-length", "transfer-encoding"}


class PhoneFailed(Exception):
    """The app did what it never may: it threw, forgot an error, or did not come to rest."""


def find_node() -> str:
    """The project's own Node, else the one on PATH."""
    own = ROOT / ".venv/bin/node"
    found = str(own) if own.is_file() else shutil.which("node")
    if found is None:
        raise FileNotFoundError("no node: make build")
    return found


class Phones:
    """The process that the phones live in; one for many schedules."""

    def __init__(self, *, fault: str | None = None, torn: float = 0.0) -> None:
        """`fault`: a mistake put into the app (builds.ts). `torn`: the share of saves cut off by a death."""
        self.fault, self.torn = fault, torn
        self._process = subprocess.Popen(
            [find_node(), str(MAIN)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True
        )

    def __enter__(self) -> "Phones":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """End the process; its phones are gone."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(STOP_S_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(STOP_S_MAX)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def make(self, setup: Setup) -> "TypescriptPhone":
        """A phone with an empty store, signed in: a `Factory`."""
        seed = f"{setup.device}/{setup.chance.getrandbits(64)}"
        parts = {"device": setup.device, "user": setup.user, "seed": seed, "nowMs": setup.clock(), "fault": self.fault}
        number = self.call("start", 0, setup.clock(), parts)
        return TypescriptPhone(self, number, setup, random.Random(seed))

    def make_some(self, setup: Setup) -> Phone:
        """Some phones are the app, some the model: what both say must come to the same."""
        return ModelPhone(setup) if setup.chance.random() < MODEL_SHARE else self.make(setup)

    def call(self, name: str, phone: int, now_ms: int, given: Mapping[str, Any] | None = None) -> Any:
        """One line there, one line back."""
        process = self._process
        if process.stdin is None or process.stdout is None:
            raise PhoneFailed("the process of the phones has no pipes")
        line = json.dumps({"call": name, "phone": phone, "nowMs": now_ms, "with": given or {}})
        process.stdin.write(line + "\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline() or '{"error": "the process of the phones has ended"}')
        if "error" in answer:
            raise PhoneFailed(f"{name}: {answer['error']}")
        return answer["value"]


class TypescriptPhone:
    """One page of the app, asked as `tests.simulation.phone.Phone` says."""

    can = frozenset({"tab", "clone", "update"})

    def __init__(self, phones: Phones, number: int, setup: Setup, chance: random.Random) -> None:
        self._phones, self._number, self._setup, self._chance = phones, number, setup, chance
        self.torn_count = 0
        self._is_flying = False
        self._ledger: set[Acknowledged] | None = None

    @property
    def device(self) -> str:
        return self._setup.device

    @property
    def user(self) -> str:
        return self._setup.user

    def save(self, changes: Sequence[Change], decides: bool = False) -> None:
        """As an officer does it: where the phone dies before it has kept anything, the same is entered again."""
        if self.is_wiped():
            return
        wire = [_change(change, decides=decides) for change in changes]
        if (turns := self._tear()) is not None:
            before = self._last_n()
            is_said = self._call("save", changes=wire, turns=turns)
            is_kept = self._last_n() != before
            if is_said and not is_kept:
                raise PhoneFailed("it said that it saved, and had not")
            if is_kept:
                return
        # the app lets nobody begin a second patrol; the schedules do not ask
        if (said := self._call("save", changes=wire, turns=None)) not in ("saved", "another-patrol-open"):
            raise PhoneFailed(f"not saved: {said}")

    def save_when_full(self, changes: Sequence[Change]) -> str:
        """What it says when there is no space left; there is space again afterwards."""
        self._call("setFull", isFull=True)
        said: str = self._call("save", changes=[_change(change) for change in changes], turns=None)
        self._call("setFull", isFull=False)
        return said

    def build_request(self, now_ms: int) -> bytes | None:
        body: str | None = self._at(now_ms, "buildRequest")
        self._is_flying |= body is not None
        return None if body is None else body.encode()

    def apply_answer(self, status: int, headers: Mapping[str, str], body: bytes, now_ms: int) -> None:
        self._arrive(status, headers, body, now_ms, None)

    def apply_torn(self, status: int, headers: Mapping[str, str], body: bytes, now_ms: int) -> bool:
        """The answer comes, and the page dies while it takes it in. Whether it had taken it in, whole."""
        self.torn_count += 1
        return bool(self._arrive(status, headers, body, now_ms, self._chance.randrange(TURNS_MAX)))

    def lose_answer(self, now_ms: int) -> None:
        self._is_flying = False
        self._at(now_ms, "lose")

    def kill(self) -> None:
        self._is_flying = False
        self._call("kill")

    def set_clock(self, offset_ms: int) -> None:
        self._call("setClock", offsetMs=offset_ms)

    def outbox(self) -> list[Wire]:
        found: list[Wire] = self._call("outbox")
        return found

    def is_offering(self) -> bool:
        return bool(self._call("isOffering"))

    def acknowledged(self) -> set[Acknowledged]:
        if self._ledger is not None:
            return self._ledger
        return {(device, n, tag, told) for device, n, tag, told in self._call("acknowledged")}

    def copies(self) -> dict[tuple[str, str], Wire]:
        return {(partition, record): wire for partition, record, wire in self._call("copies")}

    def shown(self, record: str) -> Shown | None:
        row = self._call("shown", record=record)
        if row is None:
            return None
        return Shown(row["fields"], frozenset(row["conflicts"]), tuple(row["waiting"]), frozenset(row["held"]))

    def partitions(self) -> dict[str, str]:
        found: dict[str, str] = self._call("partitions")
        return found

    def is_complete(self, partition: str) -> bool:
        return bool(self._call("isComplete", partition=partition))

    def needs_sign_in(self) -> bool:
        return bool(self._call("needsSignIn"))

    def signed_in(self) -> None:
        self._call("signIn")

    def is_wiped(self) -> bool:
        return bool(self._call("isWiped"))

    def open_tab(self) -> "TypescriptPhone":
        return self._beside(self._call("openTab"))

    def clone(self) -> "TypescriptPhone":
        return self._beside(self._call("clone"))

    def update_app(self, schema: int) -> None:
        self._call("update", schema=schema)

    def set_sizes(self, pull_max: int, batch_max: int) -> None:
        raise NotImplementedError("the app's sizes are its own")

    def close(self) -> None:
        """What receipts said is still known afterwards."""
        self._ledger = self.acknowledged()
        self._call("close")

    def _beside(self, number: int) -> "TypescriptPhone":
        return TypescriptPhone(self._phones, number, self._setup, random.Random(self._chance.random()))

    def _arrive(
        self, status: int, headers: Mapping[str, str], body: bytes, now_ms: int, turns: int | None
    ) -> bool | None:
        self._is_flying = False
        plain = {name: value for name, value in headers.items() if name.lower() not in PLAIN}
        given = {"status": status, "headers": plain, "body": base64.b64encode(body).decode(), "turns": turns}
        is_taken: bool | None = self._at(now_ms, "arrive", **given)
        return is_taken

    def _tear(self) -> int | None:
        """Turns until the page dies, or null. Never with a request on its way: its answer would reach nobody."""
        if self._is_flying or self._chance.random() >= self._phones.torn:
            return None
        self.torn_count += 1
        return self._chance.randrange(TURNS_MAX)

    def _last_n(self) -> int:
        rows = self.outbox()
        return int(rows[-1]["n"]) if rows else 0

    def _call(self, name: str, **given: Any) -> Any:
        return self._at(self._setup.clock(), name, **given)

    def _at(self, now_ms: int, name: str, **given: Any) -> Any:
        return self._phones.call(name, self._number, now_ms, given)


def _change(change: Change, *, decides: bool = False) -> Wire:
    wire: Wire = {"record": change.record, "kind": change.kind, "partition": change.partition, "set": dict(change.set)}
    return wire | ({"decides": sorted(change.set)} if decides else {})
