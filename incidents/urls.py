from django.urls import path

from incidents.views import desk, live, pages, probes, public, reporting, signing

urlpatterns = [
    path("", public.city_map, name="map"),
    path("list/", public.in_view, name="map-list"),
    path("tiles/incidents/<int:z>/<int:x>/<int:y>.json", public.incident_tile, name="incident-tile"),
    path("report/", reporting.report, name="report"),
    path("report/here/", reporting.here, name="report-here"),
    path("report/near/", reporting.near, name="report-near"),
    path("i/<str:reference>/", pages.incident, name="incident"),
    path("f/<str:token>/", pages.follow, name="follow"),
    path("f/<str:token>/answer/", pages.answer, name="answer"),
    path("photo/<int:pk>/<slug:size>.jpg", pages.photo, name="photo"),
    path("desk/", desk.desk, name="desk"),
    path("desk/<str:reference>/", desk.incident, name="desk-incident"),
    path("desk/<str:reference>/contact/", desk.contact, name="desk-contact"),
    path("desk/<str:reference>/<slug:step>/", desk.take_step, name="desk-step"),
    path("live/", live.public, name="live"),
    path("live/desk/", live.desk, name="live-desk"),
    path("sign-in/", signing.sign_in, name="sign-in"),
    path("sign-out/", signing.sign_out, name="sign-out"),
    path("after-sign-in/", signing.after, name="after-sign-in"),
    path("healthz", probes.healthz, name="healthz"),
    path("metrics", probes.metrics, name="metrics"),
]
