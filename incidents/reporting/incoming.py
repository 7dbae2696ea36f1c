"""A report as a channel hands it over, and what is checked of it before anything else."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from django.contrib.gis.geos import Point
from django.utils.translation import gettext as _

from gis_data.addresses import geocode
from gis_data.models import Area
from gis_data.words import tidy
from incidents.models import Category, Incident, Severity, User

TEXT_MAX = 4000


class ReportRefused(ValueError):
    """The report cannot be taken: `field` says what is wrong with it, the message what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass
class IncomingReport:
    """A report as a channel hands it over: translated only, and checked by `receive`."""

    channel: str
    category: Category
    place: Point  # EPSG:4326
    located: geocode.Located | None = None  # where it lies, if that was looked up already
    named: geocode.NamedPlace | None = None  # what names the place, if that was looked up already
    text: str = ""
    accuracy_m: float | None = None
    ward_named: bool = False  # the reporter said which ward it is: only where in it is vague
    address: str | None = None  # in the reporter's words; None: the streets nearby say it
    phone: str = ""
    email: str = ""
    chat: str = ""  # where the sender chats with the city: Correspondent.user
    language: str = "vi"
    pictures: list = field(default_factory=list)
    pictures_public: bool = True
    media_urls: list = field(default_factory=list)  # where photos lie with another system: fetched by a job
    answers: list = field(default_factory=list)  # as `questions.check_answers` gives them
    join: Incident | None = None  # "it is this one"
    sending: UUID = field(default_factory=uuid4)
    by: User | None = None  # the operator who took it down
    severity: str = Severity.NORMAL  # of a new incident, where a person has asked
    notice_version: str = ""  # of what is said about personal data, as the sender read it
    # Of a report that was held: its link, when it came, what a moderator lets everybody read, what was confirmed.
    token: str = field(default_factory=secrets.token_urlsafe)
    received_at: datetime | None = None
    public_text: str | None = None
    phone_confirmed_at: datetime | None = None
    email_confirmed_at: datetime | None = None


def checked_text(incoming: IncomingReport) -> str:
    """The text as it is stored. Raises ReportRefused where it is too long."""
    text = tidy(incoming.text)
    if len(text) > TEXT_MAX:
        raise ReportRefused(
            "text",
            _("Please shorten the text to %(limit)d characters; it has %(length)d.")
            % {"limit": TEXT_MAX, "length": len(text)},
        )
    return text


def checked_place(incoming: IncomingReport) -> geocode.Located:
    """Where it lies. Raises ReportRefused where that is not in the city."""
    try:
        return incoming.located or geocode.locate(incoming.place)
    except geocode.OutsideTheCity:
        raise ReportRefused("place", _("This place lies outside the city. Move the pin into it.")) from None


def checked_words_and_area(incoming: IncomingReport) -> tuple[str, Area]:
    """The text as it is stored, and the area of the place. Raises ReportRefused for what could not be taken in."""
    text, located = checked_text(incoming), checked_place(incoming)
    if incoming.category.parent_id is None:
        raise ReportRefused("category", _("Choose what it is about."))
    return text, located.area
