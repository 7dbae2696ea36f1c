from django.urls import path

from cameras.views import control, editions, live, looks, open511, pictures, public

urlpatterns = [
    path("control/", control.control, name="control"),
    path("control/live/", live.wall, name="control-live"),
    path("control/wall/", control.tiles, name="wall"),
    path("control/cameras/", control.register, name="control-cameras"),
    path("control/tiles/<int:z>/<int:x>/<int:y>.json", control.incident_tile, name="control-tile"),
    path("control/queue/", control.queue, name="control-queue"),
    path("control/place/", control.place, name="control-place"),
    path("control/incident/<str:reference>/", control.incident, name="control-incident"),
    path("control/camera/<str:code>/", control.camera, name="control-camera"),
    path("cameras/looks/", looks.looks, name="looks"),
    path("cameras/looks.csv", looks.looks, {"as_file": True}, name="looks-csv"),
    path("cameras/looks/mine/", looks.mine, name="looks-mine"),
    path("cameras/", public.cameras, name="public-cameras"),
    path("cameras/places.json", public.places, name="public-camera-places"),
    path("cameras/<str:key>/still.jpg", pictures.picture, {"kind": "still"}, name="camera-still"),
    path("cameras/<str:key>/now.jpg", pictures.picture, {"kind": "now"}, name="camera-picture"),
    path("cameras/<str:key>/<int:micros>.jpg", pictures.picture, {"kind": "frame"}, name="camera-frame"),
    path("cameras/near/<str:reference>/", control.nearby, name="cameras-nearby"),
    path("editions/<slug:code>/cameras/", editions.moving, name="cameras-moving"),
    path("cameras.geojson", open511.geojson, name="cameras-geojson"),
    path("open511/", open511.discovery, name="open511"),
    path("open511/cameras/", open511.cameras, name="open511-cameras"),
    path("open511/cameras/<path:code>/", open511.camera, name="open511-camera"),
    path("evidence/<int:key>.jpg", pictures.picture, {"kind": "evidence"}, name="evidence"),
]
