"""The local Payload in production: its tables come from the migrations, and are those of its collections."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from scripts.local_stack import stack
from tests.support.postgres import Cluster
from tests.support.world import people

PRODUCTION = {"NODE_ENV": "production", "PAYLOAD_SECRET": "for a test"}
S3 = {
    "S3_BUCKET": "media",
    "S3_ENDPOINT": "http://127.0.0.1:9",
    "S3_PUBLIC_URL": "https://media.film.example",
    "S3_ACCESS_KEY_ID": "x",
    "S3_SECRET_ACCESS_KEY": "x",
    "S3_PREFIX": "film",
}


def tables(postgres: Cluster, database: str) -> list[str]:
    """What there is in a database: each line of its definitions with the first line of its statement, in any order."""
    lines, statement = list[str](), ""
    for line in postgres.schema(database).splitlines():
        text = line.strip().rstrip(",")
        if text and not text.startswith(("--", "\\")):  # comments; a password of each dump
            statement = statement or text
            lines.append(f"{statement}: {text}")
        if line.endswith(";"):
            statement = ""
    return sorted(lines)


@pytest.mark.postgres
@pytest.mark.parametrize("storage", [{}, S3], ids=["disk", "S3"])
def test_the_migrations_make_the_tables_of_the_collections(
    postgres: Cluster, tmp_path: Path, storage: dict[str, str]
) -> None:
    migrated, pushed = f"migrated_{len(storage)}", f"pushed_{len(storage)}"
    with stack.payload(tmp_path / "m", database=postgres.url(migrated), settings=PRODUCTION | storage) as payload:
        people(payload.url)
    with stack.payload(tmp_path / "p", database=postgres.url(pushed), settings=storage):
        made = tables(postgres, pushed)
    assert any(line.startswith("CREATE TABLE public.character_image_metadata (: metrics jsonb") for line in made)
    assert tables(postgres, migrated) == made


@pytest.mark.postgres
def test_a_second_start_in_production_keeps_what_is_there(postgres: Cluster, tmp_path: Path) -> None:
    database = postgres.url("kept")
    for first in (True, False):
        with stack.payload(tmp_path, database=database, settings=PRODUCTION) as payload:
            if first:
                people(payload.url)
            init = httpx.get(f"{payload.url}/api/users/init", trust_env=False).json()
            assert init == {"initialized": True}


@pytest.mark.postgres
def test_its_health_is_that_of_its_database(postgres: Cluster, tmp_path: Path) -> None:
    with stack.payload(tmp_path, database=postgres.url("ill"), settings=PRODUCTION) as payload:
        health = f"{payload.url}/api/health"
        well = httpx.get(health, trust_env=False)
        postgres.sql("ill", 'ALTER TABLE "users" RENAME TO "users_away"')
        ill = httpx.get(health, trust_env=False)
    assert (well.status_code, well.json()) == (200, {"status": "ok"})
    assert ill.status_code == 500


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"PAYLOAD_SECRET": "x"}, "migrations for PostgreSQL"),
        ({"PAYLOAD_SECRET": "x", "DATABASE_URL": "postgres://x", "PAYLOAD_ID_TYPE": "uuid"}, "with integer ids"),
        ({"DATABASE_URL": "postgres://x"}, "PAYLOAD_SECRET is needed"),
    ],
    ids=["SQLite", "uuid", "no secret"],
)
def test_what_production_lacks_ends_the_start(tmp_path: Path, settings: dict[str, str], told: str) -> None:
    with (
        pytest.raises(RuntimeError, match=told),
        stack.payload(tmp_path, settings={"NODE_ENV": "production", **settings}),
    ):
        pass
