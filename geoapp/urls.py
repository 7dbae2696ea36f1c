"""Mount the URL patterns of the apps."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import path
from django.views.decorators.cache import cache_control
from django.views.generic import RedirectView
from django.views.i18n import set_language

from cameras import urls as cameras
from geoapp.http.http_methods import require_safe
from geoapp.web.language import AdministrationWords, script_words
from geoapp.web.url_groups import group_by_first_part
from gis_data import urls as gis_data
from incidents import urls as incidents
from incidents.views.staff import signing

handler400 = "incidents.views.public.reporting.bad_request"
handler403 = "geoapp.web.error_pages.permission_denied"
handler404 = "geoapp.web.error_pages.page_not_found"
handler500 = "geoapp.http.request_log.server_error"

urlpatterns = [
    *group_by_first_part([*incidents.urlpatterns, *cameras.urlpatterns, *gis_data.urlpatterns]),
    path(
        "words.js",
        login_not_required(require_safe(cache_control(private=True, max_age=600)(script_words))),
        name="javascript-catalog",
    ),
    path("language/", login_not_required(set_language), name="set_language"),
    path("admin/login/", signing.redirect_to_sign_in),
    path("admin/logout/", signing.sign_out),
    path("admin/password_change/", RedirectView.as_view(pattern_name="security")),
    path(
        "admin/jsi18n/",
        admin.site.admin_view(AdministrationWords.as_view(packages=["django.contrib.admin"]), cacheable=True),
    ),
    path("admin/", admin.site.urls),
]
