"""List resolved incidents with a photo before and after at `/before-after/`."""

from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.cache import cache_control

from geoapp.http import rate_limits
from geoapp.http.http_methods import require_safe
from geoapp.http.numeric_params import OlderThan, refuse_faulty_numbers
from geoapp.http.query_parameters import read_number
from gis_data.alphabet import in_alphabet
from gis_data.models import Area, Level
from incidents.analytics import before_after
from incidents.models import Category
from incidents.views.public.sharing import pair_address

ON_A_PAGE = 12


@rate_limits.limit_requests("search")
@login_not_required
@cache_control(private=True, max_age=60)
@require_safe
@refuse_faulty_numbers(OlderThan)
def before_after_page(request: HttpRequest) -> HttpResponse:
    """Shows the newest pairs of a ward and field; further pages start after the last pair shown."""
    wards = (
        Area.objects.on(localdate()).filter(level=Level.WARD).order_by(in_alphabet("name")).defer("shape", "outline")
    )
    groups = Category.objects.filter(parent=None, children__restricted=False).distinct()
    filters = {name: request.GET.get(name, "")[:20] for name in ("area", "field")}
    area = wards.filter(code=filters["area"]).first() if filters["area"].isascii() else None
    group = groups.filter(code=filters["field"]).first() if filters["field"].isascii() else None
    older_than = read_number(request.GET.get("older"))
    pairs = before_after.newest_pairs(ON_A_PAGE + 1, area=area, group=group, older_than=older_than)
    filter_query = urlencode({"area": area.code if area else "", "field": group.code if group else ""})
    context = {
        "pairs": pairs[:ON_A_PAGE],
        "more": f"{filter_query}&older={pairs[ON_A_PAGE - 1].after.pk}" if len(pairs) > ON_A_PAGE else "",
        "first_page": filter_query if older_than else "",
        "wards": wards,
        "groups": groups,
        "area": area,
        "group": group,
        "address": f"{settings.SITE_URL}{reverse('before-after')}" + (f"?{filter_query}" if area or group else ""),
        "picture": pair_address(pairs[0]) if pairs else "",
        "site": settings.SITE_URL,
    }
    return render(request, "incidents/public/before_after.html", context)
