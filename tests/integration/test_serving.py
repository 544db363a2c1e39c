"""`python -m app`: its settings, its health, its document, and how it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from scripts.local_stack import stack
from tests.support.serving import settings_of
from tests.support.world import PASSWORD, World, plain


async def test_missing_and_malformed_settings_end_the_start_with_2_and_a_line_each(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(stack.ROOT),
        "PORT": "high",
        "SITE_URL": "film.example",
    }
    done = await asyncio.to_thread(
        lambda: subprocess.run(
            [sys.executable, "-m", "app"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
    )
    assert done.returncode == 2
    named = {line.partition(":")[0] for line in done.stderr.splitlines()}
    assert named == {"SITE_URL", "PAYLOAD_URL", "CHARACTER_LIBRARY_API_URL", "PORT"}


async def test_a_dotenv_file_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PAYLOAD_URL=ftp://nowhere\nSITE_URL=https://film.example\nPORT=high\n")
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(stack.ROOT), "PORT": "1"}
    done = await asyncio.to_thread(
        lambda: subprocess.run(
            [sys.executable, "-m", "app"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
    )
    named = {line.partition(":")[0] for line in done.stderr.splitlines()}
    assert named == {"PAYLOAD_URL", "CHARACTER_LIBRARY_API_URL"}


async def test_it_is_ready_while_payload_answers(world: World, tmp_path: Path) -> None:
    away = settings_of(world) | {"PAYLOAD_URL": f"http://127.0.0.1:{stack.free_port()}"}
    with stack.app(tmp_path, away) as lonely:
        async with plain() as client:
            ready = await client.get(f"{world.app_url}/health/ready")
            not_ready = await client.get(f"{lonely.url}/health/ready")
            live = await client.get(f"{lonely.url}/health/live")
            listed = await client.get(f"{lonely.url}/v1/characters/1/images", headers=world.editor.headers)
    assert ready.status_code == live.status_code == 200
    assert not_ready.status_code == 503
    assert ready.json() == {"ready": True, "reasons": []}
    assert not_ready.json() == {"ready": False, "reasons": ["Payload cannot be reached (Unreachable)"]}
    assert (listed.status_code, listed.json()["code"]) == (503, "payload_unavailable")
    assert listed.headers["retry-after"]


async def test_sigterm_lets_what_was_paid_for_land(world: World, tmp_path: Path) -> None:
    character = await world.character(settings={"delayMs": 800})
    with stack.app(tmp_path, settings_of(world)) as app:
        async with plain(base_url=app.url, headers=world.editor.headers) as api:
            asked = asyncio.create_task(api.post(character.url("generate-initial-image"), json={"prompt": "x"}))
            await world.until_asked(character)
            app.process.send_signal(signal.SIGTERM)
            answer = await asked
        await asyncio.to_thread(app.process.wait, 20)
    assert answer.status_code == 201
    assert len(await world.records(character)) == 1


async def test_a_page_that_only_started_it_is_not_waited_for_but_the_run_is(world: World, tmp_path: Path) -> None:
    character = await world.character(settings={"delayMs": 800})
    with stack.app(tmp_path, settings_of(world)) as app:
        headers = {**world.editor.headers, "Sec-Fetch-Site": "same-origin"}
        async with plain(base_url=app.url, headers=headers) as client:
            page = f"/screenplay/characters/{character.id}/images"
            assert (await client.post(f"{page}/reference", data={"prompt": "x"})).status_code == 303
        app.process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(app.process.wait, 20)
    assert len(await world.records(character)) == 1


async def test_the_openapi_document_names_every_route_with_examples(world: World) -> None:
    async with plain(base_url=world.app_url) as client:
        document = (await client.get("/schema/openapi.json")).json()
    routes = {
        (method, path.removeprefix("/v1/characters/{character_id}"))
        for path, item in document["paths"].items()
        for method in item
    }
    assert routes == {
        ("post", "/generate-initial-image"),
        ("post", "/generate-360-set"),
        ("post", "/generate-scene-image"),
        ("get", "/images"),
        ("delete", "/images/{image_id}"),
        ("post", "/images/{image_id}/restore"),
        ("patch", "/images/{image_id}/review"),
        ("patch", "/reviews"),
        ("get", "/library-images"),
        ("post", "/recover-images"),
        ("get", "/initial-image-prompt"),
        ("get", "/runs"),
        ("get", "/health/live"),
        ("get", "/health/ready"),
    }
    for path, item in document["paths"].items():
        for operation in item.values():
            assert operation["summary"]
            for status, response in operation["responses"].items():
                if not path.startswith("/health"):
                    [content] = response["content"].values()
                    assert content["examples"], (path, status)


async def test_a_head_is_answered_like_its_get_without_the_body(world: World) -> None:
    character = await world.character()
    page = f"/screenplay/characters/{character.id}"
    async with world.browser(world.editor) as browser, world.browser() as nobody:
        browser.headers["Accept-Encoding"] = "identity"  # an error's id is new each time, and packs differently
        for path in [
            "/login",
            "/screenplay/characters",
            page,
            f"{page}/images",
            f"{page}/images/999999",
            character.url("images"),
            character.url("initial-image-prompt"),
            character.url("runs"),
            "/v1/characters/999999/images",
            "/health/live",
            "/health/ready",
            "/schema/openapi.json",
            "/static/base.css",
            "/nothing",
            "/",
        ]:
            got, head = await browser.get(path), await browser.head(path)
            assert (head.status_code, head.content) == (got.status_code, b""), path
            assert head.headers.keys() == got.headers.keys(), path
            assert head.headers["content-type"] == got.headers["content-type"]
            assert head.headers["content-length"] == got.headers["content-length"]
            assert int(head.headers["content-length"]) == len(got.content)
        led = await nobody.head(f"{page}/images")
        refused = await browser.head(character.url("generate-initial-image"))
        wrong = await browser.put(f"{page}/images")
        document = (await browser.get("/schema/openapi.json")).json()
    assert (led.status_code, led.headers["location"]) == (303, f"/login?next={page}/images")
    assert (refused.status_code, refused.content) == (405, b"")
    assert {"GET", "HEAD"} <= set(wrong.headers["allow"].split(", "))
    assert not [path for path, item in document["paths"].items() if "head" in item]


async def test_a_session_that_may_end_too_soon_is_made_to_last(world: World, tmp_path: Path) -> None:
    character = await world.character()
    with stack.app(tmp_path, settings_of(world) | {"CHARACTER_LIBRARY_TIMEOUT": "7200"}) as app:
        async with plain(base_url=app.url, headers=world.editor.headers) as api:
            with world.payload_requests() as asked:
                answer = await api.post(character.url("generate-initial-image"), json={"prompt": "x"})
    assert answer.status_code == 201, answer.text
    assert "POST /api/users/refresh-token" in asked


async def test_no_more_runs_than_slots(world: World, tmp_path: Path) -> None:
    character, other = await world.character(settings={"delayMs": 800}), await world.character()
    with stack.app(tmp_path, settings_of(world) | {"GENERATION_SLOTS": "1"}) as app:
        async with plain(base_url=app.url, headers=world.editor.headers) as api:
            first = asyncio.create_task(api.post(character.url("generate-initial-image"), json={"prompt": "x"}))
            await world.until_asked(character)
            second = await api.post(other.url("generate-initial-image"), json={"prompt": "x"})
            assert (await first).status_code == 201
            third = await api.post(other.url("generate-initial-image"), json={"prompt": "x"})
    assert (second.status_code, second.json()["code"]) == (503, "busy")
    assert int(second.headers["retry-after"]) > 0
    assert third.status_code == 201
    assert len(await world.calls(other, "POST")) == 1


async def test_on_https_cookies_and_browsers_stay_there(world: World, tmp_path: Path) -> None:
    site = "https://film.example"
    with stack.app(tmp_path, settings_of(world) | {"SITE_URL": site}) as app:
        async with plain(base_url=app.url, headers={"Origin": site}) as client:
            answer = await client.post("/login", data={"email": world.viewer.email, "password": PASSWORD})
    assert answer.status_code == 303
    assert "Secure" in answer.headers["set-cookie"]
    assert answer.headers["strict-transport-security"].startswith("max-age=")
