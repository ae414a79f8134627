"""A phone weeks without a network, then on a thin line that is cut again and again: nothing lost, nothing sent twice.

`python -m tests.faults.long_offline --records 2000 --photos 500` is the whole campaign: the app's own engine, loop,
store and photo queue in Node, a real gunicorn, and between them a line of 50 kbit/s that is cut every 256 kB. The
bytes of the line are exact; its time, the phone's and the server's run `--haste` times as fast as the machine's, all
three alike. `--haste 1` is the true rate. The server is asked at the end, past the phone, what it holds.
"""

import argparse
import json
import random
import sys
import time
from pathlib import Path
from typing import Any

from backend.demo.accounts import PASSWORD
from sync.days import DAY_MS
from tests.faults import arrived, other_time
from tests.faults.crossing import Crossing
from tests.faults.field_month import HOUR_MS
from tests.faults.link import CUT_BYTES, Link, running_link
from tests.faults.office import Office
from tests.faults.offline_phone import OfflinePhone, running_phone
from tests.faults.offline_site import Given, Site, Told, prepared
from tests.faults.other_time import OtherTime
from tests.faults.processes import Master
from tests.faults.stored import Rows

OFFICER = "canbo.caikhe"
COMMAND = [sys.executable, *other_time.COMMAND]
CONTROLS = ("begin-anew", "trust-the-line")
# a session that was not refreshed for so long is over (backend/services/sessions.py)
SESSION_DAYS = 30
# the app is killed and opened again so often while it sends
LIFE_MS = 45 * 60_000
LOOK_S = 0.25
CALM_MS = 5_000
FAULTS_TOLD = 10
Wire = dict[str, Any]


class Stuck(Exception):
    """The phone does not come to an end."""


def campaign(given: Given) -> Told:
    """From the sign-in before the first day to the last photo's receipt."""
    with prepared(given) as site, running_phone(OFFICER, PASSWORD) as phone:
        told = site.told
        device = _go_offline(site, phone)
        began = time.monotonic()
        (site.folder / "entries.json").write_text(json.dumps(site.month.entries), "utf-8")
        phone.record(site.folder / "entries.json")
        told.offline_wall_s = round(time.monotonic() - began, 1)
        held = phone.contents()
        told.faults += arrived.before(site.month, held)
        told.operation_bytes = arrived.canonical_bytes(held)
        if told.faults:
            # lost before there was anything to send
            return told
        try:
            _come_back(site, phone, device, held)
        except Stuck as stuck:
            told.faults.append(str(stuck))
    return told


def _go_offline(site: Site, phone: OfflinePhone) -> str:
    """The last day with a network; the id of the device."""
    today = OtherTime.begin(site.from_ms)
    with Master.running(site.server(today), COMMAND) as server:
        phone.start(today, site.given.control)
        phone.connect(f"http://localhost:{server.port}", today)
        device = phone.sign_in()
        _wait(phone, lambda now: now["phase"] == "idle" and now["firstLoadRecords"] is None, 60)
        phone.disconnect()
    return device


def _come_back(site: Site, phone: OfflinePhone, device: str, held: Wire) -> None:
    given, told, crossing = site.given, site.told, Crossing()
    later = OtherTime.begin(site.from_ms + given.days * DAY_MS + HOUR_MS, given.haste)
    with Master.running(site.server(later), COMMAND) as server:
        link = Link(server.port, given.haste, random.Random(given.seed), crossing)
        try:
            _send(site, phone, server, device, link, later)
        finally:
            _sum_up(told, link)
        _judge(site, phone, server, device, held, crossing)


def _send(site: Site, phone: OfflinePhone, server: Master, device: str, link: Link, later: OtherTime) -> None:
    began, waiting = time.monotonic(), phone.standing()["waitingRecords"]
    with running_link(link):
        phone.connect(link.url, later)
        try:
            _sign_in_if_asked(site, phone, device, waiting)
            _send_all(site, phone, server, link.crossing)
        finally:
            site.told.hours_of_phone = round((later.now_ms() - later.from_ms) / HOUR_MS, 2)
            site.told.online_wall_s = round(time.monotonic() - began, 1)
            phone.disconnect()


def _sign_in_if_asked(site: Site, phone: OfflinePhone, device: str, waiting: int) -> None:
    """After thirty days the session is over: the phone says so, and keeps everything until somebody signs in."""
    now = _wait(phone, lambda now: now["phase"] == "needs-sign-in" or now["waitingRecords"] < waiting, 120)
    site.told.asked_for_sign_in = now["phase"] == "needs-sign-in"
    if site.told.asked_for_sign_in != (site.given.days >= SESSION_DAYS):
        site.told.faults.append(f"after {site.given.days} days it asked for a sign-in: {site.told.asked_for_sign_in}")
    if not site.told.asked_for_sign_in:
        return
    site.told.faults += arrived.before(site.month, phone.contents())
    for _ in range(20):
        said = phone.sign_in()
        if said == device:
            return
        if said != "refused: no-connection":
            raise Stuck(f"signing in again: {said}")
    raise Stuck("no sign-in came through")


def _send_all(site: Site, phone: OfflinePhone, server: Master, crossing: Crossing) -> None:
    """Until everything is sent and the phone has read it back, or enough is known."""
    bytes_ = site.month.photo_bytes + site.month.operations * 1_500
    deadline = time.monotonic() + 120 + 6 * bytes_ / 6_250 / site.given.haste
    born_ms: int = phone.standing()["nowMs"]
    sent_ms: int | None = None
    while True:
        if time.monotonic() > deadline:
            raise Stuck(f"not through in time: {phone.standing()}")
        if len(crossing.resent) >= FAULTS_TOLD:
            raise Stuck("stopped: so much has been sent again")
        time.sleep(LOOK_S)
        site.told.worker_peak_mb = max(site.told.worker_peak_mb, *map(_peak_mb, server.worker_pids()), 0)
        now = phone.standing()
        is_sent = not (now["waitingRecords"] or now["waitingPhotos"])
        sent_ms = (sent_ms or now["nowMs"]) if is_sent else None
        # what the last photo's receipt has changed comes with an exchange after it
        if sent_ms is not None and now["phase"] == "idle" and now["lastSuccessMs"] > sent_ms + CALM_MS:
            return
        if now["nowMs"] - born_ms > LIFE_MS:
            born_ms = now["nowMs"]
            site.told.lives_while_sending += 1
            phone.live()


def _wait(phone: OfflinePhone, is_so: Any, seconds_max: float) -> Wire:
    deadline = time.monotonic() + seconds_max
    while not is_so(now := phone.standing()):
        if time.monotonic() > deadline:
            raise Stuck(f"it did not come to that: {now}")
        time.sleep(LOOK_S)
    return now


def _peak_mb(pid: int) -> int:
    """The most memory that a process ever had; 0 when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM")), 0)


def _sum_up(told: Told, link: Link) -> None:
    crossing = link.crossing
    told.faults += link.faults
    told.resent_finished = crossing.resent
    told.faults += [f"sent again: {each}" for each in crossing.resent[:FAULTS_TOLD]]
    told.bytes_up, told.bytes_down = link.passed["up"], link.passed["down"]
    told.bytes_up_to_content = round(told.bytes_up / (told.photo_bytes + crossing.sync_body_bytes or 1), 4)
    told.torn_bytes = crossing.torn_bytes
    told.cuts, told.connections = link.cuts, link.connections
    told.batches, told.repeated_batches = crossing.batches, crossing.repeated_batches
    told.repeated_operations = crossing.repeated_operations
    told.answers, told.largest_answer_bytes = crossing.answers, crossing.answer_bytes_max
    told.hours_of_bytes = round(link.byte_hours, 2)


def _judge(site: Site, phone: OfflinePhone, server: Master, device: str, held: Wire, crossing: Crossing) -> None:
    office, rows = Office(f"http://localhost:{server.port}"), Rows(site.url)
    office.read()
    paths = {photo.sha256: photo.path for photo in site.roll}
    found = [
        *arrived.on_phone(site.month, phone.contents(), office),
        *arrived.in_log(rows, device, held),
        *arrived.in_records(site.month, device, office),
        *arrived.in_pictures(site.month, paths, rows, office, crossing),
    ]
    rows.close()
    site.told.faults += found[:FAULTS_TOLD]


def _members(of: Given | Told) -> Wire:
    return {name: getattr(of, name) for name in of.__slots__}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    usual = Given()
    for name in ("records", "photos", "days", "seed"):
        parser.add_argument(f"--{name}", type=int, default=getattr(usual, name))
    parser.add_argument("--haste", type=float, default=usual.haste, help="so many times as fast as 50 kbit/s")
    parser.add_argument("--store", choices=("sqlite", "postgresql"), default=usual.store)
    parser.add_argument("--control", choices=CONTROLS, help="a mistake put into the app, which must be found")
    given = Given(**vars(parser.parse_args()))
    told = campaign(given)
    print(json.dumps({"given": _members(given), "cut_bytes": CUT_BYTES, "told": _members(told)}, indent=1))
    return 1 if told.faults else 0


if __name__ == "__main__":
    sys.exit(main())
