"""GET /api/v1/feed."""

from typing import Any

import orjson
from flask import Response, request

from backend.database import reading
from backend.errors import ProblemError
from backend.i18n import language
from backend.routes.blueprint import Blueprint
from backend.routes.guard import require_role, signed_in
from backend.schemas.feed import FeedQuerySchema, FeedSchema
from backend.services import feed as feeds
from backend.services.access import FEED_ROLES

blueprint = Blueprint("feed", __name__, url_prefix="/api/v1", description="What officers wrote")


@blueprint.get("/feed")
@blueprint.arguments(FeedQuerySchema, location="query")
@blueprint.response(200, FeedSchema)
@blueprint.alt_response(304, description="Nothing changed")
def show_feed(arguments: dict[str, Any]) -> Response:
    """Records of an area, newest first; or what changed since `after`."""
    actor = signed_in()
    require_role(actor, *FEED_ROLES)
    before, after = arguments.get("before"), arguments.get("after")
    if before is not None and after is not None:
        raise ProblemError("parameter-invalid", params={"name": "before"})
    chosen = feeds.read_filter(arguments)
    with reading() as connection:
        feed = feeds.open_feed(connection, actor, chosen.area)
        tag = feeds.feed_tag(feed, repr(sorted(request.args.items(multi=True))), language())
        if request.if_none_match.contains_weak(tag):
            return _tagged(Response(status=304), tag)
        if after is not None:
            answer = feeds.read_since(connection, feed, chosen, after, arguments["limit"])
        else:
            answer = feeds.read_older(connection, feed, chosen, before, arguments["limit"])
    return _tagged(Response(orjson.dumps(answer), content_type="application/json"), tag)


def _tagged(response: Response, tag: str) -> Response:
    response.set_etag(tag, weak=True)
    return response
