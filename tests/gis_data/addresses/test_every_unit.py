"""Test that every former ward, as people write it, leads to its unit of today, and no district elsewhere does.

With CITY_DATA the streets and boundaries are there, too; without, cells around the centres.
"""

import csv
import os
from pathlib import Path
from random import Random

import pytest
from django.db import transaction

from gis_data.addresses.sentences import place_in_sentence
from gis_data.addresses.suggest import only_sure_candidate, place_elsewhere, suggest
from gis_data.editions import importing
from gis_data.gazetteer import finding
from gis_data.pack import Pack
from incidents.channels.mail import understanding
from incidents.forms import place_in_words
from incidents.reporting.address_candidates import find_spots
from incidents.understanding import understand
from tests import written

PACK = Path(__file__).parents[3] / "gis_data" / "packs" / "hcmc"
DATA = Path(os.environ["CITY_DATA"]) if os.environ.get("CITY_DATA") else None
WEAK = 0.5  # below this nothing is a likely answer

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def whole_city(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        importing.load_places(finding.find_contents(Pack(PACK, DATA), downloading="no"), say=lambda words: None)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def city(whole_city, db):
    return whole_city


def rows(name):
    with (PACK / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def former_wards():
    """Return (ward, district, province or "", codes of its successors) of each former ward."""
    units = [row for name in ("former_units.csv", "older_units.csv") for row in rows(name)]
    province_of = {row["full_name"]: row["district"] for row in units if row["level"] == "district"}
    return [
        (row["full_name"], row["district"], province_of[row["district"]], set(row["areas"].split()))
        for row in units
        if row["level"] == "ward"
    ]


def codes_of(candidate):
    return {candidate.area.code} if candidate.area else {area.code for area in candidate.choices}


def fault_of(text, ward, codes):
    """Return what is wrong with the suggestions for a former ward; "" if they are right or ask."""
    candidates = suggest(text)
    sure = only_sure_candidate(candidates)
    if sure and codes_of(sure) != codes:
        return f"{text!r} ({ward}) is taken for {sure.title}"
    if not candidates or codes_of(candidates[0]) != codes:
        return f"{text!r} ({ward}) gives {[(first.title, round(first.confidence, 2)) for first in candidates[:2]]}"
    return ""


@pytest.mark.parametrize("ways", [2, pytest.param(20, marks=pytest.mark.deep)])
def test_every_former_ward_leads_to_its_unit_of_today(city, ways):
    """In any order, with and without diacritics, commas and kinds: the unit, or of one that was divided all of them."""
    random, faults = Random(2025), []
    for ward, district, province, codes in former_wards():
        for _way in range(ways):
            names = random.choice(list(written.orders(ward, district, province)))
            faults.append(fault_of(written.write_units(names, random), f"{ward}, {district}", codes))
    wrong = list(filter(None, faults))
    assert len(faults) > 1000
    assert [fault for fault in wrong if "is taken for" in fault] == []
    # Without its kind a ward may be a street or a landmark of the same name: that is asked for.
    assert len(wrong) <= len(faults) * 0.005, wrong


def test_every_ward_of_the_merged_provinces_in_full(city):
    """As addresses were printed until 2025, and in the reverse."""
    random, wrong = Random(1), []
    for ward, district, province, codes in former_wards():
        if province:
            full = [f"{ward}, {district}, {province}", f"{province}, {district}, {ward}"]
            short = f"{ward}, {written.split_kind(district)[1]}, {written.split_kind(province)[1]}"
            texts = [*full, short, written.without_diacritics(short)]
            texts.append(f"{written.write_unit(ward, random, bare=False)} {district} {written.SHORT[province]}".lower())
            wrong += [fault for text in texts if (fault := fault_of(text, ward, codes))]
            if len(codes) == 1 and (named := place_in_words(full[0])[0]) is not None and named.ward not in codes:
                wrong.append(full[0])
    assert wrong == []


@pytest.mark.parametrize(("text", "first"), [
    ("An Phú, TP. Thủ Đức", "Phường An Phú, Thành phố Thủ Đức"),  # divided: before Tân Phú, which only resembles it
    ("tp thu duc p an phu", "Phường An Phú, Thành phố Thủ Đức"),
    ("phường Thảo Điền", "Phường Thảo Điền, Quận 2"),
    ("Xã Tam Thôn Hiệp", "Xã Tam Thôn Hiệp, Huyện Cần Giờ"),
    ("tam thon hiep, can gio", "Xã Tam Thôn Hiệp, Huyện Cần Giờ"),
    ("P. NCT, Quận 1", "Phường Nguyễn Cư Trinh, Quận 1"),
    ("P.BTĐA, Q. Bình Tân", "Phường Bình Trị Đông A, Quận Bình Tân"),
])  # fmt: skip
def test_unit_that_was_written_comes_first(city, text, first):
    candidates = suggest(text)
    assert (candidates[0].title if candidates and candidates[0].confidence >= WEAK else None) == first


def test_former_ward_that_is_a_street_too_leads_to_its_unit(city):
    assert {candidate.area.title for candidate in suggest("Thảo Điền")[:2] if candidate.area} == {"Phường An Khánh"}


# ── Other provinces ──


def districts_elsewhere():
    """Return (district, province until 2025, province since) of every district elsewhere."""
    for row in rows("districts_elsewhere.csv"):
        for district in row["districts"].split("; "):
            yield district, row["province"], row["since"]


def write_elsewhere(district, province, random):
    """Spell an address in a district elsewhere, with words that this city has, too."""
    names = [written.write_unit(name, random, bare=random.random() < 0.5) for name in (district, province)]
    place = random.choice(SEPARATORS).join(names)
    before = random.choice(["", "", "12 Lê Lợi, ", "45/2 Nguyễn Huệ, ", "đường Trần Phú, ", "Phường 2, ",
                            "xã Tân Lập, ", "Quang Trung, ", "số 5 Nguyễn Trãi "])  # fmt: skip
    behind = random.choice(["", "", " lâu rồi chưa ai sửa"]) if "đường" in before or "số" in before else ""
    return written.write_letters(f"{before}{place}{behind}", random)


SEPARATORS = (", ", " ", " - ", ",")


def test_all_provinces_are_known_with_their_districts():
    places = list(districts_elsewhere())
    assert (len({province for _d, province, _s in places}), len({since for *_both, since in places})) == (60, 33)
    assert len(places) == len(set(places)) == 658
    assert {province for _d, province, _s in places} <= {row["name"] for row in rows("elsewhere.csv")}


@pytest.mark.parametrize("ways", [1, pytest.param(12, marks=pytest.mark.deep)])
def test_no_district_of_another_province_is_answered_here(city, ways):
    random, likely = Random(63), []
    for district, *provinces in districts_elsewhere():
        for _way in range(ways):
            text = write_elsewhere(district, random.choice(provinces), random)
            candidates = suggest(text)
            if (candidates and candidates[0].confidence >= WEAK) or only_sure_candidate(candidates):
                likely.append((text, candidates[0].title, candidates[0].confidence))
    assert likely == []


ELSEWHERE = (
    # A district whose name begins as a mark, or holds a number in words
    "Phường 2, huyện Quản Bạ, tỉnh Tuyên Quang", "Phường 2, H. Quản Bạ, tỉnh Hà Giang", "Phường 2, huyện Quản Bạ",
    "Phường 2, Quản Bạ, Hà Giang", "Quản Bạ, Tuyên Quang", "12 Lê Lợi, huyện Quản Bạ",
    "Phường 2, huyện Quan Sơn, Thanh Hóa", "Quan Sơn, Thanh Hóa", "12 Lê Lợi, huyện Quan Hóa", "Quan Hóa, Thanh Hóa",
    "45/2 Nguyễn Huệ, Quan Hóa Thanh Hóa", "Quang Trung, Tân Phú Đồng Nai",
    "Phường 1, quận Nam Từ Liêm", "12 Lê Lợi, Q. Nam Từ Liêm, Hà Nội", "Quận Ba Đình, Hà Nội", "huyện Ba Vì, Hà Nội",
    "Phường 3, huyện Ba Tri, Bến Tre", "Phường 2, huyện Năm Căn", "Phường 2, thị xã Ngã Năm", "TP Ngã Bảy, Hậu Giang",
    "huyện Tam Nông, Phú Thọ", "12 Trần Phú, huyện Tư Nghĩa, Quảng Ngãi", "Quận Hai Bà Trưng, Hà Nội",
    # A district that is marked as ours are
    "Quận Hải Châu, Đà Nẵng", "45 Trần Phú, Q. Hải Châu", "Q. Ninh Kiều, Cần Thơ", "Quận Bình Thủy, Cần Thơ",
    "12 Lê Lợi, quận Sơn Trà", "Quận 3, Đà Nẵng", "quận Lê Chân, Hải Phòng",
    # A ward with a number
    "phường 3, TP Vĩnh Long", "P.3, Vĩnh Long", "phường 3 Vĩnh Long", "Phường 2 Đà Lạt", "Phường 5 Đông Hà",
    "phường 5, TP. Cà Mau", "phường 8 Thái Bình", "P.5, Hà Nội", "Phường 6, TP Mỹ Tho", "phường 8, TP Tuy Hòa",
)  # fmt: skip


@pytest.mark.parametrize("text", ELSEWHERE)
def test_address_in_another_province_is_not_answered_here(city, text):
    """As written and without diacritics, each also in capitals and without commas."""
    likely = []
    for way in (text, written.without_diacritics(text)):
        for letters in {way, way.upper(), way.lower(), way.replace(",", "")}:
            candidates = suggest(letters)
            if (candidates and candidates[0].confidence >= WEAK) or only_sure_candidate(candidates):
                likely.append((letters, candidates[0].title))
    assert likely == []


@pytest.mark.parametrize(("text", "first"), [
    ("quận ba", "Quận 3"), ("PHUONG 2, QUAN BA", "Phường 2, Quận 3"), ("phuong 6 quan nam", "Phường 6, Quận 5"),
    ("Phường 15, Bình Thạnh", "Phường 15, Quận Bình Thạnh"),
])  # fmt: skip
def test_number_in_words_is_still_one_of_this_city(city, text, first):
    assert suggest(text)[0].title == first


def test_no_channel_takes_a_place_in_another_province(city):
    """Form and Open311 (`place_elsewhere`), chats and calls (`find_spots`), mails, an operator's notes."""
    random, accepted = Random(34), []
    mails = ("Ổ gà trước nhà số 12 đường Lê Lợi, {} lâu rồi chưa ai sửa.\nTrân trọng.",
             "Ngập ở đường Nguyễn Huệ {} từ hôm qua.",
             "Địa chỉ: 45 Trần Hưng Đạo, {}\nRác tràn ra đường.", "Địa chỉ: 45 Trần Hưng Đạo\n{}\nRác tràn ra đường.",
             "Cống hở nắp ở ngã tư Lê Lợi - Pasteur, {}, rất nguy hiểm cho trẻ em và người đi xe ban đêm khi trời mưa.",
             "Cây ngã ở chợ Bến Thành {}!")  # fmt: skip
    for district, province, _since in random.sample(list(districts_elsewhere()), 120):
        place = f"{district}, {province}"
        words = f"12 Lê Lợi, {place}"
        mail = written.write_letters(random.choice(mails), random).format(place)
        sentence = f"Xe hơi chặn lối trên đường Nguyễn Huệ, {place} hơn một giờ"
        accepted += [place] * (understanding.named_place(mail, understand(mail)) is not None)
        accepted += [words] * bool(find_spots(words) or not place_elsewhere(words))
        accepted += [sentence] * bool(suggest(place_in_sentence(sentence)))
    assert accepted == []


@pytest.mark.parametrize("text", [
    "Phú Thọ", "Bình Thạnh", "quận Tân Phú", "Tân Phú", "Quận Bình Tân", "phường Phú Thọ", "Tân Bình",
    "đường Phú Thọ, Quận 11",
    "phường Bình Thuận, Quận 7", "12 Đồng Nai, Quận 10", "huyện Bình Chánh", "phường Tân Phú, quận 7", "Hóc Môn",
    "phường 15, quận Bình Thạnh", "Quận 5, TP.HCM", "xã Phước Long, Bà Rịa", "Hòa Bình, Tân Phú", "Thái Bình, Quận 1",
])  # fmt: skip
def test_names_that_others_have_too_are_still_of_this_city(city, text):
    assert place_elsewhere(text) == ""
    assert suggest(text)
