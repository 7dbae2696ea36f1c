"""For which units the demo's accounts work."""

import pytest

from demo import accounts
from incidents.models import Authority


@pytest.mark.django_db
def test_city_without_ward_offices_has_posts_for_the_demo():
    desk = Authority.objects.create(code="council", kind="CITY", name="Council", duty_desk=True)
    posts = dict.fromkeys(("busiest_ward", "busiest_department", "city", "duty_desk"), desk)
    assert accounts.chosen_authorities() == posts | {"next_ward": None}
