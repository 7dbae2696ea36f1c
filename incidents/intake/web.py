"""The web form's data → a report as the door takes it."""

from incidents.intake import IncomingReport
from incidents.models import User


def report_from_form(data: dict, *, language: str, by: User | None = None) -> IncomingReport:
    """The report in the cleaned data of `forms.ReportForm`."""
    return IncomingReport(
        channel="web",
        category=data["category"],
        place=data["place"],
        located=data["located"],
        address=data["address"],
        accuracy_m=data["accuracy"],
        ward_named=data["ward_named"],
        text=data["text"],
        phone=data["phone"],
        email=data["email"],
        language=language,
        pictures=data["photos"],
        pictures_public=data["photos_public"],
        join=data["join"],
        sending=data["sending"],
        by=by,
    )
