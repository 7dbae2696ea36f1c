"""Test that places of the shipped city are found by each of their names, alone and in sentences."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from gis_data.addresses.sentences import place_in_sentence
from gis_data.addresses.suggest import suggest
from incidents.channels.mail.understanding import read_words

PACK = Path(__file__).parents[2] / "gis_data" / "packs" / "hcmc"

# Landmark: how it is written.
WRITTEN = {
    "Nhà thờ Đức Bà": ["Nhà thờ Đức Bà", "nha tho duc ba", "Notre Dame", "Notre Dame Cathedral", "Saigon Notre-Dame"],
    "Nhà hát Thành phố": ["nha hat thanh pho", "Opera House", "Saigon Opera House", "the opera house"],
    "Sân bay Tân Sơn Nhất": [
        "san bay tan son nhat", "Tan Son Nhat Airport", "Tan Son Nhat International Airport", "the airport",
        "sb Tân Sơn Nhất",
    ],
    "Bảo tàng Chứng tích Chiến tranh": ["War Remnants Museum", "bao tang chung tich chien tranh", "the war museum"],
    "Phố Tây Bùi Viện": ["Bui Vien", "Bui Vien Walking Street", "phố tây bùi viện", "backpacker street"],
    "Thảo cầm viên": ["zoo", "the zoo", "Saigon Zoo", "Thảo Cầm Viên", "thao cam vien", "sở thú", "so thu"],
    "Dinh Độc Lập": ["Independence Palace", "dinh doc lap", "Reunification Palace", "Dinh Thống Nhất"],
    "Chợ Bến Thành": ["Ben Thanh Market", "cho ben thanh", "Chợ Bến Thành"],
    "Landmark 81": ["Landmark 81", "landmark 81", "toà nhà Landmark 81"],
    "Bưu điện Thành phố": ["Central Post Office", "Saigon Post Office", "buu dien thanh pho"],
    "UBND Thành phố": ["City Hall", "Saigon City Hall"],
    "Hồ Con Rùa": ["Turtle Lake", "ho con rua"],
    "Bitexco": ["Bitexco", "Bitexco Financial Tower", "tòa nhà bitexco"],
    "Ga Tân Cảng": ["Ga Tân Cảng", "ga metro tan cang", "Tan Cang Station"],
    "Ga Sài Gòn": ["Saigon Railway Station", "ga sai gon", "Ga Hòa Hưng"],
    "Bến xe Miền Tây": ["ben xe mien tay", "bx Miền Tây", "Mien Tay Bus Station"],
    "Bệnh viện Chợ Rẫy": ["Cho Ray Hospital", "bv cho ray", "Bệnh viện Chợ Rẫy"],
    "Bệnh viện Nhi Đồng 1": ["Children's Hospital 1", "bv nhi dong 1"],
    "Chùa Ngọc Hoàng": ["Jade Emperor Pagoda", "chua ngoc hoang"],
    "Nhà thờ Tân Định": ["Pink Church", "Tan Dinh Church", "nha tho tan dinh"],
    "Đại học Bách khoa": ["dh bach khoa", "University of Technology"],
    "Cầu Sài Gòn": ["Saigon Bridge", "cau sai gon"],
    "Công viên Tao Đàn": ["Tao Dan Park", "cv tao dan"],
    "Hải đăng Vũng Tàu": ["Vung Tau Lighthouse", "hai dang vung tau"],
    "Tượng Chúa Kitô Vua": ["Christ the King Statue", "tuong chua kito vua"],
    "Địa đạo Củ Chi": ["Cu Chi Tunnels", "dia dao cu chi"],
}  # fmt: skip
SENTENCES = {
    "Thảo cầm viên": ["Cây ngã trước Thảo Cầm Viên", "rác đầy trước cổng sở thú", "Rubbish at the zoo again"],
    "Nhà thờ Đức Bà": ["Broken lamp near Notre Dame Cathedral", "Đèn tắt trước nhà thờ Đức Bà"],
    "Nhà hát Thành phố": ["There is a pothole in front of the Opera House"],
    "Sân bay Tân Sơn Nhất": ["Ket xe o san bay Tan Son Nhat", "Traffic jam at Tan Son Nhat Airport"],
    "Bảo tàng Chứng tích Chiến tranh": ["Vỉa hè hư trước bảo tàng chứng tích chiến tranh"],
    "Bitexco": ["đèn hư gần Bitexco"],
    "Bến xe Miền Tây": ["ngap nuoc o ben xe mien tay"],
    "Phố Tây Bùi Viện": ["Loud music at Bui Vien Walking Street"],
}  # fmt: skip


def title_of(words):
    candidates = suggest(words)
    return candidates[0].title.split(", ")[0] if candidates else ""


@pytest.mark.django_db
def test_landmarks_are_found_by_each_name(settings):
    settings.CITY_DATA = ""
    call_command("load_city", str(PACK), "--no-download", stdout=StringIO())

    wrong = {words: title_of(words) for name, ways in WRITTEN.items() for words in ways if title_of(words) != name}
    assert wrong == {}
    places = {text: place_in_sentence(text) for texts in SENTENCES.values() for text in texts}
    wrong = {text: (places[text], title_of(places[text])) for name, texts in SENTENCES.items() for text in texts
             if title_of(places[text]) != name}  # fmt: skip
    assert wrong == {}
    assert {text for texts in SENTENCES.values() for text in texts if read_words(text).place is None} == set()
    assert [title_of(words) for words in ("aquarium", "Eiffel Tower", "Big Ben")] == ["", "", ""]
