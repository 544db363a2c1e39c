"""`python -m payload_client.codegen`: see the package."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from payload_client.codegen.models import generate
from payload_client.testing import read_schema


def main(arguments: Sequence[str]) -> int:
    """Print the models; 1, and a sentence on stderr, where there is no schema."""
    parser = argparse.ArgumentParser(prog="python -m payload_client.codegen", description="Models from a JSON schema.")
    parser.add_argument("schema", nargs="?", type=Path, help="what configToJSONSchema gave, as a file; - is stdin")
    parser.add_argument("--config", type=Path, help="a payload.config to ask instead")
    parser.add_argument(
        "--packages", type=Path, help="the node_modules with Payload, if not beside the config or above"
    )
    told = parser.parse_args(arguments)
    if (told.schema is None) == (told.config is None):
        parser.error("give a schema or a --config")
    try:
        schema = read_schema(told.config, packages=told.packages) if told.config else _read(told.schema)
        sys.stdout.write(generate(schema))
    except (OSError, RuntimeError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _read(path: Path) -> dict[str, Any]:
    content = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    return msgspec.json.decode(content, type=dict[str, Any])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
