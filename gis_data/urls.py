from django.urls import path

from gis_data.views import mapit, places

urlpatterns = [
    path("tiles/areas/<int:z>/<int:x>/<int:y>.json", places.area_tile, name="area-tile"),
    path("areas/search/", places.search, name="area-search"),
    path("areas/<slug:code>.json", places.area_shape, name="area-shape"),
    path("mapit/point/4326/<lon>,<lat>", mapit.point, name="mapit-point"),
]
