"""List the pages that did not help, with the reasons, at `/enquiries/answers/`: for those who answer enquiries."""

from django.http import HttpResponse
from django.shortcuts import render

from geoapp.http.http_methods import require_safe
from incidents.answers import votes
from incidents.page_access import SignedInRequest, require_work

ROWS = 100
REASONS = 20  # of a page, the newest


@require_safe
@require_work("enquiries")
def votes_page(request: SignedInRequest) -> HttpResponse:
    answers = votes.least_helpful()[:ROWS]
    rows = [(answer, votes.reasons_of(answer)[:REASONS]) for answer in answers]
    return render(request, "incidents/desk/answer_votes.html", {"rows": rows})
