"""How the parts are mounted."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.decorators.cache import cache_control
from django.views.generic import RedirectView
from django.views.i18n import set_language

from geoapp.language import script_words
from geoapp.methods import require_safe
from incidents.views.staff import signing

handler400 = "incidents.views.public.reporting.bad_request"
handler500 = "geoapp.request_log.server_error"

urlpatterns = [
    path("", include("incidents.urls")),
    path("", include("cameras.urls")),
    path("", include("gis_data.urls")),
    path(
        "words.js",
        login_not_required(require_safe(cache_control(private=True, max_age=600)(script_words))),
        name="javascript-catalog",
    ),
    path("language/", login_not_required(set_language), name="set_language"),
    path("admin/login/", signing.redirect_to_sign_in),
    path("admin/logout/", signing.sign_out),
    path("admin/password_change/", RedirectView.as_view(pattern_name="security")),
    path("admin/", admin.site.urls),
]
