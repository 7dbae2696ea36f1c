from django.urls import path, re_path

from incidents.views import (
    desk,
    difference,
    directives,
    editions,
    hooks,
    leading,
    live,
    open311,
    pages,
    probes,
    public,
    reforms,
    reporting,
    routing,
    signing,
    statistics,
    vector_tiles,
    verdicts,
)

urlpatterns = [
    path("", public.city_map, name="map"),
    path("list/", public.in_view, name="map-list"),
    path("tiles/incidents/<int:z>/<int:x>/<int:y>.json", public.incident_tile, name="incident-tile"),
    path("tiles/incidents/<int:z>/<int:x>/<int:y>.mvt", vector_tiles.incidents, name="incident-mvt"),
    path("tiles/incidents.json", vector_tiles.described, name="incident-tilejson"),
    path("report/", reporting.report, name="report"),
    path("report/here/", reporting.here, name="report-here"),
    path("report/near/", reporting.near, name="report-near"),
    path("i/<slug:reference>/", pages.incident, name="incident"),
    path("f/<slug:token>/", pages.follow, name="follow"),
    path("f/<slug:token>/answer/", pages.answer, name="answer"),
    path("t/<slug:slug>/", verdicts.tell, name="tell"),
    path("photo/<int:pk>/<slug:size>.jpg", pages.photo, name="photo"),
    path("desk/", desk.desk, name="desk"),
    path("desk/<slug:reference>/", desk.incident, name="desk-incident"),
    path("desk/<slug:reference>/contact/", desk.contact, name="desk-contact"),
    path("desk/<slug:reference>/<slug:step>/", desk.take_step, name="desk-step"),
    path("stats/", statistics.page, name="stats"),
    path("stats/map.js", statistics.drawing, name="stats-map"),
    path("stats/areas.csv", statistics.sheet, name="stats-csv"),
    path("editions/", editions.everything, name="editions"),
    path("editions/uploads/new/", editions.bring, name="edition-new"),
    path("editions/uploads/<int:pk>/", editions.upload, name="edition-upload"),
    path("editions/uploads/<int:pk>/map.json", editions.upload_shapes, name="edition-upload-map"),
    path("editions/uploads/<int:pk>/forget/", editions.forget, name="edition-upload-forget"),
    path("editions/<slug:code>/", editions.edition, name="edition"),
    path("editions/<slug:code>/map.json", editions.shapes, name="edition-map"),
    path("editions/<slug:code>/discard/", editions.discard, name="edition-discard"),
    path("editions/<slug:code>/day/", reforms.day, name="edition-day"),
    path("editions/<slug:code>/day/give-up/", reforms.give_up, name="edition-give-up"),
    path("editions/<slug:code>/day/now/", reforms.enact, name="edition-enact"),
    path("editions/<slug:code>/day/take-back/", reforms.take_back, name="edition-take-back"),
    path("editions/<slug:code>/difference/", difference.page, name="edition-difference"),
    path("editions/<slug:code>/difference/map.json", difference.shapes, name="edition-difference-map"),
    re_path(
        r"^editions/(?P<code>[-\w]+)/difference\.(?P<ending>csv|geojson|gpkg)$",
        difference.file,
        name="edition-difference-file",
    ),
    path("routing/", routing.page, name="routing"),
    path("routing/try/", routing.attempt, name="routing-try"),
    path("routing/proposals/<int:pk>/accept/", routing.accept, name="routing-accept"),
    path("routing/proposals/<int:pk>/dismiss/", routing.dismiss, name="routing-dismiss"),
    path("lead/", leading.page, name="lead"),
    path("lead/open/", leading.rows, name="lead-open"),
    path("lead/units.csv", leading.sheet, name="lead-csv"),
    path("directives/", directives.everything, name="directives"),
    path("directives/new/", directives.new, name="directive-new"),
    path("directives/<int:pk>/", directives.one, name="directive"),
    path("directives/<int:pk>/<slug:step>/", directives.take_step, name="directive-step"),
    path("hooks/sms/<slug:provider>/<slug:token>/receipt/", hooks.receipt, name="sms-receipt"),
    path("hooks/sms/<slug:provider>/<slug:token>/inbound/", hooks.inbound, name="sms-inbound"),
    path("live/", live.public, name="live"),
    path("live/desk/", live.desk, name="live-desk"),
    path("sign-in/", signing.sign_in, name="sign-in"),
    path("sign-out/", signing.sign_out, name="sign-out"),
    path("after-sign-in/", signing.after, name="after-sign-in"),
    path("healthz", probes.healthz, name="healthz"),
    path("metrics", probes.metrics, name="metrics"),
]

AS = r"\.(?P<suffix>xml|json)$"


def georeport(base, name, *, test):
    """The addresses of Open311 GeoReport v2; what is sent to the test ones is checked like any report, and not kept."""
    more = {"test": test}
    return [
        re_path(f"^{base}/discovery{AS}", open311.endpoint(GET=open311.discovery), more),
        re_path(f"^{base}/services{AS}", open311.endpoint(GET=open311.services), more, name=name),
        re_path(f"^{base}/services/(?P<code>[^/]+){AS}", open311.endpoint(GET=open311.service), more),
        re_path(f"^{base}/requests{AS}", open311.endpoint(GET=open311.many, POST=open311.send), more),
        re_path(f"^{base}/requests/(?P<reference>[^/]+){AS}", open311.endpoint(GET=open311.one), more),
    ]


urlpatterns += [
    re_path(f"^open311/discovery{AS}", open311.endpoint(GET=open311.discovery), {"test": False}),
    *georeport("open311/v2", "open311", test=False),
    *georeport("open311/test/v2", "open311-test", test=True),
]
