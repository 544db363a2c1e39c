"""The page of an error, with the texts of the form that was sent."""

from __future__ import annotations

import logging
from html import escape
from typing import Any, ClassVar
from urllib.parse import parse_qsl, quote, urlencode

import msgspec
from litestar import MediaType, Request, Response
from litestar.response import Redirect

from app.pages.view import View, render_at_once
from app.web.problem import Problem
from app.web.request_state import state_of

log = logging.getLogger(__name__)

_BOXES = {"prompt": "Prompt", "scene": "Scene description", "mood": "Mood", "lighting": "Lighting"}
_FIELDS = (*_BOXES, "scene_type", "reference", "count")
_OURS = "/screenplay/"
_FAILED = 500
_LONGEST_QUERY = 50_000  # the server takes no request line of more than 64 KiB
_WITHOUT_TEMPLATES = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<h1>{title}</h1><p>{sentence}</p><p>If it happens again, ask for help and name {request_id}.</p></html>
"""


class SentField(msgspec.Struct, frozen=True):
    """A field of a form that was sent. `label`: the name of its box; None for a field without typed text."""

    name: str
    label: str | None
    text: str


class ErrorView(View, frozen=True, kw_only=True):
    """What happened, what to do, and the id of the request for asking for help.

    `sent`: fields of the form that was sent. `back`: the page of that form, whose boxes take them.
    """

    template: ClassVar[str] = "errors/error.html"

    status: int
    sentence: str
    request_id: str
    sent: list[SentField]
    back: str


def answer(request: Request[Any, Any, Any], problem: Problem, headers: dict[str, str]) -> Response[Any]:
    """Answer with the page of a problem, or redirect to the sign-in form where nobody is signed in."""
    back, sent = _page_of(request), _sent(request)
    if problem.code == "unauthenticated" and request.scope["path"] != "/login" and not sent:
        return Redirect(f"/login?next={quote(back, safe='/')}", status_code=303, headers=headers)
    view = ErrorView(
        title=problem.title,
        status=problem.status,
        sentence=problem.error,
        request_id=problem.request_id,
        sent=[SentField(name, _BOXES.get(name), text) for name, text in sent.items() if text.strip()],
        back=back if back.startswith(_OURS) and (sent or problem.status >= _FAILED) else "",
    )
    try:
        return render_at_once(request, view, problem.status, headers)
    except Exception:
        log.exception("the page of an error cannot be shown, request %s", problem.request_id)
    texts = {name: escape(text) for name, text in (("title", view.title), ("sentence", view.sentence))}
    html = _WITHOUT_TEMPLATES.format(**texts, request_id=view.request_id)
    return Response(html, status_code=problem.status, headers=headers, media_type=MediaType.HTML)


def _page_of(request: Request[Any, Any, Any]) -> str:
    """The address of the page that a request came from: of a posted form, its workspace.

    Texts are not in it, since logs and histories record addresses, nor is a query that is too long.
    """
    path = request.scope["path"]
    if request.method != "GET":
        workspace, separator, _ = path.partition("/images")
        return f"{workspace}/images" if separator else ""
    named = [
        (name, value)
        for name, value in parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if name not in _BOXES
    ]
    query = urlencode(named, quote_via=quote)
    fits = len(quote(query)) <= _LONGEST_QUERY
    return f"{path}?{query}" if query and fits else path


def _sent(request: Request[Any, Any, Any]) -> dict[str, str]:
    """The fields that a form of a workspace sent."""
    fields = dict(parse_qsl(state_of(request.scope).form.decode(errors="replace")))
    return {name: fields[name].replace("\r\n", "\n") for name in _FIELDS if name in fields}
