"""Declare each field of a report once: as channels hand it over, and where it is stored."""

import secrets
from dataclasses import KW_ONLY, dataclass, field, fields, replace
from datetime import datetime
from enum import Flag, auto
from typing import Any, Literal
from uuid import UUID, uuid4

from django.contrib.gis.geos import Point
from django.utils.translation import gettext as _

from gis_data.addresses import geocode
from gis_data.models import Area
from gis_data.words import tidy
from incidents.models import Category, HeldReport, Incident, Report, Severity, User

TEXT_MAX = 4000


class ReportRefused(ValueError):
    """The report is refused: `field` is at fault; the message says what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Row(Flag):
    """Tables in which a field of a report may have a column of its name."""

    NONE = 0
    REPORT = auto()
    HELD = auto()
    BOTH = REPORT | HELD


@dataclass(frozen=True, kw_only=True)
class ReportField:
    """Where a field of a report goes; storing, erasing, handing over and asking are derived from it.

    `copied`: rows that get it unchanged; `built`: rows whose column `building` and `holding` compute. `personal`:
    erased with data on the `sender`, or with the sender's `words`. `handed_over`: part of the data export. `form`: its
    key in the cleaned data of `forms.ReportForm`; `step`: step of the page that asks for it. `more_rows`: with a value,
    rows beside the report's own are stored.
    """

    copied: Row = Row.NONE
    built: Row = Row.NONE
    personal: Literal["", "sender", "words"] = ""
    handed_over: bool = False
    form: str = ""
    step: Literal["", "photo", "where", "what", "details"] = ""
    more_rows: bool = False


def report_field(*, of: ReportField | None = None, **where: Any) -> dict[str, ReportField]:
    """Metadata of a field of IncomingReport, from which REPORT_FIELDS is read."""
    return {"goes": replace(of or ReportField(), **where)}


SENDER = ReportField(copied=Row.BOTH, personal="sender", handed_over=True)


@dataclass
class IncomingReport:
    """A report as a channel hands it over, validated by `receive`."""

    channel: str = field(metadata=report_field(copied=Row.BOTH, handed_over=True))
    category: Category = field(metadata=report_field(copied=Row.HELD, form="category", step="what"))
    place: Point = field(metadata=report_field(copied=Row.BOTH, handed_over=True, form="place"))  # EPSG:4326
    _: KW_ONLY
    # Areas and name of the place, if looked up already.
    located: geocode.Located | None = field(default=None, metadata=report_field(form="located"))
    named: geocode.NamedPlace | None = field(default=None, metadata=report_field())
    accuracy_m: float | None = field(
        default=None, metadata=report_field(copied=Row.BOTH, handed_over=True, form="accuracy")
    )
    # The reporter named the ward; the point within it is vague.
    ward_named: bool = field(default=False, metadata=report_field(copied=Row.HELD, form="ward_named"))
    # The reporter's words; None: named by streets near by.
    address: str | None = field(
        default=None, metadata=report_field(built=Row.BOTH, personal="words", handed_over=True, form="address")
    )
    # The incident that the reporter chose.
    join: Incident | None = field(
        default=None, metadata=report_field(copied=Row.HELD, form="join", step="details", more_rows=True)
    )
    pictures: list = field(default_factory=list, metadata=report_field(form="photos", step="photo", more_rows=True))
    pictures_public: bool = field(default=True, metadata=report_field(copied=Row.HELD, form="photos_public"))
    # Addresses of photos at another system, fetched by a job.
    media_urls: list = field(
        default_factory=list, metadata=report_field(copied=Row.HELD, personal="sender", more_rows=True)
    )
    text: str = field(
        default="",
        metadata=report_field(built=Row.BOTH, personal="words", handed_over=True, form="text", step="details"),
    )
    # As returned by `questions.check_answers`.
    answers: list = field(default_factory=list, metadata=report_field(of=SENDER, form="answers"))
    phone: str = field(default="", metadata=report_field(of=SENDER, form="phone", step="details"))
    email: str = field(default="", metadata=report_field(of=SENDER, form="email", step="details"))
    # Where the sender chats with the city: Correspondent.user.
    chat: str = field(default="", metadata=report_field(of=SENDER))
    language: str = field(default="vi", metadata=report_field(copied=Row.BOTH, handed_over=True))
    sending: UUID = field(default_factory=uuid4, metadata=report_field(copied=Row.BOTH, form="sending"))
    by: User | None = field(default=None, metadata=report_field())  # the operator who took it down
    severity: str = field(
        default=Severity.NORMAL, metadata=report_field()
    )  # of a new incident, where a person has asked
    # Version of the privacy notice that the sender read.
    notice_version: str = field(default="", metadata=report_field(copied=Row.BOTH, form="notice"))
    token: str = field(default_factory=secrets.token_urlsafe, metadata=report_field(copied=Row.BOTH))
    # Of a held report: time of receipt, public text set by a moderator, confirmations.
    received_at: datetime | None = field(default=None, metadata=report_field(built=Row.REPORT, handed_over=True))
    public_text: str | None = field(
        default=None, metadata=report_field(built=Row.REPORT, personal="words", handed_over=True)
    )
    phone_confirmed_at: datetime | None = field(default=None, metadata=report_field(built=Row.BOTH))
    email_confirmed_at: datetime | None = field(default=None, metadata=report_field(built=Row.BOTH))

    @property
    def has_more_rows(self) -> bool:
        return any(getattr(self, name) for name in MORE_ROWS)


def read_declaration(report: type) -> dict[str, ReportField]:
    """{field name of a dataclass: ReportField}. Raises TypeError for a field without one."""
    declared = {}
    for column in fields(report):
        if "goes" not in column.metadata:
            raise TypeError(f"{report.__name__}.{column.name} does not say where it goes")
        declared[column.name] = column.metadata["goes"]
    return declared


REPORT_FIELDS = read_declaration(IncomingReport)
COPIED = {row: tuple(name for name, where in REPORT_FIELDS.items() if row in where.copied) for row in Row}
COLUMNS = {
    row: tuple(name for name, where in REPORT_FIELDS.items() if row in where.copied | where.built) for row in Row
}
FORM_KEYS = {name: where.form for name, where in REPORT_FIELDS.items() if where.form}
STEPS = {where.form: where.step for where in REPORT_FIELDS.values() if where.step}  # by the name of the form's field
MORE_ROWS = tuple(name for name, where in REPORT_FIELDS.items() if where.more_rows)


def copied_values(incoming: IncomingReport, row: Row) -> dict[str, Any]:
    return {name: getattr(incoming, name) for name in COPIED[row]}


def values_to_hand_over(row: Report | HeldReport) -> dict[str, Any]:
    """Values of a row for the data export, by column."""
    columns = COLUMNS[Row.HELD if isinstance(row, HeldReport) else Row.REPORT]
    return {name: getattr(row, name) for name in columns if REPORT_FIELDS[name].handed_over}


def emptied_columns(row: Row, *personal: str) -> dict[str, Any]:
    """Columns of a row with personal data of these kinds, and their values after erasing."""
    lists = {declared.name for declared in fields(IncomingReport) if declared.default_factory is list}
    names = [name for name in COLUMNS[row] if REPORT_FIELDS[name].personal in personal]
    return {name: [] if name in lists else "" for name in names}


def checked_text(incoming: IncomingReport) -> str:
    """The text as stored. Raises ReportRefused where it is too long."""
    text = tidy(incoming.text)
    if len(text) > TEXT_MAX:
        raise ReportRefused(
            "text",
            _("Please shorten the text to %(limit)d characters; it has %(length)d.")
            % {"limit": TEXT_MAX, "length": len(text)},
        )
    return text


def checked_place(incoming: IncomingReport) -> geocode.Located:
    """Areas of the place. Raises ReportRefused outside the city."""
    try:
        return incoming.located or geocode.locate(incoming.place)
    except geocode.OutsideTheCity:
        raise ReportRefused("place", _("This place is outside the city. Move the pin inside it.")) from None


def checked_words_and_area(incoming: IncomingReport) -> tuple[str, Area]:
    """The text as stored, and the area of the place. Raises ReportRefused."""
    text, located = checked_text(incoming), checked_place(incoming)
    if incoming.category.parent_id is None:
        raise ReportRefused("category", _("Choose what it is about."))
    return text, located.area
