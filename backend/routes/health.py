"""GET /healthz, /readyz and /metrics, for whoever keeps the server running."""

import hmac
from ipaddress import ip_address
from typing import Any

from flask import Response, request
from sqlalchemy.exc import SQLAlchemyError

import backend
from backend.ambient import ambient
from backend.database import reading
from backend.errors import ProblemError
from backend.routes.blueprint import Blueprint
from backend.routes.guard import bearer_token
from backend.schemas.about import LivenessSchema, ReadinessSchema
from backend.services import health
from backend.settings import settings

FORWARDING = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via")

blueprint = Blueprint("health", __name__, description="Liveness, readiness, metrics")


@blueprint.get("/healthz")
@blueprint.doc(security=[])
@blueprint.response(200, LivenessSchema)
def show_liveness() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@blueprint.get("/readyz")
@blueprint.doc(security=[])
@blueprint.response(200, ReadinessSchema)
def show_readiness() -> dict[str, Any]:
    """503 only when a push could not be stored; what is late stands in `degraded`."""
    if settings().is_sqlite:
        health.refuse_full_disk(settings().instance_dir)
    try:
        with reading() as connection:
            epoch = health.find_epoch(connection)
            late = health.late_parts(connection, ambient().now_ms()) + health.missing_parts() + health.short_parts()
    except SQLAlchemyError:
        raise ProblemError("busy") from None
    status = "degraded" if late else "ok"
    return {"status": status, "version": backend.__version__, "epoch": epoch, "degraded": late}


@blueprint.get("/metrics")
@blueprint.doc(security=[])
@blueprint.response(200, content_type="text/plain")
def show_metrics() -> Response:
    """Gauges as Prometheus reads them."""
    if not _may_read_metrics():
        raise ProblemError("not-signed-in")
    with reading() as connection:
        gauges = health.read_gauges(connection, ambient().now_ms())
    lines = [f"# TYPE diaban_{name} gauge\ndiaban_{name} {value}\n" for name, value in gauges.items()]
    return Response("".join(lines), content_type="text/plain; version=0.0.4; charset=utf-8")


def _may_read_metrics() -> bool:
    token, given = settings().metrics_token, bearer_token()
    if token and given and hmac.compare_digest(token.encode(), given.encode("utf-8", "surrogatepass")):
        return True
    if any(name in request.headers for name in FORWARDING):
        return False
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
