"""Glue: moto's, which can start a job's run, and can stop one too."""

from moto.core.responses import ActionResult
from moto.glue import urls
from moto.glue.exceptions import JobRunNotFoundException
from moto.glue.responses import GlueResponse


class StoppingGlueResponse(GlueResponse):  # type: ignore[misc] # moto has no types for us
    """Glue's operations, BatchStopJobRun among them."""

    def batch_stop_job_run(self) -> ActionResult:
        """Stop runs that haven't ended, each of which answers on its own.

        Source: https://docs.aws.amazon.com/glue/latest/webapi/API_BatchStopJobRun.html
        """
        name = self._get_param("JobName")
        stopped, errors = [], []
        for run_id in self._get_param("JobRunIds"):
            try:
                self.glue_backend.get_job_run(name, run_id).status = "STOPPED"
                stopped.append({"JobName": name, "JobRunId": run_id})
            except JobRunNotFoundException as error:
                detail = {"ErrorCode": "EntityNotFoundException", "ErrorMessage": str(error)}
                errors.append({"JobName": name, "JobRunId": run_id, "ErrorDetail": detail})
        return ActionResult({"SuccessfulSubmissions": stopped, "Errors": errors})


def install() -> None:
    """Let moto's server answer with it; call it before the server serves."""
    urls.url_paths["{0}/$"] = StoppingGlueResponse.dispatch
