"""Values such as officers write them: pure, from seeded chance. No names of people, no addresses."""

import random
from typing import Any, Final

from backend.demo.places import DemoUnit

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS

INCIDENTS: Final = {
    "late_gathering": ["reminded", "dispersed"], "disorder": ["reminded", "pledge"], "traffic": ["fined", "written"],
    "pavement": ["reminded"], "noise": ["reminded", "pledge"], "residence": ["written"], "theft": ["handed_over"],
    "gambling": ["fined", "written"], "drugs": ["handed_over"], "online_fraud": ["pending"], "fighting": ["written"],
    "fire_safety": ["reminded", "pledge"], "environment": ["reminded"],
}  # fmt: skip
INCIDENT_WEIGHTS: Final = (9, 5, 10, 6, 6, 4, 2, 2, 1, 2, 2, 4, 3)
TOPICS: Final = ("online_fraud", "fire_safety", "drugs", "traffic", "residence", "tip_offs", "youth", "loan_sharks")
CHANNELS: Final = ("door_to_door", "residents_meeting", "leaflet", "loudspeaker", "zalo")
QUESTIONS: Final = (
    "Đề nghị lắp thêm đèn đường ở đầu hẻm.",
    "Đề nghị tăng tuần tra ban đêm vào cuối tuần.",
    "Đề nghị nhắc quán ăn không lấn chiếm vỉa hè.",
    "Đề nghị hướng dẫn cài ứng dụng định danh cho người lớn tuổi.",
    "Đề nghị xử lý loa kéo hát sau 22 giờ.",
    "Đề nghị sửa nắp cống bị hỏng.",
)
CONCLUSION: Final = "Các hộ thống nhất thực hiện; tổ theo dõi và báo lại kỳ họp sau."


def patrol(chance: random.Random, unit: DemoUnit, start_ms: int, *, at_night: bool, led_by: str) -> dict[str, Any]:
    """One patrol of one to three hours at most."""
    first, second = chance.sample(unit.hamlets, 2)
    minutes = chance.randint(40, 75) if at_night else chance.randint(60, 150)
    return {
        "patrol_type": "night" if at_night else chance.choice(["regular", "regular", "unscheduled", "joint"]),
        "led_by": led_by,
        "transport": chance.choice([["motorbike"], ["motorbike"], ["car", "motorbike"], ["foot"]]),
        "officers": chance.randint(0, 1) if led_by == "team" else chance.randint(2, 4),
        "grassroots": chance.randint(1, 4),
        "militia": chance.choice([0, 0, 1, 2]),
        "route": f"{first.full_name} – {second.full_name}",
        "distance_m": chance.randint(20, 90) * 100,
        "started_at": start_ms,
        "ended_at": start_ms + minutes * MINUTE_MS,
        "place": first.id,
        "point": near(chance, unit),
    }


def incident(chance: random.Random) -> dict[str, Any]:
    """What was found; a small fine where there is one."""
    category = chance.choices(list(INCIDENTS), INCIDENT_WEIGHTS)[0]
    outcomes = INCIDENTS[category]
    return {
        "category": category,
        "outcomes": sorted(outcomes),
        "cases": 1,
        "people": chance.randint(1, 5),
        "fine_vnd": chance.randint(3, 25) * 100_000 if "fined" in outcomes else None,
    }


def outreach(chance: random.Random, unit: DemoUnit, start_ms: int) -> dict[str, Any]:
    """One session in a hamlet; in Khmer too where many are Khmer."""
    return {
        "topics": sorted(chance.sample(TOPICS, chance.randint(1, 2))),
        "channels": sorted(chance.sample(CHANNELS, chance.randint(1, 2))),
        "audience": ["residents"],
        "languages": ["km", "vi"] if unit.code == "31594" else ["vi"],
        "sessions": 1,
        "attendance": chance.randint(15, 90),
        "households": chance.randint(10, 60),
        "pledges": chance.choice([None, chance.randint(5, 40)]),
        "started_at": start_ms,
        "ended_at": start_ms + chance.randint(45, 100) * MINUTE_MS,
        "place": chance.choice(unit.hamlets).id,
    }


def handout(chance: random.Random, leaflet: str) -> dict[str, Any]:
    """Leaflets given out."""
    households = chance.randint(10, 60)
    return {"leaflet": leaflet, "leaflets": households + chance.randint(0, 20), "households": households}


def meeting(chance: random.Random, unit: DemoUnit, start_ms: int) -> dict[str, Any]:
    """A self-managed group's meeting."""
    group = chance.choice(unit.groups)
    invited = chance.randint(30, 60)
    present = chance.randint(invited * 6 // 10, invited)
    return {
        "group": group.id,
        "meeting_type": chance.choice(["regular", "regular", "regular", "extraordinary"]),
        "chair_role": chance.choice(["group_head", "hamlet_head"]),
        "officers": chance.randint(1, 2),
        "households_invited": invited,
        "households_present": present,
        "attendance": present + chance.randint(0, 12),
        "agenda": "Thông báo tình hình an ninh trật tự; phòng lừa đảo trực tuyến; ý kiến của các hộ.",
        "conclusion": CONCLUSION,
        "votes_for": present,
        "votes_total": present,
        "started_at": start_ms,
        "ended_at": start_ms + chance.randint(60, 100) * MINUTE_MS,
        "place": group.id,
    }


def inspection(chance: random.Random, unit: DemoUnit, start_ms: int) -> dict[str, Any]:
    """A check of businesses; counts only."""
    violations = chance.choice([0, 0, 0, 1])
    return {
        "business_type": chance.choice(["lodging", "rental_rooms", "karaoke", "pawn"]),
        "planned": chance.random() < 0.7,
        "businesses": chance.randint(1, 5),
        "violations": violations,
        "reminders": chance.randint(0, 2),
        "written_records": violations,
        "fines": violations,
        "fine_vnd": violations * chance.randint(10, 40) * 100_000,
        "started_at": start_ms,
        "ended_at": start_ms + 90 * MINUTE_MS,
        "place": chance.choice(unit.hamlets).id,
    }


def counts(chance: random.Random, kind: str, start_ms: int) -> dict[str, Any]:
    """Tips, residence checks and things handed in: whole counts of a day."""
    times = {"started_at": start_ms, "ended_at": start_ms + HOUR_MS}
    if kind == "tips":
        received = chance.randint(1, 4)
        return {"received": received, "useful": received // 2, "forwarded": received // 3, **times}
    if kind == "residence_check":
        violations = chance.choice([0, 0, 1])
        reminders = chance.randint(0, 3)
        found = {"violations": violations, "reminders": reminders, "written_records": violations}
        return {"households": chance.randint(5, 25), "rental_rooms": chance.randint(0, 30), **found, **times}
    return {"crude_weapons": chance.randint(0, 2), "support_tools": chance.randint(0, 1), **times}


def near(chance: random.Random, unit: DemoUnit) -> dict[str, int] | None:
    """A point within about two kilometres, rounded to about 100 m as a phone does."""
    if unit.area.lat_e6 is None:
        return None
    lat_e6 = round(unit.area.lat_e6, -3) + chance.randint(-18, 18) * 1_000
    lon_e6 = round(unit.area.lon_e6, -3) + chance.randint(-18, 18) * 1_000
    return {"lat_e6": lat_e6, "lon_e6": lon_e6, "accuracy_m": 100}
