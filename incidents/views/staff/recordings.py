"""Play recordings of hotline calls; each access is recorded as a view of personal data."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404

from geoapp.http.http_methods import require_safe
from incidents.hotline import retention as call_retention
from incidents.models import Recording
from incidents.page_access import SignedInRequest, require_work


@require_safe
@require_work("operator")
def hear_recording(request: SignedInRequest, pk: int) -> HttpResponse:
    recording = get_object_or_404(Recording, pk=pk, state=Recording.State.KEPT)
    if not recording.file.storage.exists(str(recording.file.name)):
        raise Http404
    if request.method == "GET":
        call_retention.record_hearing(recording, by=request.user)
    with recording.file.open() as sound:
        return HttpResponse(sound.read(), content_type=recording.kind)
