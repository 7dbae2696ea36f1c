"""Test which tests a usual run leaves to a deep one, and how workers share them."""

from types import SimpleNamespace

from tests import order


def item(name, most=None):
    mark = most and SimpleNamespace(args=[most])
    return SimpleNamespace(nodeid=name, get_closest_marker=lambda wanted: mark if wanted == "usual_rows" else None)


def test_a_usual_run_takes_some_rows_spread_over_the_table():
    table = [item(f"test_a.py::test_rule[{n}]", 4) for n in range(10)]
    short = [item(f"test_a.py::test_short[{n}]", 4) for n in range(3)]
    plain = [item("test_b.py::test_plain"), item("test_b.py::test_all[1]"), item("test_b.py::test_all[2]")]
    selected = order.rows_of_a_usual_run([*table, *short, *plain])
    assert selected == [table[0], table[3], table[6], table[9], *short, *plain]
    items = [item("test_a.py::test_one[1]", 1), item("test_a.py::test_one[2]", 1)]
    assert order.rows_of_a_usual_run(items) == items[:1]


def test_each_worker_begins_with_what_takes_long():
    names = [f"tests/{name}.py" for name in ("a", "b", "c", "d", "e", "f")]
    items = [SimpleNamespace(path=order.ROOT / name) for name in names]
    ordered = order.for_workers(items, 2, {"tests/e.py": 9.0, "tests/d.py": 5.0, "tests/b.py": 4.0})
    assert [item.path.name for item in ordered] == ["e.py", "a.py", "c.py", "d.py", "b.py", "f.py"]


def test_files_are_shuffled_and_stay_whole():
    items = [SimpleNamespace(path=f"{name}.py", number=n) for n in range(3) for name in "abcdefgh"]
    drawn = [order.shuffle_files(items, seed) for seed in ("1", "1", "2")]
    assert drawn[0] == drawn[1] != drawn[2]
    assert {len({item.path for item in drawn[0][n : n + 3]}) for n in range(0, 24, 3)} == {1}
    assert [item.number for item in drawn[0]] == [0, 1, 2] * 8
