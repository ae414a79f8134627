"""GET /api/v1/me."""

from typing import Any

from backend.ambient import ambient
from backend.database import reading
from backend.routes.blueprint import Blueprint
from backend.routes.guard import signed_in
from backend.schemas.account import MeSchema
from backend.services import me, sessions

blueprint = Blueprint("me", __name__, url_prefix="/api/v1", description="Who is signed in")


@blueprint.get("/me")
@blueprint.response(200, MeSchema)
def show_me() -> dict[str, Any]:
    """The user, the device and how long the access token is good."""
    actor = signed_in()
    with reading() as connection:
        expires_ms = sessions.access_expires_ms(connection, actor.session)
        return me.describe_actor(connection, actor, expires_ms, ambient().now_ms())
