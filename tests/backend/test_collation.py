"""A database made for a language keeps the same subtrees: there, punctuation may count for nothing."""

from pathlib import Path

import pytest
from sqlalchemy import select, text

import backend
from backend.database import reading
from backend.models import Area
from backend.services.areas import within
from tests.conftest import close_connections, migrate, settings_for
from tests.support.postgres import running_cluster
from tests.support.world import CAI_KHE, CITY, GROUP, QUARTER, build_world

pytestmark = [pytest.mark.postgresql, pytest.mark.integration]
VIETNAMESE = (
    "CREATE DATABASE vietnamese TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'vi-u-ka-shifted' ENCODING 'UTF8'"
)
IN_ITS_ORDER = """
SELECT count(*) FROM area WHERE path COLLATE "default" >= :first AND path COLLATE "default" < :end
"""


def test_a_subtree_is_the_same_in_a_database_of_any_language(tmp_path: Path) -> None:
    with running_cluster() as cluster:
        cluster.execute(VIETNAMESE)
        settings = settings_for(tmp_path, cluster.url("vietnamese"))
        migrate(settings)
        app = backend.create_app(settings)
        build_world(app)
        with app.app_context(), reading() as connection:
            bounds = {"first": f"{CITY}/{CAI_KHE}/", "end": f"{CITY}/{CAI_KHE}0"}
            in_its_order = connection.execute(text(IN_ITS_ORDER), bounds).scalar_one()
            found = connection.execute(within(select(Area.id), f"{CITY}/{CAI_KHE}/")).scalars().all()
        close_connections(app)
    assert set(found) == {CAI_KHE, QUARTER, GROUP}
    assert in_its_order != len(found), "the order of this language would not have been a fault"
