"""The images workspace of a character, as it works without JavaScript: post, redirect, get."""

from litestar import Router

from app.pages.images import bible, deleting, downloads, handlers, reviewing, sheet

router = Router(
    "/screenplay/characters/{character_id:str}/images",
    route_handlers=[
        *handlers.handlers,
        *reviewing.handlers,
        *deleting.handlers,
        *sheet.handlers,
        *bible.handlers,
        *downloads.handlers,
    ],
)

__all__ = ["router"]
