"""People and an emergency mode for Old Wharf."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from incidents.emergency import switching
from incidents.models import Category, Membership, Question
from tests import factories


@pytest.fixture
def controller(town):
    return factories.person("controller", town.desk, Membership.Role.CONTROL)


@pytest.fixture
def flood(town):
    """Leaks are of floods, and ask how deep the water is."""
    Category.objects.filter(pk=town.leak.pk).update(emergencies="flood storm")
    Question.objects.create(
        category=town.leak, code="depth", datatype="singlevaluelist", text="Nước sâu cỡ nào?",
        text_en="How deep is the water?",
        choices=[
            {"key": "ankle", "vi": "Tới mắt cá", "en": "To the ankle"},
            {"key": "knee", "vi": "Tới đầu gối", "en": "To the knee"},
        ],
    )  # fmt: skip
    town.leak.refresh_from_db()
    return town.leak


@pytest.fixture
def emergency(controller, flood):
    order = switching.Order(
        kind="flood", title="Mưa rất to, triều cường", title_en="Very heavy rain, high tide", advice="Lên chỗ cao.",
        until=now() + timedelta(hours=6), area_codes=["001"],
    )  # fmt: skip
    return switching.switch_on(order, by=controller)
