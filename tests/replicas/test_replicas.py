"""No state in a process that another needs; and what is in one process only, where the balancer is passed by."""

from __future__ import annotations

import asyncio

import httpx

from tests.inputs.sending import neighbour
from tests.replicas.site import Site
from tests.support.events import named, told
from tests.support.steps import a_reference
from tests.support.world import PASSWORD, Character

REFERENCE, SCENE = "generate-initial-image", "generate-scene-image"


async def test_a_character_is_at_home_on_one_replica_in_the_api_and_in_the_pages(site: Site) -> None:
    world, homes = site.world, list[int]()
    for _ in range(12):
        character = await world.character()
        homes.append(home := await site.home(character))
        async with world.browser(world.editor) as browser:
            for path in (f"/screenplay/characters/{character.id}", f"/screenplay/characters/{character.id}/images"):
                assert (await browser.get(path)).status_code == 200
        await site.world.until_idle(character)  # one more request, so that the others are logged
        seen = [len(one.lines(character)) for one in site.replicas]
        assert seen[home] >= 3
        assert sum(seen) == seen[home]
    assert set(homes) == {0, 1, 2}


async def test_signed_in_on_one_drawn_on_the_second_seen_and_deleted_on_the_third(site: Site) -> None:
    world, character = site.world, await site.world.character()
    first, second, third = (one.url for one in site.replicas)
    ours = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
    async with httpx.AsyncClient(headers=ours, trust_env=False, timeout=60) as browser:
        fields = {"email": world.editor.email, "password": PASSWORD}
        assert (await browser.post(f"{first}/login", data=fields)).status_code == 303
        made = await browser.post(f"{second}{character.url(REFERENCE)}", json={"prompt": "A wiry woman"})
        assert made.status_code == 201, made.text
        grid = await browser.get(f"{third}/screenplay/characters/{character.id}/images")
        assert made.json()["image"]["media"]["thumbnailUrl"] in grid.text
        image = made.json()["image"]["id"]
        assert (await browser.delete(f"{third}{character.url(f'images/{image}')}")).status_code == 200
        assert (await browser.get(f"{second}{character.url('images')}")).json()["count"] == 0


async def test_behind_the_balancer_a_character_is_drawn_once_at_a_time_and_every_tab_sees_it(site: Site) -> None:
    world = site.world
    character = await world.character(settings={"delayMs": 1500})
    async with world.api() as api, world.api(world.viewer) as other:
        first = asyncio.create_task(api.post(character.url(REFERENCE), json={"prompt": "x"}))
        await world.until_asked(character)
        second = await api.post(character.url(REFERENCE), json={"prompt": "y"})
        events = await told(other, character.url("runs"), method="GET")
        assert (await first).status_code == 201
    assert (second.status_code, second.json()["code"]) == (409, "generation_in_progress")
    assert events[-1][1]["outcome"] == "succeeded"
    assert len(await world.calls(character, "POST")) == 1


async def test_past_the_balancer_two_are_drawn_at_once_and_both_are_told_and_kept(site: Site) -> None:
    world = site.world
    character = await world.character(settings={"delayMs": 800})
    await a_reference(world, character)
    async with site.calling(0) as one, site.calling(1) as another, site.calling(2) as third:
        scenes = [
            asyncio.create_task(api.post(character.url(SCENE), json={"sceneContext": f"scene {n}"}))
            for n, api in enumerate((one, another))
        ]
        await world.until_asked(character, times=3)
        seen = [(await api.get(character.url("runs"))).json()["runs"] for api in (one, another, third)]
        made = [(await scene).status_code for scene in scenes]
        listed = (await third.get(character.url("images"), params={"kind": "scene"})).json()["images"]
    assert made == [201, 201]
    assert [len(runs) for runs in seen] == [1, 1, 0]
    assert {image["prompt"] for image in listed} == {"scene 0", "scene 1"}
    assert await is_whole(site, character)


async def test_past_the_balancer_two_first_references_leave_nothing_untold(site: Site) -> None:
    """The library itself has place for one master: the second is told why, or is drawn after the first."""
    world = site.world
    character = await world.character(settings={"delayMs": 500})
    async with site.calling(0) as one, site.calling(1) as another:
        prompts = ("x", "y")
        both = (
            api.post(character.url(REFERENCE), json={"prompt": p})
            for api, p in zip((one, another), prompts, strict=True)
        )
        answers = await asyncio.gather(*both)
        made = {answer.json()["prompt"] for answer in answers if answer.status_code == 201}
        refused = [answer for answer in answers if answer.status_code != 201]
    assert made
    assert all(answer.status_code == 502 and answer.json()["error"] for answer in refused), [a.text for a in refused]
    assert {record["prompt"] for record in await world.records(character)} == made
    assert await is_whole(site, character)


async def test_tries_to_sign_in_are_counted_by_address_behind_the_balancer_and_by_account_at_each_replica(
    site: Site,
) -> None:
    async def tried(url: str, times: int, email: str) -> list[int]:
        ours, somebody = {"Sec-Fetch-Site": "same-origin"}, httpx.AsyncHTTPTransport(local_address=neighbour())
        async with httpx.AsyncClient(headers=ours, transport=somebody, timeout=60) as browser:
            fields = ({"email": email.format(n), "password": "wrong"} for n in range(times))
            return [(await browser.post(f"{url}/login", data=one)).status_code for one in fields]

    for replica in site.replicas[:2]:
        assert await tried(replica.url, 6, "one@example.com") == [401] * 5 + [429]
    assert await tried(site.world.app_url, 11, "n{}@example.com") == [401] * 10 + [429]
    others = [await tried(site.world.app_url, 1, f"other{n}@example.com") for n in range(8)]
    assert others == [[401]] * 8  # each from an address of their own


async def test_a_run_is_followed_through_the_balancer_as_it_goes_on(site: Site) -> None:
    world, character = site.world, await site.world.character()
    await a_reference(world, character)
    async with world.api() as api:
        events = await told(api, character.url("generate-360-set"), {"imageCount": 3})
    assert len(named(events, "item")) == 3
    assert named(events, "done")[0]["success"]


async def is_whole(site: Site, character: Character) -> bool:
    """Whether each record of a character has its file."""
    records = await site.world.records(character)
    return all(isinstance(record["media"], dict) for record in records)
