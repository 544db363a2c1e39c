"""The HTML pages: each handler asks a use case and answers with a view."""

from app.pages import characters, errors, images, sign_in
from app.pages.view import environment

routers = [sign_in.router, characters.router, images.router, images.downloads]

__all__ = ["environment", "errors", "routers"]
