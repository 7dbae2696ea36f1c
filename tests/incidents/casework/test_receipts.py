"""Receipts of assignments for staff, also after the rules have changed."""

import pytest
from django.template import engines

from incidents.models import RoutingRule
from tests import factories


def read_receipt(incident):
    page = (
        engines["django"]
        .from_string("{% load receipts %}{% assignment_receipt incident %}")
        .render({"incident": incident})
    )
    return " ".join(page.split())


def test_receipt_names_edition_area_and_rules_in_order(town):
    RoutingRule.objects.create(category=town.leak, area=town.old, authority=town.office, reason="Ở đây phường lo.")
    receipt = read_receipt(factories.incident(town.leak))
    assert "Ranh giới: 2025. Vị trí nằm trong: Phường Old Wharf" in receipt
    assert receipt.index("<b>Rò rỉ nước × Phường Old Wharf → UBND Old Wharf</b>") < receipt.index(
        "Nước × toàn thành phố → Cấp nước"
    )


def test_it_stands_for_itself_when_the_rule_is_gone(town):
    incident = factories.incident(town.leak)
    RoutingRule.objects.all().delete()
    assert 'Nước × toàn thành phố → Cấp nước</b> <span class="quiet">(quy tắc này không còn)' in read_receipt(incident)


@pytest.mark.parametrize(("unit", "area", "removed"), [("water", None, 0), ("desk", None, 1), ("water", "new", 1)])
def test_a_rule_is_known_by_what_it_says(town, unit, area, removed):
    incident = factories.incident(town.leak)
    RoutingRule.objects.all().delete()
    RoutingRule.objects.create(  # as a pack does that is loaded again
        category=town.pipes, authority=getattr(town, unit), area=area and getattr(town, area), reason="Nước."
    )
    assert read_receipt(incident).count("(quy tắc này không còn)") == removed


def test_a_local_rule_is_known_after_it_was_loaded_again(town):
    incident = factories.incident(town.hole)
    RoutingRule.objects.all().delete()
    RoutingRule.objects.create(category=town.hole, reason="Việc này do phường xử lý.")
    assert "không còn" not in read_receipt(incident)


def test_without_a_rule_it_says_that_the_duty_desk_got_it(town):
    assert "Không có quy tắc nào phù hợp: tổ trực nhận." in read_receipt(factories.incident(town.unclear))
