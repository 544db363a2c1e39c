"""BAML's own tests of our prompt, run by BAML's own command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from scripts.local_stack import stack

PARTS = '[",", "a", "role", "with", "hair", "and", "eyes"]'


@pytest.mark.parametrize(
    ("answer", "passes"),
    [(PARTS, True), (PARTS.replace('"and"', '"scar"'), False), (PARTS.replace("hair", "black hair"), False)],
    ids=["parts", "a scar", "other hair"],
)
def test_bamls_own_tests_judge_the_model(tmp_path: Path, answer: str, passes: bool) -> None:
    with stack.prompt_model(tmp_path) as model:
        httpx.post(f"{model.url}/_control/always", json={"content": answer}, trust_env=False).raise_for_status()
        named = {"PROMPT_MODEL_URL": f"{model.url}/v1", "PROMPT_MODEL": "writer-1", "PROMPT_MODEL_KEY": "sk-test"}
        command = [str(Path(sys.executable).with_name("baml-cli")), "test", "--from", "app/prompts/baml_src"]
        ran = subprocess.run(
            command, env=os.environ | named, cwd=stack.ROOT, capture_output=True, text=True, check=False
        )
        log = httpx.get(f"{model.url}/_control/log", trust_env=False).json()
    assert (ran.returncode == 0) is passes, ran.stdout + ran.stderr
    assert [asked["authorization"] for asked in log] == ["Bearer sk-test"]
    assert "1 test" in ran.stdout
