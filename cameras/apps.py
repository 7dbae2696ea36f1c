from django.apps import AppConfig


class CamerasConfig(AppConfig):
    name = "cameras"

    def ready(self):
        """Register the collections of open data."""
        from cameras.register import open_data  # noqa: F401, PLC0415 - it needs the models
