from django.urls import path, re_path

from incidents.views.api import gateway_hooks, live, open311, probes, updates, vector_tiles
from incidents.views.desk import desk_pages, publishing
from incidents.views.gis import difference, edition_pages, reforms
from incidents.views.lead import directives, lead_pages, oversight
from incidents.views.public import city_map, history, incident_pages, push, reporting, statistics, unsubscribe, verdicts
from incidents.views.routing import routing_pages
from incidents.views.staff import notices, partner_work, people, privacy, signing

urlpatterns = [
    path("", city_map.map_page, name="map"),
    path("list/", city_map.list_incidents, name="map-list"),
    path("tiles/incidents/<int:z>/<int:x>/<int:y>.json", city_map.incident_tile, name="incident-tile"),
    path("tiles/incidents/<int:z>/<int:x>/<int:y>.mvt", vector_tiles.incident_tile, name="incident-mvt"),
    path("tiles/incidents.json", vector_tiles.incident_tilejson, name="incident-tilejson"),
    path("report/", reporting.report_form, name="report"),
    path("report/here/", reporting.describe_place, name="report-here"),
    path("report/near/", reporting.list_near_incidents, name="report-near"),
    path("i/<slug:reference>/", incident_pages.incident_page, name="incident"),
    path("f/<slug:token>/", incident_pages.report_page, name="follow"),
    path("f/<slug:token>/answer/", incident_pages.answer_question, name="answer"),
    path("t/<slug:slug>/", verdicts.result_page, name="tell"),
    path("w/<str:token>/", partner_work.work_page, name="outside"),
    path("w/<str:token>/contact/", partner_work.show_contact, name="outside-contact"),
    path("w/<str:token>/again/", partner_work.send_fresh_link, name="outside-again"),
    path("w/<str:token>/photo/<int:pk>/", partner_work.show_photo, name="outside-photo"),
    path("photo/<int:pk>/<slug:size>.jpg", incident_pages.show_photo, name="photo"),
    path("desk/", desk_pages.desk, name="desk"),
    path("desk/filters/", desk_pages.save_filter, name="desk-filter-save"),
    path("desk/filters/<int:pk>/forget/", desk_pages.delete_filter, name="desk-filter-forget"),
    path("desk/several/<slug:step>/", desk_pages.take_bulk_step, name="desk-several"),
    path("desk/<slug:reference>/", desk_pages.incident, name="desk-incident"),
    path("desk/<slug:reference>/public/", publishing.page, name="desk-public"),
    path("desk/<slug:reference>/photo/<int:pk>/", publishing.photo, name="desk-photo"),
    path("desk/<slug:reference>/contact/", desk_pages.show_contact, name="desk-contact"),
    path("desk/<slug:reference>/note/", desk_pages.write_note, name="desk-note"),
    path("desk/<slug:reference>/<slug:step>/", desk_pages.take_step, name="desk-step"),
    path("history/", history.history_page, name="history"),
    path("history/heads.json", history.heads_file, name="history-heads"),
    path("stats/", statistics.statistics_page, name="stats"),
    path("stats/map.js", statistics.map_script, name="stats-map"),
    path("stats/areas.csv", statistics.areas_csv, name="stats-csv"),
    path("editions/", edition_pages.edition_list, name="editions"),
    path("editions/uploads/new/", edition_pages.new_upload, name="edition-new"),
    path("editions/uploads/<int:pk>/", edition_pages.upload_page, name="edition-upload"),
    path("editions/uploads/<int:pk>/map.json", edition_pages.upload_shapes, name="edition-upload-map"),
    path("editions/uploads/<int:pk>/forget/", edition_pages.discard_upload, name="edition-upload-forget"),
    path("editions/<slug:code>/", edition_pages.edition_page, name="edition"),
    path("editions/<slug:code>/map.json", edition_pages.edition_shapes, name="edition-map"),
    path("editions/<slug:code>/discard/", edition_pages.discard_draft, name="edition-discard"),
    path("editions/<slug:code>/day/", reforms.reform_day, name="edition-day"),
    path("editions/<slug:code>/day/give-up/", reforms.give_up_reform, name="edition-give-up"),
    path("editions/<slug:code>/day/now/", reforms.enact_reform, name="edition-enact"),
    path("editions/<slug:code>/day/take-back/", reforms.take_back_reform, name="edition-take-back"),
    path("editions/<slug:code>/difference/", difference.difference_page, name="edition-difference"),
    path("editions/<slug:code>/difference/map.json", difference.difference_shapes, name="edition-difference-map"),
    re_path(
        r"^editions/(?P<code>[-\w]+)/difference\.(?P<ending>csv|geojson|gpkg)$",
        difference.difference_file,
        name="edition-difference-file",
    ),
    path("people/", people.people_list, name="people"),
    path("people/me/", people.own_page, name="people-me"),
    path("people/me/<int:pk>/back/", people.end_absence, name="people-back"),
    path("people/<int:pk>/leave/", people.offboard_person, name="people-leave"),
    path("privacy/", privacy.request_list, name="privacy"),
    path("privacy/<int:pk>/", privacy.request_page, name="privacy-request"),
    path("privacy/<int:pk>/data.json", privacy.download_data, name="privacy-data"),
    path("privacy/<int:pk>/done/", privacy.fulfil_request, name="privacy-done"),
    path("routing/", routing_pages.rules_page, name="routing"),
    path("routing/try/", routing_pages.try_changes, name="routing-try"),
    path("routing/proposals/<int:pk>/accept/", routing_pages.accept_proposal, name="routing-accept"),
    path("routing/proposals/<int:pk>/dismiss/", routing_pages.dismiss_proposal, name="routing-dismiss"),
    path("lead/", lead_pages.lead_page, name="lead"),
    path("lead/open/", lead_pages.open_incidents, name="lead-open"),
    path("lead/remind/", lead_pages.remind_unit, name="lead-remind"),
    path("lead/units.csv", lead_pages.units_csv, name="lead-csv"),
    path("watch/", oversight.units_page, name="watch"),
    path("watch/late/", oversight.late_page, name="watch-late"),
    path("watch/extensions/", oversight.extensions_page, name="watch-extensions"),
    path("watch/changes/", oversight.changes_page, name="watch-changes"),
    path("watch/rules/", oversight.rules_page, name="watch-rules"),
    path("watch/rules.csv", oversight.rules_page, {"as_file": True}, name="watch-rules-csv"),
    path("watch/incidents/<slug:reference>/", oversight.incident_page, name="watch-incident"),
    path("watch/units.csv", oversight.units_page, {"as_file": True}, name="watch-csv"),
    path("watch/late.csv", oversight.late_page, {"as_file": True}, name="watch-late-csv"),
    path("watch/extensions.csv", oversight.extensions_page, {"as_file": True}, name="watch-extensions-csv"),
    path("watch/changes.csv", oversight.changes_page, {"as_file": True}, name="watch-changes-csv"),
    path("directives/", directives.directive_list, name="directives"),
    path("directives/new/", directives.new_directive, name="directive-new"),
    path("directives/<int:pk>/", directives.directive_page, name="directive"),
    path("directives/<int:pk>/<slug:step>/", directives.take_step, name="directive-step"),
    path("push/", push.own_browsers, name="push"),
    path("push-worker.js", push.push_worker, name="push-worker"),
    path("f/<slug:token>/push/", push.report_browser, name="push-of-report"),
    path("stop/<str:token>/", unsubscribe.stop_messages, name="stop"),
    path("hooks/sms/<slug:provider>/<slug:token>/receipt/", gateway_hooks.receive_receipt, name="sms-receipt"),
    path("hooks/zalo/", gateway_hooks.receive_zalo_event, name="zalo-hook"),
    path("hooks/sms/<slug:provider>/<slug:token>/inbound/", gateway_hooks.receive_sms, name="sms-inbound"),
    path("notices/", notices.notice_list, name="notices"),
    path("notices/again/", notices.send_again, name="notices-again"),
    path("notices/texts/", notices.text_list, name="notice-texts"),
    path("notices/texts/<slug:key>/", notices.text_page, name="notice-text"),
    path("notices/texts/<slug:key>/<slug:medium>/<slug:language>/", notices.edit_own_text, name="notice-own-text"),
    path("notices/<int:pk>/", notices.notice_page, name="notice"),
    path("notices/<int:pk>/address/", notices.show_address, name="notice-address"),
    path("live/", live.public_stream, name="live"),
    path("live/desk/", live.desk_stream, name="live-desk"),
    path("sign-in/", signing.sign_in, name="sign-in"),
    path("sign-out/", signing.sign_out, name="sign-out"),
    path("after-sign-in/", signing.redirect_home, name="after-sign-in"),
    path("healthz", probes.healthz, name="healthz"),
    path("metrics", probes.figures, name="metrics"),
]

AS = r"\.(?P<suffix>xml|json)$"


def georeport(base, name, *, test):
    """The addresses of Open311 GeoReport v2; what is sent to the test ones is checked like any report, and not kept."""
    more = {"test": test}
    return [
        re_path(f"^{base}/discovery{AS}", open311.endpoint(GET=open311.show_discovery), more),
        re_path(f"^{base}/services{AS}", open311.endpoint(GET=open311.list_services), more, name=name),
        re_path(f"^{base}/services/(?P<code>[^/]+){AS}", open311.endpoint(GET=open311.show_service), more),
        re_path(
            f"^{base}/requests{AS}", open311.endpoint(GET=open311.list_requests, POST=open311.create_request), more
        ),
        re_path(f"^{base}/requests/(?P<reference>[^/]+){AS}", open311.endpoint(GET=open311.show_request), more),
        re_path(
            f"^{base}/servicerequestupdates{AS}",
            open311.endpoint(GET=updates.list_updates, POST=updates.create_update),
            more,
        ),
    ]


urlpatterns += [
    re_path(f"^open311/discovery{AS}", open311.endpoint(GET=open311.show_discovery), {"test": False}),
    *georeport("open311/v2", "open311", test=False),
    *georeport("open311/test/v2", "open311-test", test=True),
]
