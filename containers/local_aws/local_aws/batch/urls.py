"""The paths of Batch's API; moto finds this module beside that of its backend class."""

from moto.batch.urls import url_bases
from moto.batch.urls import url_paths as moto_paths

from local_aws.batch.responses import LocalBatchResponse

__all__ = ["url_bases", "url_paths"]

url_paths = {
    **dict.fromkeys(moto_paths, LocalBatchResponse.dispatch),
    "{0}/v1/canceljobs$": LocalBatchResponse.dispatch,
    "{0}/v1/terminatejobs$": LocalBatchResponse.dispatch,
}
