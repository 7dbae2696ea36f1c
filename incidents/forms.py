"""Validate what people type into pages, field by field, with a sentence for each fault."""

import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import phonenumbers
from django import forms
from django.conf import settings
from django.contrib.gis.geos import Point
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, override

from gis_data import city
from gis_data.addresses import geocode, map_links
from gis_data.addresses.geocode import Located
from gis_data.addresses.suggest import SHORT_LINK, only_sure_candidate, place_elsewhere, suggest
from gis_data.alphabet import in_alphabet
from gis_data.models import Area, Level
from gis_data.words import plain, tidy
from incidents import access, photos, reporting, result_checks
from incidents.announcements import acts as announcement_acts
from incidents.announcements import notices as announcement_notices
from incidents.map.public_map import with_pictures
from incidents.models import Announcement, AnyUser, Category, Incident, Report, User
from incidents.models.announcements import WORDS_MAX
from incidents.models.incident import IncidentQuerySet
from incidents.photos import Picture
from incidents.reporting import questions, waiting_photos
from incidents.reporting.address_candidates import (
    find_spots,
    named_ward_code,
    parse_spot,
    spots_from_candidates,
    ward_spots,
)
from incidents.reporting.questions import AskedQuestion
from incidents.routing import rules

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


OUTSIDE = gettext_lazy("This place is outside the city. Move the pin inside it.")
SWAPPED = gettext_lazy("Latitude and longitude are swapped: with these values, the place is outside the city.")
NEW = "new"  # the answer to "is it one of these?" that opens an incident of its own


class WordsField(forms.CharField):
    """Text in NFC, without invisible marks and control characters."""

    def to_python(self, value: object) -> str:
        return tidy(super().to_python(value) or "")

    def validate(self, value: Any) -> None:
        super().validate(value)
        if self.limit and len(value) > self.limit:
            raise forms.ValidationError(
                _("Please shorten the text to %(limit)d characters; it has %(length)d."),
                params={"limit": self.limit, "length": len(value)},
            )

    def __init__(self, *, limit: int | None = None, **more: Any) -> None:
        super().__init__(**more)
        self.limit = limit


class PlaceWordsField(WordsField):
    """Words that name a place. A map link may exceed the limit: it is replaced by the place that it names."""

    def to_python(self, value: object) -> str:
        return map_links.shorten_link(super().to_python(value), self.limit or map_links.LONGEST)


class PhoneField(forms.CharField):
    """A phone number as people write it in this city; clean value: E.164, or ""."""

    def clean(self, value: object) -> str:
        value = tidy(super().clean(value) or "")
        return self.to_e164(value, city.current().holidays or None) if value else ""

    def to_e164(self, value, country):
        try:
            number = phonenumbers.parse(value, country)
        except phonenumbers.NumberParseException as error:
            no_country = error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE
            raise forms.ValidationError(
                _("Start the number with + and the country code.") if no_country else _("This is not a phone number.")
            ) from None
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        example = (
            phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE) if country else None
        )
        if example is None or number.country_code != example.country_code:
            raise forms.ValidationError(_("There is no such phone number."))
        shown = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)
        has, wants = (sum(c.isdigit() for c in text) for text in (value, shown))
        raise forms.ValidationError(
            _("There is no such phone number. A mobile number looks like %(example)s.")
            if has == wants
            else _("This number has %(has)d digits. A mobile number has %(wants)d, for example %(example)s."),
            params={"has": has, "wants": wants, "example": shown},
        )


class MultipleFileInput(forms.ClearableFileInput):
    allow_multiple_selected = True

    def value_from_datadict(
        self, data: object, files: MultiValueDict[str, UploadedFile], name: str
    ) -> list[UploadedFile]:
        return [upload for upload in files.getlist(name) if upload.name]


def too_many_photos(count: int) -> forms.ValidationError:
    return forms.ValidationError(
        ngettext(
            "Up to %(limit)d photo; you chose %(count)d.",
            "Up to %(limit)d photos; you chose %(count)d.",
            settings.PHOTOS_MAX,
        ),
        params={"limit": settings.PHOTOS_MAX, "count": count},
    )


class PhotosField(forms.Field):
    """Up to `PHOTOS_MAX` photos, decoded; the error names each one that is refused."""

    widget = MultipleFileInput

    def clean(self, uploads: list[UploadedFile] | None) -> list[Picture]:
        uploads = uploads or []
        if len(uploads) > settings.PHOTOS_MAX:
            raise too_many_photos(len(uploads))
        pictures, faults = [], []
        for upload in uploads:
            try:
                pictures.append(photos.read_photo(upload))
            except photos.BadPhoto as bad:
                faults.append(str(bad))
        if faults:
            raise forms.ValidationError(faults)
        return pictures


MILLISECONDS_MAX = 4_102_444_800_000  # in the year 2100


class SendingForm(forms.Form):
    """Where and when a result is sent, as a device reports it: no field is required. See `result_checks`.

    `live`: how many of the last photos were taken just now. `photo_…`: EXIF facts of the last photo if the device
    reduced it. Moments are milliseconds since 1970.
    """

    own_lon = forms.FloatField(required=False, min_value=-180, max_value=180)
    own_lat = forms.FloatField(required=False, min_value=-90, max_value=90)
    own_accuracy = forms.FloatField(required=False, min_value=0, max_value=10_000_000)
    pressed_at = forms.IntegerField(required=False, min_value=0, max_value=MILLISECONDS_MAX)
    live = forms.IntegerField(required=False, min_value=0, max_value=100)
    photo_lon = forms.FloatField(required=False, min_value=-180, max_value=180)
    photo_lat = forms.FloatField(required=False, min_value=-90, max_value=90)
    photo_at = forms.IntegerField(required=False, min_value=0, max_value=MILLISECONDS_MAX)
    place_reason = WordsField(required=False, limit=result_checks.REASON_MAX)

    remarks: Sequence[result_checks.Remark] = ()  # what speaks against the result, once it was checked

    def sending(self, *, from_device: bool) -> result_checks.Sending:
        data = self.cleaned_data
        place = point_of(data.get("own_lon"), data.get("own_lat"))
        return result_checks.Sending(
            place=place, accuracy_m=data.get("own_accuracy") or 0, from_device=from_device or place is not None,
            at=moment_of(data.get("pressed_at")), reason=data.get("place_reason") or "",
        )  # fmt: skip

    def with_facts(self, pictures: Sequence[Picture]) -> list[Picture]:
        data, described = self.cleaned_data, list(pictures)
        live = data.get("live") or 0
        for number in range(max(len(described) - live, 0), len(described)):
            described[number] = replace(described[number], live=True)
        if described:
            last = described[-1]
            described[-1] = replace(
                last,
                taken_at=last.taken_at or moment_of(data.get("photo_at")),
                taken_place=last.taken_place or point_of(data.get("photo_lon"), data.get("photo_lat")),
            )
        return described

    def ask_reason(self, missing: result_checks.ReasonMissing) -> None:
        self.remarks = missing.remarks
        self.add_error("place_reason", str(missing))


def point_of(lon: float | None, lat: float | None) -> Point | None:
    return None if lon is None or lat is None else Point(lon, lat, srid=4326)


def moment_of(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, tz=UTC)


class PlaceForm(forms.Form):
    """A place, as a pin or as words. Clean data: `place` (Point, EPSG:4326), `accuracy`, `address`, `located`, and
    `ward_named`: whether the person named the ward, so that only the place in it is vague.
    """

    lon = forms.FloatField(required=False)
    lat = forms.FloatField(required=False)
    accuracy = forms.FloatField(required=False, min_value=0, max_value=100_000)
    where = PlaceWordsField(required=False, limit=200)
    area = forms.CharField(required=False)
    spot = forms.CharField(required=False)

    candidates: Sequence = ()  # the places that the words may mean, as `spots.find_spots` gives them

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        for name in ("lon", "lat", "accuracy"):
            self.errors.pop(name, None)  # nobody typed them: a number that is none is a pin that is missing
        if "where" not in self.errors:
            data |= {"accuracy": data.get("accuracy"), "address": None}
            try:
                data["place"] = self.chosen_point(data) or self.pinned_point(data) or self.point_from_words(data)
                data["located"] = locate(data["place"])
                data["ward_named"] = data["located"].area.code == data.get("area")
            except geocode.OutsideTheCity:
                place = data.pop("place")
                self.add_error(None, SWAPPED if lies_in_city(Point(place.y, place.x, srid=4326)) else OUTSIDE)
            except forms.ValidationError as error:
                self.add_error(None, error)
        return data

    @property
    def place_errors(self):
        own = [name for name in PlaceForm.base_fields if name in self.fields]
        return [*self.non_field_errors(), *(error for name in own for error in self.errors.get(name, []))]

    def chosen_point(self, data):
        if not data.get("spot"):
            return None
        try:
            spot = parse_spot(data["spot"])
        except ValueError:
            raise forms.ValidationError(_("Which of these places is it?")) from None
        data |= {"accuracy": spot.accuracy_m, "area": spot.area, "address": data["where"] or None}
        return spot.point

    def pinned_point(self, data):
        lon, lat = data.get("lon"), data.get("lat")
        return None if lon is None or lat is None else Point(lon, lat, srid=4326)

    def point_from_words(self, data):
        """Return the one place that the words name surely, or the ward that was chosen; the words become
        the address.
        """
        words = data["where"]
        if area := Area.objects.on(localdate()).filter(code=data.get("area") or "-").first():
            named = NamedPoint(area.label_point, round(radius_m(area)), area.code, address_beyond_area(area, words))
        else:
            named, self.candidates = place_in_words(words)
        if named is None:
            raise forms.ValidationError(
                _("Which of these places is it?")
                if self.candidates
                else _("We cannot find this place. Write the name of the ward.")
                if words
                else _("Tell us where it is: move the pin, or enter the name of the ward."),
            )
        data |= {"accuracy": named.accuracy_m, "address": named.address, "area": named.ward}
        return named.point


def locate(place: Point) -> Located:
    """As geocode.locate, for coordinates that may be out of range."""
    if abs(place.x) > 180 or abs(place.y) > 90:
        raise geocode.OutsideTheCity
    return geocode.locate(place)


def lies_in_city(place: Point) -> bool:
    try:
        return bool(locate(place))
    except geocode.OutsideTheCity:
        return False


def is_area_name(area: Area, words: str) -> bool:
    return plain(words) in (plain(area.name), plain(area.full_name), plain(area.full_name_en))


@dataclass(frozen=True)
class NamedPoint:
    """A place that words name: its point (EPSG:4326) and accuracy in metres.

    `ward` is the code of the ward if that was named, `address` the words if they say more than the ward.
    """

    point: Point
    accuracy_m: int
    ward: str
    address: str


def place_in_words(words: str) -> tuple[NamedPoint | None, list]:
    """Return (the one place that the words name surely, as `NamedPoint`, else None; the places to choose from).

    Raises ValidationError if they name another province or city.
    """
    if map_links.names_short_link(words):
        raise forms.ValidationError(SHORT_LINK)
    if map_links.places_in_text(words) and not suggest(words):
        raise forms.ValidationError(OUTSIDE)
    if province := place_elsewhere(words):
        raise forms.ValidationError(_("%(place)s is outside the city."), params={"place": province})
    candidates = suggest(words)
    best = only_sure_candidate(candidates)
    if best is None or best.area is None:
        return None, spots_from_candidates(candidates) or ward_spots(areas_resembling(words))
    metres = round(radius_m(best.area)) if best.names_ward else best.accuracy_m
    return NamedPoint(best.point, metres, named_ward_code(best), address_beyond_area(best.area, words)), []


def address_beyond_area(area: Area, words: str) -> str:
    return "" if is_area_name(area, words) else words


def radius_m(area: Area) -> float:
    """Return the radius in metres of a circle as large as the area."""
    square_metres = (
        area.declared_km2 * 1e6
        if area.declared_km2
        else area.shape.transform(city.current().metric_srid, clone=True).area
    )
    return math.sqrt(square_metres / math.pi)


def address_parts(words: str) -> list[str]:
    return [words, *words.split(",")]


def areas_resembling(words: str) -> "list[WithAnnotations[Area, geocode.Likeness]]":
    """Return the areas that an address in words may mean: those most like one of its parts, best first."""
    matches = filter(None, map(geocode.find_areas, address_parts(words)))
    return max(matches, key=lambda areas: areas[0].likeness, default=[])


class NearForm(PlaceForm):
    """A place and a category."""

    category = forms.ModelChoiceField(
        Category.objects.leaves(),
        to_field_name="code",
        error_messages={
            "required": gettext_lazy("Choose what it is about."),
            "invalid_choice": gettext_lazy("This cannot be reported. Choose from the list."),
        },
    )

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        category, located = data.get("category"), data.get("located")
        if category and located and not rules.is_served(category, located):
            self.add_error("category", _("No unit takes this type of report at that place. Choose from the list."))
        return data


class ReportForm(NearForm):
    """A citizen's report. `incidents` are those that this person may join."""

    text = WordsField(required=False, limit=reporting.TEXT_MAX)
    photos = PhotosField(required=False)
    uploaded = forms.Field(required=False, widget=forms.MultipleHiddenInput)  # digests of photos that came ahead
    photos_public = forms.BooleanField(required=False)
    phone = PhoneField(required=False)
    email = forms.EmailField(
        required=False,
        error_messages={"invalid": gettext_lazy("This is not an e-mail address. One looks like name@example.org.")},
    )
    join = forms.CharField(required=False)
    sending = forms.UUIDField(required=False)
    answers = forms.Field(required=False)  # bears what is wrong with answers; they are read from fields of their own
    notice = WordsField(required=False, limit=10)  # the version of what was said about personal data

    field_order = ["where", "category", "join", "photos", "text", "phone", "email"]
    asks_near = True  # whether it is one of those near by

    def __init__(self, *args: Any, incidents: IncidentQuerySet | None = None, **more: Any) -> None:
        super().__init__(*args, **more)
        self.incidents = Incident.objects.none() if incidents is None else incidents
        self.near = []
        self.answer_faults: dict[str, str] = {}  # by the code of the question

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        # One sending of this page: the same page sent again for another place or matter is another report.
        page = data.get("sending") or uuid.uuid4()
        data["sending"] = uuid.uuid5(
            page, " ".join(self.data.get(name, "") for name in ("lon", "lat", "where", "area", "category"))
        )
        self.check_answers(data)
        if data.get("category") and data.get("located"):
            self.near = find_near(self.incidents, data["category"], data["place"]) if self.asks_near else []
            # Asked after it: the same form sent at the same time may have made one of these just now.
            if Report.objects.filter(sending=data["sending"]).exists():
                self.near, data["join"] = [], None
                return data  # nothing more is looked at: it is answered as before
            data["join"] = self.chosen_incident(data.get("join", ""))
        if data.get("uploaded") and "photos" in data:
            self.add_waiting_photos(page, data["uploaded"], data["photos"])
        return data

    def check_answers(self, data: dict[str, Any]) -> None:
        data["answers"] = []
        joins = data.get("join", "") not in ("", NEW)
        if data.get("category"):
            try:
                data["answers"] = questions.check_answers(data["category"], self.sent_answers(), joins=joins)
            except questions.BadAnswers as bad:
                self.answer_faults = bad.faults
                self.add_error("answers", list(bad.faults.values()))

    def sent_answers(self):
        sent = {name: value for name, value in self.data.items() if name.startswith(questions.PREFIX)}
        return {
            name.removeprefix(questions.PREFIX): self.data.getlist(name)
            if isinstance(self.data, QueryDict)
            else [value]
            for name, value in sent.items()
        }

    def asked_questions(self) -> list[AskedQuestion]:
        chosen = Category.objects.leaves().filter(code=str(self["category"].value() or "")).first()
        return questions.asked_questions(chosen, self.sent_answers(), self.answer_faults)

    def add_waiting_photos(self, page, digests, photos):
        if len(digests) + len(photos) > settings.PHOTOS_MAX:
            return self.add_error("photos", too_many_photos(len(digests) + len(photos)))
        pictures = waiting_photos.pictures_of(page, digests)
        if pictures is None:
            return self.add_error("photos", _("A photo did not arrive. Please send it again."))
        photos[:0] = pictures

    def chosen_incident(self, answer):
        """Return the incident to join, or None for a new one. The person is asked wherever an open one may
        be the same.
        """
        chosen = next((incident for incident in self.near if incident.reference == answer), None)
        if chosen or answer == NEW or not (answer or self.near):
            return chosen
        if answer:
            self.add_error("join", _("That incident has just been closed. Send yours as a new report."))
        else:
            self.add_error("join", _("Is it one of these? If not, send your report again as a new one."))
        return None


class EmergencyReportForm(ReportForm):
    """A report in two steps: nobody is asked whether it is known, and what is alike is merged later (`gathering`)."""

    asks_near = False


class WaitingPhotoForm(forms.Form):
    """A photo uploaded before its report."""

    sending = forms.UUIDField()
    photo = forms.FileField(allow_empty_file=True)


class AnswerForm(forms.Form):
    """The reporter's answer to the unit that asked."""

    note = WordsField(
        limit=reporting.TEXT_MAX,
        error_messages={"required": gettext_lazy("Write a few words: the unit is waiting for your answer.")},
    )
    photos = PhotosField(required=False)


def unchecked_report_form(post: QueryDict) -> ReportForm:
    form = ReportForm(initial=post.dict())
    words = map_links.shorten_link(tidy(post.get("where", "")), 200)[:200]
    form.candidates = find_spots(words) or ([] if place_elsewhere(words) else ward_spots(areas_resembling(words)))
    return form


def find_near(incidents: IncidentQuerySet, category: Category, place: Point) -> list[Incident]:
    return list(with_pictures(reporting.incidents_close_by(incidents, category, place)))


def joinable_incidents(user: AnyUser) -> IncidentQuerySet:
    return access.incidents_for(user).filter(access.PUBLISHED)


class AnnouncementTimeForm(forms.Form):
    """The words and times of an announcement. Clean data: `wording`, as `announcing` takes it."""

    text = WordsField(limit=WORDS_MAX, error_messages={"required": gettext_lazy("Write what people should know.")})
    text_en = WordsField(limit=WORDS_MAX, required=False)
    starts_at = forms.DateTimeField(
        required=False, error_messages={"invalid": gettext_lazy("This is not a date and time.")}
    )
    until = forms.DateTimeField(
        error_messages={
            "required": gettext_lazy("An announcement needs an end."),
            "invalid": gettext_lazy("This is not a date and time."),
        }
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        return self.add_wording(data)

    def add_wording(self, data: dict[str, Any]) -> dict[str, Any]:
        if data.get("text") and data.get("until"):
            data["wording"] = announcement_acts.Wording(
                data["text"], data["until"], starts_at=data.get("starts_at"), text_en=data.get("text_en", "")
            )
        return data


def names_of_place(place: Point, ward: Area) -> dict[str, str]:
    names = {}
    for key, language in (("name", "vi"), ("name_en", "en")):
        with override(language):
            names[key] = geocode.nearest_address(place) or ward.title
    return names


class AnnouncementForm(AnnouncementTimeForm, PlaceForm):
    """A new announcement. Clean data: `kind`, `reach`, `about` (an incident), `wording`.

    `incidents`: those it may be about.
    """

    kind = forms.ChoiceField(
        choices=Announcement.Kind.choices,
        error_messages={
            "required": gettext_lazy("Choose what it is about."),
            "invalid_choice": gettext_lazy("Choose what it is about."),
        },
    )
    reaches = forms.ChoiceField(choices=[("circle", ""), ("ward", "")], required=False)
    radius = forms.TypedChoiceField(
        choices=[(metres, metres) for metres in announcement_acts.RADII], coerce=int, required=False,
        error_messages={"invalid_choice": gettext_lazy("Choose how far it reaches.")},
    )  # fmt: skip
    incident = forms.CharField(required=False, max_length=20)

    def __init__(self, *args: Any, incidents: IncidentQuerySet, **more: Any) -> None:
        super().__init__(*args, **more)
        self.incidents = incidents

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("reaches") == "ward":
            data = self.add_wording(self.cleaned_data)
            if area := self.named_ward(data):
                data["reach"] = announcement_acts.Reach(area=area)
        else:
            self.cleaned_data["area"] = ""  # a ward that is chosen beside it says nothing of a circle
            data = super().clean()
            if data.get("place") and data.get("located"):
                typed, ward = data.get("address"), data["located"].area
                names = {"name": typed} if typed else names_of_place(data["place"], ward)
                radius = data.get("radius") or announcement_acts.RADIUS
                data["reach"] = announcement_acts.Reach(middle=data["place"], radius_m=radius, **names)
        data["about"] = self.named_incident(data)
        return data

    def named_ward(self, data: dict[str, Any]) -> Area | None:
        ward = Area.objects.on(localdate()).filter(level=Level.WARD, code=data.get("area") or "-").first()
        if ward is None:
            self.add_error("area", _("Choose a ward."))
        return ward

    def named_incident(self, data: dict[str, Any]) -> Incident | None:
        reference = data.get("incident")
        incident = self.incidents.filter(reference=reference).first() if reference else None
        if reference and incident is None:
            self.add_error("incident", _("There is no such incident."))
        return incident

    @property
    def faults(self) -> dict[str, str]:
        sentences: dict[str, str] = {}
        for name, faults in self.errors.items():
            field = "where" if name in ("__all__", "lon", "lat", "spot") else name
            sentences[field] = " ".join([*filter(None, [sentences.get(field)]), *(str(fault) for fault in faults)])
        return sentences


def first_announcement(parameters: QueryDict, incident: Incident | None) -> dict[str, str]:
    values = {name: parameters.get(name, "")[:WORDS_MAX] for name in AnnouncementForm.base_fields}
    if values["kind"] not in announcement_acts.KINDS:
        values["kind"] = announcement_acts.suggest_kind(incident)
    if incident and not (values["lon"] or values["where"]):
        values |= {"lon": str(incident.place.x), "lat": str(incident.place.y), "where": ""}
    values["radius"] = values["radius"] or str(announcement_acts.RADIUS)
    values["reaches"] = values["reaches"] or "circle"
    if not values["until"]:
        values["until"] = f"{announcement_acts.default_end(values['kind'], now()):%Y-%m-%dT%H:%M}"
    return values


def announcing_context(form: AnnouncementForm, user: User) -> dict[str, Any]:
    form.is_valid()
    data = form.cleaned_data
    reach, incident = data.get("reach"), data.get("about")
    kind = str(form["kind"].value() or "")
    post = announcement_acts.choose_post(user, reach, incident) if reach else None
    wards = (
        Area.objects.on(localdate()).filter(level=Level.WARD).order_by(in_alphabet("name")).defer("shape", "outline")
    )
    return {
        "form": form,
        "held": {name: form[name].value() or "" for name in form.fields},
        "kinds": [(value, words, announcement_acts.KINDS[value].icon) for value, words in Announcement.Kind.choices],
        "kind": (dict(Announcement.Kind.choices).get(kind, ""), announcement_acts.KINDS.get(kind)),
        "radii": announcement_acts.RADII,
        "wards": wards,
        "reach": reach,
        "until": data.get("until"),
        "starts_at": data.get("starts_at"),
        "incident": incident,
        "unit": post.authority if post else None,
        "outlook": announcement_notices.look_ahead(reach, incident) if reach else None,
        "words_max": WORDS_MAX,
    }
