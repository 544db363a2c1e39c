"""The workspace for a character's pictures, beside PayloadCMS. `app.main` puts it together."""

import sys

__version__ = "0.1.0"

# httpx 0.28 loads its command line (rich, click) with itself where it can: half of the time that loading it takes.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # how Python itself notes what cannot be loaded
