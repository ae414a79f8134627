"""The state of one schedule: the server, the handsets, chance, and what is known of each."""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.simulation.handset import Handset, Name, Page
from tests.simulation.phone import Change, Factory, Setup
from tests.simulation.server import Login, Server
from tests.simulation.watch import Watch
from tests.simulation.world_rows import City
from tests.support.world import CAI_KHE, PHONG_DIEN

# the first two work in one unit, so that there is somebody to disagree with
FIRST = ("an1", "binh1")
OTHERS = ("chi1", "giang1", "tam1", "dung1", "an2", "giang2", "lan1", "dung2", "tam2")
# devices that no app speaks for
FORGERS = ("binh2", "chi2")


@dataclass(frozen=True, slots=True)
class Made:
    """A record that somebody made."""

    id: str
    kind: str
    partition: str


@dataclass(frozen=True, slots=True)
class Options:
    """What a campaign is run with."""

    phones: int = 3
    steps: int = 40


@dataclass(slots=True)
class World:
    """One schedule under way."""

    server: Server
    seed: int
    chance: random.Random
    options: Options
    watch: Watch
    city: City
    handsets: list[Handset] = field(default_factory=list)
    made: list[Made] = field(default_factory=list)
    # what was acknowledged and is allowed to be gone: no phone kept it when a backup was restored
    excused: set[tuple[str, int, str | None]] = field(default_factory=set)
    # what a restored server has forgotten and a phone kept: that phone may be wiped before it hears of it
    forgotten: set[tuple[str, int, str | None]] = field(default_factory=set)
    # receipts of operations that no app made, and the numbers of their devices
    forged: set[tuple[str, int, str | None]] = field(default_factory=set)
    # records that operations of two kinds or partitions name
    mixed: set[str] = field(default_factory=set)
    forged_n: Counter[str] = field(default_factory=Counter)
    # transactions of others that read for long
    readers: list[Any] = field(default_factory=list)
    backup: Path | None = None
    # newest version that phones speak; the server may be behind
    schema: int = 1
    is_server_new: bool = False
    log: list[str] = field(default_factory=list)
    is_loud: bool = False
    steps: int = 0

    @property
    def now_ms(self) -> int:
        return self.server.time.now_ms

    def say(self, text: str) -> None:
        line = f"{self.steps:3} {text}"
        self.log.append(line)
        if self.is_loud:
            print(line, flush=True)

    def pass_ms(self, ms: int) -> None:
        self.server.time.now_ms += ms

    def pick_page(self) -> tuple[Handset, Page]:
        handset = self.chance.choice(self.handsets)
        return handset, self.chance.choice(handset.pages)

    def new_record(self, kind: str, partition: str) -> Made:
        """A UUIDv7 of this schedule's own chance (P2)."""
        value = self.now_ms << 80 | self.chance.getrandbits(80)
        value = value & ~(0xF << 76) | 0x7 << 76
        digits = f"{value & ~(0x3 << 62) | 0x2 << 62:032x}"
        made = Made(f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}", kind, partition)
        self.made.append(made)
        return made

    def save(self, handset: Handset, page: Page, changes: list[Change], *, decides: bool = False) -> None:
        page.phone.save(changes, decides)
        handset.note_saved()

    def excuse(self, handset: Handset, dropped: Iterable[Name]) -> None:
        """What a phone need not keep any more, while a restored server does not hold it, is gone (P20)."""
        device = handset.login.device
        for n, tag in dropped:
            hashed = self.watch.own_hash(device, handset.saved[n, tag])
            rows = self.server.store.rows("SELECT hash FROM operation WHERE device = ? AND n = ?", device, n)
            if (hashed,) not in rows:
                self.excused.add((device, n, hashed))

    def end_readers(self) -> None:
        while self.readers:
            self.readers.pop().close()

    def close(self) -> None:
        self.end_readers()
        for handset in self.handsets:
            for page in handset.pages:
                page.phone.close()


def new_world(server: Server, seed: int, options: Options, make: Factory) -> World:
    """The world at the start of a schedule: phones in people's hands, nothing written."""
    chance = random.Random(seed)
    server.begin(random.Random(chance.getrandbits(64)))
    city = City(server)
    world = World(server, seed, chance, options, Watch(server, city), city)
    logins = {login.name: login for login in server.logins}
    others = chance.sample(OTHERS, k=min(len(OTHERS), max(0, options.phones - len(FIRST))))
    for name in (*FIRST, *others)[: options.phones]:
        world.handsets.append(_hand_out(world, logins[name], make))
    return world


def unit_of(login: Login) -> str:
    """Where a user writes unless there is another thought."""
    return PHONG_DIEN if login.user == "dung" else CAI_KHE


def _hand_out(world: World, login: Login, make: Factory) -> Handset:
    chance = world.chance
    sizes = chance.choice(((200, 100), (200, 100), (7, 100), (3, 2), (1, 1)))
    setup = Setup(
        login.device, login.user, world.server.time.true_ms, random.Random(chance.getrandbits(64)), *sizes
    )  # fmt: skip
    phone = make(setup)
    if chance.random() < 0.3:
        phone.set_clock(chance.choice((-20_000, 600_000, 4 * 86_400_000, 4 * 365 * 86_400_000, -56 * 365 * 86_400_000)))
    if chance.random() < 0.2:
        world.server.forget_device(login)
    return Handset(login.name, login, [Page(phone)])
