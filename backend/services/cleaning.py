"""What may be forgotten: old failures to sign in, ended sessions, old runs of jobs. Records and operations never."""

from typing import Final

from sqlalchemy import Connection, delete

from backend.models import JobRun, Session, SignInFailure
from sync.days import DAY_MS

FAILURES_KEPT_MS: Final = DAY_MS
# long enough that a phone that was offline hears "expired", not "never seen"
SESSIONS_KEPT_MS: Final = 30 * DAY_MS
RUNS_KEPT_MS: Final = 30 * DAY_MS


def clean_up(connection: Connection, now_ms: int) -> dict[str, int]:
    """Delete what has outlived its use; how many rows of each."""
    old = {
        "sign_in_failures": delete(SignInFailure).where(SignInFailure.at_ms < now_ms - FAILURES_KEPT_MS),
        "sessions": delete(Session).where(Session.ends_ms < now_ms - SESSIONS_KEPT_MS),
        "job_runs": delete(JobRun).where(JobRun.started_ms < now_ms - RUNS_KEPT_MS),
    }
    return {name: connection.execute(statement).rowcount for name, statement in old.items()}
