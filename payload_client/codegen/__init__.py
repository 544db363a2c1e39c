"""Models of a site's documents, made from Payload's own JSON schema.

```sh
python -m payload_client.codegen schema.json > models.py
python -m payload_client.codegen --config ../cms/payload.config.ts > models.py   # asks the config itself; needs Node.js
```

The schema is what Payload's `configToJSONSchema(config, idType)` gives: 3.x with `definitions`, 4.x with `$defs`. Of
each collection `posts` come `Post`, which reads leniently (all but the id may be missing or null), and `NewPost` and
`PostPatch`, which write strictly (what is required, relations as ids, no other fields). Blocks are told apart by
`blockType`, polymorphic relations by `relationTo`.
"""

from payload_client.codegen.models import generate

__all__ = ["generate"]
