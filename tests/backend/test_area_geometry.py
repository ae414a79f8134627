"""Where areas lie: what an operator puts in is checked and thinned out, and phones read it."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from backend.services import geometry, geometry_file
from backend.services.geometry import GeometryRefused, read_geometry
from backend.services.geometry_file import GeometryFileUnreadable, read_features
from backend.services.thinning import thin_ring
from tests.support.world import CAI_KHE, CITY, PHONG_DIEN, QUARTER, sign_in

SQUARE = [[105.77, 10.03], [105.79, 10.03], [105.79, 10.05], [105.77, 10.05], [105.77, 10.03]]
# each request from a device of its own
devices = itertools.count(1)
ABSENT = "00000000-0000-4000-8000-000000000000"


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def feature(shape: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": shape}


def collection(*features: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features)}).encode()


def put_in(app: Flask, folder: Path, raw: bytes, *options: str) -> Result:
    path = folder / "boundaries.geojson"
    path.write_bytes(raw)
    arguments = ["areas", "import-geometry", str(path), "--source", "Sở mẫu, 2026", *options]
    return app.test_cli_runner().invoke(args=arguments)


def read(app: Flask, area: str, user: str = "an", **headers: str) -> Any:
    path = f"/api/v1/areas/{area}/geometry"
    return app.test_client().get(path, headers={**sign_in(app, user, f"{next(devices):016}").headers, **headers})


def features_of(app: Flask, area: str) -> list[dict[str, Any]]:
    answer = read(app, area)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found: list[dict[str, Any]] = answer.json["features"]
    return found


def test_a_unit_and_its_hamlets_are_told_together(world: Flask, tmp_path: Path) -> None:
    point = {"type": "Point", "coordinates": [105.78, 10.04, 2.5]}
    raw = collection(feature(point, code="31120", hamlet="khu vuc 1"), feature(polygon(SQUARE), code=31120))
    done = put_in(world, tmp_path, raw)
    assert done.output == "stored 2, as they were 0, with faults 0\n"
    unit, quarter = features_of(world, CAI_KHE)
    assert (unit["id"], unit["geometry"]) == (CAI_KHE, polygon(SQUARE))
    assert (quarter["id"], quarter["geometry"]["coordinates"]) == (QUARTER, [105.78, 10.04])
    names = {"kind": "quarter", "name": "1", "full_name": "Khu vực 1"}
    assert quarter["properties"] == {**names, "source": "Sở mẫu, 2026"}
    assert [each["id"] for each in features_of(world, CITY)] == [CAI_KHE]
    assert features_of(world, PHONG_DIEN) == []


def test_an_unchanged_geometry_costs_a_phone_nothing(world: Flask, tmp_path: Path) -> None:
    put_in(world, tmp_path, collection(feature(polygon(SQUARE), code="31120")))
    tag = read(world, CAI_KHE).headers["ETag"]
    assert read(world, CAI_KHE, **{"If-None-Match": tag}).status_code == 304
    moved = [[lon + 0.01, lat] for lon, lat in SQUARE]
    assert "stored 1, " in put_in(world, tmp_path, collection(feature(polygon(moved), code="31120"))).output
    assert read(world, CAI_KHE, **{"If-None-Match": tag}).status_code == 200


def test_everyone_signed_in_reads_it_and_nobody_else(world: Flask) -> None:
    path = f"/api/v1/areas/{CAI_KHE}/geometry"
    assert world.test_client().get(path).status_code == 401
    assert {read(world, CAI_KHE, user).status_code for user in ("an", "dung", "giang", "quan", "tam")} == {200}
    assert read(world, ABSENT).json["type"] == "/problems/not-found"


def test_features_with_faults_are_named_and_the_others_stored(world: Flask, tmp_path: Path) -> None:
    good = feature(polygon(SQUARE), ma="31120")
    bad = [
        feature(polygon(SQUARE)),
        feature(polygon(SQUARE), ma="99999"),
        feature(polygon(SQUARE), ma="31120", ten="Khu vực 77"),
        feature(polygon(SQUARE[:-1]), ma="31299"),
        good,
        "no feature",
    ]
    options = ("--code-property", "ma", "--hamlet-property", "ten")
    done = put_in(world, tmp_path, collection(good, *bad), *options)
    assert done.exit_code == 0
    assert [line.split(" ")[1] for line in done.output.splitlines()[:-1]] == ["2", "3", "4", "5", "6", "7"]
    assert done.output.endswith("stored 1, as they were 0, with faults 6\n")
    assert len(features_of(world, CITY)) == 1


def test_a_dry_run_stores_nothing_and_a_second_run_changes_nothing(world: Flask, tmp_path: Path) -> None:
    raw = collection(feature(polygon(SQUARE), code="31120"))
    assert "stored 1, " in put_in(world, tmp_path, raw, "--dry-run").output
    assert features_of(world, CAI_KHE) == []
    put_in(world, tmp_path, raw)
    assert "stored 0, as they were 1, " in put_in(world, tmp_path, raw).output


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"{", "not JSON"),
        (b"\xff\xfe{}", "not JSON"),
        (b"[" * 200_000 + b"]" * 200_000, "not JSON"),
        (b'{"type": "FeatureCollection", "features": [NaN]}', "not JSON"),
        (b'{"type": "Feature"}', "no GeoJSON"),
        (b'{"type": "FeatureCollection", "features": {}}', "no GeoJSON"),
        (b"[]", "no GeoJSON"),
    ],
)
def test_a_file_that_is_no_geojson_is_refused_whole(raw: bytes, why: str) -> None:
    with pytest.raises(GeometryFileUnreadable, match=why):
        read_features(raw, "code", "hamlet")


def test_a_file_of_too_much_is_refused_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = collection(feature(polygon(SQUARE), code="1"), feature(polygon(SQUARE), code="2"))
    assert len(read_features(raw, "code", "hamlet")) == 2
    monkeypatch.setattr(geometry_file, "FEATURES_MAX", 1)
    with pytest.raises(GeometryFileUnreadable, match="more than 1 features"):
        read_features(raw, "code", "hamlet")
    monkeypatch.setattr(geometry_file, "FILE_BYTES_MAX", len(raw) - 1)
    with pytest.raises(GeometryFileUnreadable, match="larger"):
        read_features(raw, "code", "hamlet")


@pytest.mark.parametrize(
    ("shape", "why"),
    [
        (None, "no Point"),
        ({"type": ["Polygon"]}, "no Point"),
        ({"type": "LineString", "coordinates": SQUARE}, "no Point"),
        (polygon(), "without rings"),
        (polygon([]), "empty ring"),
        (polygon(SQUARE[:-1]), "not its first"),
        (polygon([SQUARE[0], SQUARE[1], SQUARE[0]]), "fewer than 4"),
        (polygon([[position] for position in SQUARE]), "not \\[longitude"),
        (polygon([[str(value) for value in position] for position in SQUARE]), "not \\[longitude"),
        (polygon([[True, 10]] * 4), "not \\[longitude"),
        (polygon([[lat, lon] for lon, lat in SQUARE]), "outside Vietnam"),
        (polygon([[580_000.5, 1_110_000.5]] * 4), "outside Vietnam"),
        ({"type": "Point", "coordinates": [[105.7, 10.0]]}, "not \\[longitude"),
        ({"type": "MultiPolygon", "coordinates": [[SQUARE], []]}, "without rings"),
        (polygon([[105.77, 10.03], [105.7701, 10.03], [105.77, 10.0301], [105.77, 10.03]]), "too small"),
    ],
)
def test_a_geometry_that_is_none_is_refused_with_its_reason(shape: Any, why: str) -> None:
    with pytest.raises(GeometryRefused, match=why):
        read_geometry(shape)


@pytest.mark.parametrize(("limit", "why"), [("POSITIONS_MAX", "positions"), ("RINGS_MAX", "rings")])
def test_a_geometry_of_too_much_is_refused(monkeypatch: pytest.MonkeyPatch, limit: str, why: str) -> None:
    shape = {"type": "MultiPolygon", "coordinates": [[SQUARE], [SQUARE]]}
    assert read_geometry(shape)["coordinates"]
    monkeypatch.setattr(geometry, limit, 1)
    with pytest.raises(GeometryRefused, match=f"more than 1 {why}"):
        read_geometry(shape)


def test_the_seas_of_vietnam_are_within_its_ranges() -> None:
    for lon, lat in ((112.3, 16.5), (114.4, 8.6), (105.3, 23.3), (104.8, 8.5), (109.4, 12.6)):
        assert read_geometry({"type": "Point", "coordinates": [lon, lat]})["coordinates"] == (lon, lat)


def test_thinning_leaves_out_what_nobody_sees_and_nothing_else() -> None:
    metre = 1 / 111_320
    side = [(105.77 + step * 0.00002, 10.03 + (step % 2) * 9 * metre) for step in range(1000)]
    ring = [*side, (105.79, 10.05), (105.77, 10.05), side[0]]
    thin = thin_ring(ring)
    assert thin is not None
    assert len(thin) == 5
    bump = [*side[:500], (105.78, 10.03 - 60 * metre), *side[500:], (105.79, 10.05), (105.77, 10.05), side[0]]
    thicker = thin_ring(bump)
    assert thicker is not None
    assert (105.78, 10.03 - 60 * metre) in thicker
