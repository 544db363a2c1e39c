"""`python -m tests.support.scarce`: the product with little of everything, so that few requests take all of it."""

from __future__ import annotations

import sys

from app import __main__ as product
from app.limits import Limits

if __name__ == "__main__":
    sys.exit(product.main(sys.argv[1:], Limits(streams=4, downloads=4, look_ups=4)))
