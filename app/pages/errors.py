"""What a person sees instead of a page that failed."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import quote

from litestar import Request, Response
from litestar.response import Redirect

from app.pages.view import View, render
from app.problem import Problem


class ErrorView(View, frozen=True, kw_only=True):
    """One sentence that tells what happened and what to do, and the id to name when asking for help."""

    template: ClassVar[str] = "errors/error.html"

    status: int
    sentence: str
    request_id: str


def answer(request: Request[Any, Any, Any], problem: Problem) -> Response[Any]:
    """The page of a problem; for nobody signed in, the way to the sign-in form and back."""
    if problem.code == "unauthenticated" and request.url.path != "/login":
        return Redirect(f"/login?next={quote(_looked_at(request), safe='/')}", status_code=303)
    view = ErrorView(title=problem.title, status=problem.status, sentence=problem.error, request_id=problem.request_id)
    return render(request, view, problem.status)


def _looked_at(request: Request[Any, Any, Any]) -> str:
    """The page that somebody was on: of a form that was posted, the workspace that it stands on."""
    path, query = request.url.path, request.url.query
    if request.method != "GET":
        workspace, found, _ = path.partition("/images/")
        return f"{workspace}/images" if found else ""
    return f"{path}?{query}" if query else path
