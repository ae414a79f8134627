"""What the bench calls missed, doubled and lost, and how it compares systems."""

import json
import random
import uuid
from collections import Counter
from pathlib import Path

import pytest

from bench.case import Case
from bench.checking import judge
from bench.records import Author, Place
from bench.result import CaseResult, Row
from bench.run import SYSTEMS
from bench.sample import Sample, Verdict
from bench.stores import SqliteStore
from bench.system import Ground, Missing, Told
from bench.table import lines_of, write_file
from bench.world import World

CASE = Case("push", "sqlite", 100, 10, 1, gzip=True)


def told(*records: str) -> list[Told]:
    return [Told(record, "1", {}) for record in records]


def sample(rate: float, verdict: Verdict | None = None) -> Sample:
    return Sample(100, 100 / rate, 1.0, 2.0, 0.1, 0.5, 0.0, verdict=verdict)


def test_nothing_is_wrong_where_all_is_stored_and_told_once() -> None:
    assert judge({"a", "b"}, Counter(["a", "b"]), told("a", "b")) == Verdict(0, 0, 0)


def test_what_is_stored_and_not_told_was_missed() -> None:
    assert judge({"a", "b"}, Counter(["a", "b"]), told("a")) == Verdict(missed=1, doubled=0, lost=0)


def test_what_is_acknowledged_and_not_stored_was_lost() -> None:
    assert judge({"a", "b"}, Counter(["a"]), told("a")) == Verdict(missed=0, doubled=0, lost=1)


def test_what_stands_or_is_told_twice_was_doubled() -> None:
    assert judge({"a"}, Counter(["a", "a"]), told("a", "a")) == Verdict(missed=0, doubled=2, lost=0)


def test_another_state_of_a_record_is_not_told_twice() -> None:
    both = [Told("a", "1", {}), Told("a", "2", {})]
    assert judge({"a"}, Counter(["a"]), both) == Verdict(0, 0, 0)


def test_ratios_are_of_medians_and_of_the_fastest_runs() -> None:
    own = Row("diaban", "", [sample(rate, Verdict(0, 0, 0)) for rate in (40, 50, 90)])
    raw = Row("raw", "", [sample(rate) for rate in (100, 90, 120)])
    result = CaseResult(CASE, [own, raw])
    assert result.ratio("diaban", "raw") == pytest.approx(0.5)
    assert result.best_ratio("diaban", "raw") == pytest.approx(0.75)


def test_a_run_that_lost_a_row_is_not_sound() -> None:
    assert CaseResult(CASE, [Row("diaban", "", [sample(1, Verdict(0, 0, 0))])]).is_sound
    assert not CaseResult(CASE, [Row("diaban", "", [sample(1, Verdict(0, 0, 1))])]).is_sound
    assert not CaseResult(CASE, [Row("diaban", "", error="it did not start")]).is_sound


def test_a_system_that_is_not_here_leaves_its_reason_and_no_figure(tmp_path: Path) -> None:
    world = World("", (), (), (), 0)
    ground = Ground(CASE, SqliteStore(tmp_path), world, tmp_path)
    with pytest.raises(Missing, match="PostgreSQL") as refusal:
        SYSTEMS["kinto"]().install(ground)
    result = CaseResult(CASE, [Row("kinto", "", error=str(refusal.value))])
    assert any("kinto: not measured: its durable store is PostgreSQL" in line for line in lines_of(result))
    write_file([result], tmp_path / "figures.json", {})
    kept = json.loads((tmp_path / "figures.json").read_text("utf-8"))["cases"][0]["rows"][0]
    assert (kept["records_per_s"], kept["samples"]) == (None, [])


def test_records_have_about_600_bytes_and_are_the_same_for_a_seed() -> None:
    place = Place(str(uuid.UUID(int=1)), (str(uuid.UUID(int=2)),))
    made = [[Author("a" * 16, place, random.Random(7), 1_795_000_000_000).create() for _ in range(2)] for _ in range(2)]
    author = Author("a" * 16, place, random.Random(7), 1_795_000_000_000)
    sizes = [len(json.dumps(author.create(), ensure_ascii=False, separators=(",", ":")).encode()) for _ in range(200)]
    assert made[0] == made[1]
    assert 550 <= sum(sizes) / len(sizes) <= 650
