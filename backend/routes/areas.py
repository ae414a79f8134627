"""GET, POST /api/v1/areas, PATCH /api/v1/areas/<id>, GET …/<id>/geometry, POST /api/v1/areas/import."""

from typing import Any, Final
from uuid import UUID

from flask import Response, jsonify, request
from sqlalchemy import Connection

from backend.ambient import ambient
from backend.body import raw_body
from backend.database import reading, writing
from backend.errors import ProblemError, sentence
from backend.routes.blueprint import Blueprint
from backend.routes.guard import require_role, signed_in
from backend.routes.tagged import tagged
from backend.schemas.area import (
    AreaChangeSchema,
    AreaListSchema,
    AreaQuerySchema,
    AreaSchema,
    FeatureCollectionSchema,
    ImportQuerySchema,
    ImportSchema,
    NewAreaSchema,
)
from backend.services import area_geometry, area_import, area_search, areas
from backend.services.area_file import FILE_BYTES_MAX, ROWS_MAX, FileRow, FileUnreadable, TooManyRows, read_rows
from backend.services.paging import opaque, place_of

FILE_TYPES: Final = ("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
FILE_CONTENT: Final = {name: {"schema": {"type": "string", "format": "binary"}} for name in FILE_TYPES}

blueprint = Blueprint("areas", __name__, url_prefix="/api/v1/areas", description="The tree of areas")


@blueprint.get("")
@blueprint.arguments(AreaQuerySchema, location="query")
@blueprint.response(200, AreaListSchema)
@blueprint.alt_response(304, description="The subtree is as it was")
def list_areas(query: dict[str, Any]) -> Response | dict[str, Any]:
    """Areas by code, parent, subtree or name."""
    signed_in()
    limit, text = query["limit"], query.get("q")
    with reading() as connection:
        root = areas.find_area(connection, str(query["under"])) if "under" in query else None
        if root is not None and not query.keys() & {"q", "code", "parent", "after"}:
            return _subtree(connection, root.path)
        if text is not None:
            after = place_of(query.get("after"), (int, int, int, str, str))
            found = area_search.search(connection, text, root.path if root else None, after, limit + 1)
            rows, key = [row for _, row in found[:limit]], found[limit - 1][0] if len(found) > limit else None
        else:
            rows, key = _page(connection, query, root.path if root else None)
        return {"items": areas.describe(connection, rows), "next": opaque(key) if key else None}


@blueprint.post("")
@blueprint.arguments(NewAreaSchema)
@blueprint.response(201, AreaSchema)
def create_area(body: dict[str, Any]) -> dict[str, Any]:
    """Add a hamlet, quarter or group."""
    actor = signed_in()
    require_role(actor, "admin", "commander")
    with writing() as connection:
        parent = areas.find_area(connection, str(body["parent"]))
        areas.require_writer(actor, parent, below=True)
        row = areas.create_area(connection, parent, body, ambient().uuid(), ambient().now_ms())
        return areas.describe(connection, [row])[0]


@blueprint.patch("/<uuid:area_id>")
@blueprint.arguments(AreaChangeSchema)
@blueprint.response(200, AreaSchema)
def change_area(body: dict[str, Any], area_id: UUID) -> dict[str, Any]:
    """Change an area in place."""
    actor = signed_in()
    require_role(actor, "admin", "commander")
    with writing() as connection:
        area = areas.find_area(connection, str(area_id))
        areas.require_writer(actor, area, below=False)
        row = areas.change_area(connection, area, body, ambient().now_ms())
        return areas.describe(connection, [row])[0]


@blueprint.get("/<uuid:area_id>/geometry")
@blueprint.response(200, FeatureCollectionSchema)
@blueprint.alt_response(304, description="The geometry is as it was")
def show_geometry(area_id: UUID) -> Response:
    """Where an area and those directly below it lie, as GeoJSON."""
    signed_in()
    with reading() as connection:
        answer = area_geometry.read_geometry_of(connection, areas.find_area(connection, str(area_id)))
    return tagged(answer)


@blueprint.post("/import")
@blueprint.doc(requestBody={"required": True, "content": FILE_CONTENT})
@blueprint.arguments(ImportQuerySchema, location="query")
@blueprint.response(200, ImportSchema)
def import_areas(query: dict[str, Any]) -> dict[str, Any]:
    """Add the hamlets and groups of a CSV or XLSX file."""
    actor = signed_in()
    require_role(actor, "admin", "commander")
    rows = _rows_of_body()
    with writing() as connection:
        commune = areas.find_area(connection, str(query["parent"]))
        areas.require_writer(actor, commune, below=True)
        now_ms, dry_run = ambient().now_ms(), query["dry_run"]
        return area_import.import_areas(connection, commune, rows, ambient().uuid, now_ms, dry_run=dry_run)


def _page(
    connection: Connection, query: dict[str, Any], path: str | None
) -> tuple[list[areas.AnyRow], list[Any] | None]:
    after = place_of(query.get("after"), (str, str))
    parent = str(query["parent"]) if "parent" in query else None
    limit = query["limit"]
    rows = areas.list_areas(connection, query.get("code"), parent, path, after, limit + 1)
    return rows[:limit], [rows[limit - 1].folded, rows[limit - 1].id] if len(rows) > limit else None


def _subtree(connection: Connection, path: str) -> Response | dict[str, Any]:
    tag = areas.subtree_tag(connection, path)
    response = Response(status=304)
    if not request.if_none_match.contains_weak(tag):
        body = AreaListSchema().dump(
            {"items": areas.describe(connection, areas.subtree(connection, path)), "next": None}
        )
        response = jsonify(body)
    response.set_etag(tag, weak=True)
    return response


def _rows_of_body() -> list[FileRow]:
    if request.mimetype not in FILE_TYPES:
        raise ProblemError("media-type-unsupported")
    try:
        return read_rows(raw_body(FILE_BYTES_MAX))
    except TooManyRows:
        raise ProblemError("body-too-large", params={"limit": f"{ROWS_MAX} rows"}) from None
    except FileUnreadable:
        fault = {"pointer": "", "code": "file-unreadable", "detail": sentence("file-unreadable")[1]}
        raise ProblemError("request-invalid", errors=[fault]) from None
