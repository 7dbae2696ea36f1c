from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class PlacesConfig(AppConfig):
    name = "gis_data"

    def ready(self):
        """Each app names its open data in a module of that name; theirs is made of ours."""
        autodiscover_modules("open_data")
