"""Test single rules of suggestions; ../test_true_city.py measures their score in the true city."""

import datetime

import pytest
from django.contrib.gis.geos import Point
from django.db.backends.postgresql.psycopg_any import DateRange
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from hypothesis import given
from hypothesis import strategies as st

from gis_data.addresses.geocode import locate
from gis_data.addresses.sentences import place_in_sentence
from gis_data.addresses.suggest import CONTEXT, FOUND, confidence, only_sure_candidate, suggest
from gis_data.editions import succession
from gis_data.models import (
    Edition,
    House,
    Junction,
    Landmark,
    Level,
    Succession,
)
from gis_data.words import plain
from tests import factories


@pytest.fixture
def places(town):
    """Lê Lợi runs through both wards, Pasteur crosses it in Old Wharf; two street names differ in one diacritic."""
    city = town.city
    factories.street(city, "Lê Lợi", (10.001, 50.002), (10.018, 50.002))
    factories.street(city, "Pasteur", (10.003, 50.001), (10.003, 50.008))
    factories.street(city, "Hẻm 12 Lê Lợi", (10.012, 50.002), (10.012, 50.003), rank=3)
    factories.street(city, "Hồ Lớn", (10.001, 50.009), (10.004, 50.009))
    factories.street(city, "Hò Lớn", (10.015, 50.009), (10.019, 50.009))
    factories.street(city, "Ba Tháng Hai", (10.011, 50.007), (10.018, 50.007))
    Junction.objects.create(
        city=city, one="Lê Lợi", other="Pasteur", point=Point(10.003, 50.002, srid=4326), search_one="le loi",
        search_other="pasteur",
    )  # fmt: skip
    for number, x in (("55", 10.013), ("61", 10.014), ("12/5", 10.012)):
        House.objects.create(
            city=city, number=number, street="Lê Lợi", point=Point(x, 50.002, srid=4326), search="le loi"
        )
    Landmark.objects.create(
        city=city, kind="market", name="Chợ Cá", point=Point(10.016, 50.004, srid=4326), search="cho ca\ncho hai san"
    )
    factories.former(city, "13", "Phường 13", "Quận Cảng", (town.old, "whole"))
    factories.former(city, "14", "Phường 14", "Quận Cảng", (town.new, "main"), (town.old, "part"))
    factories.former(city, "c", "Quận Cảng", "", level=Level.DISTRICT)
    factories.former(city, "x", "Phường 13", "Quận Xa", (town.new, "whole"))
    with translation.override("en"):
        yield town


def titles(text, **more):
    return [candidate.title for candidate in suggest(text, **more)]


def best(text, **more):
    return suggest(text, **more)[0]


def test_a_street_is_given_by_its_parts_each_with_its_ward(places):
    candidates = suggest("Lê Lợi")

    assert {(candidate.kind, candidate.title, candidate.area) for candidate in candidates[:2]} == {
        ("street", "Lê Lợi, Old Wharf Ward", places.old),
        ("street", "Lê Lợi, New Wharf Ward", places.new),
    }
    assert all(abs(candidate.point.y - 50.002) < 1e-6 for candidate in candidates[:2])


@pytest.mark.parametrize("text", ["Lê Lợi, Phường New Wharf", "le loi new wharf", "Lê Lợi, Phường 13, Quận Xa"])
def test_the_ward_that_was_named_decides_between_the_parts(places, text):
    assert best(text).area == places.new


@pytest.mark.parametrize("text", ["Bờ Rào", "5 Bờ Rào", "Bờ Rào x Lê Lợi", "Chợ Rào"])
@pytest.mark.parametrize("off", [-0.0001, 0, 0.0000004, 0.0001])
@pytest.mark.parametrize("ward", ["old", "new"])
def test_on_a_border_the_place_lies_in_the_named_ward(places, text, off, ward):
    """Of a street, house, crossing or landmark that is on the border or beside it, as far as coordinates are told."""
    city, area, x = places.city, getattr(places, ward), 10.01 + off
    factories.street(city, "Bờ Rào", (x, 50.003), (x, 50.009))
    House.objects.create(city=city, number="5", street="Bờ Rào", point=Point(x, 50.004, srid=4326), search="bo rao")
    factories.junction(city, "Bờ Rào", "Lê Lợi", (x, 50.002))
    factories.landmark(city, "market", "Chợ Rào", (x, 50.006))
    candidate = best(f"{text}, Phường {area.name}")
    as_data = candidate.as_dict()

    assert candidate.area == area
    assert locate(Point(as_data["lon"], as_data["lat"], srid=4326)).area == area
    assert abs(as_data["lon"] - x) < 0.0003


def test_streets_within_their_ward_are_not_moved_off_their_lines(places):
    factories.street(places.city, "Gần Rào", (10.0099, 50.003), (10.0099, 50.009))
    assert best("Gần Rào, Phường Old Wharf").point.x == pytest.approx(10.0099)


def test_a_known_house_is_found_where_it_stands(places):
    candidate = best("55 Lê Lợi")

    assert (candidate.kind, candidate.title, candidate.accuracy_m) == ("house", "55 Lê Lợi, New Wharf Ward", 15)
    assert candidate.point.coords == (10.013, 50.002)
    assert candidate.understood == [("house", "55"), ("street", "Lê Lợi")]


def test_a_house_in_an_alley_is_found_however_it_is_written(places):
    assert best("12/5 Lê Lợi").kind == "house"
    assert best("số 5 hẻm 12 Lê Lợi").point.coords == (10.012, 50.002)


def test_an_unknown_house_is_looked_for_at_near_numbers(places):
    candidate = best("57 Lê Lợi")

    assert (candidate.kind, candidate.area, candidate.accuracy_m) == ("street", places.new, 30)
    assert candidate.note == "The house is not known: near number 55."


def test_unknown_house_gives_its_street_with_less_accuracy(places):
    candidate = best("9 Pasteur")

    assert (candidate.title, candidate.kind) == ("9 Pasteur, Old Wharf Ward", "street")
    assert candidate.accuracy_m > 100
    assert candidate.note == "The house is not known: shown on its street."


def test_an_alley_with_its_own_line_stands_for_the_house(places):
    House.objects.all().delete()
    assert best("12/7 Lê Lợi").title == "12/7 Lê Lợi (Hẻm 12 Lê Lợi), New Wharf Ward"


@pytest.mark.parametrize(
    "text", ["Lê Lợi - Pasteur", "pasteur x le loi", "ngã tư Pasteur Lê Lợi", "góc lê lọi pasteur"]
)
def test_two_streets_are_found_where_they_cross_in_either_order(places, text):
    candidate = best(text)
    assert (candidate.kind, candidate.title) == ("junction", "Lê Lợi × Pasteur, Old Wharf Ward")
    assert candidate.point.coords == (10.003, 50.002)


def test_streets_that_do_not_cross_meet_at_their_nearest_point(places):
    factories.street(places.city, "Cầu Tàu", (10.003, 50.0085), (10.003, 50.0089))
    candidate = best("Cầu Tàu - Pasteur")
    assert (candidate.kind, candidate.accuracy_m) == ("junction", 150)


@pytest.mark.parametrize("text", ["Chợ Cá", "cho ca", "gần chợ cá", "chợ hải sản"])
def test_a_landmark_is_found_by_any_of_its_names(places, text):
    assert (best(text).kind, best(text).title) == ("landmark", "Chợ Cá, New Wharf Ward")


@pytest.mark.parametrize(("text", "title"), [
    ("Seagull House", "Nhà Hải Âu"), ("seagull house", "Nhà Hải Âu"), ("nha hai au", "Nhà Hải Âu"),
    ("trước nhà hát lớn", "Nhà hát lớn"), ("Harbour City Museum", "Bảo tàng"), ("the harbour city museum", "Bảo tàng"),
])  # fmt: skip
def test_landmarks_of_several_names_are_known_by_each(places, text, title):
    """Also where the city's name begins it, or what stands in front might be part of it; the more exact name wins."""
    factories.landmark(places.city, "attraction", "Nhà Hải Âu", (10.016, 50.004), "Seagull House;Gull Hall")
    factories.landmark(places.city, "station", "Ga Hải Âu", (10.004, 50.004), "Seagull House Station")
    factories.landmark(places.city, "attraction", "Nhà hát lớn", (10.016, 50.005), "Opera")
    factories.landmark(places.city, "museum", "Bảo tàng", (10.016, 50.006), "Harbour City Museum")
    assert best(text).title.split(", ")[0] == title
    assert place_in_sentence(f"A lamp is broken at {text}").endswith(text.removeprefix("trước "))


def test_a_former_ward_leads_to_the_one_of_today(places):
    candidate = best("kp 3 p13 quan cang")

    assert (candidate.title, candidate.kind, candidate.area) == ("Phường 13, Quận Cảng", "former", places.old)
    assert candidate.note == "Phường 13, Quận Cảng is now part of Old Wharf Ward."


def test_number_without_a_district_gives_all_wards_with_it(places):
    assert set(titles("Phường 13")) == {"Phường 13, Quận Cảng", "Phường 13, Quận Xa"}


def test_a_divided_ward_gives_the_wards_to_choose_from(places):
    candidates = suggest("P.14, Q. Cảng")

    assert (candidates[0].title, candidates[0].kind, candidates[0].area) == ("Phường 14, Quận Cảng", "former", None)
    assert candidates[0].choices == (places.new, places.old)
    assert candidates[0].note == "Phường 14, Quận Cảng is now divided: New Wharf Ward, Old Wharf Ward."
    assert {candidate.area for candidate in candidates[1:]} == {places.new, places.old}


def test_a_former_district_gives_its_wards(places):
    candidate = best("Quận Cảng")
    assert (candidate.kind, set(candidate.choices)) == ("former", {places.old, places.new})


def test_areas_of_an_ended_edition_are_found_as_what_they_became(places):
    ended = Edition.objects.create(
        city=places.city, level=Level.WARD, code="2020", name="2020",
        in_force=DateRange(datetime.date(2020, 1, 1), datetime.date(2025, 7, 1)),
    )  # fmt: skip
    ended_area = factories.area(ended, "9", "Fish Quay", (10.0, 50.0, 10.02, 50.01))
    for new, share in ((places.old, 0.6), (places.new, 0.395)):
        Succession.objects.create(old=ended_area, new=new, km2=1, share_old=share, share_new=1)

    candidate = best("Phường Fish Quay")

    assert (candidate.title, candidate.choices) == ("Phường Fish Quay", (places.old, places.new))


def test_areas_of_a_loaded_edition_of_the_past_are_found(places):
    """As it is compared after a load, whenever that was."""
    past = Edition.objects.create(
        city=places.city, level=Level.WARD, code="2020", name="2020",
        in_force=DateRange(datetime.date(2020, 1, 1), datetime.date(2025, 7, 1)),
    )  # fmt: skip
    factories.area(past, "9", "Fish Quay", (10.0, 50.0, 10.009, 50.01))
    succession.compute_successions(past)

    assert (best("Phường Fish Quay").title, best("Phường Fish Quay").area) == ("Phường Fish Quay", places.old)


def test_drafts_are_unknown(places):
    draft = Edition.objects.create(city=places.city, level=Level.WARD, code="2030", name="2030")
    factories.area(draft, "9", "Fish Quay", (10.0, 50.0, 10.02, 50.01))

    assert "Phường Fish Quay" not in titles("Phường Fish Quay")


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("past", "Pasteur, Old Wharf Ward"),
        ("le l", "Lê Lợi, Old Wharf Ward"),
        ("12 le lo", "12 Lê Lợi, Old Wharf Ward"),
        ("chợ c", "Chợ Cá, New Wharf Ward"),
        ("phường new w", "New Wharf Ward"),
        ("new wha", "New Wharf Ward"),
        ("lê lợi - pas", "Lê Lợi × Pasteur, Old Wharf Ward"),
        ("p13 quận c", "Phường 13, Quận Cảng"),
    ],
)
def test_what_is_being_typed_is_the_beginning_of_a_name(places, typed, title):
    assert title in titles(typed)[:2]


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("Pastuer", "Pasteur, Old Wharf Ward"),
        ("Lê Lợy, Old Wharf", "Lê Lợi, Old Wharf Ward"),
        ("chợ cáa", "Chợ Cá, New Wharf Ward"),
        ("phường New Wharff", "New Wharf Ward"),
        ("3/2", "Ba Tháng Hai, New Wharf Ward"),
        ("đường 3 tháng 2", "Ba Tháng Hai, New Wharf Ward"),
    ],
)
def test_what_is_misspelt_or_written_otherwise_is_found(places, typed, title):
    assert titles(typed)[0] == title


def test_diacritics_that_match_are_not_widened(places):
    assert [title for title in titles("Hồ Lớn") if "Lớn" in title] == ["Hồ Lớn, Old Wharf Ward"]
    assert [title for title in titles("Hò Lớn") if "Lớn" in title] == ["Hò Lớn, New Wharf Ward"]
    assert {title for title in titles("ho lon") if "Lớn" in title} == {
        "Hồ Lớn, Old Wharf Ward",
        "Hò Lớn, New Wharf Ward",
    }


def test_where_the_person_is_decides_between_equals(places):
    assert titles("ho lon", near=(10.018, 50.009))[0] == "Hò Lớn, New Wharf Ward"
    assert titles("ho lon", near=(10.001, 50.009))[0] == "Hồ Lớn, Old Wharf Ward"


@pytest.mark.parametrize("text", ["%", "_", "%%%", "L_ L%", "\\", "'; --", "(", "[a-z]*", "💡"])
def test_wildcards_are_plain_characters(places, text):
    assert [candidate for candidate in suggest(text) if candidate.kind in ("house", "street", "junction")] == []


@given(
    st.lists(
        st.sampled_from(
            ["12/3", "Lê", "Lợi", "pasteur", "gần", ",", "-", "p13", "chợ", "quận", "%", "x", "góc", "hẻm 12"]
        ),
        max_size=9,
    )
)
def test_every_text_is_answered_and_every_answer_is_in_order(places, words):
    candidates = suggest(" ".join(words))
    confidences = [candidate.confidence for candidate in candidates]

    assert len(candidates) <= 8
    assert [round(candidate, 4) for candidate in confidences] == sorted(
        (round(candidate, 4) for candidate in confidences), reverse=True
    )
    assert all(0 < candidate <= 1 for candidate in confidences)
    assert all(candidate.area or candidate.choices for candidate in candidates)


@pytest.mark.parametrize(
    ("more", "less"),
    [
        ({"found": "house"}, {"found": "near house"}),
        ({"found": "near house"}, {"found": "street of house"}),
        ({"found": "junction"}, {"found": "approach"}),
        ({"found": "approach"}, {"found": "one of two"}),
        ({"found": "ward"}, {"found": "divided"}),
        ({"found": "divided"}, {"found": "district"}),
        ({"found": "street of house"}, {"found": "ward of more"}),
        ({"context": "ward"}, {"context": "district"}),
        ({"context": "district"}, {"context": "none asked"}),
        ({"context": "none asked"}, {"context": "not known"}),
        ({"context": "not known"}, {"context": "elsewhere"}),
        ({"likeness": 1.0}, {"likeness": 0.9}),
        ({"reading": 1.0}, {"reading": 0.8}),
        ({"nearness": 1.0}, {"nearness": None}),
        ({"nearness": None}, {"nearness": 0.0}),
        ({"share": 0.7}, {"share": 0.3}),
    ],
)
def test_more_evidence_makes_surer(more, less):
    usual = {"found": "street", "reading": 0.9, "likeness": 0.95, "context": "none asked", "share": 0.5}
    more_evidence, other = usual | more, usual | less
    assert confidence(more_evidence.pop("found"), **more_evidence) > confidence(other.pop("found"), **other)


def test_confidence_is_a_number_between_nothing_and_one():
    assert (
        max(confidence(how_found, reading=1, likeness=1, context=c, nearness=1) for how_found in FOUND for c in CONTEXT)
        == 1
    )
    assert min(confidence(how_found, reading=0, likeness=0, context=c) for how_found in FOUND for c in CONTEXT) == 0


def test_few_questions_are_asked_of_the_database(places, django_assert_max_num_queries):
    suggest("Lê Lợi")
    with django_assert_max_num_queries(6):
        suggest("57 Lê Lợi gần chợ Cá, phường New Wharf")
    with django_assert_max_num_queries(5):
        suggest("góc lê lợi pasteur")


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Pasteur", "Pasteur, Old Wharf Ward"),
        ("55 Lê Lợi, phường New Wharf", "55 Lê Lợi, New Wharf Ward"),
        ("pasteur x le loi", "Lê Lợi × Pasteur, Old Wharf Ward"),
        ("chợ cá", "Chợ Cá, New Wharf Ward"),
        ("12 Unheard, New Wharf", "New Wharf Ward"),
        ("12 Unheard, Phường 13, Quận Xa", "Phường 13, Quận Xa"),
        ("Lê Lợi", None),  # in both wards
        ("55 Lê Lợi", None),  # another street may be called so
        ("ho lon", None),  # two streets
        ("Phường 13", None),  # of two districts
        ("P.14, Q. Cảng", None),  # divided
        ("Quận Cảng", None),
        ("Pesteri", None),  # hardly like Pasteur
        ("Atlantis", None),
    ],
)
def test_one_place_is_taken_only_where_no_other_may_be_meant(places, text, title):
    candidate = only_sure_candidate(suggest(text))
    assert (candidate and candidate.title) == title


@pytest.mark.parametrize("text", ["5 Pasteur, phường New Wharf, quận Cảng", "Pasteur, Phường 13, Quận Xa"])
def test_a_ward_that_was_named_beats_a_street_in_another(places, text):
    assert best(text).area == places.new


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Ward 13, Quay District", None),
        ("Ward 13, Cảng District", "Phường 13, Quận Cảng"),
        ("New Wharf Ward", "New Wharf Ward"),
        ("Le Loi Street, New Wharf Ward", "Lê Lợi, New Wharf Ward"),
        ("corner of Le Loi and Pasteur", "Lê Lợi × Pasteur, Old Wharf Ward"),
        ("near Ca Market", "Chợ Cá, New Wharf Ward"),
    ],
)
def test_english_input_is_found(places, text, title):
    candidate = only_sure_candidate(suggest(text))
    assert (candidate and candidate.title) == title


def test_an_abbreviation_that_nobody_knows_takes_little_away(places):
    known, unknown = best("Pasteur").confidence, best("Pasteur, KV").confidence
    assert known * 0.95 < unknown < known


def test_a_district_is_known_by_its_initials_alone(places):
    factories.former(places.city, "b", "Quận Bến Xa", "", (places.new, "whole"), level=Level.DISTRICT)
    assert best("Lê Lợi, BX").area == places.new
    assert best("Lê Lợi, BX").confidence > 0.85 * best("Lê Lợi, Q. Bến Xa").confidence


def test_a_number_beyond_the_known_part_of_a_street_is_not_sure(places):
    House.objects.all().delete()
    assert only_sure_candidate(suggest("400 Pasteur")).note == "The house is not known: shown on its street."

    candidate = best("4000 Pasteur")

    assert candidate.note == "As far as we know, the street is too short for this number."
    assert candidate.confidence < best("400 Pasteur").confidence * 0.7
    assert only_sure_candidate(suggest("4000 Pasteur")) is None
    assert only_sure_candidate(suggest("4000/5 Pasteur, phường Old Wharf")).title == "Old Wharf Ward"


@pytest.mark.parametrize(("text", "note"), [
    ("chung cư Xyz 55 Lê Lợi, phường New Wharf", "We do not know this place: chung cư Xyz."),
    ("chung cư Xyz, phường New Wharf", "We do not know this place: chung cư Xyz."),
    ("55 Lê Lợi, phường New Wharf", ""),
    ("Chợ Cá, phường New Wharf", ""),
])  # fmt: skip
def test_unknown_building_is_said_to_be_unknown(places, text, note):
    assert best(text).note == note


@pytest.mark.parametrize("text", ["Lê Lợi, Wharf City", "Lê Lợi, Wharf", "Lê Lợi, TP Wharf", "Lê Lợi, Quayside"])
def test_the_citys_own_name_counts_for_the_city(places, text):
    places.city.name_en = "Wharf City"
    places.city.abbreviations = {"quayside": "Wharf"}
    places.city.save()
    assert titles(text) == titles("Lê Lợi")
    assert dict(best(text).understood)["city"] in text


@pytest.mark.parametrize("text", ["Quay 7 × Pasteur", "ngã tư Pasteur Quay 7", "pasteur - quay 7"])
def test_crossing_is_found_by_the_name_a_street_had(places, text):
    places.city.renamed_streets = {"quay 7": ["Hồ Lớn", "Lê Lợi"]}
    places.city.save()
    factories.street(places.city, "Quay 7", (10.011, 50.009), (10.013, 50.009))

    assert (best(text).kind, best(text).title) == ("junction", "Lê Lợi × Pasteur, Old Wharf Ward")


@pytest.mark.parametrize("text", ["12 Lê Lai, New Wharf", "Lê Lai, phường New Wharf", "12 le lai new wharf"])
def test_street_that_only_resembles_does_not_come_first(places, text):
    candidates = suggest(text)

    assert (candidates[0].title, candidates[0].kind) == ("New Wharf Ward", "ward")
    assert candidates[0].note.startswith("We do not know this street: ")
    assert all("Did you mean Lê Lợi?" in candidate.note for candidate in candidates if "Lê Lợi" in candidate.title)


@pytest.mark.parametrize("text", ["12 Lê Lai", "Lê Lay", "le lang", "Hồ Lan"])
def test_unknown_street_is_said_to_be_unknown(places, text):
    candidates = suggest(text)

    assert [
        candidate.title for candidate in candidates if candidate.kind == "street" and candidate.confidence >= 0.5
    ] == []
    assert all(
        candidate.note.startswith("We do not know this street: ")
        for candidate in candidates
        if candidate.kind == "street"
    )
    assert only_sure_candidate(candidates) is None


@pytest.fixture
def named_only(places):
    """A street known by name only, in two former districts; Lê Lợi by name in one of them, too."""
    for name, district in (("Bến Cũ", "Cảng"), ("Bến Cũ", "Xa"), ("Lê Lợi", "Cảng")):
        places.city.street_names.create(name=name, district=district, search=plain(name))
    factories.former(places.city, "xa", "Quận Xa", "", (places.new, "whole"), level=Level.DISTRICT)
    return places


def test_street_known_by_name_alone_is_placed_in_its_district(named_only):
    far, port = sorted(suggest("5 Bến Cũ"), key=lambda candidate: candidate.accuracy_m)[:2]

    assert (far.title, far.kind, far.area, far.accuracy_m) == (
        "5 Bến Cũ, New Wharf Ward",
        "street",
        named_only.new,
        900,
    )
    assert (port.title, port.area, set(port.choices)) == ("5 Bến Cũ, Quận Cảng", None, {named_only.old, named_only.new})
    assert port.note == "The map does not show where this street is in Quận Cảng."
    assert only_sure_candidate(suggest("5 Bến Cũ")) is None
    assert best("5 Bến Cũ, Quận Xa").area == named_only.new
    assert best("5 Bến Cũ, phường Old Wharf, Quận Cảng").area == named_only.old
    assert [
        candidate.title for candidate in suggest("Lê Lợi") if "Quận" in candidate.title
    ] == []  # the map knows better


@pytest.mark.parametrize("text", [
    "50.005, 10.015x", "https://maps.app.goo.gl/AbCd", "60.1234, 10.0150", "geo:60.1234,10.0150",
])  # fmt: skip
def test_no_place_is_guessed_of_what_says_none_here(places, text, settings):
    settings.GEOCODER_URL = "http://geocoder.invalid/"  # nor is a geocoder asked
    assert [candidate for candidate in suggest(text) if candidate.confidence >= 0.3] == []


@pytest.mark.parametrize("text", [
    "50.0021, 10.0150", "10.0150 50.0021", "50,0021; 10,0150", "50°00'07.6\"N 10°00'54\"E", "geo:50.0021,10.0150",
    "ổ gà https://www.google.com/maps/place/X/@50.0021,10.0150,17z", "https://www.google.com/maps?q=10.0150,50.0021",
])  # fmt: skip
def test_coordinates_and_map_links_are_the_place_they_say(places, text):
    (only,) = suggest(text)

    assert (only.kind, only.area, only.confidence, only.accuracy_m) == ("point", places.new, 1.0, 10)
    assert only.point.coords == pytest.approx((10.015, 50.0021), abs=1e-4)
    assert only.title == "61 Lê Lợi, New Wharf Ward" or only.title.endswith("Lê Lợi, New Wharf Ward")
    assert only_sure_candidate([only]) == only


def test_nothing_is_suggested_for_what_lies_elsewhere(places, settings):
    settings.GEOCODER_URL = "http://geocoder.invalid/"  # nor is a geocoder asked
    assert titles("12 Lê Lợi, tỉnh Đồng Xa")[0] == "12 Lê Lợi, New Wharf Ward"
    places.city.elsewhere = [{"names": ["Tỉnh Đồng Xa", "ĐX"], "namesake": False}]
    places.city.save()
    assert [titles(text) for text in ("12 Lê Lợi, tỉnh Đồng Xa", "12 Lê Lợi, ĐX", "Lê Lợi Đồng Xa")] == [[], [], []]


def test_names_are_read_anew_after_a_load(places):
    assert titles("Bến Mới") == []
    factories.street(places.city, "Bến Mới", (10.011, 50.008), (10.018, 50.008))
    assert titles("Bến Mới") == ["Bến Mới, New Wharf Ward"]


def test_without_a_city_there_is_nothing_to_suggest(db):
    assert suggest("Lê Lợi") == []


# ── Over HTTP ──


def test_anybody_may_ask(client, places):
    translation.activate("vi")
    candidates = client.get(reverse("address-search"), {"q": "P.14, Q. Cảng", "near": "10.01,50.005"}).json()[
        "candidates"
    ]

    assert candidates[0] | {"confidence": None, "bounds": None} == {
        "title": "Phường 14, Quận Cảng",
        "kind": "former",
        "lon": 10.015,
        "lat": 50.005,
        "bounds": None,
        "accuracy_m": 1500,
        "confidence": None,
        "understood": [
            {"part": "ward", "part_title": gettext("ward"), "text": "P.14"},
            {"part": "district", "part_title": gettext("district"), "text": "Q. Cảng"},
        ],
        "area": None,
        "choices": [
            {"code": "002", "title": "Phường New Wharf", "lon": 10.015, "lat": 50.005},
            {"code": "001", "title": "Phường Old Wharf", "lon": 10.005, "lat": 50.005},
        ],
        "note": "Phường 14, Quận Cảng nay đã chia về: Phường New Wharf, Phường Old Wharf.",
    }


def test_crossing_that_is_a_street_too_is_one_place(places):
    """A landmark and a street of one name beside a border are taken for one thing; far from each other they are two."""
    factories.landmark(places.city, "junction", "Ngã tư Hàng Rào", (10.0098, 50.008))
    factories.street(places.city, "Ngã tư Hàng Rào", (10.0101, 50.008), (10.0103, 50.008))
    assert only_sure_candidate(suggest("ngã tư Hàng Rào")).kind == "landmark"
    factories.street(places.city, "Ngã tư Hàng Rào", (10.0170, 50.008), (10.0199, 50.008))
    assert only_sure_candidate(suggest("ngã tư Hàng Rào")) is None


@pytest.mark.parametrize("text", ["12 hẻm Lê Lợi, Phường New Wharf", "12 hem le loi, phuong new wharf"])
def test_alley_without_a_number_lies_on_the_street_of_its_name(places, text):
    House.objects.all().delete()
    candidate = best(text)
    assert (candidate.title, candidate.note) == (
        "12 Lê Lợi, New Wharf Ward",
        "The house is not known: shown on its street.",
    )


def test_namesake_nearer_the_middle_of_the_city_comes_first(places):
    factories.street(places.city, "Một Tên", (10.0085, 50.005), (10.0095, 50.005))
    factories.street(places.city, "Một Tên", (10.0185, 50.005), (10.0195, 50.005))
    assert [candidate.area for candidate in suggest("Một Tên")] == [places.old, places.new]
    assert best("Một Tên", near=(10.019, 50.005)).area == places.new


def test_the_name_of_an_alley_is_no_other_name_than_its_street(places):
    House.objects.all().delete()
    candidate = best("hẻm 12 Lê Lợi, Phường New Wharf")
    assert (candidate.title, candidate.note) == ("hẻm 12 Lê Lợi (Hẻm 12 Lê Lợi), New Wharf Ward", "")


def test_a_place_called_after_a_street_comes_behind_the_street(places):
    factories.landmark(places.city, "junction", "Vòng xoay Pasteur", (10.003, 50.008))
    assert [candidate.kind for candidate in suggest("Pasteur")][:2] == ["street", "landmark"]
    assert best("vòng xoay Pasteur").kind == "landmark"


def test_behind_a_street_a_wards_name_is_rather_the_ward(places):
    factories.landmark(places.city, "market", "Chợ New Wharf", (10.016, 50.004))
    assert best("Không Biết, New Wharf").kind == "ward"
    assert best("Chợ New Wharf").kind == "landmark"


def test_landmark_of_other_words_is_offered_as_a_doubt(places):
    factories.landmark(places.city, "park", "Công viên Vinhouse Central", (10.016, 50.004))
    slip, other = best("Công viên Vinhouse Centrla"), best("Công viên Vinhouse Grand")
    assert slip.title == other.title == "Công viên Vinhouse Central, New Wharf Ward"
    assert slip.confidence > 0.6
    assert other.confidence < 0.45


def test_a_city_behind_a_landmark_is_not_part_of_its_name(places):
    factories.landmark(places.city, "attraction", "Nhà hát lớn", (10.016, 50.004), "Opera House")
    assert best("in front of Opera House Wharf").title == "Nhà hát lớn, New Wharf Ward"
    assert best("in front of Opera House Wharf").confidence > 0.7


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"q": "Lê Lợi"}, 200),
        ({"q": ""}, 200),
        ({}, 200),
        ({"q": "a" * 200}, 200),
        ({"q": "a" * 201}, 400),
        ({"q": "phường " * 800}, 400),
        ({"q": f"https://www.google.com/maps/@50.005,10.015,17z/{'a' * 1900}"}, 200),
        ({"q": f"https://www.google.com/maps/@50.005,10.015,17z/{'a' * 2000}"}, 400),
        ({"q": f"https://www.google.com/maps/place/{'a' * 1000}"}, 400),
        ({"q": "\x07 ' %"}, 200),
        ({"q": "Lê Lợi", "near": "x"}, 400),
        ({"q": "Lê Lợi", "near": "nan,50"}, 400),
        ({"q": "Lê Lợi", "near": "10,500"}, 400),
        ({"q": "Lê Lợi", "near": "10,50,1"}, 400),
    ],
)
def test_what_cannot_be_answered_is_told(client, places, query, status):
    response = client.get(reverse("address-search"), query)
    assert response.status_code == status
    assert list(response.json()) == (["candidates", "note"] if status == 200 else ["error"])


def test_long_map_link_gives_its_place(client, places):
    link = f"https://www.google.com/maps/place/{'X+' * 300}/data=!3d50.005!4d10.015?entry=ttu"
    (candidate,) = client.get(reverse("address-search"), {"q": link}).json()["candidates"]
    assert (candidate["kind"], candidate["lon"], candidate["lat"], candidate["area"]["code"]) == (
        "point",
        10.015,
        50.005,
        "002",
    )


@pytest.mark.parametrize(
    ("language", "note"), [("vi", "Liên kết rút gọn không cho biết vị trí."), ("en", "A short link")]
)
@pytest.mark.parametrize("text", ["https://maps.app.goo.gl/AbCd1234", "ở đây goo.gl/maps/x"])
def test_short_link_is_said_to_say_no_place(client, places, text, language, note):
    client.cookies["django_language"] = language
    answer = client.get(reverse("address-search"), {"q": text}).json()
    assert answer["candidates"] == []
    assert answer["note"].startswith(note)
