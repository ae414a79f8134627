"""A small campaign of a phone that was long offline; the whole by hand: `python -m tests.faults.long_offline`."""

import pytest

from tests.faults.link import CUT_BYTES
from tests.faults.long_offline import campaign
from tests.faults.offline_site import Given

pytestmark = [pytest.mark.integration, pytest.mark.slow]
STORES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.mark.parametrize("store", STORES)
def test_thirty_days_of_work_come_over_a_thin_line_that_is_cut_and_nothing_finished_is_sent_again(store: str) -> None:
    told = campaign(Given(records=60, photos=8, store=store))
    assert told.faults == []
    assert told.asked_for_sign_in
    assert told.records == 60
    assert told.edits > 0
    assert told.answers["PATCH /api/v1/uploads/… 204"] > told.photos
    # the line was cut on the byte
    cuts = told.cuts.total()
    assert cuts * CUT_BYTES <= told.bytes_up + told.bytes_down < (cuts + 1) * CUT_BYTES
    assert cuts > 5


def test_before_thirty_days_nobody_is_asked_to_sign_in() -> None:
    told = campaign(Given(records=20, photos=1, days=29))
    assert told.faults == []
    assert not told.asked_for_sign_in
    assert told.answers["POST /api/v1/sessions/refresh 201"] > 0
    assert told.answers["POST /api/v1/sessions 201"] == 0


def test_control_uploads_that_begin_anew_after_a_cut_are_caught() -> None:
    told = campaign(Given(records=5, photos=4, control="begin-anew"))
    assert told.resent_finished
    assert told.faults


def test_control_a_phone_that_forgets_what_nobody_answered_is_caught() -> None:
    told = campaign(Given(records=20, photos=0, control="trust-the-line"))
    assert any("in the outbox" in fault for fault in told.faults)
