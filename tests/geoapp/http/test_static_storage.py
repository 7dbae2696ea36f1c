"""Test bundles of styles: collected files and links of pages."""

import pytest

from geoapp.http import static_storage


@pytest.fixture
def storage(tmp_path):
    for name in ("look", "map", "leaflet"):
        (tmp_path / name).mkdir()
    return static_storage.HashedModulesStorage(location=tmp_path, base_url="/static/")


def write(folder, texts):
    for name, text in texts.items():
        (folder / name).write_text(text)


def test_bundle_is_its_parts_in_their_order(storage, tmp_path):
    write(tmp_path, {"look/a.css": "a { color: red }", "map/b.css": "b { color: blue }"})
    storage.write_bundle("look/all.css", ("look/a.css", "map/b.css"))
    assert (tmp_path / "look/all.css").read_text() == "a { color: red }\nb { color: blue }"


def test_part_of_another_folder_may_name_no_files(storage, tmp_path):
    write(tmp_path, {"look/a.css": "a { background: url(x.png) }", "map/b.css": "b { background: url(x.png) }"})
    storage.write_bundle("look/all.css", ("look/a.css",))
    with pytest.raises(ValueError, match=r"^map/b\.css names files by url\(\)"):
        storage.write_bundle("look/all.css", ("look/a.css", "map/b.css"))


def test_pages_link_the_parts_where_files_are_not_collected():
    assert static_storage.bundled_files("look/all.css") == ("look/tokens.css", "look/base.css", "look/pages.css")
