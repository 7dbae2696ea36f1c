"""Import the jobs of places, each defined in the package of its subject."""

import gis_data.editions.jobs  # noqa: F401
