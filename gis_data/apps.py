from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class PlacesConfig(AppConfig):
    name = "gis_data"
    verbose_name = gettext_lazy("Places and boundaries")

    def ready(self) -> None:
        from gis_data.services import open_data  # noqa: F401, PLC0415 - models are there only now
