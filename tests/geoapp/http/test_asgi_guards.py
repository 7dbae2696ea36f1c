"""Test that ASGI views ahead of Django use the middleware of the settings."""

from django.conf import settings

from geoapp.http.asgi_guards import LEFT_OUT

GUARDS = {
    "django_guid.middleware.guid_middleware",
    "geoapp.http.request_log.RequestLogMiddleware",
    "geoapp.http.cors.open_to_other_sites",
    "django.middleware.security.SecurityMiddleware",
    "geoapp.http.caching.send_data_without_page_rules",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "geoapp.http.caching.forbid_caching_of_sessions",
    "csp.middleware.CSPMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
}


def test_each_middleware_is_a_guard_or_is_left_out_on_purpose():
    assert set(settings.MIDDLEWARE) == GUARDS | LEFT_OUT
    assert not GUARDS & LEFT_OUT
