from django.urls import path

from gis_data import views

urlpatterns = [
    path("tiles/areas/<int:z>/<int:x>/<int:y>.json", views.area_tile, name="area-tile"),
    path("areas/search/", views.search, name="area-search"),
    path("areas/<slug:code>.json", views.area_shape, name="area-shape"),
    path("mapit/point/4326/<lon>,<lat>", views.point, name="mapit-point"),
]
