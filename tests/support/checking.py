"""`python -m tests.support.checking`: the product, asking before each event whether the session still goes on."""

from __future__ import annotations

import sys

from app.__main__ import main
from app.limits import Limits

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Limits(session_check_seconds=0.1)))
