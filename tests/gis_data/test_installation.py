"""Test that language and time zone come from the pack unless the environment sets them."""

import pytest

from gis_data import installation

CLARAVAL = """[city]
code = "claraval"
language = "en"
time_zone = "America/Sao_Paulo"
"""
KNOWN = "these are: vi (Tiếng Việt), en (English)."


@pytest.fixture
def pack(tmp_path, monkeypatch):
    """Return a function that writes a city.toml, with no setting in the environment."""
    for setting in installation.SETTINGS:
        monkeypatch.delenv(setting, raising=False)

    def write(text):
        (tmp_path / "city.toml").write_text(text, encoding="utf-8")
        return str(tmp_path)

    return write


@pytest.mark.parametrize(("environment", "text", "lines"), [
    ({}, CLARAVAL, ["CITY_LANGUAGE=en", "TIME_ZONE=America/Sao_Paulo"]),
    ({"CITY_LANGUAGE": "vi"}, CLARAVAL, ["TIME_ZONE=America/Sao_Paulo"]),
    ({"CITY_LANGUAGE": "vi", "TIME_ZONE": "UTC"}, CLARAVAL, []),
    ({}, "[city]", []),
])  # fmt: skip
def test_the_pack_says_what_the_environment_does_not(pack, monkeypatch, capsys, environment, text, lines):
    folder = pack(text)
    for setting, value in environment.items():
        monkeypatch.setenv(setting, value)
    assert installation.main(folder) == 0
    assert capsys.readouterr().out.splitlines() == lines


@pytest.mark.parametrize(("text", "message"), [
    (CLARAVAL.replace('"en"', '"pt"'), [f"city.toml [city]: the language 'pt' is not offered; {KNOWN}"]),
    (CLARAVAL.replace("Sao_Paulo", "Atlantis"), [
        "city.toml [city]: there is no time zone 'America/Atlantis'; one looks like Asia/Ho_Chi_Minh.",
    ]),
    (CLARAVAL.replace('"en"', '["en"]'), ["city.toml [city]: language must be a text (in quotes)."]),
    ("city = 3", ["city.toml [city]: must be a table."]),
    ("", ["city.toml: city is missing."]),
])  # fmt: skip
def test_what_cannot_be_had_is_refused(pack, capsys, text, message):
    folder = pack(text)
    assert installation.main(folder) == 2
    heard = capsys.readouterr()
    assert (heard.out, heard.err.splitlines()) == (
        "",
        [f"{folder} was not loaded:", *(f"  {line}" for line in message)],
    )
