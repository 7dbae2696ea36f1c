"""Serve pages through Django and event streams, look-ups and body limits beside it (ASGI entry point)."""

import gc
import os
import threading

from django.core.asgi import get_asgi_application
from granian.utils.proxies import wrap_asgi_with_proxy_headers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geoapp.settings")
# Freeze imported objects: the garbage collector need not scan them again.
gc.disable()
application = get_asgi_application()

from django.conf import settings  # noqa: E402 (the models of what follows are known only now)

from geoapp.crypto import keyring  # noqa: E402
from geoapp.http import body_limits, text_validation  # noqa: E402
from geoapp.media import pictures  # noqa: E402
from gis_data.services import lookups  # noqa: E402
from incidents.accounts.sessions import is_signed_in  # noqa: E402
from incidents.map import public_streams  # noqa: E402
from incidents.views.api import direct_reports  # noqa: E402

keyring.current()  # a server that could not read what it keeps does not begin
django = text_validation.refuse_unknown_charsets(direct_reports.answer_reports(application))
gate = body_limits.BodyGate(django, is_signed_in)
application = lookups.answer_lookups(public_streams.answer_public_streams(gate))
if settings.TRUSTED_PROXIES:
    application = wrap_asgi_with_proxy_headers(application, trusted_hosts=settings.TRUSTED_PROXIES)
if settings.TRUSTED_PROXIES == ["*"]:
    application = body_limits.believe_nearest_proxy(application)
# The first report with a photo need not wait until a process is there that decodes it.
threading.Thread(target=pictures.photo_decoders.warm_up, name="decoder", daemon=True).start()
gc.freeze()
gc.enable()
