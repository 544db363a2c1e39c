"""The images workspace of a character, as it works without JavaScript: post, redirect, get."""

from app.pages.images.downloads import router as downloads
from app.pages.images.handlers import router

__all__ = ["downloads", "router"]
