"""What a person sees instead of a page that failed. What was typed into the page before is never lost with it."""

from __future__ import annotations

import logging
from html import escape
from typing import Any, ClassVar
from urllib.parse import parse_qsl, quote, urlencode

import msgspec
from litestar import MediaType, Request, Response
from litestar.response import Redirect

from app.guards import SENT
from app.pages.view import View, render
from app.problem import Problem

log = logging.getLogger(__name__)

_BOXES = {"prompt": "Prompt", "scene": "Scene description", "mood": "Mood", "lighting": "Lighting"}
_FIELDS = (*_BOXES, "scene_type", "reference", "count")
_OURS = "/screenplay/"
_FAILED = 500
_LONGEST_ADDRESS = 60_000  # the server takes no request line of more than 64 KiB
_WITHOUT_TEMPLATES = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<h1>{title}</h1><p>{sentence}</p><p>If it happens again, ask for help and name {request_id}.</p></html>
"""


class Kept(msgspec.Struct, frozen=True):
    """A text that was typed, and what its box is called."""

    label: str
    text: str


class ErrorView(View, frozen=True, kw_only=True):
    """One sentence that tells what happened and what to do, and the id to name when asking for help.

    `kept`: what was typed into the form that was sent. `back`: the page that it stands on, with that in its boxes.
    """

    template: ClassVar[str] = "errors/error.html"

    status: int
    sentence: str
    request_id: str
    kept: list[Kept]
    back: str


def answer(request: Request[Any, Any, Any], problem: Problem, headers: dict[str, str]) -> Response[Any]:
    """The page of a problem; for nobody signed in, the way to the sign-in form and back."""
    back = _looked_at(request)
    sign_in = f"/login?next={quote(back, safe='/')}"
    fits = len(sign_in) <= _LONGEST_ADDRESS
    if problem.code == "unauthenticated" and request.scope["path"] != "/login" and fits:
        return Redirect(sign_in, status_code=303)
    sent = _sent(request)
    view = ErrorView(
        title=problem.title,
        status=problem.status,
        sentence=problem.error,
        request_id=problem.request_id,
        kept=[Kept(label, sent[name]) for name, label in _BOXES.items() if sent.get(name, "").strip()],
        back=back if back.startswith(_OURS) and fits and (sent or problem.status >= _FAILED) else "",
    )
    try:
        return render(request, view, problem.status, headers)
    except Exception:
        log.exception("the page of an error cannot be shown, request %s", problem.request_id)
    told = {name: escape(text) for name, text in (("title", view.title), ("sentence", view.sentence))}
    html = _WITHOUT_TEMPLATES.format(**told, request_id=view.request_id)
    return Response(html, status_code=problem.status, headers=headers, media_type=MediaType.HTML)


def _looked_at(request: Request[Any, Any, Any]) -> str:
    """The page that somebody was on: of a form that was posted, the workspace that it stands on and what was typed."""
    path, query = request.scope["path"], request.scope["query_string"].decode("latin-1")
    if request.method != "GET":
        workspace, found, _ = path.partition("/images/")
        path, query = f"{workspace}/images" if found else "", urlencode(_sent(request), quote_via=quote)
    return f"{path}?{query}" if path and query else path


def _sent(request: Request[Any, Any, Any]) -> dict[str, str]:
    """What the form of a workspace sent."""
    body: bytes = request.scope["state"].get(SENT, b"")
    fields = dict(parse_qsl(body.decode(errors="replace")))
    return {name: fields[name].replace("\r\n", "\n") for name in _FIELDS if name in fields}
