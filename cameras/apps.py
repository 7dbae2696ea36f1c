from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class CamerasConfig(AppConfig):
    name = "cameras"
    verbose_name = gettext_lazy("Cameras")

    def ready(self) -> None:
        from cameras import metrics  # noqa: F401, PLC0415 - models are there only now
        from cameras.register import open_data  # noqa: F401, PLC0415 - models are there only now
