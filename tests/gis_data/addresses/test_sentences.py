"""Test finding the place in a sentence."""

import pytest
from django.contrib.gis.geos import LineString, Point

from gis_data.addresses.sentences import READ, place_in_sentence
from gis_data.models import Landmark, Street
from gis_data.words import plain

pytestmark = pytest.mark.django_db


@pytest.fixture
def named_town(town):
    """The town with Vietnamese street names, a market and an abbreviation."""
    for name in ("Cao Thắng", "Võ Văn Tần", "Cách Mạng Tháng 8", "Pasteur"):
        line = LineString((10.0, 50.0051), (10.02, 50.0051), srid=4326)
        Street.objects.create(city=town.city, name=name, rank=1, line=line, search=plain(name))
    Landmark.objects.create(
        city=town.city, name="Chợ Bến Thành", search="cho ben thanh", point=Point(10.005, 50.005, srid=4326)
    )
    town.city.abbreviations = {"cmt8": "Cách Mạng Tháng Tám"}
    town.city.save()
    return town


@pytest.mark.parametrize(
    ("sentence", "place"),
    [
        ("đèn xanh đỏ ngã tư Cao Thắng Võ Văn Tần tắt hết, xe lộn xộn", "ngã tư Cao Thắng Võ Văn Tần"),
        ("den do cao thang vo van tan tat het", "cao thang vo van tan"),
        ("nước ngập trước số 12/3 hẻm 80 Cao Thắng rồi", "trước số 12/3 hẻm 80 Cao Thắng"),
        ("cây ngã trước chợ Bến Thành", "trước chợ Bến Thành"),
        ("rác đầy ở đường Cách Mạng Tháng Tám", "đường Cách Mạng Tháng Tám"),
        ("CMT8 kẹt cứng", "CMT8"),
        ("a hole at the corner of Cao Thang and Pasteur", "at the corner of Cao Thang and Pasteur"),
        ("ở phường Old Wharf có tiếng ồn", "phường Old Wharf"),
        ("nhà tôi mất điện, karaoke ồn quá", ""),
        ("cao tháng này nắng", ""),
        ("", ""),
        ("😀 😀", ""),
    ],
)
def test_place_is_found_in_what_is_said(named_town, sentence, place):
    assert place_in_sentence(sentence) == place


def test_place_is_found_where_a_text_is_long_and_not_after(named_town):
    assert place_in_sentence("a " * 400 + "Cao Thắng") == "Cao Thắng"
    assert place_in_sentence("a " * READ + "Cao Thắng") == ""
