"""Test alphabetical order of names in the database and in memory."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis_data import alphabet
from gis_data.alphabet import alphabet_key, in_alphabet
from incidents.models import Authority

ORDERED = [
    ["Phường 2", "Phường 10", "Phường An Đông", "Phường An Lạc", "Phường Ăn", "Phường Ân"],
    ["Dĩ An", "Đa Kao", "Đông Hòa", "Em"],
    ["ma", "mà", "mả", "mã", "má", "mạ"],
    ["o", "ô", "ơ", "p", "u", "ư", "v"],
    ["Bình Hưng", "Bình Lợi", "Bình Trị Đông", "Bình Trị Đông A", "Bình Trưng"],
]


@pytest.mark.parametrize("names", ORDERED, ids=lambda names: names[0])
def test_names_in_order(db, names):
    for name in reversed(names):
        Authority.objects.create(code=name, kind="WARD", name=name)
    assert [*Authority.objects.order_by(in_alphabet("name")).values_list("name", flat=True)] == names
    assert sorted([*names[1:], names[0]], key=alphabet_key) == names


def test_numbers_of_any_length_have_an_order():
    long = "9" * 5000  # more digits than Python turns into a number
    assert sorted([f"1{long}", long, "10", "9", "009"], key=alphabet_key)[-3:] == ["10", long, f"1{long}"]


WORDS = st.text(alphabet="aàảãáạăằâấdđeêềghioôơờuưứựvyAĐÊ 0123456789", min_size=1, max_size=6).map(str.strip)


@given(names=st.lists(WORDS.filter(bool), min_size=2, max_size=8, unique_by=lambda name: alphabet_key(name)[:2]))
def test_both_orders_are_the_same(db, names):
    Authority.objects.all().delete()
    Authority.objects.bulk_create([Authority(code=str(n), kind="WARD", name=name) for n, name in enumerate(names)])
    ordered = Authority.objects.order_by(in_alphabet("name")).values_list("name", flat=True)
    assert [*ordered] == sorted(names, key=alphabet.alphabet_key)
