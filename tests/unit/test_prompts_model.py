"""A prompt through the real BAML runtime, with a stand-in behind it that answers as it is told."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from app.models.character_reference import CharacterReference
from app.prompts import FRAMING, Suggestion, Writer, open_model, suggest_for, written_for
from app.prompts.clean import QUOTES
from scripts.local_stack import stack
from tests.unit import prompt_catalogue as film

KEY = "sk-never-to-be-seen"
ADA = CharacterReference(
    id=1,
    project_character_name="Ada Marsh",
    character_role="lighthouse keeper",
    generation_metadata={"bamlData": {"physicalDescription": {"age": 41, "hairColor": "auburn", "eyeColor": "grey"}}},
)
FAITHFUL = "Ada Marsh, a 41-year-old lighthouse keeper with auburn hair and grey eyes."
INVENTIVE = "Ada Marsh, a lighthouse keeper with a scar."


class Stage:
    """The stand-in at `url`, and a writer that asks it."""

    def __init__(self, url: str, control: httpx.Client) -> None:
        self.url, self.control = url, control

    def plays(self, *answers: dict[str, Any]) -> None:
        """Forget all, then answer these in turn; the last again and again."""
        self.control.delete("/_control/log").raise_for_status()
        for route, body in (("answers", list(answers)), ("always", answers[-1])):
            self.control.post(f"/_control/{route}", json=body).raise_for_status()

    def asked(self) -> list[dict[str, Any]]:
        """The requests that it got."""
        log: list[dict[str, Any]] = self.control.get("/_control/log").json()
        return log

    async def written(self, seconds: float = 5) -> Suggestion:
        """Ada's prompt."""
        return await written_for(ADA, Writer(open_model(f"{self.url}/v1", "writer-1", KEY), seconds))


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("model")
    with stack.prompt_model(folder) as server, httpx.Client(base_url=server.url, trust_env=False) as control:
        yield Stage(server.url, control)


async def test_a_faithful_answer_is_the_prompt_with_the_framing_behind_it(stage: Stage) -> None:
    stage.plays({"content": FAITHFUL})
    made = await stage.written()
    assert made.source == "baml"
    assert made.prompt == f"{FAITHFUL} Framing: {FRAMING}"
    assert {span.field: made.prompt[span.start : span.end] for span in made.provenance} == {
        "projectCharacterName": "Ada Marsh",
        "physicalDescription.age": "41",
        "characterRole": "lighthouse keeper",
        "physicalDescription.hairColor": "auburn",
        "physicalDescription.eyeColor": "grey",
    }


async def test_the_model_is_told_the_facts_by_name_and_gets_the_key(stage: Stage) -> None:
    stage.plays({"content": FAITHFUL})
    await stage.written()
    [asked] = stage.asked()
    assert (asked["model"], asked["authorization"]) == ("writer-1", f"Bearer {KEY}")
    assert "hair (physicalDescription.hairColor): auburn" in asked["messages"][-1]["content"]
    assert "bamlData" not in str(asked["messages"])


async def test_an_invention_is_named_and_may_be_put_right_once(stage: Stage) -> None:
    stage.plays({"content": INVENTIVE}, {"content": FAITHFUL})
    assert (await stage.written()).source == "baml"
    _, again = stage.asked()
    assert "the facts do not say: scar\n" in again["messages"][-1]["content"]


async def test_two_inventions_end_with_the_prompt_of_our_own(stage: Stage) -> None:
    stage.plays({"content": INVENTIVE}, {"content": INVENTIVE}, {"content": FAITHFUL})
    assert await stage.written() == suggest_for(ADA)
    assert len(stage.asked()) == 2


async def test_a_slow_model_is_waited_for_only_so_long_in_all_its_tries(stage: Stage) -> None:
    stage.plays({"content": INVENTIVE, "delay": 0.4}, {"content": FAITHFUL, "delay": 0.4})
    begun = time.monotonic()
    assert await stage.written(seconds=0.6) == suggest_for(ADA)
    assert 0.5 < time.monotonic() - begun < 3


@pytest.mark.parametrize(
    "broken",
    [
        {"status": 500},
        {"status": 401, "content": FAITHFUL},
        {"raw": '{"choices": [{"mess'},
        {"raw": "[]"},
        {"raw": '{"choices": []}'},
        {"raw": ""},
        {"content": None},
        {"content": ""},
        {"content": " \n"},
        {"content": "I cannot help with that."},
    ],
    ids=str,
)
async def test_a_broken_answer_ends_with_the_prompt_of_our_own_and_the_next_is_taken(
    stage: Stage, broken: dict[str, Any]
) -> None:
    stage.plays(broken)
    assert await stage.written() == suggest_for(ADA)
    stage.plays({"content": FAITHFUL})
    assert (await stage.written()).source == "baml"


async def test_nobody_at_the_address_ends_with_the_prompt_of_our_own() -> None:
    model = open_model(f"http://127.0.0.1:{stack.free_port()}/v1", "writer-1", "")
    assert await written_for(ADA, Writer(model, 5)) == suggest_for(ADA)


async def test_a_request_is_made_once_however_it_fails(stage: Stage) -> None:
    stage.plays({"status": 503})
    await stage.written()
    assert len(stage.asked()) == 1


async def test_quotation_marks_lines_and_a_framing_of_the_models_own_are_left_out(stage: Stage) -> None:
    stage.plays({"content": f"“Ada Marsh,\n a lighthouse keeper.”\n\n* auburn hair\u0007\nFraming: {FRAMING}"})
    made = await stage.written()
    assert made.prompt == f"Ada Marsh, a lighthouse keeper. auburn hair. Framing: {FRAMING}"
    assert made.source == "baml"
    assert not set(QUOTES) & set(made.prompt)


async def test_many_ask_at_once_and_each_gets_an_answer(stage: Stage) -> None:
    stage.plays({"content": FAITHFUL, "delay": 0.3})
    begun = time.monotonic()
    made = await asyncio.gather(*(stage.written() for _ in range(20)))
    assert {one.source for one in made} == {"baml"}
    assert time.monotonic() - begun < 3


async def test_of_a_hundred_inventions_none_comes_through(stage: Stage) -> None:
    rows = film.CHARACTERS * 20
    answers = [(row, f"{row['name']}, {film.filled(bad, row)}.") for bad, row in zip(film.INVENTED, rows, strict=False)]
    stage.plays(*({"content": text} for _, text in answers for _ in range(2)))
    writer = Writer(open_model(f"{stage.url}/v1", "writer-1", KEY), 5)
    assert [made for row, _ in answers if (made := await writer.write(film.facts_of(row)))] == []
    assert len(stage.asked()) == 2 * len(answers) >= 200


async def test_of_a_hundred_faithful_answers_ninety_come_through(stage: Stage) -> None:
    answers = [(row, film.filled(template, row)) for row in film.CHARACTERS for template in film.FAITHFUL]
    writer = Writer(open_model(f"{stage.url}/v1", "writer-1", KEY), 5)
    made = []
    for row, text in answers:
        stage.plays({"content": text})
        made.append(await writer.write(film.facts_of(row)))
    assert len(made) == 100
    assert len([one for one in made if one and one.source == "baml"]) >= 90


async def test_who_goes_away_is_not_written_for(stage: Stage) -> None:
    stage.plays({"content": FAITHFUL, "delay": 5})
    waiting = asyncio.create_task(stage.written())
    await asyncio.sleep(0.2)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_neither_the_key_nor_a_prompt_is_logged_or_printed(
    stage: Stage, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpcore").setLevel(logging.WARNING)
    for answer in ({"content": FAITHFUL}, {"content": INVENTIVE}, {"status": 500, "content": FAITHFUL}):
        stage.plays(answer)
        await stage.written()
    printed = "".join(capfd.readouterr()) + "".join(record.getMessage() for record in caplog.records)
    assert "the prompt model failed: BamlClientHttpError 500" in printed
    assert not [word for word in (KEY, "Ada", "auburn", "scar", "Marsh") if word in printed]


def test_an_account_at_the_makers_of_baml_is_not_written_to(stage: Stage) -> None:
    stage.plays({"content": FAITHFUL})
    code = f"""
import asyncio, time
from app.prompts import open_model
from app.prompts.facts import Fact
write = open_model({stage.url + "/v1"!r}, "writer-1", "")
print(asyncio.run(write([("name", Fact("Ada", "name"))], None)))
time.sleep(1)
"""
    with socket.create_server(("127.0.0.1", 0)) as makers:
        makers.settimeout(0)
        url = f"http://127.0.0.1:{makers.getsockname()[1]}"
        account = {"BOUNDARY_API_KEY": "k", "BOUNDARY_API_URL": url, "BOUNDARY_PROJECT_ID": "p"}
        environment = {**os.environ, **account, "BOUNDARY_SECRET": "s", "BOUNDARY_BASE_URL": url}
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, cwd=stack.ROOT, env=environment, capture_output=True, text=True, check=True)
        assert (done.stdout.strip(), done.stderr) == (FAITHFUL, "")
        with pytest.raises(BlockingIOError):
            makers.accept()


def test_a_model_without_its_packages_ends_the_start_with_a_line_that_says_so() -> None:
    code = "import sys; sys.modules['baml_py'] = None; from app.__main__ import main; sys.exit(main([]))"
    needed = dict.fromkeys(("SITE_URL", "PAYLOAD_URL", "CHARACTER_LIBRARY_API_URL"), "https://x.example")
    environment = {**os.environ, **needed, "PROMPT_MODEL_URL": "https://models.example/v1", "PROMPT_MODEL": "m"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=stack.ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert line.startswith("PROMPT_MODEL_URL: a model needs the extra [baml]: pip install")


def test_without_a_model_nothing_of_baml_is_imported() -> None:
    code = "import app.main, sys; sys.exit(any('baml' in name for name in sys.modules if name != 'app.prompts.model'))"
    subprocess.run([sys.executable, "-c", code], cwd=stack.ROOT, check=True)
