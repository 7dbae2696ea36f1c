"""Who answers for what, as the invented city of tests/samples/city says, and what is refused."""

import shutil
from pathlib import Path

import pytest
from django.contrib.gis.geos import Point
from procrastinate.contrib.django.models import ProcrastinateJob

from gis_data.addresses.geocode import locate
from gis_data.editions import importing
from gis_data.gazetteer import finding
from gis_data.pack import InvalidData, Pack
from incidents.models import Authority, Category, CategorySentence, Contact, ProcedureStep, RoutingRule
from incidents.routing import rules
from incidents.seed import catalogue
from tests import factories

SAMPLE = Path(__file__).parents[2] / "samples" / "city"
IN = {"101": (-49.995, -20.005), "103": (-49.955, -20.005), "105": (-49.985, -20.015), "106": (-49.985, -20.005)}


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(SAMPLE, tmp_path / "city"))


@pytest.fixture
def places(folder, db):
    return importing.load_places(finding.find_contents(Pack(folder), downloading="no"))


def rewrite(folder, name, old, new):
    path = folder / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


@pytest.mark.usual_rows(4)
@pytest.mark.parametrize(
    ("category", "area", "authority", "because"),
    [
        ("VIA.1", "101", "posto-101", "As ruas são do posto do bairro."),
        ("VIA.1", "105", "posto-105", "As ruas são do posto do bairro."),
        ("VIA.1", "103", "plantao", None),  # Ilhéus has no office of its own
        ("VIA.3", "101", "plantao", "O plantão recebe casos de violência."),  # the leaf beats its group
        ("AGU.1", "105", "aguas", "A água é da Companhia de Águas."),
        ("AGU.2", "105", "posto-105", "Em Água Clara o posto limpa os bueiros."),  # the area beats everywhere
        ("AGU.2", "106", "aguas", "No norte a companhia limpa os bueiros."),  # by its zone
    ],
)
def test_who_answers_where(folder, places, category, area, authority, because):
    catalogue.load_catalogue(Pack(folder), places)

    route = rules.find_route(Category.objects.get(code=category), locate(Point(*IN[area], srid=4326)))

    assert route.authority.code == authority
    assert route.by_rule == bool(because)
    if because:
        assert route.reasons[-1]["vi"] == because


def with_parents(folder, *parents):
    path = folder / "authorities.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(f"{line},{parent}" for line, parent in zip(lines, ("parent", *parents), strict=True)))


def test_units_stand_in_a_tree_which_may_be_turned_round(folder, places):
    tree = lambda: dict(Authority.objects.values_list("code", "parent__code"))  # noqa: E731
    with_parents(folder, "", "plantao", "aguas", "plantao")
    catalogue.load_catalogue(Pack(folder), places)
    assert tree() == {"plantao": None, "aguas": "plantao", "posto-101": "aguas", "posto-105": "plantao"}

    rewrite(folder, "authorities.csv", "Duty Desk,,yes,", "Duty Desk,,yes,posto-101")
    rewrite(folder, "authorities.csv", "Water Company,,,plantao", "Water Company,,,")
    catalogue.load_catalogue(Pack(folder), places)
    assert tree() == {"plantao": "posto-101", "aguas": None, "posto-101": "aguas", "posto-105": "plantao"}

    shutil.copy(SAMPLE / "authorities.csv", folder)
    catalogue.load_catalogue(Pack(folder), places)
    assert tree()["plantao"] == "posto-101"  # a pack without a tree leaves it as it is


@pytest.mark.parametrize(("parents", "faults"), [
    (("", "lost", "", ""), ["line 3: there is no authority lost."]),
    (("aguas", "plantao", "plantao", ""), [
        "line 2: the units above it lead back to itself.", "line 3: the units above it lead back to itself.",
    ]),
    (("plantao", "", "", ""), ["line 2: the units above it lead back to itself."]),
])  # fmt: skip
def test_a_tree_with_a_loop_or_a_stranger_is_refused(folder, places, parents, faults):
    with_parents(folder, *parents)
    with pytest.raises(InvalidData) as faulty:
        catalogue.load_catalogue(Pack(folder), places)
    assert faulty.value.faults == tuple(f"authorities.csv {fault}" for fault in faults)
    assert not Authority.objects.exists()


def with_letters(folder, *cells):
    add_columns(folder, "letters,letter_signature", *cells)


def add_columns(folder, *cells):
    path = folder / "authorities.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(f"{line},{cell}" for line, cell in zip(lines, cells, strict=True)))


def test_a_pack_says_which_units_answer_by_letter(folder, places):
    with_letters(folder, ",", 'yes,"For the company\nThe director"', ",", ",")
    catalogue.load_catalogue(Pack(folder), places)
    letters = lambda: list(Authority.objects.filter(letters=True).values_list("code", "letter_signature"))  # noqa: E731
    assert letters() == [("aguas", "For the company\nThe director")]
    shutil.copy(SAMPLE / "authorities.csv", folder)
    catalogue.load_catalogue(Pack(folder), places)
    assert len(letters()) == 1  # a pack that does not say it leaves it as it is
    with_letters(folder, "no,", f",{'x' * 301}", ",", ",")
    with pytest.raises(InvalidData) as faulty:
        catalogue.load_catalogue(Pack(folder), places)
    assert faulty.value.faults == (
        "authorities.csv line 2: letters is neither yes nor empty.",
        "authorities.csv line 3: letter_signature is longer than 300 characters.",
    )


def test_a_pack_may_say_where_offices_are_and_when_open(folder, places):
    add_columns(folder, "office_address,office_hours", ",", ",", "1 Rua do Cais,Mon-Fri 08:00-12:00", ",")
    catalogue.load_catalogue(Pack(folder), places)
    offices = Authority.objects.exclude(office_address="", office_hours="").values_list(
        "office_address", "office_hours"
    )
    assert list(offices) == [("1 Rua do Cais", "Mon-Fri 08:00-12:00")]
    shutil.copy(SAMPLE / "authorities.csv", folder)
    catalogue.load_catalogue(Pack(folder), places)
    assert offices.count() == 1
    add_columns(folder, "office_address,office_hours", ",", f"{'x' * 201},", ",from nine to five", ",")
    with pytest.raises(InvalidData) as faulty:
        catalogue.load_catalogue(Pack(folder), places)
    first, second = faulty.value.faults
    assert first == "authorities.csv line 3: office_address is longer than 200 characters."
    assert second.startswith("authorities.csv line 4: office_hours: ")


def test_everything_is_loaded(folder, places):
    assert catalogue.load_catalogue(Pack(folder), places) == catalogue.LoadedCounts(
        authorities=4, contacts=3, categories=8, rules=8
    )

    leak = Category.objects.get(code="AGU.1")
    assert (leak.parent.code, leak.name_en, leak.icon, leak.accept_within, leak.resolve_within) == (
        "AGU",
        "Leak",
        "c-leak",
        "1h",
        "24h",
    )
    assert (leak.everyday, leak.emergency, leak.restricted, leak.search) == (
        True,
        False,
        False,
        "vazamento leak cano agua water",
    )
    assert [category.code for category in Category.objects.all()] == [
        "VIA",
        "VIA.1",
        "VIA.2",
        "VIA.3",
        "AGU",
        "AGU.1",
        "AGU.2",
        "AGU.3",
    ]
    assert Authority.objects.get(duty_desk=True).code == "plantao"
    assert Authority.objects.get(code="posto-101").area.code == "101"


def test_a_named_area_beats_its_zone(folder, places):
    rewrite(folder, "routing.csv", "AGU.2,105,local", "AGU.2,101,local")
    catalogue.load_catalogue(Pack(folder), places)

    assert RoutingRule.objects.get(category__code="AGU.2", area__code="101").authority is None
    assert RoutingRule.objects.filter(category__code="AGU.2").count() == 4


FAULTS = [
    ("authorities.csv", "Duty Desk,,yes", "Duty Desk,,", "exactly one authority must be the duty desk"),
    ("authorities.csv", "Water Company,,", "Water Company,,yes", "exactly one authority must be the duty desk"),
    ("authorities.csv", "Office,105,", "Office,999,", "line 5: there is no area 999"),
    ("authorities.csv", "Office,105,", "Office,101,", "line 4: 101 is listed more than once"),
    ("authorities.csv", "posto-105,", "posto-101,", "line 5: posto-101 is listed more than once"),
    ("authorities.csv", "aguas,WATER,", "as águas,WATER,", "line 3: code 'as águas' cannot be used"),
    ("authorities.csv", "Duty Desk,,yes", "Duty Desk,,true", "line 2: duty_desk is neither yes nor empty"),
    ("contacts.csv", "aguas,Emergência", "gas,Emergência", "line 3: there is no authority gas"),
    ("contacts.csv", "emergencia@aguas.example.invalid", "emergencia", "line 3: email 'emergencia' cannot be used"),
    ("contacts.csv", "emergencia@aguas.example.invalid", "", "line 3: neither phone nor email"),
    ("categories.csv", "VIA.1,VIA,Buraco", "VIA.1,RUA,Buraco", "line 3: there is no group RUA"),
    ("categories.csv", "VIA.1,VIA,Buraco", "VIA.1,VIA.2,Buraco", "line 3: there is no group VIA.2"),
    ("categories.csv", "4h,5wd", "4h,soon", "line 3: 'soon' is no target such as"),
    ("categories.csv", "4h,5wd", ",5wd", "line 3: '' is no target such as"),
    ("categories.csv", "AGU,,Água,Water,c-leak,,", "AGU,,Água,Water,c-leak,,4h", "line 6: a group has no targets"),
    ("routing.csv", "VIA,,local", "RUA,,local", "line 2: there is no category RUA"),
    ("routing.csv", "AGU.2,norte,aguas", "AGU.2,oeste,aguas", "line 6: there is no area or zone oeste"),
    ("routing.csv", "AGU,,aguas", "AGU,,gas", "line 4: there is no authority gas"),
    ("routing.csv", "AGU.2,105,local", "AGU.2,norte,local", "line 5: AGU.2 × norte is listed more than once"),
    ("routing.csv", "AGU.2,105,local", "VIA.1,105,aguas", "line 5: VIA.1 is not for a WATER"),
    ("routing.csv", "A água é da Companhia de Águas.", "", "line 4: reason is empty"),
]  # fmt: skip


@pytest.mark.usual_rows(2)
@pytest.mark.parametrize(("name", "old", "new", "message"), FAULTS, ids=[message for *_, message in FAULTS])
def test_faults_are_told_with_their_line_and_nothing_is_kept(folder, places, name, old, new, message):
    rewrite(folder, name, old, new)

    with pytest.raises(InvalidData, match=message):
        catalogue.load_catalogue(Pack(folder), places)

    assert not Authority.objects.exists()
    assert not Category.objects.exists()


def test_an_office_and_the_desk_may_get_another_code(folder, places):
    catalogue.load_catalogue(Pack(folder), places)
    rewrite(folder, "authorities.csv", "posto-101", "casa-101")
    rewrite(folder, "contacts.csv", "posto-101,", "casa-101,")
    rewrite(folder, "authorities.csv", "plantao", "central")
    rewrite(folder, "contacts.csv", "plantao,", "central,")
    rewrite(folder, "routing.csv", "plantao", "central")

    catalogue.load_catalogue(Pack(folder), places)

    assert Authority.objects.get(area__code="101").code == "casa-101"
    assert Authority.objects.get(duty_desk=True).code == "central"
    assert Authority.objects.filter(code="posto-101", area=None).exists()  # kept, for its history


def test_two_offices_may_change_places(folder, places):
    catalogue.load_catalogue(Pack(folder), places)
    rewrite(folder, "authorities.csv", "Office,101,", "Office,X,")
    rewrite(folder, "authorities.csv", "Office,105,", "Office,101,")
    rewrite(folder, "authorities.csv", "Office,X,", "Office,105,")

    catalogue.load_catalogue(Pack(folder), places)

    assert Authority.objects.get(code="posto-105").area.code == "101"
    assert Authority.objects.get(code="posto-101").area.code == "105"


def test_contacts_and_rules_are_replaced_not_added(folder, places):
    catalogue.load_catalogue(Pack(folder), places)
    rewrite(folder, "contacts.csv", "aguas,Emergência,,emergencia@aguas.example.invalid\n", "")

    assert catalogue.load_catalogue(Pack(folder), places).rules == RoutingRule.objects.count() == 8
    assert set(Contact.objects.values_list("authority__code", flat=True)) == {"plantao", "posto-101"}


def test_a_category_goes_only_where_no_incident_has_it(folder, places):
    catalogue.load_catalogue(Pack(folder), places)
    factories.incident(Category.objects.get(code="VIA.1"), place=Point(*IN["101"], srid=4326))

    rewrite(folder, "categories.csv", "AGU.3,AGU,Conta de água,Water bill,c-leak,1wd,5wd,,,,,WATER,fatura\n", "")
    catalogue.load_catalogue(Pack(folder), places)
    assert not Category.objects.filter(code="AGU.3").exists()

    path = folder / "categories.csv"
    path.write_text("".join(line for line in path.read_text().splitlines(True) if not line.startswith("VIA.1")))
    with pytest.raises(InvalidData, match=r"VIA\.1 would vanish"):
        catalogue.load_catalogue(Pack(folder), places)
    assert Category.objects.filter(code="VIA.1").exists()


def cameras_of(*codes):
    return [Category.objects.get(code=code).cameras for code in codes]


def let_go():
    return ProcrastinateJob.objects.filter(task_name="cameras.let_go").count()


def test_a_pack_says_where_cameras_may_look(folder, places):
    catalogue.load_catalogue(Pack(folder), places)
    assert cameras_of("VIA.1", "VIA.3", "AGU.1", "AGU.3") == [True, False, True, False]
    catalogue.load_catalogue(Pack(folder), places)
    assert let_go() == 0

    rewrite(folder, "categories.csv", "4h,5wd,yes,,,yes,WARD", "4h,5wd,yes,,,,WARD")
    catalogue.load_catalogue(Pack(folder), places)
    assert (cameras_of("VIA.1", "AGU.1"), let_go()) == ([False, True], 1)


def test_kinds_name_the_emergencies_in_which_they_come_first(folder, places):
    rows = (folder / "categories.csv").read_text().splitlines()
    code = next(row.split(",")[0] for row in rows if row.startswith("VIA."))
    for value, faulty in (("flood storm", False), ("war", True)):
        added = [f"{row},{'emergencies' if row is rows[0] else value * row.startswith(f'{code},')}" for row in rows]
        (folder / "categories.csv").write_text("\n".join(added) + "\n")
        if faulty:
            with pytest.raises(InvalidData, match="emergencies of a leaf are some of flood storm fire outage other"):
                catalogue.load_catalogue(Pack(folder), places)
        else:
            catalogue.load_catalogue(Pack(folder), places)
            assert list(Category.objects.exclude(emergencies="").values_list("code", "emergencies")) == [(code, value)]


def test_pack_that_does_not_say_it_changes_no_looking(folder, places):
    catalogue.load_catalogue(Pack(folder), places)
    rows = (folder / "categories.csv").read_text().splitlines()
    short = [",".join([*row.split(",")[:10], *row.split(",")[11:]]) for row in rows]
    (folder / "categories.csv").write_text("\n".join(short).replace("VIA.2,VIA", "VIA.4,VIA") + "\n")
    Category.objects.filter(code="VIA.1").update(area_matter=True)
    catalogue.load_catalogue(Pack(folder), places)
    assert (cameras_of("VIA.1", "VIA.3", "VIA.4"), let_go()) == ([True, False, False], 0)
    assert list(Category.objects.filter(area_matter=True).values_list("code", flat=True)) == ["VIA.1"]


SENTENCES = "category,sentence,measures\nVIA.1,Tem um buraco na rua,\nVIA.1,buraco enorme,yes\n,bom dia,\n"


def test_sentences_are_replaced_and_learned_of(folder, places):
    (folder / "sentences.csv").write_text(SENTENCES)
    for _time in range(2):
        catalogue.load_catalogue(Pack(folder), places)
    rows = CategorySentence.objects.order_by("pk").values_list("category__code", "text", "measures")
    assert list(rows) == [
        ("VIA.1", "Tem um buraco na rua", False), ("VIA.1", "buraco enorme", True), (None, "bom dia", False),
    ]  # fmt: skip
    assert ProcrastinateJob.objects.filter(task_name="incidents.learn_from_pack").count() == 2


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("VIA,a group,", "there is no leaf VIA"),
        ("XYZ.1,words,", "there is no leaf XYZ.1"),
        ("VIA.1,,", "sentence is empty"),
        ("VIA.1,words,perhaps", "measures is neither yes nor empty"),
        ("VIA.1,bom dia,", "bom dia is listed more than once"),
        (f"VIA.1,{'a' * 501},", "longer than 500 characters"),
    ],
)
def test_faults_of_sentences_are_told_with_their_line(folder, places, line, message):
    (folder / "sentences.csv").write_text(f"{SENTENCES}{line}\n")
    with pytest.raises(InvalidData, match=f"sentences.csv line [45]: {message}"):
        catalogue.load_catalogue(Pack(folder), places)
    assert not Category.objects.exists()


def test_kinds_that_cameras_show_are_ranked_by_their_file(folder, places):
    pack = Pack(folder)
    catalogue.load_catalogue(pack, places)
    leaves = list(Category.objects.leaves().order_by("code")[:3])
    Category.objects.filter(pk__in=[leaf.pk for leaf in leaves[:2]]).update(cameras=True)
    known = Category.objects.in_bulk(field_name="code")
    rows = [{"line": line, "category": leaf.code} for line, leaf in enumerate(leaves[1::-1], 2)]
    catalogue.load_camera_kinds(rows, known)
    ranked = Category.objects.exclude(camera_rank=None).order_by("camera_rank").values_list("code", flat=True)
    assert list(ranked) == [leaves[1].code, leaves[0].code]
    catalogue.load_camera_kinds(None, known)
    assert ranked.count() == 2
    with pytest.raises(InvalidData, match=f"camera_kinds.csv line 5: there is no kind .* {leaves[2].code}"):
        catalogue.load_camera_kinds([{"line": 5, "category": leaves[2].code}], known)


PROCEDURES = "category,words,words_en,calls\nVIA.1,Ver,Look,\nVIA.1,Ligar,Call,yes\n,Anotar,Note,\n"


def list_steps():
    return list(ProcedureStep.objects.order_by("position").values_list("category__code", "words", "words_en", "calls"))


def test_procedures_are_loaded_in_the_order_of_the_file(folder, places):
    (folder / "procedures.csv").write_text(PROCEDURES)
    catalogue.load_catalogue(Pack(folder), places)
    assert list_steps() == [
        ("VIA.1", "Ver", "Look", False), ("VIA.1", "Ligar", "Call", True), (None, "Anotar", "Note", False),
    ]  # fmt: skip


def test_step_keeps_its_row_as_long_as_its_words_stay(folder, places):
    (folder / "procedures.csv").write_text(PROCEDURES)
    catalogue.load_catalogue(Pack(folder), places)
    before = dict(ProcedureStep.objects.values_list("words", "pk"))
    (folder / "procedures.csv").write_text("category,words,calls\nVIA.1,Ligar,\nVIA.1,Medir,\n,Anotar,\n")
    catalogue.load_catalogue(Pack(folder), places)
    assert list_steps() == [
        ("VIA.1", "Ligar", "", False), ("VIA.1", "Medir", "", False), (None, "Anotar", "", False),
    ]  # fmt: skip
    after = dict(ProcedureStep.objects.values_list("words", "pk"))
    assert (after["Ligar"], after["Anotar"]) == (before["Ligar"], before["Anotar"])


@pytest.mark.parametrize(("line", "fault"), [
    ("RUA.9,Ver,,", "there is no category RUA.9"),
    ("VIA.1,,,", "words is empty"),
    ("VIA.1,Ver,,perhaps", "calls is neither yes nor empty"),
    ("VIA.1,Ver,,yes", "is listed more than once"),
    (f"VIA.1,{'a' * 121},,", "words is longer than 120 characters"),
])  # fmt: skip
def test_faults_of_procedures_are_told_with_their_line(folder, places, line, fault):
    (folder / "procedures.csv").write_text(f"{PROCEDURES}{line}\n")
    with pytest.raises(InvalidData, match=f"procedures.csv line 5: .*{fault}"):
        catalogue.load_catalogue(Pack(folder), places)
    assert not ProcedureStep.objects.exists()
