"""Define the jobs of boundary editions.

Every process of the service knows of its jobs; only the worker that does one of these needs GeoPandas, which takes long
to start. Hence the imports in the functions.
"""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from geoapp import queues
from gis_data.models import Edition, Upload

RETRIES = RetryStrategy(max_attempts=4, exponential_wait=5)


@app.task(name="gis_data.read_upload", queue=queues.BULK, retry=RETRIES, pass_context=True)
def read_upload(context, upload_id):
    """Read an upload; store the error after the last retry."""
    from gis_data.editions import drafting  # noqa: PLC0415

    try:
        if drafting.read_upload(upload_id) is None and not is_last_try(context):
            raise Upload.DoesNotExist
    except Exception:
        if is_last_try(context):
            drafting.give_up_upload(upload_id)
        raise


@app.task(name="gis_data.compare_edition", queue=queues.BULK, retry=RETRIES, pass_context=True)
def compare_edition(context, edition_id):
    """Compare an edition; one missing at the last retry was discarded and needs no comparison."""
    from gis_data.editions import succession  # noqa: PLC0415

    if edition := Edition.objects.filter(pk=edition_id).first():
        succession.compute_successions(edition)
    elif not is_last_try(context):
        raise Edition.DoesNotExist


def is_last_try(context):
    return context.job.attempts >= RETRIES.max_attempts
