"""The sealed file itself (P29, docs/sealed-file.md): its keys, and what is not one."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from backend.errors import ProblemError
from backend.services.device_proof import secret_of
from backend.services.sealing import OPERATIONS_MAX, open_sealed, point_text
from backend.services.sealing_keys import FOLDER, current_key, find_key
from tests.support.phone import Wire
from tests.support.sealing import CURVE, bytes_of, seal, seal_text, text_of
from tests.support.sources import ROOT

DEVICE, SERVER_KEY = "a" * 16, "a secret for tests only, long enough"
VECTORS = json.loads((ROOT / "tests/vectors/sealing.json").read_text("utf-8"))
MAKING = """
import pathlib, sys, time
from backend.services.sealing_keys import current_key
folder = pathlib.Path(sys.argv[1])
(folder / f"ready-{sys.argv[2]}").touch()
while not (folder / "go").exists():
    time.sleep(0.001)
print(current_key(folder, 1_000 + int(sys.argv[2])).id)
"""


@pytest.mark.integration
def test_of_several_workers_that_need_the_first_key_one_makes_it(tmp_path: Path) -> None:
    workers = [
        subprocess.Popen([sys.executable, "-c", MAKING, tmp_path, str(n)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for n in range(4)
    ]
    try:
        while len(list(tmp_path.glob("ready-*"))) < len(workers):
            assert all(worker.poll() is None for worker in workers)
        (tmp_path / "go").touch()
        said = [worker.communicate(timeout=60)[0].strip() for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    assert len(set(said)) == 1
    assert [path.name[-20:-4] for path in (tmp_path / FOLDER).glob("*.pem")] == said[:1]
    # what they would have made without waiting for each other
    assert current_key(tmp_path / "elsewhere", 1).id != said[0]


def test_an_older_key_stays_good_beside_a_newer_one(tmp_path: Path) -> None:
    older = current_key(tmp_path, 1_000)
    newer = current_key(tmp_path / "elsewhere", 2_000)
    for path in (tmp_path / "elsewhere" / FOLDER).glob("*.pem"):
        path.rename(tmp_path / FOLDER / path.name)
    found = find_key(tmp_path, older.id)
    assert (current_key(tmp_path, 3_000).id, found.id if found else None) == (newer.id, older.id)
    assert find_key(tmp_path, "0" * 16) is None


def code_of(file: bytes, instance_dir: Path) -> str | None:
    """The code that a file is refused with, or null."""
    try:
        open_sealed(file, instance_dir, SERVER_KEY)
    except ProblemError as error:
        return error.code
    return None


@pytest.fixture
def local(tmp_path: Path) -> dict[str, str]:
    """A key in a folder of its own."""
    made = current_key(tmp_path, 1)
    return {"key": point_text(made), "id": made.id}


def test_no_flipped_character_is_taken(local: dict[str, str], tmp_path: Path) -> None:
    file = seal(local, DEVICE, secret_of(DEVICE, SERVER_KEY), [{"n": 1}])
    for place, character in enumerate(file):
        flipped = file[:place] + (b"B" if character == ord("A") else b"A") + file[place + 1 :]
        assert code_of(flipped, tmp_path) in ("sealed-unreadable", "sealing-key-unknown"), place
        assert code_of(file[:place], tmp_path) == "sealed-unreadable"
    assert code_of(file, tmp_path) is None


@pytest.mark.parametrize(
    "operations",
    [
        [5], [{}], [{"n": 0}], [{"n": "1"}], [{"n": True}], [{"n": 2}, {"n": 1}], [{"n": 1}, {"n": 1}],
        [{"n": n + 1} for n in range(OPERATIONS_MAX + 1)],
    ],
    ids=lambda operations: str(operations)[:20],
)  # fmt: skip
def test_a_genuine_file_is_a_list_of_numbered_operations(
    local: dict[str, str], tmp_path: Path, operations: list[Any]
) -> None:
    secret = secret_of(DEVICE, SERVER_KEY)
    assert code_of(seal(local, DEVICE, secret, operations), tmp_path) == "sealed-unreadable"
    assert VECTORS["operations_max"] == OPERATIONS_MAX
    most = [{"n": n + 1} for n in range(OPERATIONS_MAX)]
    assert code_of(seal(local, DEVICE, secret, most), tmp_path) is None


@pytest.mark.parametrize(
    "plain",
    [
        b"", b"{", b"[]", b"null", b"\xff", b"[" * 50_000, b'{"device":"a","operations":[]}',
        b'{"device":1,"operations":[],"hmac":""}', b'{"device":"a","operations":{},"hmac":""}',
        b'{"device":"a","operations":[1.5],"hmac":""}', rb'{"device":"\ud800","operations":[],"hmac":""}',
        b'{"device":"a","operations":[],"hmac":"","more":1}', b'{"device":"a","device":"a","operations":[],"hmac":""}',
    ],
)  # fmt: skip
def test_what_anybody_can_seal_is_read_with_care(local: dict[str, str], tmp_path: Path, plain: bytes) -> None:
    assert code_of(seal_text(local, plain), tmp_path) == "sealed-unreadable"
    # only its HMAC is missing
    sound = b'{"device":"a","operations":[],"hmac":""}'
    assert code_of(seal_text(local, sound), tmp_path) == "sealed-not-genuine"


@pytest.mark.parametrize(
    "members",
    [
        {"sealed": 2}, {"sealed": True}, {"sealed": "1"}, {"key": "../../secret_key"}, {"key": "*"}, {"key": 1},
        {"ephemeral": "BAAA"}, {"ephemeral": text_of(b"\4" + b"\0" * 64)}, {"ephemeral": text_of(b"\0" * 65)},
        {"salt": ""}, {"salt": "A"}, {"nonce": "A" * 15}, {"nonce": "????????????????"}, {"more": 1},
    ],
    ids=str,
)  # fmt: skip
def test_a_header_that_no_phone_writes_is_refused(
    local: dict[str, str], tmp_path: Path, members: dict[str, Any]
) -> None:
    assert code_of(seal_text(local, b"{}", **members), tmp_path) == "sealed-unreadable"


@pytest.fixture
def vector_folder(tmp_path: Path) -> Path:
    """An instance folder with the vectors' key in it."""
    server = VECTORS["server"]
    private = ec.derive_private_key(int.from_bytes(bytes_of(server["private"]), "big"), CURVE)
    (tmp_path / FOLDER).mkdir()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / FOLDER / f"1-{server['id']}.pem").write_bytes(pem)
    return tmp_path


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: str(case["name"]))
def test_the_shared_vectors_open(vector_folder: Path, case: Wire) -> None:
    server, device, operations = VECTORS["server"], VECTORS["device"], case["input"]["operations"]
    found = open_sealed(json.dumps(case["expect"]).encode(), vector_folder, VECTORS["secret_key"])
    assert (found.device, found.operations) == (device, operations)
    assert secret_of(device, VECTORS["secret_key"]) == VECTORS["secret"]
    key = current_key(vector_folder, 0)
    assert (key.id, point_text(key)) == (server["id"], server["key"])
    damaged = {**case["expect"], "nonce": text_of(b"\0" * 12)}
    with pytest.raises(ProblemError, match="sealed-unreadable"):
        open_sealed(json.dumps(damaged).encode(), vector_folder, VECTORS["secret_key"])
