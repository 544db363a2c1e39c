"""Following, listing and (not really) cancelling jobs."""

from datetime import UTC, datetime, timedelta
from typing import Any

from litestar import Response, delete, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from .library import Library
from .records import Job, Json, iso
from .wire import Asked, answer, number, page_of

MESSAGES = {
    "pending": "Job is queued and will start processing soon.",
    "failed": "Job failed. Please check the error details.",
    "cancelled": "Job was cancelled.",
}


@get("/api/v1/jobs/{job_id:str}/status")
async def read_job(job_id: FromPath[str], library: NamedDependency[Library]) -> Response[Any]:
    """Where a job is; `success` only says that there is such a job."""
    job = library.jobs.get(job_id)
    if job is None:
        nothing = {"current": 0, "total": 0, "percentage": 0}
        return answer(
            {"success": False, "jobId": job_id, "status": "failed", "progress": nothing, "error": "Job not found"}, 404
        )
    told = {
        "success": True,
        "jobId": job.id,
        "status": job.status,
        "progress": _progress(job),
        "startedAt": job.started_at,
        "completedAt": job.completed_at,
        "estimatedCompletionAt": _estimate(job),
        "results": job.results,
        "error": job.error,
        "message": _message(job),
    }
    return answer({key: value for key, value in told.items() if value is not None})


@delete("/api/v1/jobs/{job_id:str}/status", status_code=200)
async def cancel_job(job_id: FromPath[str], library: NamedDependency[Library]) -> Response[Any]:
    """Says that it cancels; the job goes on with its next shot."""
    job = library.jobs.get(job_id)
    if job is None:
        return answer({"success": False, "message": "Job not found"}, 404)
    if job.status in ("completed", "failed", "cancelled"):
        return answer({"success": False, "message": f"Cannot cancel job with status: {job.status}"}, 400)
    if not job.active:
        return answer({"success": False, "message": "Job was not actively running, but marked as cancelled"})
    job.active, job.status = False, "cancelled"
    return answer({"success": True, "message": "Job cancelled successfully"})


@get("/api/v1/jobs")
async def list_jobs(request: Asked, library: NamedDependency[Library]) -> Response[Any]:
    """The newest first, by character, status and type."""
    query = request.query_params
    found = [
        job
        for job in reversed(library.jobs.values())
        if query.get("characterId", job.character_id) == job.character_id
        and query.get("status", job.status) == job.status
        and query.get("jobType", "360-set") == "360-set"
    ]
    some, account = page_of(found, number(query.get("page"), 1), min(100, number(query.get("limit"), 10)))
    kept = ("totalDocs", "limit", "page", "totalPages", "hasNextPage", "hasPrevPage")
    return answer(
        {"success": True, "jobs": [_listed(job) for job in some], "pagination": {key: account[key] for key in kept}}
    )


def _listed(job: Job) -> Json:
    told = {"jobId": job.id, "characterId": job.character_id, "jobType": "360-set", "status": job.status,
            "progress": _progress(job), "createdAt": job.created_at, "startedAt": job.started_at,
            "completedAt": job.completed_at}  # fmt: skip
    return {key: value for key, value in told.items() if value is not None}


def _progress(job: Job) -> Json:
    share = round(job.current / job.total * 100) if job.total else 0
    return {"current": job.current, "total": job.total, "percentage": share, "currentTask": job.task}


def _estimate(job: Job) -> str | None:
    """Reckoned from the beginning of the present shot, as the service does it: of no use."""
    if job.status != "processing" or not job.active or not job.current or job.started_at is None:
        return None
    moment = datetime.now(UTC)
    spent = moment - datetime.fromisoformat(job.started_at)
    return iso(moment + max(timedelta(0), spent * (job.total / job.current - 1)))


def _message(job: Job) -> str:
    if job.status == "processing":
        return f"Job is processing. {job.task}"
    if job.status == "completed" and job.results is not None:
        return f"Job completed successfully. Generated {len(job.results['generatedImages'])} images."
    return MESSAGES[job.status]


HANDLERS = [read_job, cancel_job, list_jobs]
