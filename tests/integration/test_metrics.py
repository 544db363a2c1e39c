"""`/metrics`: what an operator can count."""

from __future__ import annotations

from collections import Counter

from tests.support.steps import a_reference
from tests.support.world import Doc, World, plain

OURS = "character_images_"
PHASES = ("generate", "download", "upload")
AT_ONCE = 8


async def counted(world: World) -> Counter[str]:
    """Every sample of ours by its name and labels, as it stands now."""
    async with plain(base_url=world.app_url) as anybody:
        answer = await anybody.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    lines = [line.rpartition(" ") for line in answer.text.splitlines() if line.startswith(OURS)]
    return Counter({name.removeprefix(OURS): float(value) for name, _, value in lines})


async def test_a_set_of_which_one_is_lost_is_counted_by_kind_outcome_phase_and_code(world: World) -> None:
    character = await world.character()
    before = await counted(world)
    reference: Doc = await a_reference(world, character)
    await world.fault(character, "file", status=401, skip=1)
    async with world.api() as api:
        made = (await api.post(character.url("generate-360-set"), json={"imageCount": 3})).json()
    assert (made["count"], len(made["failures"])) == (len(made["images"]), 1)
    grown = await counted(world) - before
    assert grown['generations_total{kind="reference",outcome="succeeded"}'] == 1
    assert grown['generations_total{kind="set",outcome="partial"}'] == 1
    assert grown['ingested_total{kind="portfolioItem"}'] == made["count"]
    assert grown['ingested_bytes_total{kind="reference"}'] == reference["metrics"]["bytes"]
    sizes = [image["metrics"]["bytes"] for image in made["images"]]
    assert grown['ingested_bytes_total{kind="portfolioItem"}'] == sum(sizes)
    assert grown['failures_total{code="image_download_failed",scope="picture"}'] == 1
    assert grown['phase_seconds_count{kind="portfolioItem",phase="generate"}'] == 1
    assert grown['phase_seconds_count{kind="portfolioItem",phase="upload"}'] == made["count"]
    for phase in PHASES:
        told = reference["metrics"][f"{phase}Ms"] / 1000
        assert abs(grown[f'phase_seconds_sum{{kind="reference",phase="{phase}"}}'] - told) < 0.002


async def test_each_kind_of_run_is_counted_and_each_record_tells_how_long_it_took(world: World) -> None:
    ours, theirs = await world.character(), await world.character()
    steps = [("generate-initial-image", {"prompt": "x"}), ("generate-360-set", {"imageCount": 2})]
    steps += [("generate-scene-image", {"sceneContext": "Rain.", "sceneType": "action"})]
    before = await counted(world)
    async with world.api() as api, plain(base_url=world.library_url) as somebody:
        for route, body in steps:
            assert (await api.post(ours.url(route), json=body)).status_code == 201
            elsewhere = f"/api/v1/characters/{theirs.library_id}/{route}"
            assert (await somebody.post(elsewhere, json=body, timeout=20)).status_code == 200
        assert (await api.post(theirs.url("recover-images"))).json()["count"] == 4
    grown = await counted(world) - before
    for kind in ("reference", "set", "scene", "recovery"):
        assert grown[f'generations_total{{kind="{kind}",outcome="succeeded"}}'] == 1
    for kind, each in (("reference", 1), ("portfolioItem", 2), ("scene", 1)):
        assert grown[f'ingested_total{{kind="{kind}"}}'] == 2 * each
        counts = [grown[f'phase_seconds_count{{kind="{kind}",phase="{phase}"}}'] for phase in PHASES]
        assert counts == [1, 2 * each, 2 * each], kind
    for character, phases in ((ours, PHASES), (theirs, PHASES[1:])):
        for record in await world.records(character):
            told = {name: taken for name, taken in record["metrics"].items() if name.endswith("Ms")}
            assert told.keys() == {"durationMs", *(f"{phase}Ms" for phase in phases)}, record["kind"]
            assert told["uploadMs"] > 0
            assert told["durationMs"] >= sum(told.values()) - told["durationMs"] - len(told)


async def test_a_download_takes_as_long_as_the_download_not_as_the_wait_for_its_turn(world: World) -> None:
    character = await world.character()
    await a_reference(world, character)
    await world.fault(character, "file", times=AT_ONCE, delayMs=1500)
    async with world.api() as api:
        made = (await api.post(character.url("generate-360-set"), json={"imageCount": AT_ONCE + 1})).json()
    took = sorted(image["metrics"]["downloadMs"] for image in made["images"])
    assert len(took) == AT_ONCE + 1
    assert took[0] < 1400 < 1500 <= took[1]
    assert all(image["metrics"]["durationMs"] >= 1500 for image in made["images"])


async def test_each_picture_that_a_run_did_not_bring_is_counted_by_what_it_is_told_by(world: World) -> None:
    character = await world.character(settings={"dialect": "job", "shots": 2, "jobStepMs": 20})
    await a_reference(world, character)
    await world.fault(character, "shot", status=500)
    before = await counted(world)
    async with world.api() as api:
        made = (await api.post(character.url("generate-360-set"), json={})).json()
        await api.delete(character.url(f"images/{made['images'][0]['id']}"))
        await world.fault(character, "file", status=401)
        lost = (await api.post(character.url("recover-images"))).json()
        unknown = (await api.post(character.url("recover-images"), json={"externalIds": ["nobody's"]})).json()
    grown = await counted(world) - before
    told = [one["code"] for answer in (made, lost, unknown) for one in answer["failures"]]
    assert told == ["character_library_error", "image_download_failed", "image_not_found"]
    assert [grown[f'failures_total{{code="{code}",scope="picture"}}'] for code in told] == [1, 1, 1]
    assert grown['generations_total{kind="recovery",outcome="partial"}'] == 2


async def test_failures_are_counted_where_they_are_told(world: World) -> None:
    character = await world.character()
    await world.fault(character, "generate-initial-image", status=500, body={"error": "x"}, times=2)
    before = await counted(world)
    async with world.api() as api:
        assert (await api.post(character.url("generate-initial-image"), json={})).status_code == 502
        assert (await api.get("/v1/characters/none/images")).status_code == 404
        assert (await api.get("/v1/nothing-here")).status_code == 404
        home, ours = f"/screenplay/characters/{character.id}/images", {"Sec-Fetch-Site": "same-origin"}
        assert (await api.post(f"{home}/scene", data={"scene": " "}, headers=ours)).status_code == 400
    grown = await counted(world) - before
    assert grown['generations_total{kind="reference",outcome="failed"}'] == 1
    assert {name: count for name, count in grown.items() if name.startswith("failures_total")} == {
        'failures_total{code="character_library_error",scope="run"}': 1,
        'failures_total{code="character_library_error",scope="request"}': 1,
        'failures_total{code="character_not_found",scope="request"}': 1,
        'failures_total{code="not_found",scope="request"}': 1,
        'failures_total{code="invalid_request",scope="request"}': 1,
    }


async def test_library_calls_in_flight_are_seen_and_over(world: World) -> None:
    character = await world.character(settings={"delayMs": 400})
    async with world.api() as api:
        home, ours = f"/screenplay/characters/{character.id}/images", {"Sec-Fetch-Site": "same-origin"}
        await api.post(f"{home}/reference", data={"prompt": "x"}, headers=ours)
        await world.until_asked(character)
        assert (await counted(world))["library_calls_in_flight"] == 1
        await world.until_idle(character)
    assert (await counted(world))["library_calls_in_flight"] == 0


async def test_requests_are_counted_by_route_so_that_names_of_theirs_stay_few_and_say_nobody(world: World) -> None:
    character = await world.character()
    async with world.api() as api:
        await api.get(character.url("images"))
        for odd in ("/v1/odd-1", "/odd-2/x", f"/screenplay/characters/{character.id}/nowhere"):
            await api.get(odd)
    names = " ".join(await counted(world))
    assert 'path="/v1/characters/{character_id}/images"' in names
    assert "odd-" not in names
    assert f"/{character.id}/" not in names
    assert "/health" not in names
