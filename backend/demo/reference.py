"""What stands from the first day: leaflet designs, campaigns, groups, models and the first stock."""

import random
from typing import Final

from sqlalchemy import Connection, select

from backend.demo.accounts import has_device, retired_actor
from backend.demo.phone import DemoPhone
from backend.demo.places import CITY_CODE, DemoUnit
from backend.models import Record
from backend.services.area_units import area_id
from sync.days import DAY_MS, day_of

PURPOSE: Final = "leaflets"
LEAFLETS: Final = (
    {"title": "Cảnh giác lừa đảo trên mạng", "topic": "online_fraud", "language": "vi"},
    {"title": "Phòng cháy tại nhà (Việt, Khmer)", "topic": "fire_safety", "language": "km"},
)
CAMPAIGNS: Final = (
    # name, number, first and last day counted from the demo's first
    ("Cao điểm bảo đảm trật tự, an toàn giao thông (mẫu)", "01/KH-MAU", 5, 35),
    ("Cao điểm trấn áp tội phạm cuối năm (mẫu)", "02/KH-MAU", 45, 90),
)
MODELS: Final = {
    "31120": [("Camera an ninh khu dân cư", "camera"), ("Hẻm không tội phạm", "no_crime")],
    "31299": [("Tiếng kẻng an ninh", "gong"), ("Thắp sáng đường quê", "rural_light")],
    "31594": [("Chùa bình yên", "pagoda")],
}
COMMANDERS: Final = {"31120": "chihuy.caikhe", "31299": "chihuy.phongdien"}
LEAFLETS_PER_UNIT: Final = 3_000


def write_leaflets(connection: Connection, chance: random.Random, at_ms: int) -> None:
    """The two designs, once."""
    if has_device(connection, "thuongtruc", PURPOSE):
        return
    phone = DemoPhone(retired_actor(connection, "thuongtruc", PURPOSE, at_ms), chance)
    for leaflet in LEAFLETS:
        phone.record("leaflet", area_id(CITY_CODE), dict(leaflet), at_ms)
    phone.send(connection, at_ms)


def read_leaflets(connection: Connection) -> list[str]:
    """The ids of all designs."""
    return list(connection.execute(select(Record.id).where(Record.kind == "leaflet").order_by(Record.id)).scalars())


def write_campaigns(connection: Connection, phone: DemoPhone, units: list[DemoUnit], first_ms: int) -> list[str]:
    """The campaigns, and the stock that each unit is sent; returns the campaigns' ids."""
    city = area_id(CITY_CODE)
    campaigns = []
    for name, number, start, end in CAMPAIGNS:
        days = {"from_on": day_of(first_ms + start * DAY_MS), "to_on": day_of(first_ms + end * DAY_MS)}
        campaigns.append(
            phone.record("campaign", city, {"name": name, "number": number, "area": city, **days}, first_ms)
        )
    for leaflet in read_leaflets(connection):
        for unit in units:
            moved = {"from_area": city, "to_area": unit.area.id, "on": day_of(first_ms)}
            values = {"leaflet": leaflet, "quantity": LEAFLETS_PER_UNIT, **moved}
            phone.record("stock", unit.area.id, values, first_ms)
    phone.send(connection, first_ms)
    return campaigns


def write_unit(connection: Connection, phone: DemoPhone, unit: DemoUnit, first_ms: int) -> None:
    """Groups and models of a unit, by its commander."""
    chance = phone.chance
    for group in unit.groups:
        households = chance.randint(35, 65)
        values = {"area": group.id, "households": households, "members": households * 3, "meets_every_days": 90}
        phone.record("group", unit.area.id, {**values, "state": chance.choice(["active"] * 9 + ["weak"])}, first_ms)
    for name, model_type in MODELS[unit.code]:
        values = {"name": name, "model_type": model_type, "launched_on": day_of(first_ms - 200 * DAY_MS)}
        place = {"area": unit.area.id, "members": chance.randint(20, 120), "state": "active"}
        phone.record("model", unit.area.id, {**values, **place}, first_ms)
    phone.send(connection, first_ms)
