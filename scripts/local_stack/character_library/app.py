"""The application: Litestar's routes behind the middleware of `middleware`."""

from typing import Any

from litestar import Litestar, Request, Response
from litestar.di import Provide
from litestar.exceptions import MethodNotAllowedException, NotFoundException

from . import characters, control, files, generating, jobs, references, sets
from .library import Library
from .middleware import Middleware

MODULES = (characters, control, files, generating, jobs, references, sets)


def create_app(library: Library) -> Middleware:
    """All routes of one library."""
    routes = Litestar(
        route_handlers=[handler for module in MODULES for handler in module.HANDLERS],
        dependencies={"library": Provide(lambda: library, sync_to_thread=False)},
        exception_handlers={NotFoundException: _no_route, MethodNotAllowedException: _no_method},
        openapi_config=None,
        debug=False,
        logging_config=None,
    )
    return Middleware(routes, library)


def _no_route(request: Request[Any, Any, Any], _: Exception) -> Response[Any]:
    if not request.url.path.startswith("/api/"):
        return Response(b"<!DOCTYPE html><h1>404</h1>", status_code=404, media_type="text/html")
    return Response({"message": f'Route not found "{request.url.path}"'}, status_code=404)


def _no_method(_: Request[Any, Any, Any], __: Exception) -> Response[Any]:
    return Response(b"", status_code=405, media_type="text/plain")
