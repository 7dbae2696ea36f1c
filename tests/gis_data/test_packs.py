"""Test the shipped city pack: contents of its files, and loading."""

import csv
import json
import re
import sqlite3
from collections import Counter
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from gis_data.management.commands.units_from_vietnamadminunits import (
    COLUMNS,
    ELSEWHERE_COLUMNS,
    FORMER_COLUMNS,
)
from gis_data.models import Area, Edition
from gis_data.words import plain
from incidents.models import Authority, Category, Contact, RoutingRule
from incidents.routing import check as routing_check
from incidents.seed import catalogue

ROOT = Path(__file__).parent.parent.parent
PACK = ROOT / "gis_data" / "packs" / "hcmc"


def rows(name):
    with (PACK / name).open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_units_are_those_in_force_since_july_2025():
    units = rows("areas.csv")

    assert Counter(unit["kind"] for unit in units) == {"Phường": 113, "Xã": 54, "Đặc khu": 1}
    assert Counter(unit["zone"] for unit in units) == {"ho-chi-minh": 102, "binh-duong": 36, "ba-ria-vung-tau": 30}
    assert all(re.fullmatch(r"\d{5}", unit["code"]) for unit in units)
    assert all(f"{unit['kind']} {unit['name']}" == unit["full_name"] for unit in units)
    by_code = {unit["code"]: unit["full_name"] for unit in units}
    assert (by_code["26743"], by_code["26536"], by_code["26732"]) == (
        "Phường Bến Thành",
        "Phường Rạch Dừa",
        "Đặc khu Côn Đảo",
    )


def test_every_unit_has_a_committee_and_a_file_to_download():
    codes = {unit["code"] for unit in rows("areas.csv")}

    assert {row["area"] for row in rows("authorities.csv") if row["kind"] == "WARD"} == codes
    assert {re.search(r"/(\d{5})_", row["path"])[1] for row in rows("ward_files_2025.csv")} == codes
    assert sum(int(row["bytes"]) for row in rows("ward_files_2025.csv")) > 15_000_000


def test_there_are_80_leaves_in_16_groups():
    categories = rows("categories.csv")

    assert Counter(bool(row["parent"]) for row in categories) == {True: 80, False: 16}
    assert sum(row["everyday"] == "yes" for row in categories) == 11
    assert {row["code"] for row in categories if row["emergency"]} == {
        "EL.02", "LT.03", "TP.01", "TR.10", "SE.01", "SE.02", "SE.03", "SE.04",
    }  # fmt: skip
    assert {row["code"] for row in categories if row["restricted"]} == {"SE.02", "SE.04", "PA.02"}
    assert all(row["name"] and row["name_en"] for row in categories)


def test_jams_and_accidents_are_due_within_hours():
    targets = {row["code"]: (row["accept_within"], row["resolve_within"]) for row in rows("categories.csv")}

    assert (targets["TR.03"], targets["TR.10"]) == (("30min", "2h"), ("15min", "2h"))
    assert next(row["to"] for row in rows("routing.csv") if row["category"] == "TR.10") == "csgt"
    assert {row["category"] for row in rows("ladder.csv")} >= {"TR.03", "TR.10"}
    assert {row["number"] for row in rows("call_scripts.csv") if row["category"] == "TR.10"} == {"115"}


def test_urgent_kinds_that_cameras_see_have_a_procedure():
    leaves = {row["code"]: row for row in rows("categories.csv") if row["parent"]}
    steps = Counter(row["category"] for row in rows("procedures.csv"))

    assert set(steps) <= set(leaves)
    urgent = {code for code, row in leaves.items() if row["emergency"] and row["cameras"]}
    assert urgent - set(steps) == {"LT.03", "SE.01"}
    assert max(steps.values()) <= 6
    assert all(row["words_en"] for row in rows("procedures.csv"))


def test_cameras_look_only_at_what_is_in_the_street():
    leaves = [row for row in rows("categories.csv") if row["parent"]]

    assert {row["code"] for row in leaves if not row["cameras"]} == {
        "TR.06", "TR.07",  # how buses run, and their staff
        "WS.02", "WS.03", "WS.04", "EL.01", "EL.04",  # what is missing at home, and bills
        "TC.03",  # calls
        "SW.04",  # public toilets
        "NO.01", "NO.02", "NO.03", "NO.04",  # what is only heard
        "UO.06",  # inside a building
        "SE.02", "SE.04",  # what is never public
        "HF.01", "HF.02", "HF.03", "PA.01", "PA.02", "PA.03", "PA.04", "PA.05",
        "OT.01", "OT.02", "OT.03", "OT.04", "OT.05", "OT.06",
    }  # fmt: skip
    # What comes first in a flood.
    assert {row["code"] for row in leaves if "flood" in row["emergencies"].split()} == {
        "RD.03", "TR.03", "LT.03", "WD.01", "WD.02", "WD.03", "WD.05", "EL.02", "TP.01",
    }  # fmt: skip
    # Jams and floods, of which a camera near by tells, too.
    assert {row["code"] for row in leaves if row["area_matter"]} == {"TR.03", "WD.01", "WD.02"}


@pytest.mark.parametrize(
    ("word", "codes"),
    [
        ("trash", {"WD.04", "SW.01", "SW.02", "SW.03", "SW.06"}),
        ("garbage", {"SW.01", "SW.02", "SW.03", "SW.06"}),
        ("litter", {"SW.02"}),
        ("sidewalk", {"RD.04", "UO.01"}),
        ("traffic jam", {"TR.03"}),
        ("streetlight", {"LT.01"}),
        ("blackout", {"EL.01"}),
        ("dengue", {"HF.03"}),
    ],
)
def test_english_words_find_kinds(db, word, codes):
    saved = catalogue.load_categories(rows("categories.csv")).values()

    assert {kind.code for kind in saved if kind.parent_id and word in kind.search} == codes


def test_units_ask_what_they_need_and_hinder_nobody():
    """In both languages; a report waits for an answer only where nobody could do anything without it."""
    questions = rows("questions.csv")
    groups = {row["code"] for row in rows("categories.csv")}
    pairs = [(row["category"], row["code"]) for row in questions]
    assert [pair for pair in pairs if pair[0] not in groups or pairs.count(pair) > 1] == []
    assert [
        row for row in questions if not (row["text"] and row["text_en"]) or bool(row["hint"]) != bool(row["hint_en"])
    ] == []
    assert [choice for row in questions for choice in row["choices"].split("|") if choice and " / " not in choice] == []
    named = {("LT.01", "pole"), ("WD.01", "depth"), ("NO", "since"), ("RD.01", "size"), ("WS.02", "since")}
    assert named - set(pairs) == set()
    needed = {pair for pair, row in zip(pairs, questions, strict=True) if row["required"]}
    assert needed == {("TR.06", "route"), ("TR.07", "route")}  # a bus without its route is found by nobody


def test_every_icon_is_drawn():
    drawn = set(re.findall(r'<symbol id="(c-[a-z]+)"', (ROOT / "geoapp" / "static" / "look" / "icons.svg").read_text()))

    assert {row["icon"] for row in rows("categories.csv")} <= drawn


def test_the_first_unit_named_for_a_leaf_is_the_one_that_answers():
    kinds = {row["code"]: row["kind"] for row in rows("authorities.csv")} | {"local": "WARD"}
    everywhere = {row["category"]: kinds[row["to"]] for row in rows("routing.csv") if not row["area"]}
    leaves = [row for row in rows("categories.csv") if row["parent"]]

    answers = {row["code"]: everywhere.get(row["code"]) or everywhere[row["parent"]] for row in leaves}

    assert answers == {row["code"]: row["units"].split()[0] for row in leaves}


def test_contacts_are_invented_and_name_no_person():
    contacts = rows("contacts.csv")

    assert all(row["email"].endswith("@example.invalid") for row in contacts)
    assert all(row["phone"].startswith("028 000") for row in contacts)  # no number of the city begins with 0
    assert {row["authority"] for row in contacts} == {row["code"] for row in rows("authorities.csv")}


def test_all_data_of_the_pack_say_whose_they_are():
    attribution = (ROOT / "ATTRIBUTION.md").read_text()

    for name in (
        "areas.csv",
        "former_units.csv",
        "older_units.csv",
        "abbreviations.csv",
        "renamed_streets.csv",
        "landmarks.csv",
        "elsewhere.csv",
        "districts_elsewhere.csv",
        "ward_files_2025.csv",
        "contacts.csv",
        "routing.csv",
        "categories.csv",
        "authorities.csv",
    ):
        assert name in attribution
    for source in ("vietnamadminunits", "vietnamese-provinces-database", "OpenStreetMap", "UIP"):
        assert source in attribution


def test_every_former_unit_leads_to_units_of_today():
    today = {unit["code"] for unit in rows("areas.csv")}
    former = rows("former_units.csv")
    wards = [unit for unit in former if unit["level"] == "ward" and "/" not in unit["code"]]

    assert {code for unit in [*former, *rows("older_units.csv")] for code in unit["areas"].split()} == today
    assert Counter(unit["level"] for unit in former) == {"district": 38, "ward": 492}
    assert (len(wards), sum(len(unit["areas"].split()) > 1 for unit in wards)) == (441, 47)
    by_name = {(unit["full_name"], unit["district"]): unit["areas"] for unit in former + rows("older_units.csv")}
    assert by_name["Phường Bến Nghé", "Quận 1"] == "26740"
    assert by_name["Phường 13", "Quận Tân Bình"] == "27004"
    assert by_name["Phường 6", "Quận Bình Thạnh"] == "26944 26905"  # divided between Phường 7 and Phường 5 in 2024
    assert by_name["Phường 13", "Quận Gò Vấp"] == by_name["Phường 15", "Quận Gò Vấp"]
    assert by_name["Phường 6", "Quận 3"] == by_name["Phường Võ Thị Sáu", "Quận 3"]  # until 2020
    assert by_name["Phường Thảo Điền", "Quận 2"] == by_name["Phường Thảo Điền", "Thành phố Thủ Đức"]


def test_short_names_are_short_for_one_name_each():
    short = {plain(row["short"]): row["long"] for row in rows("abbreviations.csv")}

    assert len(short) == len(rows("abbreviations.csv")) > 70
    assert (short["cmt8"], short["3/2"], short["dbp"]) == ("Cách Mạng Tháng Tám", "Ba Tháng Hai", "Điện Biên Phủ")


def test_every_other_province_is_known_and_none_of_this_city():
    named = [plain(row["name"]).removeprefix("tinh ").removeprefix("thanh pho ") for row in rows("elsewhere.csv")]
    ours = {"ho chi minh", "binh duong", "ba ria vung tau", "thu duc", "vung tau", "thu dau mot", "di an", "thuan an"}

    provinces = [row["name"] for row in rows("elsewhere.csv") if row["kind"] == "province"]
    assert (len(provinces), len(named), len(set(named))) == (62, 119, 119)  # Huế by both its names; Hà Tây until 2008
    assert set(named) & ours == set()
    assert {"ha noi", "quang ninh", "hue", "uong bi", "nha trang"} <= set(named)


def test_landmarks_are_many_and_lie_in_the_city():
    landmarks = rows("landmarks.csv")

    assert len(landmarks) >= 300
    assert sum(bool(row["name_en"]) for row in landmarks) >= 300
    assert len({row["name"] for row in landmarks}) == len(landmarks)
    assert {row["ward"] for row in landmarks} - {""} <= {unit["name"] for unit in rows("areas.csv")}
    assert {"market", "hospital", "roundabout", "crossroads", "bus_station", "bridge", "school", "park"} <= {
        row["kind"] for row in landmarks
    }


@pytest.mark.django_db
def test_it_loads_without_any_data_file(settings):
    settings.CITY_DATA = ""
    out = StringIO()
    call_command("load_city", str(PACK), "--no-download", stdout=out)

    assert [line.split() for line in out.getvalue().splitlines()[1:7]] == [
        ["Areas", "168", "approximate"], ["Authorities", "199"], ["Categories", "96"], ["Rules", "587"],
        ["Former", "units", "571"], ["Landmarks", "345"],
    ]  # fmt: skip
    assert Edition.objects.get().approximate
    assert Area.objects.filter(search__contains="con dao").get().code == "26732"
    assert (Authority.objects.count(), Contact.objects.count(), Category.objects.leaves().count()) == (199, 208, 80)
    water = RoutingRule.objects.get(category__code="WS", area__code="26506")
    assert (water.authority.code, RoutingRule.objects.get(category__code="WS", area=None).authority.code) == (
        "bwaco",
        "sawaco",
    )
    check = routing_check.check_rules(sample=100)  # every point of the city has its one unit for every matter
    assert (check.findings, check.matters, check.cells, check.sampled) == ([], 80, 168, 100)


# --- the command that writes areas.csv


VT = ("Bà Rịa - Vũng Tàu", "Tỉnh  Bà Rịa - Vũng Tàu", "vt")
OWN, AWAY = ("Hồ Chí Minh", "Tỉnh Mới", "moi"), ("Nơi Khác", "Tỉnh Nơi Khác", "khac")


@pytest.fixture
def dataset(tmp_path):
    """A file shaped as vietnamadminunits' data file."""
    path = tmp_path / "dataset.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "CREATE TABLE admin_units (provinceCode, provinceShort, province, provinceKey, wardCode,"
            " wardShort, ward, wardKey, wardType, wardLon, wardLat, wardAreaKm2)"
        )
        database.execute(
            "CREATE TABLE admin_units_legacy (provinceShort, province, provinceKey, districtShort, district,"
            " districtKey, districtCode, ward, wardKey, wardCode, wardKeywords)"
        )
        database.executemany(
            "INSERT INTO admin_units VALUES (?, 'Tỉnh Mới', 'Tỉnh Mới', 'moi', ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                ("79", "00002", "Rạch  Dừa", "Phường  Rạch  Dừa", "rachdua", "Phường", 107.1, 10.4, 19.701),
                ("79", "00001", "Bến Thành", "Xã Bến Thành", "benthanh", "Xã", 106.7, 10.8, 1.853),
                ("79", "00003", "Đảo Xa", "Đặc khu Đảo Xa", "daoxa", "Đặc khu", 106.6, 8.7, 75.79),
                ("01", "00004", "Khác", "Phường Khác", "khac", "Phường", 105.8, 21.0, 1),
            ],
        )
        database.executemany(
            "INSERT INTO admin_units_legacy VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (*VT, "Vũng Tàu", "Thành phố Vũng  Tàu", "vungtau", "747", "Phường 1", "p1",
                 "00002", '["phuong01", "phuong1", "p1", "phuong3", "phuong4"]'),
                (*VT, "Vũng Tàu", "Thành phố Vũng  Tàu", "vungtau", "747", "Phường 4", "p4",
                 "00009", None),
                (*OWN, "1", "Quận 1", "q1", "760", "Xã 1", "x1", "00001", None),
                (*VT, "Đảo Xa", "Huyện Đảo Xa", "daoxa", "755", None, None, None, None),
                (*AWAY, "Khác", "Huyện Khác", "khac", "999", "Xã Khác", "khac", "00004", None),
                (*AWAY, "Mới Lập", "Thị Xã Mới Lập", "moilap", "998", None, None, None, None),
            ],
        )  # fmt: skip
    database.close()
    went = {
        "DICT_PROVINCE": {"moi": ["moi", "vt"]},
        "DICT_PROVINCE_WARD_NO_DIVIDED": {"moi": {"daoxa": ["vt_daoxa_"], "rachdua": ["vt_vungtau_p4"]}},
        "DICT_PROVINCE_WARD_DIVIDED": {
            "moi": {
                "moi_q1_x1": [
                    {"newWardKey": "benthanh", "isDefaultNewWard": False},
                    {"newWardKey": "rachdua", "isDefaultNewWard": True},
                ],
                "vt_vungtau_p1": [
                    {"newWardKey": "benthanh", "isDefaultNewWard": True},
                    {"newWardKey": "rachdua", "isDefaultNewWard": False},
                ],
            }
        },
    }
    path.with_name("converter_2025.json").write_text(json.dumps(went))
    return path


def test_the_units_of_a_province_are_written_tidied_and_in_order(dataset):
    out = StringIO()
    call_command("units_from_vietnamadminunits", "79", dataset=dataset, stdout=out)

    assert out.getvalue().splitlines() == [
        ",".join(COLUMNS),
        "00001,Bến Thành,Xã Bến Thành,Bến Thành Commune,Xã,ho-chi-minh,106.7,10.8,1.85",
        "00002,Rạch Dừa,Phường Rạch Dừa,Rạch Dừa Ward,Phường,ba-ria-vung-tau,107.1,10.4,19.7",
        "00003,Đảo Xa,Đặc khu Đảo Xa,Đảo Xa Special Zone,Đặc khu,ba-ria-vung-tau,106.6,8.7,75.79",
    ]


def test_what_ended_then_is_written_with_what_it_went_into(dataset):
    out = StringIO()
    call_command("units_from_vietnamadminunits", "79", "--former", dataset=dataset, stdout=out)

    assert out.getvalue().splitlines() == [
        ",".join(FORMER_COLUMNS),
        # Of two wards one went wholly, one partly to the first.
        "district,747,Thành phố Vũng Tàu,Tỉnh Bà Rịa - Vũng Tàu,00002 00001",
        "district,755,Huyện Đảo Xa,Tỉnh Bà Rịa - Vũng Tàu,00003",
        "district,760,Quận 1,,00002 00001",
        "ward,00002,Phường 1,Thành phố Vũng Tàu,00001 00002",
        "ward,00002/3,Phường 3,Thành phố Vũng Tàu,00001 00002",  # had been taken in before
        "ward,00009,Phường 4,Thành phố Vũng Tàu,00002",
        "ward,00001,Xã 1,Quận 1,00002 00001",
    ]


def test_districts_of_other_provinces_are_written_by_province(dataset):
    out = StringIO()
    call_command("units_from_vietnamadminunits", "79", "--elsewhere", dataset=dataset, stdout=out)

    assert out.getvalue().splitlines() == [
        ",".join(ELSEWHERE_COLUMNS),
        "Tỉnh Nơi Khác,Tỉnh Nơi Khác,Huyện Khác; Thị xã Mới Lập",
    ]


@pytest.mark.parametrize(
    ("province", "is_installed", "message"), [("99", True, "no units of a province 99"), ("79", False, "No data file")]
)
def test_it_says_what_it_lacks(dataset, province, is_installed, message):
    with pytest.raises(CommandError, match=message):
        call_command(
            "units_from_vietnamadminunits", province, dataset=dataset if is_installed else dataset.with_name("none.db")
        )
