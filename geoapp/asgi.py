"""The web server's entry: pages and event streams."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geoapp.settings")
application = get_asgi_application()

from gis_data import lookups  # noqa: E402 (models are known only now)

application = lookups.ahead_of(application)
