"""Test that pages of staff wear the header of staff, and all others the public one."""

from django.test import Client
from django.urls import resolve

from incidents.models import User
from tests.every_address import every_address, people_of, values_of

# Pages that are printed, shown in other sites, or light in an emergency, have a head of their own.
WITHOUT_HEADER = {
    "/embed/", "/f/%(token)s/letter/", "/desk/%(reference)s/letter/", "/desk/orders/",
    "/emergency/", "/emergency/report/", "/emergency/bulletins/%(pk)s/",
}  # fmt: skip


def test_pages_of_staff_wear_the_header_of_staff(town):
    browser = Client(raise_request_exception=False)
    addresses = every_address(values_of(town, people_of(town)))
    browser.force_login(User.objects.get(username="mighty"), backend="django.contrib.auth.backends.ModelBackend")
    wrong, seen = {}, {"staff": 0, "public": 0}
    for address in addresses:
        if address.route.startswith("/admin/") or address.route in WITHOUT_HEADER:
            continue
        page = browser.get(address.path)
        if (
            page.status_code != 200
            or not page.get("Content-Type", "").startswith("text/html")
            or "<body" not in page.text
        ):
            continue
        for_staff = getattr(resolve(address.path).func, "login_required", True)
        worn = ("staff-bar" in page.text, "public-bar" in page.text, "public-foot" in page.text)
        seen["staff" if for_staff else "public"] += 1
        if worn != ((True, False, False) if for_staff else (False, True, True)):
            wrong[address.route] = worn
    assert wrong == {}
    assert min(seen.values()) > 20
