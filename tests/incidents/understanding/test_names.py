"""Test which places the names in a sentence stand for."""

import pytest

from gis_data.models import Landmark
from gis_data.words import plain
from incidents.understanding import Intent, understand
from tests import factories


@pytest.mark.django_db
@pytest.mark.parametrize(("text", "places"), [
    ("cháy nhà ở 12 Lê Lợi", []),
    ("số 12/3 Lê Lợi bị ngập", []),
    ("ổ gà trên đường Lê Lợi", []),
    ("cống hở nắp ở ngã tư Lê Lợi - Pasteur", []),
    ("rác trước bệnh viện Lê Lợi", ["Bệnh viện Lê Lợi"]),
    ("cây ngã gần Lê Lợi", ["Bệnh viện Lê Lợi"]),
    ("There is a pothole in Old Wharf ward", ["Phường Old Wharf"]),
    ("ổ gà ở Old Wharf ward", ["Phường Old Wharf"]),
    ("pothole, Old Wharf Ward", ["Phường Old Wharf"]),
])  # fmt: skip
def test_names_are_taken_for_what_they_name(town, text, places):
    """A street that is not known is not the hospital that is called after it; English has `ward` behind the name."""
    Landmark.objects.create(
        city=town.city, name="Bệnh viện Lê Lợi", search=plain("Bệnh viện Lê Lợi"), point=factories.IN_OLD
    )
    assert [place.title.partition(",")[0] for place in understand(text).places] == places


@pytest.mark.django_db
@pytest.mark.parametrize("text", [
    "làm lại căn cước ở đâu", "Làm căn cước ở đâu vậy?", "lam lai can cuoc o dau", "nộp phạt tại đâu",
    "ĐỔI BẰNG LÁI Ở ĐÂU",
])  # fmt: skip
def test_place_that_is_asked_for_is_none(town, text):
    understood = understand(text)
    assert (understood.places, understood.intent) == ((), Intent.QUESTION)


@pytest.mark.django_db
def test_place_behind_the_word_for_a_head_is_one(town):
    assert [place.title for place in understand("ổ gà ở đầu Harbour Road").places] != []
