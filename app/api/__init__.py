"""The `/v1` routes and health: each asks a use case and answers in JSON."""

from app.api.routes import api, health

__all__ = ["api", "health"]
