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
        # Only what was looked at is worth coming back to: a form that was posted is not there to be read.
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        where = f"/login?next={quote(here, safe='/')}" if request.method == "GET" else "/login"
        return Redirect(where, status_code=303)
    view = ErrorView(title=problem.title, status=problem.status, sentence=problem.error, request_id=problem.request_id)
    return render(request, view, problem.status)
