"""Signing in and out, in two collections; credentials that renew themselves; callers that are never mixed up."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import msgspec
import pytest

from payload_client import (
    AccountLocked,
    Answer,
    ApiKey,
    Bearer,
    Forbidden,
    Id,
    Jwt,
    Login,
    Payload,
    Unauthenticated,
    ValidationFailed,
)
from tests.payload_client.conftest import EDITOR, Site
from tests.support.raw_server import json_answer, raw_server

WRONG = "wrong horse"


async def test_a_user_signs_in_and_out(site: Site) -> None:
    users = site.payload.as_user(None).auth_collection()
    session = await users.login(**EDITOR)
    caller = site.payload.as_user(Jwt(session.token or ""))
    me = await caller.auth_collection().me()
    assert me.user
    assert (me.user.email, me.user.collection, me.exp) == (EDITOR["email"], "users", session.exp)
    await caller.auth_collection().logout()
    assert (await caller.auth_collection().me()).user is None
    with pytest.raises(ValidationFailed):
        await caller.auth_collection().logout()
    assert (await site.payload.auth_collection().me()).user, "another session of the same user goes on"
    await site.payload.auth_collection().logout(all_sessions=True)
    assert (await site.payload.auth_collection().me()).user is None


async def test_the_callers_own_document_is_read_as_a_model(site: Site) -> None:
    class Mine(msgspec.Struct):
        id: Id
        name: str | None = None

    me = await site.payload.auth_collection().me_as(Mine)
    assert me is not None
    await site.payload.collection("users").update(me.id, {"name": "Ada"})
    renamed = await site.payload.auth_collection().me_as(Mine, select={"name": True})
    assert (renamed.name if renamed else None) == "Ada"
    assert await site.payload.as_user(None).auth_collection().me_as(Mine) is None


async def test_a_token_is_renewed_before_it_ends(site: Site) -> None:
    session = await site.payload.auth_collection().refresh()
    renewed = site.payload.as_user(Jwt(session.refreshed_token or ""))
    assert (await renewed.auth_collection().me()).user
    with pytest.raises(Forbidden):
        await site.payload.as_user(Jwt("a.b.c")).auth_collection().refresh()


async def test_wrong_passwords_are_told_and_lock_the_account(site: Site) -> None:
    users = site.payload.as_user(None).auth_collection()
    with pytest.raises(ValidationFailed):
        await users.login(EDITOR["email"])
    with pytest.raises(Unauthenticated):
        await users.login("nobody@film.example", WRONG)
    for _ in range(3):
        with pytest.raises(Unauthenticated):
            await users.login(EDITOR["email"], WRONG)
    with pytest.raises(AccountLocked):
        await users.login(**EDITOR)
    await site.payload.auth_collection().unlock(EDITOR["email"])
    assert (await users.login(**EDITOR)).token


async def test_a_password_is_forgotten_and_chosen_anew(site: Site) -> None:
    users = site.payload.as_user(None).auth_collection()
    await users.forgot_password(EDITOR["email"])
    await users.forgot_password("nobody@film.example")  # nothing tells that there is nobody
    mail = await site.payload.call("GET", f"/told-by-mail/users/{EDITOR['email']}", answer=dict[str, Any])
    with pytest.raises(Forbidden):
        await users.reset_password("not the token", "another horse")
    session = await users.reset_password(mail["resetPasswordToken"], "another horse")
    assert session.token
    assert (await users.login(EDITOR["email"], "another horse")).token
    with pytest.raises(Unauthenticated):
        await users.login(**EDITOR)


async def test_a_customer_signs_in_by_username_once_verified(site: Site) -> None:
    customers = site.payload.as_user(None).auth_collection("customers")
    new = {"email": "cee@film.example", "username": "cee", "password": EDITOR["password"]}
    await site.payload.collection("customers").create(new)
    with pytest.raises(Forbidden):
        await customers.login(username="cee", password=EDITOR["password"])
    mail = await site.payload.call("GET", "/told-by-mail/customers/cee@film.example", answer=dict[str, Any])
    with pytest.raises(Forbidden):
        await customers.verify_email("not the token")
    await customers.verify_email(mail["_verificationToken"])
    for names in ({"username": "cee"}, {"email": "cee@film.example"}):
        session = await customers.login(password=EDITOR["password"], **names)
        assert session.user
        assert (session.user.username, session.user.collection) == ("cee", "customers")
    await customers.forgot_password(username="cee")
    await site.payload.auth_collection("customers").unlock(username="cee")


async def test_there_is_a_first_user_once(site: Site) -> None:
    users = site.payload.as_user(None).auth_collection()
    assert await users.initialised()
    assert not await site.payload.auth_collection("customers").initialised()
    with pytest.raises(Forbidden):
        await users.first_register(email="bea@film.example", password=EDITOR["password"])


async def test_an_api_key_is_made_and_used(site: Site) -> None:
    me = (await site.payload.auth_collection().me()).user
    assert me
    key = await site.payload.auth_collection().new_api_key(me.id)
    machine = site.payload.as_user(ApiKey("users", key))
    found = (await machine.auth_collection().me()).user
    assert found
    assert found.id == me.id
    await machine.collection("notes").create({"text": "by a machine"})
    await machine.auth_collection().logout()  # does nothing
    with pytest.raises(Forbidden):
        await machine.auth_collection().refresh()
    wrong = site.payload.as_user(ApiKey("users", f"{key}x"))
    assert (await wrong.auth_collection().me()).user is None


async def test_a_bearer_token_is_a_token_too(site: Site) -> None:
    assert (await site.payload.as_user(Bearer(site.token)).auth_collection().me()).user


async def test_the_answers_own_cookie_is_shown_and_never_kept(site: Site) -> None:
    seen: list[Answer] = []
    asked = site.payload.as_user(None).using(on_answer=seen.append)
    await asked.auth_collection().login(**EDITOR)
    [answer] = seen
    [cookie] = answer.headers.get_list("set-cookie")
    assert cookie.startswith("payload-token=")
    assert (await asked.auth_collection().me()).user is None
    assert "payload-token" not in repr(answer)


async def test_a_login_signs_in_once_for_all_who_wait(site: Site) -> None:
    caller = site.payload.as_user(Login("users", **EDITOR))
    before = len(site.served.requests())
    found = await asyncio.gather(*(caller.auth_collection().me() for _ in range(10)))
    assert all(session.user for session in found)
    asked = site.served.requests()[before:]
    assert len([line for line in asked if "/login" in line]) == 1
    assert EDITOR["password"] not in repr(Login("users", **EDITOR))


async def test_a_login_whose_session_was_ended_signs_in_again(site: Site) -> None:
    caller = site.payload.as_user(Login("users", **EDITOR))
    notes = caller.collection("notes")
    await notes.create({"text": "a"})
    await site.payload.auth_collection().logout(all_sessions=True)
    made = await asyncio.gather(*(notes.create({"text": str(number)}) for number in range(4)))
    assert len({doc["id"] for doc in made}) == 4
    assert len([line for line in site.served.requests() if "/login" in line]) == 2


async def test_a_login_takes_a_refusal_that_stands(site: Site) -> None:
    new = {"email": "cee@film.example", "username": "cee", "password": EDITOR["password"]}
    await site.payload.collection("customers").create(new)
    mail = await site.payload.call("GET", "/told-by-mail/customers/cee@film.example", answer=dict[str, Any])
    await site.payload.auth_collection("customers").verify_email(mail["_verificationToken"])
    caller = site.payload.as_user(Login("customers", username="cee", password=EDITOR["password"]))
    note = await caller.collection("notes").create({"text": "a"})
    with pytest.raises(Forbidden):
        await caller.collection("notes").delete(note["id"])
    assert len([line for line in site.served.requests() if "/login" in line]) == 1
    with pytest.raises(Unauthenticated):
        await site.payload.as_user(Login("users", email="x@y.example", password=WRONG)).auth_collection().me()


async def test_a_login_renews_its_token_before_it_ends() -> None:
    # In 30 seconds, by a server whose clock is an hour off.
    date = "Thu, 01 Jan 2026 00:00:00 GMT"
    soon, later = 1767225600 + 30, 1767225600 + 7200
    login = json_answer(200, {"token": "one", "exp": soon, "user": {"id": 1}}, f"Date: {date}")
    refreshed = json_answer(200, {"refreshedToken": "two", "exp": later, "user": {"id": 1}}, f"Date: {date}")
    me = json_answer(200, {"user": {"id": 1}}, f"Date: {date}")
    async with raw_server(login, me, refreshed, me, me) as server, Payload(server.url) as nobody:
        caller = nobody.as_user(Login("users", **EDITOR))
        for _ in range(3):
            await caller.auth_collection().me()
        seen = [
            (request.line.split()[1].partition("?")[0], request.header("Authorization")) for request in server.requests
        ]
    assert seen == [
        ("/api/users/login", None),
        ("/api/users/me", "JWT one"),
        ("/api/users/refresh-token", "JWT one"),
        ("/api/users/me", "JWT two"),
        ("/api/users/me", "JWT two"),
    ]


async def test_two_users_interleaved_a_thousand_times_never_see_each_other(site: Site) -> None:
    users = site.payload.collection("users")
    await users.create({"email": "bea@film.example", "password": EDITOR["password"]})
    session = await site.payload.as_user(None).auth_collection().login("bea@film.example", EDITOR["password"])
    ada, bea = site.payload, site.payload.as_user(Jwt(session.token or ""))

    async def who(caller: Payload) -> str | None:
        # The cookie that this answer sets must reach nobody.
        found = (await caller.auth_collection().me()).user
        return found.email if found else None

    for _ in range(20):
        callers = [ada, bea, bea, ada, ada.as_user(None)] * 10
        told = {ada: EDITOR["email"], bea: "bea@film.example"}
        assert await asyncio.gather(*map(who, callers)) == [told.get(caller) for caller in callers]
        await asyncio.gather(ada.auth_collection().refresh(), bea.auth_collection().refresh())


async def test_no_cookie_is_stored_even_in_a_pool_of_the_users_own(site: Site) -> None:
    async with httpx.AsyncClient(trust_env=False) as pool:
        nobody = Payload(site.served.url, http=pool, timeout=30)
        await nobody.auth_collection().login(**EDITOR)
        assert (await nobody.auth_collection().me()).user is None
        assert not list(pool.cookies.jar)
