"""How the service works now, at `/status/`."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as w

from geoapp.http import rate_limits
from geoapp.http.http_methods import require_safe
from incidents.analytics.service_state import FRESH_S, Condition, service_state

# The words of each condition, and the state whose glyph and colour it has.
WORDS: dict[Condition, tuple[Promise, str]] = {
    Condition.WORKING: (w("working normally"), "resolved"),
    Condition.SLOW: (w("slower than usual"), "waiting"),
    Condition.DOWN: (w("interrupted"), "late"),
}
MESSAGES: dict[Condition, Promise] = {
    Condition.WORKING: w("Codes, messages and answers are sent without delay."),
    Condition.SLOW: w("Codes and messages arrive later than usual. Nothing is lost: send nothing twice."),
    Condition.DOWN: w("Messages are not sent at the moment. They follow as soon as the fault is repaired."),
}
CAMERAS: dict[Condition, Promise] = {
    Condition.WORKING: w("%(live)s of %(all)s cameras give a picture."),
    Condition.SLOW: w("Only %(live)s of %(all)s cameras give a picture."),
    Condition.DOWN: w("Most cameras give no picture at the moment: %(live)s of %(all)s do."),
}
MAP: dict[Condition, Promise] = {
    Condition.WORKING: w("The map, the boundaries and the search for places answer."),
    Condition.SLOW: w("A layer that comes from elsewhere has not been updated for more than an hour."),
    Condition.DOWN: w("No boundaries are in force: places cannot be found in a ward."),
}


@rate_limits.limit_requests("search")
@login_not_required
@require_safe
def status_page(request: HttpRequest) -> HttpResponse:
    state = service_state()
    cameras = {"live": state.cameras_live, "all": state.cameras_all}
    parts = [
        (w("Website and reports"), Condition.WORKING, w("This page answers, and reports are received.")),
        (w("Messages and answers"), state.messages, MESSAGES[state.messages]),
        *([(w("Traffic cameras"), state.cameras, str(CAMERAS[state.cameras]) % cameras)] if state.cameras else []),
        (w("Map and places"), state.map, MAP[state.map]),
    ]
    context = {
        "state": state,
        "parts": [(title, *WORDS[condition], sentence) for title, condition, sentence in parts],
    }
    response = render(request, "incidents/public/status.html", context)
    response["Cache-Control"] = f"private, max-age={FRESH_S}"
    return response
