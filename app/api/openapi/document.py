"""What the OpenAPI document says beyond what the framework finds out by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from litestar import Request
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, Operation, RequestBody, SecurityRequirement, SecurityScheme

from app.api.requests import Body

EITHER_SESSION: list[SecurityRequirement] = [{"session": []}, {"authorization": []}]
"""A route takes either of the two ways to bring one."""


@dataclass
class BodyOptional(Operation):
    """A route whose body may be left out: that counts as `{}`."""

    def __post_init__(self) -> None:
        """Say so; the framework itself says that every body is required."""
        if isinstance(self.request_body, RequestBody):
            self.request_body.required = False


def components(cookie: str, users: str) -> Components:
    """The two ways to bring Payload's session: in the cookie of that name, or in a header."""
    return Components(
        security_schemes={
            "session": SecurityScheme(
                type="apiKey",
                name=cookie,
                security_scheme_in="cookie",
                description="Payload's own session. What changes something must then come from this site's pages.",
            ),
            "authorization": SecurityScheme(
                type="apiKey",
                name="Authorization",
                security_scheme_in="header",
                description=f"`JWT <token>`, `Bearer <token>` or `{users} API-Key <key>`, as Payload takes them.",
            ),
        }
    )


class Strict(JsonRenderPlugin):
    """The document as JSON, which says that bodies are read strictly. It is put together when first asked for."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Render it. The framework gives the same document each time."""
        for body in Body.__subclasses__():
            openapi_schema["components"]["schemas"][body.__name__]["additionalProperties"] = False
        return super().render(request, openapi_schema)
