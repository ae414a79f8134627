"""Signing in, staying signed in through lost answers, and signing out (P1, P24, P25)."""

import base64
import hmac
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from backend.config import Settings
from backend.database import writing
from backend.models import Device, Session, User
from backend.services.users import disable_user, set_password
from tests.support.clock import Clock, app_under
from tests.support.world import CAI_KHE, build_world, id_of

# part of `make test` only: `make check` is to stay under a minute
pytestmark = pytest.mark.slow

PASSWORD = "correct horse battery"
SESSIONS, REFRESH, ME = "/api/v1/sessions", "/api/v1/sessions/refresh", "/api/v1/me"
KNOWN = "knowndevice22222"
X = {"X-Diaban": "1"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(clock: Clock, settings: Settings) -> Iterator[Flask]:
    with app_under(clock, settings) as app:
        build_world(app)
        with app.app_context(), writing() as connection:
            for user in ("an", "binh"):
                set_password(connection, user, PASSWORD, clock.now_ms)
        yield app


def body(username: str = "an", password: str = PASSWORD, mode: str = "token", **device: str) -> dict[str, Any]:
    return {"username": username, "password": password, "device": {"name": "Máy", **device}, "mode": mode}


def sign_in(client: FlaskClient, **values: Any) -> Any:
    response = client.post(SESSIONS, json=body(**values), headers=X)
    assert response.status_code == 201, response.get_data(as_text=True)
    return response.json


def refusal(response: Any) -> tuple[int, str]:
    assert response.content_type == "application/problem+json"
    return response.status_code, response.json["type"].removeprefix("/problems/")


def me(client: FlaskClient, token: str) -> Any:
    return client.get(ME, headers={"Authorization": f"Bearer {token}"})


def refresh(client: FlaskClient, token: str) -> Any:
    return client.post(REFRESH, json={"refresh_token": token})


def test_signing_in_answers_the_user_the_device_and_tokens(client: FlaskClient) -> None:
    answer = sign_in(client)
    assert answer["user"] == {
        "id": id_of("an"),
        "username": "an",
        "name": "Đồng chí an",
        "role": "officer",
        "areas": [{"id": CAI_KHE, "code": "31120", "name": "Phường Cái Khế"}],
    }
    assert set(answer["device"]) == {"id", "name", "state", "secret", "lock", "tracks"}
    assert (answer["device"]["state"], answer["expires_s"]) == ("active", 3600)
    same = me(client, answer["access_token"]).json
    del answer["device"]["secret"]
    assert answer["device"].pop("lock") == "optional"
    assert answer["device"].pop("tracks") == "off"
    assert same == {name: answer[name] for name in ("user", "device", "expires_s")}


def test_tokens_are_not_kept_as_they_are(app: Flask, client: FlaskClient) -> None:
    answer = sign_in(client)
    with app.app_context(), writing() as connection:
        row = connection.execute(select(*Session.__table__.columns)).one()
    assert answer["access_token"] not in row
    assert answer["refresh_token"] not in row


@pytest.mark.parametrize("username", ["AN", "an ", " An"])
def test_a_keyboard_s_capital_or_space_does_not_matter(client: FlaskClient, username: str) -> None:
    assert sign_in(client, username=username)["user"]["username"] == "an"


def test_unknown_disabled_and_wrong_are_told_alike(app: Flask, client: FlaskClient, clock: Clock) -> None:
    with app.app_context(), writing() as connection:
        disable_user(connection, "binh", clock.now_ms)
    tries = [body(password="wrong password!"), body(username="nobody"), body(username="binh")]
    answers = [client.post(SESSIONS, json=tried) for tried in tries]
    assert {refusal(answer) for answer in answers} == {(401, "credentials-wrong")}
    assert len({str({**answer.json, "instance": ""}) for answer in answers}) == 1
    assert all("X-Diaban" not in answer.headers for answer in answers)


@pytest.mark.parametrize(
    "changed",
    [
        {"username": None},
        {"username": ""},
        {"username": "a\0b"},
        {"password": 5},
        {"password": "x" * 201},
        {"mode": "other"},
        {"device": None},
        {"device": {"id": "SHOUTED222222222", "name": ""}},
        {"device": {"id": "short", "name": ""}},
        {"device": {"id": f"{KNOWN}\n", "name": ""}},
        {"device": {"name": "x", "state": "active"}},
        {"role": "admin"},
    ],
)
def test_a_body_out_of_form_is_refused(client: FlaskClient, changed: dict[str, Any]) -> None:
    response = client.post(SESSIONS, json=body() | changed)
    assert refusal(response) == (422, "request-invalid")
    assert response.json["errors"][0]["pointer"].startswith("/")


def test_a_device_keeps_its_id_and_an_unknown_one_is_registered(client: FlaskClient) -> None:
    first = sign_in(client)["device"]["id"]
    assert sign_in(client, id=first)["device"]["id"] == first
    assert sign_in(client, id=KNOWN)["device"]["id"] == KNOWN
    assert sign_in(client)["device"]["id"] not in (first, KNOWN)


def test_another_user_s_device_is_refused(client: FlaskClient) -> None:
    sign_in(client, id=KNOWN)
    assert refusal(client.post(SESSIONS, json=body("binh", id=KNOWN))) == (409, "device-bound")


def test_a_wrong_password_does_not_tell_of_devices(client: FlaskClient) -> None:
    sign_in(client, id=KNOWN)
    response = client.post(SESSIONS, json=body("binh", "wrong password!", id=KNOWN))
    assert refusal(response) == (401, "credentials-wrong")


def test_ten_failures_close_the_door_for_a_quarter_of_an_hour(client: FlaskClient, clock: Clock) -> None:
    for _ in range(10):
        assert refusal(client.post(SESSIONS, json=body(password="wrong password!")))[0] == 401
        clock.advance(seconds=1)
    response = client.post(SESSIONS, json=body())
    assert refusal(response) == (429, "too-many-attempts")
    assert int(response.headers["Retry-After"]) == 15 * 60 - 10
    assert refusal(client.post(SESSIONS, json=body("nobody", "wrong password!")))[0] == 401
    assert sign_in(client, username="binh")
    clock.advance(minutes=15)
    assert sign_in(client)


def test_unknown_accounts_are_counted_as_well(client: FlaskClient) -> None:
    for _ in range(10):
        client.post(SESSIONS, json=body("nobody"))
    assert refusal(client.post(SESSIONS, json=body("nobody"))) == (429, "too-many-attempts")


def test_successes_do_not_count(client: FlaskClient) -> None:
    for _ in range(12):
        sign_in(client, id=KNOWN)


def test_a_known_device_signs_in_while_strangers_are_kept_out(client: FlaskClient) -> None:
    sign_in(client, id=KNOWN)
    for _ in range(10):
        client.post(SESSIONS, json=body(password="wrong password!"))
    assert refusal(client.post(SESSIONS, json=body()))[0] == 429
    assert sign_in(client, id=KNOWN)["device"]["id"] == KNOWN


def test_forged_forwarding_does_not_open_a_new_bucket(client: FlaskClient) -> None:
    answers = [
        client.post(SESSIONS, json=body(password="wrong password!"), headers={"X-Forwarded-For": f"10.0.0.{n}"})
        for n in range(11)
    ]
    assert refusal(answers[-1]) == (429, "too-many-attempts")


def test_no_session_and_an_invented_token_are_not_signed_in(client: FlaskClient) -> None:
    assert refusal(client.get(ME)) == (401, "not-signed-in")
    assert refusal(me(client, "invented")) == (401, "not-signed-in")
    assert client.get(ME).headers["WWW-Authenticate"] == "Bearer"


def test_an_access_token_expires_after_an_hour(client: FlaskClient, clock: Clock) -> None:
    answer = sign_in(client)
    clock.advance(minutes=59)
    assert me(client, answer["access_token"]).json["expires_s"] == 60
    clock.advance(minutes=1)
    assert refusal(me(client, answer["access_token"])) == (401, "session-expired")
    assert refresh(client, answer["refresh_token"]).status_code == 201


def test_a_refresh_token_slides_for_thirty_days_and_ends_after_ninety(client: FlaskClient, clock: Clock) -> None:
    token = sign_in(client)["refresh_token"]
    for _ in range(3):
        clock.advance(days=29)
        token = refresh(client, token).json["refresh_token"]
    clock.advance(days=4)
    assert refusal(refresh(client, token)) == (401, "session-expired")


def test_a_refresh_token_unused_for_thirty_days_is_dead(client: FlaskClient, clock: Clock) -> None:
    token = sign_in(client)["refresh_token"]
    clock.advance(days=30)
    assert refusal(refresh(client, token)) == (401, "session-expired")


def test_the_previous_tokens_stay_good_until_the_new_are_used(client: FlaskClient) -> None:
    old = sign_in(client)
    new = refresh(client, old["refresh_token"]).json
    assert me(client, old["access_token"]).status_code == 200
    assert me(client, new["access_token"]).status_code == 200
    assert refusal(me(client, old["access_token"])) == (401, "not-signed-in")


def test_a_lost_answer_is_made_good_by_asking_again(client: FlaskClient) -> None:
    old = sign_in(client)
    lost = refresh(client, old["refresh_token"]).json
    new = refresh(client, old["refresh_token"])
    assert new.status_code == 201
    assert me(client, new.json["access_token"]).status_code == 200
    assert me(client, lost["access_token"]).status_code == 401
    assert refresh(client, new.json["refresh_token"]).status_code == 201


def test_a_spent_token_shown_again_ends_the_session(client: FlaskClient) -> None:
    old = sign_in(client)
    new = refresh(client, old["refresh_token"]).json
    assert me(client, new["access_token"]).status_code == 200
    assert refusal(refresh(client, old["refresh_token"])) == (401, "session-expired")
    assert refusal(me(client, new["access_token"])) == (401, "not-signed-in")
    assert refusal(refresh(client, new["refresh_token"])) == (401, "not-signed-in")


def test_using_the_new_refresh_token_spends_the_old_one_too(client: FlaskClient) -> None:
    first = sign_in(client)
    second = refresh(client, first["refresh_token"]).json
    third = refresh(client, second["refresh_token"]).json
    assert refusal(refresh(client, first["refresh_token"])) == (401, "session-expired")
    assert refusal(me(client, third["access_token"])) == (401, "not-signed-in")


def test_a_refresh_without_a_token_is_not_signed_in(client: FlaskClient) -> None:
    assert refusal(client.post(REFRESH, headers=X)) == (401, "not-signed-in")
    assert refusal(client.post(REFRESH, json={}, headers=X)) == (401, "not-signed-in")
    assert refusal(client.post(REFRESH, json={"token": "x"}, headers=X)) == (422, "request-invalid")


def test_signing_out_ends_the_session(client: FlaskClient) -> None:
    answer = sign_in(client)
    headers = {"Authorization": f"Bearer {answer['access_token']}"}
    assert client.delete(SESSIONS, headers=headers).status_code == 204
    assert refusal(client.delete(SESSIONS, headers=headers)) == (401, "not-signed-in")
    assert refusal(refresh(client, answer["refresh_token"])) == (401, "not-signed-in")


def test_cookie_mode_keeps_tokens_out_of_the_page(client: FlaskClient) -> None:
    response = client.post(SESSIONS, json=body(mode="cookie"), headers=X)
    assert not {"access_token", "refresh_token"} & response.json.keys()
    cookies = response.headers.getlist("Set-Cookie")
    assert {cookie.split("=")[0] for cookie in cookies} == {"diaban", "diaban-refresh"}
    assert all("HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/" in cookie for cookie in cookies)
    assert client.get(ME).status_code == 200
    assert client.post(REFRESH, headers=X).status_code == 201
    assert client.get(ME).status_code == 200
    assert client.delete(SESSIONS, headers=X).status_code == 204
    assert refusal(client.get(ME)) == (401, "not-signed-in")


def test_cookie_mode_demands_the_header_on_unsafe_methods(client: FlaskClient) -> None:
    assert refusal(client.post(SESSIONS, json=body(mode="cookie"))) == (403, "header-missing")
    sign_in(client, mode="cookie")
    assert refusal(client.delete(SESSIONS)) == (403, "header-missing")
    assert refusal(client.post(REFRESH)) == (403, "header-missing")
    assert client.get(ME).status_code == 200


def test_what_is_asked_for_another_device_than_the_cookies_is_refused(client: FlaskClient) -> None:
    """Two people with one browser: the cookies are those of whoever signed in last."""
    own = {"X-Diaban-Device": sign_in(client, mode="cookie")["device"]["id"]}
    other = {"X-Diaban-Device": "z" * 16}
    assert client.get(ME, headers=own).status_code == 200
    assert refusal(client.get(ME, headers=other)) == (403, "device-mismatch")
    assert refusal(client.delete(SESSIONS, headers=X | other)) == (403, "device-mismatch")
    assert client.get(ME).status_code == 200


def test_production_binds_its_cookies_to_the_host(clock: Clock, app: Flask, settings: Settings) -> None:
    with app_under(clock, replace(settings, env="production")) as strict:
        response = strict.test_client().post(SESSIONS, json=body(mode="cookie"), headers=X)
        cookies = response.headers.getlist("Set-Cookie")
        assert {cookie.split("=")[0] for cookie in cookies} == {"__Host-diaban", "__Host-diaban-refresh"}
        assert all("Secure" in cookie and "Domain" not in cookie for cookie in cookies)
        assert "max-age" in response.headers["Strict-Transport-Security"]


def test_a_lost_device_is_refused_everywhere_but_may_renew_its_tokens(app: Flask, client: FlaskClient) -> None:
    answer = sign_in(client, id=KNOWN)
    with app.app_context(), writing() as connection:
        connection.execute(update(Device).where(Device.id == KNOWN).values(state="lost"))
    assert refusal(me(client, answer["access_token"])) == (403, "device-lost")
    assert refusal(client.post(SESSIONS, json=body(id=KNOWN))) == (403, "device-lost")
    renewed = refresh(client, answer["refresh_token"]).json
    assert renewed["device"]["state"] == "lost"
    assert refusal(me(client, renewed["access_token"])) == (403, "device-lost")


def test_disabling_an_account_ends_its_sessions_at_once(app: Flask, client: FlaskClient, clock: Clock) -> None:
    answer = sign_in(client)
    with app.app_context(), writing() as connection:
        connection.execute(update(User).where(User.username == "an").values(disabled_ms=clock.now_ms))
    assert refusal(me(client, answer["access_token"])) == (401, "not-signed-in")
    assert refusal(refresh(client, answer["refresh_token"])) == (401, "not-signed-in")


def test_a_new_password_ends_all_sessions(app: Flask, client: FlaskClient, clock: Clock) -> None:
    answer = sign_in(client)
    with app.app_context(), writing() as connection:
        set_password(connection, "an", "another password", clock.now_ms)
    assert refusal(me(client, answer["access_token"])) == (401, "not-signed-in")
    assert sign_in(client, password="another password")


def proof_of(client: FlaskClient, app: Flask, clock: Clock, **changes: Any) -> dict[str, Any]:
    """Sign in with a cookie and prove the device as the phone does."""
    answer = sign_in(client, mode="cookie")
    device, at_ms = answer["device"]["id"], changes.pop("at_ms", clock.now_ms)
    secret = base64.urlsafe_b64decode(answer["device"]["secret"] + "=")
    mac = base64.urlsafe_b64encode(hmac.digest(secret, f"diaban refresh {device} {at_ms}".encode(), "sha256"))
    return {"device": device, "at_ms": at_ms, "mac": mac.decode().rstrip("=")} | changes


def test_a_phone_that_lost_its_cookies_proves_itself(client: FlaskClient, app: Flask, clock: Clock) -> None:
    """Chromium writes cookies up to 30 s late: a killed phone has its store, but no session."""
    proof = proof_of(client, app, clock)
    fresh = app.test_client()
    assert refusal(fresh.get(ME)) == (401, "not-signed-in")
    assert fresh.post(REFRESH, json={"proof": proof}, headers=X).status_code == 201
    assert fresh.get(ME).status_code == 200


def test_a_cookie_that_is_already_spent_does_not_end_a_session_that_is_proved(
    client: FlaskClient, app: Flask, clock: Clock
) -> None:
    proof = proof_of(client, app, clock)
    old = {cookie.key: cookie.value for cookie in client._cookies.values()}
    for _ in range(2):
        assert client.post(REFRESH, headers=X).status_code == 201
        assert client.get(ME).status_code == 200
    woken = app.test_client()
    for name, value in old.items():
        woken.set_cookie(name, value)
    assert woken.post(REFRESH, json={"proof": proof}, headers=X).status_code == 201
    assert woken.get(ME).status_code == 200


@pytest.mark.parametrize("changes", [{"mac": "A" * 43}, {"device": KNOWN}, {"at_ms": 1}])
def test_a_wrong_proof_proves_nothing(client: FlaskClient, app: Flask, clock: Clock, changes: Any) -> None:
    proof = proof_of(client, app, clock, **changes)
    assert refusal(app.test_client().post(REFRESH, json={"proof": proof}, headers=X)) == (401, "not-signed-in")


def test_after_signing_out_a_proof_opens_nothing(client: FlaskClient, app: Flask, clock: Clock) -> None:
    proof = proof_of(client, app, clock)
    assert client.delete(SESSIONS, headers=X).status_code == 204
    assert refusal(app.test_client().post(REFRESH, json={"proof": proof}, headers=X)) == (401, "not-signed-in")


def test_a_proof_needs_the_apps_header(client: FlaskClient, app: Flask, clock: Clock) -> None:
    proof = proof_of(client, app, clock)
    assert refusal(app.test_client().post(REFRESH, json={"proof": proof})) == (403, "header-missing")


def test_a_proof_does_not_wake_an_older_session(client: FlaskClient, app: Flask, clock: Clock) -> None:
    proof = proof_of(client, app, clock)
    other = app.test_client()
    clock.now_ms += 1
    assert other.post(SESSIONS, json=body(mode="cookie", id=proof["device"]), headers=X).status_code == 201
    assert other.delete(SESSIONS, headers=X).status_code == 204
    assert refusal(app.test_client().post(REFRESH, json={"proof": proof}, headers=X)) == (401, "not-signed-in")


@pytest.mark.parametrize(("units", "tracks"), [("31120", "on"), ("31299,31594", "off"), ("", "off")])
def test_a_phone_keeps_tracks_only_where_its_unit_has_turned_them_on(
    clock: Clock, app: Flask, settings: Settings, units: str, tracks: str
) -> None:
    with app_under(clock, replace(settings, track_units=frozenset(units.split(",")))) as other:
        assert sign_in(other.test_client())["device"]["tracks"] == tracks
