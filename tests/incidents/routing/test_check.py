"""The check of the rules: exactly one unit for every point and category, or a finding."""

import datetime

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import F

from gis_data.models import Area, Edition, Level
from incidents.models import Authority, RoutingRule
from incidents.routing import check as routing_check
from incidents.routing import rules
from tests import factories


@pytest.fixture
def law(town):
    """The town without gaps: the rest goes to the lamp department."""
    lamps = Authority.objects.create(code="lamps", kind="LAMP", name="Đèn đường", name_en="Lamp Department")
    for unit in Authority.objects.all():
        unit.contacts.create(label="Trực ban", phone="+84280000001")
    RoutingRule.objects.create(category=town.unclear, authority=lamps, reason="Đèn.")
    return town


def kinds(check):
    return sorted((finding.kind, finding.grave) for finding in check.findings)


def test_where_every_matter_has_its_unit_nothing_is_found(law):
    check = routing_check.check_rules(sample=5)
    assert (check.findings, check.matters, check.cells, check.cases) == ([], 5, 2, 10)
    assert check.square_metres == pytest.approx(2 * 715.8 * 1112.5, rel=0.01)


def test_a_matter_that_nobody_answers_for_is_a_gap(town):
    gaps = [finding.text for finding in routing_check.check_rules(sample=5).findings if finding.kind == "gap"]
    assert gaps == ["Chưa rõ: không có đơn vị nào phụ trách, chỉ có tổ trực nhận: ở mọi nơi."]


def test_a_ward_without_an_office_is_a_gap_there(law):
    Authority.objects.filter(pk=law.other.pk).update(area=None)
    gaps = [finding.text for finding in routing_check.check_rules(sample=5).findings if finding.kind == "gap"]
    assert gaps == [f"{code}: không có đơn vị nào phụ trách, chỉ có tổ trực nhận: Phường New Wharf." for code in
                    ("Ổ gà", "Rác thải", "Bạo hành")]  # fmt: skip


def test_a_rule_that_others_always_go_before_is_named(law):
    RoutingRule.objects.create(category=law.streets, authority=law.water, reason="Nhóm.")  # each leaf has its own
    assert kinds(routing_check.check_rules(sample=5)) == [("unreachable", False)]


def test_a_rule_of_an_area_that_is_no_more_is_named(law):
    Edition.objects.filter(pk=law.edition.pk).update(
        in_force=DateRange(datetime.date(2025, 7, 1), datetime.date(2026, 1, 1))
    )
    new = factories.redrawn_town(law)
    Edition.objects.filter(pk=new.edition.pk).update(in_force=DateRange(datetime.date(2026, 1, 1), None))
    RoutingRule.objects.create(category=law.hole, area=law.old, authority=law.office, reason="Cũ.")
    checked = routing_check.check_rules(sample=0)
    assert {finding.kind for finding in checked.findings} == {"gap", "dead_area", "dead_unit", "unreachable"}
    assert [finding.rule.area for finding in checked.findings if finding.kind == "dead_area"] == [law.old]


def test_overlap_of_wards_is_named_with_its_affected_categories(law):
    wide = MultiPolygon(Polygon.from_bbox((10.0, 50.0, 10.0101, 50.01)), srid=4326)
    Area.objects.filter(pk=law.old.pk).update(shape=wide)
    overlaps = [finding.text for finding in routing_check.check_rules(sample=0).findings if finding.kind == "overlap"]
    assert overlaps == [
        "Phường Old Wharf và Phường New Wharf cùng nhận 7974 m²; với 3 loại việc, đơn vị phụ trách sẽ khác nhau."
    ]


def test_a_level_above_that_cuts_a_ward_makes_more_cells(law):
    edition = Edition.objects.create(
        city=law.city, level=Level.DISTRICT, code="d", name="d", in_force=DateRange(datetime.date(2025, 7, 1), None)
    )
    west = factories.area(edition, "W", "West", (10.0, 50.0, 10.005, 50.01))
    factories.area(edition, "E", "East", (10.005, 50.0, 10.02, 50.01))
    RoutingRule.objects.create(category=law.unclear, area=west, authority=law.water, reason="Tây.")
    check = routing_check.check_rules(sample=0)
    assert (check.cells, check.findings) == (3, [])
    RoutingRule.objects.filter(category=law.unclear, area=None).delete()
    gaps = [finding.text for finding in routing_check.check_rules(sample=0).findings]
    assert gaps == ["Chưa rõ: không có đơn vị nào phụ trách, chỉ có tổ trực nhận: Phường Old Wharf, Phường New Wharf."]


def test_the_sample_finds_a_look_up_that_disagrees(law):
    Area.objects.filter(pk=law.old.pk).update(shape=F("outline"))  # unchanged, as a control
    assert routing_check.check_rules(sample=50).findings == []
    law.old.pieces.all().delete()  # the look-up works on pieces, the check on the areas themselves
    law.new.pieces.update(area=law.old)
    kinds_found = {finding.kind for finding in routing_check.check_rules(sample=50).findings}
    assert kinds_found == {"sample"}


def test_a_unit_that_nobody_can_be_told_at_is_named(law):
    law.water.contacts.all().delete()
    assert [(finding.kind, finding.text) for finding in routing_check.check_rules(sample=0).findings] == [
        ("silent", "Cấp nước: không có người và cũng không có đầu mối nào để thông báo.")
    ]


def test_dry_run_lists_rerouted_incidents_and_changes_nothing(law):
    moved = [factories.incident(law.waste) for _n in range(3)]
    factories.incident(law.waste, place=factories.IN_NEW)
    factories.incident(law.leak)
    total, moves = routing_check.dry_run([routing_check.RuleChange(law.waste, law.old, law.water)])
    assert (total, [(move.area, move.was, move.to, move.incidents) for move in moves]) == (
        5, [(law.old, law.office, law.water, 3)],
    )  # fmt: skip
    assert moves[0].references == [incident.reference for incident in reversed(moved)]
    assert RoutingRule.objects.filter(area=law.old).count() == 0


def test_a_dry_run_of_a_rule_taken_away_leads_to_what_is_left(law):
    factories.incident(law.leak)
    _total, moves = routing_check.dry_run([routing_check.RuleChange(law.pipes, None, remove=True)])
    assert [(move.was, move.to) for move in moves] == [(law.water, law.desk)]


def test_a_dry_run_looks_back_as_far_as_it_is_asked(law):
    old = factories.incident(law.leak)
    type(old).objects.update(received_at=old.received_at - datetime.timedelta(days=40))
    assert routing_check.dry_run([])[0] == 0
    assert routing_check.dry_run([], days=60)[0] == 1


def test_check_of_unsaved_rule_changes_is_about_those_changes(law):
    written = rules.RuleSnapshot.now({law.edition.pk})
    tried = routing_check.with_changes(written, [routing_check.RuleChange(law.pipes, None, remove=True)])
    assert [finding.kind for finding in routing_check.check_rules(law=tried).findings] == ["gap"]
    assert routing_check.check_rules(sample=5).findings == []
