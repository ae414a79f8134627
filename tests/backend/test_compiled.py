"""The fast form of the envelope's schema says yes only to what marshmallow would load unchanged."""

import copy
from typing import Any

from hypothesis import given, strategies as st
from marshmallow import ValidationError

from backend.schemas.exchange import ExchangeRequest, is_sound_request
from sync.canonical import ForeignNumber

SOUND: dict[str, Any] = {
    "protocol": 1, "device": "a" * 16, "batch": "0190f0a0-0000-7000-8000-000000000001", "now": 5, "holds": 0,
    "operations": [{"n": 1}, {"n": 2, "more": []}], "cursors": {"0190f0a0-0000-7000-8000-000000000001": None}, "pull": 0,
}  # fmt: skip
ODD = st.sampled_from([
    None, True, False, -1, 0, 1, 500, 501, 2**53, 1.5, "", "a" * 16, "a" * 17, "A" * 16, "a" * 16 + "\n",
    "0190f0a0-0000-7000-8000-000000000001", ForeignNumber("1.0"), [], {}, [None], [{}], [{"n": 0}], [{"n": True}],
    [{"n": 3}], {"x": "y"}, {"0190f0a0-0000-7000-8000-000000000002": "cursor"},
    {"0190f0a0-0000-7000-8000-000000000002": 1},
])  # fmt: skip


@given(st.dictionaries(st.sampled_from([*SOUND, "unknown"]), ODD, max_size=3), st.sets(st.sampled_from([*SOUND])))
def test_what_it_lets_through_loads_unchanged(changed: dict[str, Any], dropped: set[str]) -> None:
    request = {**SOUND, **changed}
    for name in dropped if len(dropped) < 3 else ():
        request.pop(name)
    if not is_sound_request(request):
        return
    assert ExchangeRequest().load(copy.deepcopy(request)) == request


@given(st.sampled_from([*SOUND]), ODD)
def test_what_marshmallow_refuses_it_refuses(name: str, value: Any) -> None:
    request = {**SOUND, name: value}
    try:
        ExchangeRequest().load(request)
    except ValidationError:
        assert not is_sound_request(request)
    else:
        assert is_sound_request(request)


def test_it_says_yes_to_a_sound_request() -> None:
    assert is_sound_request(SOUND)
    assert not is_sound_request([SOUND])
