"""Import the jobs of cameras, each defined in the package of its subject."""

import cameras.detection.jobs
import cameras.evidence.jobs
import cameras.feeds.jobs
import cameras.masking.jobs
import cameras.monitoring.jobs
import cameras.room.jobs
import cameras.viewlog.jobs  # noqa: F401
