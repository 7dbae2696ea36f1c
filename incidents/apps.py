from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy

from geoapp.crypto import keyring


class IncidentsConfig(AppConfig):
    name = "incidents"
    verbose_name = gettext_lazy("Reports, units and rules")

    def ready(self) -> None:
        """Register open data and metrics; reject unreadable settings at startup."""
        checks.register(keyring.check_keys, "keys")
        from incidents import metrics  # noqa: F401, PLC0415 - models are there only now
        from incidents.analytics import open_data  # noqa: F401, PLC0415 - models are there only now
        from incidents.models import Membership  # noqa: PLC0415 - the same

        if not set(settings.SECOND_FACTOR_ROLES) <= {"all", *Membership.Role.values}:
            raise ImproperlyConfigured(f"SECOND_FACTOR_ROLES: all, or some of {', '.join(Membership.Role.values)}")
