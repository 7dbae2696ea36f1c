"""Map the addresses of pages and APIs of gis_data to their views."""

from django.urls import path, re_path

from gis_data.services.mapit import RELATIONS
from gis_data.views import addresses, data, mapit, ogc, places, vector_tiles

urlpatterns = [
    path("tiles/areas/<int:z>/<int:x>/<int:y>.json", places.area_tile, name="area-tile"),
    path("tiles/areas/outlines.json", places.area_outlines, name="area-outlines"),
    path("addresses/", addresses.search, name="address-search"),
    path("areas/search/", places.search, name="area-search"),
    path("areas/<slug:code>.json", places.area_shape, name="area-shape"),
    path("tiles/areas/<int:z>/<int:x>/<int:y>.mvt", vector_tiles.areas, name="area-mvt"),
    path("tiles/areas.json", vector_tiles.areas_tilejson, name="area-tilejson"),
    path("data/", data.data_page, name="data"),
    path("data/<slug:name>.<slug:ending>", data.download, name="data-file"),
    path("ogc/", ogc.landing, name="ogc"),
    path("ogc/conformance", ogc.conformance),
    path("ogc/api", ogc.api),
    path("ogc/collections", ogc.collections),
    path("ogc/collections/<str:name>", ogc.collection),
    path("ogc/collections/<str:name>/items", ogc.items),
    path("ogc/collections/<str:name>/items/<path:key>", ogc.item),
    path("ogc/<path:nothing>", ogc.not_found),
]

# MapIt's addresses, each with the forms in which it answers: `.json` may stand there or not.
PLAIN = r"(?:\.(?P<form>json))?"
MAP = r"(?:\.(?P<form>json|geojson))?"
SHAPE = r"(?:\.(?P<form>json|geojson|wkt))?"

urlpatterns += [
    re_path(rf"^mapit/{address}$", view)
    for address, view in [
        (r"(?P<call>(?s:.*))\.(?:kml|html)", mapit.not_found),  # else the beginning of a name
        (rf"point/(?P<kind>latlon|osgb)/(?P<first>[^/,]+),(?P<second>[^/,]+?){MAP}", mapit.other_point),
        (rf"point/(?P<srid>[0-9]+)/(?P<x>[^/,]+),(?P<y>[^/]+?)(?P<box>/box)?{MAP}", mapit.point),
        (rf"area/(?P<pk>[^/.]+){SHAPE}", mapit.area),
        (rf"area/(?P<pk>[^/.]+)/geometry{PLAIN}", mapit.geometry),
        (rf"area/(?:(?P<pk>[^/.]+)/)?children{MAP}", mapit.children),
        (rf"area/(?P<pk>[^/.]+)/(?P<how>{'|'.join(RELATIONS)}){MAP}", mapit.related_areas_page),
        (r"area/(?P<srid>[0-9]+)/(?P<pk>[^/.]+)\.(?P<form>json|geojson|wkt)", mapit.shape),
        (rf"areas/(?P<which>[0-9,]+)/geometry{PLAIN}", mapit.geometries),
        (r"areas/(?P<srid>[0-9]+)/(?P<which>[0-9,]+)\.(?P<form>geojson)", mapit.shapes),
        (rf"areas(?:/(?P<which>.+?))?{MAP}", mapit.areas),
        (rf"code/(?P<kind>[^/]+)/(?P<value>[^/]+?){SHAPE}", mapit.code),
        (rf"generations{PLAIN}", mapit.generations),
        (rf"types{PLAIN}", mapit.types),
        (rf"overview{PLAIN}", mapit.overview),
        ("", mapit.index),
        (rf"(?P<call>(?s:.*?)){PLAIN}", mapit.not_found),
    ]
]
