"""New boundaries become the law: what moves, what stays, and that all of it can be taken back."""

import datetime

import pytest
from django.utils.timezone import localdate

from gis_data.geocode import locate
from incidents import reform, workflow
from incidents.models import Authority, Incident, Membership, Placement, Reform, RoutingRule
from tests import factories
from tests.factories import IN_NEW, IN_OLD, ON_BORDER

TODAY = localdate


@pytest.fixture
def redrawn(town):
    return factories.redrawn_town(town)


@pytest.fixture
def planned(redrawn):
    return reform.plan(redrawn.edition, localdate(), by="mapmaker")


def test_nothing_changes_before_the_day(town, redrawn, incident):
    plan = reform.plan(redrawn.edition, localdate() + datetime.timedelta(days=1), by="mapmaker")

    assert list(reform.due()) == []
    with pytest.raises(reform.NotPossible):
        reform.enact(plan.pk)
    assert locate(IN_OLD).area == town.old
    assert list(plan.ends.all()) == [town.edition]


def test_on_the_day_everything_open_is_reassigned(town, redrawn, planned, incident, officer):
    closed = factories.incident(town.hole)
    workflow.move(closed, "resolve", by=officer, note="Filled")

    assert reform.enact(planned.pk) is True
    assert reform.enact(planned.pk) is False

    incident.refresh_from_db()
    closed.refresh_from_db()
    planned.refresh_from_db()
    assert (locate(IN_OLD).area, incident.area, closed.area) == (redrawn.west, redrawn.west, town.old)
    assert (incident.authority.name, incident.authority.name_en) == ("UBND West Wharf", "West Wharf Office")
    assert (incident.state, planned.state) == ("assigned", "enacted")
    event = incident.timeline.last()
    assert (event.kind, event.state, event.public) == ("redrawn", "assigned", True)
    assert [reason["en"] for reason in event.reasons] == [
        "The place lay in Old Wharf Ward and lies in West Wharf Ward now.",
        "The ward handles this.",
    ]
