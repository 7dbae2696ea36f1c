"""The words of an incident are found whoever wrote them, whenever they were written; one index finds them."""

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from geoapp.db import planner
from gis_data.words import plain
from incidents import reporting, workflow
from incidents.models import Category, Incident, IncidentWords, Report
from tests import factories, owner

MANY = """
INSERT INTO incidents_incident (reference, category_id, state, place, address, area_id, authority_id, text, published,
    reports_count, received_at, accept_by, due_at, changed_at)
SELECT 'many-' || n, category_id, state, place, address, area_id, authority_id, text || ' ' || md5(n::text), true, 1,
    received_at, accept_by, due_at, changed_at
FROM incidents_incident, generate_series(1, 3000) n
"""


def found_one_by_one(text):
    """The keys of those that have each word in what they say, what all read of their reports, or the field's name.

    One or two letters are there where a word begins with them.
    """
    fields = {category.pk: plain(f"{category.name} {category.name_en}") for category in Category.objects.all()}
    keys = set()
    for incident in Incident.objects.prefetch_related("reports"):
        texts = [incident.search_text, fields[incident.category_id]]
        texts += [plain(report.public_text) for report in incident.reports.all()]
        pieces = [word if len(word) > 2 else f" {word}" for word in plain(text).split()]
        if all(any(piece in f" {text_of_incident}" for text_of_incident in texts) for piece in pieces):
            keys.add(incident.pk)
    return keys


def join(incident, text):
    return reporting.receive(
        reporting.IncomingReport("web", incident.category, factories.IN_OLD, text=text, join=incident),
    )


def change_address(incident):
    Incident.objects.filter(pk=incident.pk).update(address="Chợ Bến Thành")


def cover_text(incident):
    Incident.objects.filter(pk=incident.pk).update(text="")


def erase_report(incident):
    incident.reports.update(text="", public_text="")


def erase_all(incident):
    cover_text(incident)
    erase_report(incident)


def move_report(incident):
    other = factories.incident(incident.category, text="Elsewhere")
    join(other, "Beside the blue crane")
    with owner.as_owner():
        Report.objects.filter(incident=other).order_by("pk").last().delete()
    Report.objects.filter(incident=incident).update(incident=other)


def rename_field(incident):
    Category.objects.filter(pk=incident.category_id).update(name="Hố tử thần", name_en="Sinkhole")


def change_field(incident):
    other = Category.objects.leaves().exclude(pk=incident.category_id).filter(restricted=False).first()
    Incident.objects.filter(pk=incident.pk).update(category=other)


WRITTEN = [change_address, cover_text, erase_report, erase_all, move_report, rename_field, change_field]
SEARCHED = [
    "ổ gà", "sinkhole knee", "knee", "knee deep", "deep pothole", "cho ben thanh", "crane", "blue crane", "elsewhere",
    "knee elsewhere", "e",
]  # fmt: skip


@pytest.mark.usual_rows(4)
@pytest.mark.parametrize("write", WRITTEN)
def test_what_is_found_is_what_is_written_now(town, write):
    incident = factories.incident(town.hole)
    join(incident, "Near the crane, knee deep")
    write(incident)
    for text in SEARCHED:
        assert {row.pk for row in Incident.objects.matching(text)} == found_one_by_one(text), text


def test_words_of_what_is_not_public_are_in_no_index(town):
    """They are found by opening them; what is not for everybody in a public report is not found at all."""
    incident = factories.incident(town.secret, text="Chồng đánh vợ ở hẻm 12")
    join(factories.incident(town.hole), "Gọi 0901234567 hỏi Lan")
    assert "danh vo" not in IncidentWords.objects.get(incident=incident).text
    assert not IncidentWords.objects.filter(text__contains="0901").exists()
    assert [row.pk for row in Incident.objects.matching("danh vo hem")] == [incident.pk]
    assert not Incident.objects.matching("danh vo nha").exists()
    assert not Incident.objects.matching_in_public("danh vo").exists()
    for part in ("0901234567", "0901", "234567"):
        assert not Incident.objects.matching_in_public(part).exists()
        assert not Incident.objects.matching(part).exists()


PIECES = st.lists(st.sampled_from(["Ổ", "gà", "sâu", "0901 234 567", "cầu", "Đường", "100%", "_", "/12"]), max_size=4)


@given(
    texts=st.lists(PIECES.map(" ".join), min_size=1, max_size=3), more=PIECES.map(" ".join), text=PIECES.map(" ".join)
)
def test_any_words_are_found_as_by_reading_all(town, texts, more, text):
    for written in texts:
        incident = factories.incident(town.hole, text=written)
    join(incident, more)
    assert {incident.pk for incident in Incident.objects.matching(text)} == found_one_by_one(text)


def test_each_incident_has_one_row_of_words(town):
    """In a statement that writes many, too; and none when it is gone."""
    incident = factories.incident(town.hole, text="Knee deep")
    with connection.cursor() as cursor:
        cursor.execute(MANY)
    assert IncidentWords.objects.count() == Incident.objects.count() == 3001
    assert Incident.objects.filter(words__text__startswith="many 7 ").get().reference == "many-7"
    with owner.as_owner():
        Incident.objects.filter(reference="many-7").delete()
    assert IncidentWords.objects.count() == 3000
    assert incident.words.text == plain(f"{incident.reference} {incident.address} Knee deep Ổ gà Pothole")


def test_a_step_writes_no_words(town, officer):
    """Each step writes the row of an incident anew, with all its indexes: that of the words is not among them."""
    incident = factories.incident(town.hole)
    before = version_of_words(incident)
    workflow.move(incident, "accept", by=officer)
    workflow.move(incident, "resolve", by=officer, note="Filled")
    assert version_of_words(incident) == before


def version_of_words(incident):
    with connection.cursor() as cursor:
        cursor.execute("SELECT ctid FROM incidents_incidentwords WHERE incident_id = %s", [incident.pk])
        return cursor.fetchone()


@pytest.mark.parametrize("text", ["crane", "crane deep", "crane 3f29 knee", "k7"])
def test_words_are_found_by_their_index(town, text):
    """And not by reading all that anybody reported in all the years."""
    factories.incident(town.hole)
    with connection.cursor() as cursor:
        cursor.execute(MANY)
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")
        plan = Incident.objects.matching(text).explain()
    assert "Bitmap Index Scan on incidents_by_words" in plan, plan


def test_no_incident_is_read_for_private_ones_with_a_word(town):
    """The private one is joined to what the index finds, and not compared with each row of the table."""
    factories.incident(town.hole)
    with connection.cursor() as cursor:
        cursor.execute(MANY)
    factories.incident(town.secret, text="The crane fell")
    incidents = Incident.objects.matching("crane")
    assert incidents.count() == 1
    assert "SubPlan" not in incidents.explain()


def test_what_a_unit_ended_is_listed_by_an_index_alone(town):
    unit = factories.incident(town.hole).authority
    ended = Incident.objects.filter(authority=unit, closed_at__isnull=False)
    rows = ended.exclude(category__in=[town.secret.pk]).order_by("-closed_at").values("pk", "closed_at")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")
        plan = rows.explain()
    assert "Index Only Scan using ended_of_a_unit" in plan, plan


def test_private_ones_of_a_unit_are_found_by_their_index(town):
    """And not by reading those of all units."""
    unit = factories.incident(town.hole).authority
    with connection.cursor() as cursor:
        cursor.execute(MANY.replace("true, 1", "false, 1"))
        planner.analyze_table("incidents_incident")
        cursor.execute("SET LOCAL enable_sort = off")  # in a small table another index and a sort may cost as little
        plan = Incident.objects.filter(authority=unit.pk + 1, published=False).order_by("-pk")[:9].explain()
    assert "using unpublished_of_a_unit" in plan, plan
