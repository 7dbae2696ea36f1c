"""Forms for a reporter's verdict on a result, and their context."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as w

from incidents.casework import verdicts
from incidents.forms import PhotosField, WordsField
from incidents.models import Event, Incident, Report

# Common reasons for a dispute, to be chosen by one tap; stored in the city's language, for the dispatcher who decides.
COMMON_REASONS = {
    "same": w("Nothing has changed."),
    "part": w("Only part of it is done."),
    "place": w("The work was done in another place."),
}
STAR_WORDS = {
    1: w("very dissatisfied"),
    2: w("dissatisfied"),
    3: w("neutral"),
    4: w("satisfied"),
    5: w("very satisfied"),
}
THANKS = {
    "confirm": w("Thank you. The incident is closed."),
    "dispute": w("Thank you. Somebody who did not work on it will now review it."),
    "rate": w("Thank you for your rating."),
}


class DisputeForm(forms.Form):
    """The reason of a dispute: own words, a common reason, or both. Clean data: `said`, both as one text."""

    often = forms.ChoiceField(choices=COMMON_REASONS.items(), required=False)
    words = WordsField(required=False, limit=verdicts.WORDS_MAX)
    photos = PhotosField(required=False)

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        with translation.override(settings.LANGUAGE_CODE):
            ready = str(COMMON_REASONS.get(data.get("often", ""), ""))
        reason = " ".join(filter(None, [ready, data.get("words")]))
        if not reason and not self.errors:
            self.add_error("words", _("Write a few words: what is not done yet?"))
        return data | {"said": reason}


class RateForm(forms.Form):
    stars = forms.TypedChoiceField(
        choices=[(n, n) for n in verdicts.STARS],
        coerce=int,
        error_messages=dict.fromkeys(("required", "invalid_choice"), w("Choose one to five stars.")),
    )
    reason = WordsField(required=False, limit=verdicts.WORDS_MAX)


def verdict_context(
    request: HttpRequest,
    report: Report,
    result: Event,
    *,
    refused: str = "",
    dispute: DisputeForm | None = None,
    rate: RateForm | None = None,
    confirm: forms.Form | None = None,
) -> dict[str, Any]:
    incident = report.incident
    typed = {request.POST.get("verdict"): request.POST}
    stars = typed.get("rate", request.GET).get("stars", "")
    confirmed = incident.timeline.filter(kind=Event.Kind.CONFIRMED, pk__gt=result.pk).exists()
    return {
        "address": verdicts.short_link(report, result),
        "may_confirm": verdicts.may_confirm(incident),
        "confirmed": confirmed,
        "asks_stars": confirmed or not verdicts.may_confirm(incident) or bool(stars) or "rate" in typed,
        "may_dispute": verdicts.may_dispute(incident, result),
        "dispute_words": dispute_words(incident),
        "until": verdicts.disputable_until(result),
        "rating": report.ratings.filter(result=result).first(),
        "stars": int(stars) if stars in map(str, verdicts.STARS) else 0,
        "all_stars": STAR_WORDS.items(),
        "often": COMMON_REASONS.items(),
        "dispute": dispute or DisputeForm(initial=typed.get("dispute", {})),
        "rate": rate or RateForm(initial=typed.get("rate", {})),
        "said": THANKS.get(request.GET.get("said", ""), ""),
        "refused": refused,
    }


def dispute_words(incident: Incident) -> str:
    """Returns the words of the button that disputes the result."""
    if incident.state == Incident.State.DISPUTED:
        return _("Add a comment")
    return _("No, I do not agree") if incident.state == Incident.State.REJECTED else _("No, it is not done")
