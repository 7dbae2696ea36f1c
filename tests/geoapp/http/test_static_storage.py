"""Test collected static files: bundles of styles, scripts, and links of pages."""

import re
from pathlib import Path

import pytest
from django.conf import settings

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
    assert static_storage.bundled_files("look/all.css") == (
        "look/tokens.css",
        "look/base.css",
        "look/pages.css",
        "look/header.css",
    )


def test_collected_scripts_have_no_lines_of_comment(storage, tmp_path):
    script = '// Says where.\n\nexport function at(x) {\n  // Not here.\n  return "//a" // b\n}\n'
    write(tmp_path, {"look/a.js": script, "leaflet/b.js": script})
    paths = {name: (storage, name) for name in ("look/a.js", "leaflet/b.js")}
    hashed = {name: new for name, new, processed in storage.post_process(paths) if processed is True}
    assert {name: (tmp_path / new).read_text() for name, new in hashed.items()} == {
        "look/a.js": '\nexport function at(x) {\n  return "//a" // b\n}\n', "leaflet/b.js": script,
    }  # fmt: skip


def test_collected_styles_have_no_lines_of_comment(storage, tmp_path):
    styles = "/* The bar,\n   on a phone */\n.bar { gap: 0; } /* b */\n  /* wide */\n.bar { gap: 1px; }\n"
    write(tmp_path, {"look/a.css": styles, "leaflet/b.css": styles})
    paths = {name: (storage, name) for name in ("look/a.css", "leaflet/b.css")}
    hashed = {name: new for name, new, _processed in storage.post_process(paths) if new.endswith(".css")}
    assert {name: (tmp_path / new).read_text() for name, new in hashed.items()} == {
        "look/a.css": ".bar { gap: 0; } /* b */\n.bar { gap: 1px; }\n", "leaflet/b.css": styles,
    }  # fmt: skip


def test_no_text_of_a_script_goes_on_over_lines_of_comment():
    comments = static_storage.COMMENT_LINES[".js"]
    texts = [
        text
        for app in ("geoapp", "gis_data", "incidents", "cameras")
        for path in Path(settings.BASE_DIR, app, "static").rglob("*.js")
        for text in re.findall(r"`[^`]*`", comments.sub("", path.read_text(encoding="utf-8")))
    ]
    assert len(texts) > 100
    assert [text for text in texts if "\n" in text] == []
