"""The declaration of report fields is complete: tests name each missing place."""

from dataclasses import MISSING, dataclass, fields
from typing import Any

import pytest
from django.utils.timezone import now

from geoapp.crypto.fields import Encrypted, SealedTextField
from incidents import forms, reporting
from incidents.channels import web
from incidents.data_requests import handover
from incidents.data_requests import requests as data_requests
from incidents.models import HeldReport, Report
from incidents.reporting import retention
from incidents.reporting.incoming import COLUMNS, COPIED, FORM_KEYS, REPORT_FIELDS, STEPS, Row, read_declaration
from incidents.reporting.sender import Sender
from tests import factories

MODELS = {Row.REPORT: Report, Row.HELD: HeldReport}
# Columns that tell what became of the row, and nothing of what was sent.
OWN_COLUMNS = {
    Row.REPORT: {"id", "incident", "erased_at", "withdrawn_at", "search_text"},
    Row.HELD: {
        "id", "reasons", "state", "held_at", "network", "key", "area", "decided_at", "decided_by", "refusal", "report",
        "erased_at",
    },
}  # fmt: skip
PLACE_INPUTS = {"lon", "lat", "where", "area", "spot"}  # of which the clean data makes those of a place
PERSONAL = {name for name, where in REPORT_FIELDS.items() if where.personal}


def incoming_with_everything(town) -> reporting.IncomingReport:
    """A report with a value other than the default in every stored field."""
    values = {
        "category": town.hole, "place": factories.IN_OLD, "phone": "+84901234567", "email": "ann@example.org",
        "chat": "4711", "channel": "open311", "language": "en", "accuracy_m": 12.5, "join": None,
        "answers": [{"code": "depth", "label": "Depth", "value": "deep", "personal": True}],
        "media_urls": ["https://example.org/1.jpg"], "received_at": now(), "phone_confirmed_at": now(),
        "email_confirmed_at": now(),
    }  # fmt: skip
    for field in fields(reporting.IncomingReport):
        if field.name not in values and field.name in {*COLUMNS[Row.REPORT], *COLUMNS[Row.HELD]}:
            values[field.name] = other_value(field)
    return reporting.IncomingReport(**values)


def other_value(field) -> Any:
    """A value of the field's type other than its default."""
    if field.default_factory is not MISSING:
        return field.default_factory()
    return not field.default if isinstance(field.default, bool) else field.name[:10]


def test_every_field_says_where_it_goes():
    @dataclass
    class Scratch:
        witness: str = ""

    with pytest.raises(TypeError, match=r"Scratch\.witness does not say where"):
        read_declaration(Scratch)


@pytest.mark.parametrize("row", Row)
def test_every_column_is_declared(row):
    model = MODELS[row]
    columns = {column.name for column in model._meta.concrete_fields} - OWN_COLUMNS[row]
    assert [f"{model.__name__}.{name} is not declared" for name in sorted(columns - {*COLUMNS[row]})] == []
    assert [f"{model.__name__}.{name} is no column" for name in COLUMNS[row] if name not in columns] == []


@pytest.mark.parametrize("row", Row)
def test_every_encrypted_column_is_personal(row):
    """Except the token, which identifies nobody."""
    hidden = (Encrypted, SealedTextField)
    encrypted = {column.name for column in MODELS[row]._meta.concrete_fields if isinstance(column, hidden)}
    assert encrypted - OWN_COLUMNS[row] - PERSONAL == {"token"}


@pytest.mark.django_db
def test_held_report_is_let_through_whole(town):
    incoming = incoming_with_everything(town)
    held_report = reporting.receive_or_hold(incoming, Sender(), ["address"])
    assert isinstance(held_report, HeldReport)
    held_report.refresh_from_db()
    lost = [f"HeldReport.{name}" for name in COPIED[Row.HELD] if getattr(held_report, name) != getattr(incoming, name)]
    report = reporting.let_through(held_report, by=None)
    report.refresh_from_db()
    lost += [f"Report.{name}" for name in COPIED[Row.REPORT] if getattr(report, name) != getattr(incoming, name)]
    assert lost == []


@pytest.mark.django_db
def test_personal_columns_are_handed_over_and_erased(town):
    incoming = incoming_with_everything(town)
    report = reporting.receive(incoming)
    held_report = reporting.receive_or_hold(incoming_with_everything(town), Sender(), ["address"])
    (held_data,) = retention.export_held_reports([held_report])
    handed_over = {
        Row.REPORT: handover.report_data(report),
        Row.HELD: held_data | {"media_urls": held_data["photos_elsewhere"]},
    }
    personal = {row: [name for name in COLUMNS[row] if name in PERSONAL] for row in Row}
    assert [(row.name, name) for row in Row for name in personal[row] if not handed_over[row].get(name)] == []
    data_requests.erase_reports(Report.objects.filter(pk=report.pk))
    retention.erase_held_reports([held_report], now())
    rows = {Row.REPORT: report, Row.HELD: held_report}
    for row in rows.values():
        row.refresh_from_db()
    assert [(row.name, name) for row in Row for name in personal[row] if getattr(rows[row], name)] == []


def test_every_field_of_the_form_reaches_the_report():
    inputs = set(forms.ReportForm.base_fields) - PLACE_INPUTS - {"uploaded"}  # which adds to the photos
    placed = {"place", "located", "address", "ward_named"}
    assert [f"forms.ReportForm.{name} is not declared" for name in sorted(inputs - {*FORM_KEYS.values()})] == []
    keys = set(FORM_KEYS.values()) - placed
    assert [f"forms.ReportForm.{name} is no field" for name in sorted(keys - inputs)] == []
    data = {key: f"of {key}" for key in FORM_KEYS.values()}
    report = web.report_from_form(data, language="en")
    assert {name: getattr(report, name) for name in FORM_KEYS} == {name: data[key] for name, key in FORM_KEYS.items()}


@pytest.mark.django_db
def test_page_asks_for_every_field_that_has_a_step(town, client):
    page = client.get("/report/").text
    steps = [name for name in STEPS if name != "join"]  # which is asked for where something is near
    places = {"input": 'name="{}"', "place of a fault": 'data-fault="{}"'}
    missing = [
        f"{place} of {name}" for name in steps for place, mark in places.items() if mark.format(name) not in page
    ]
    assert missing == []
