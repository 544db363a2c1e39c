"""A real Payload for tests: a given `payload.config`, served without Next.js, emptied between tests.

```python
# conftest.py
from payload_client.testing import payload_fixture

cms = payload_fixture("../cms/payload.config.ts")

# test_something.py
async def test_a_post_is_published(cms):
    async with Payload(cms.url) as payload:
        ...
    assert len(cms.requests()) == 1
```

Node.js 20.11 or newer is needed, and Payload with `@payloadcms/db-sqlite` in the site's own `node_modules`. pytest is
needed for the fixture only; `serve` does without.
"""

from payload_client.testing.fixtures import payload_fixture
from payload_client.testing.server import Served, read_schema, serve

__all__ = ["Served", "payload_fixture", "read_schema", "serve"]
