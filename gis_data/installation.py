"""Print the language and time zone of a city pack as settings. Runs without Django.

python -m gis_data.installation DIR        prints a line NAME=value for each that the environment does not set
"""

import os
import sys
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from geoapp.web import languages
from gis_data.pack import InvalidData, Pack, check_keys, check_texts

# Setting: the key of city.toml.
SETTINGS = {"CITY_LANGUAGE": "language", "TIME_ZONE": "time_zone"}


def wanted_settings(city: dict[str, Any]) -> dict[str, str]:
    check_texts("city.toml [city]", city, SETTINGS.values())
    if faults := faults_of(city):
        raise InvalidData(*faults)
    return {setting: city[key] for setting, key in SETTINGS.items() if key in city}


def faults_of(city: dict[str, Any]) -> list[str]:
    faults = []
    language, zone = city.get("language"), city.get("time_zone")
    if language is not None and language not in dict(languages.LANGUAGES):
        known = ", ".join(f"{code} ({name})" for code, name in languages.LANGUAGES)
        faults.append(f"city.toml [city]: the language {language!r} is not offered; these are: {known}.")
    if zone is not None and zone not in available_timezones():
        faults.append(f"city.toml [city]: there is no time zone {zone!r}; one looks like Asia/Ho_Chi_Minh.")
    return faults


def main(folder: str) -> int:
    try:
        toml = Pack(Path(folder)).toml
        check_keys("city.toml", toml, ["city"])
        check_keys("city.toml [city]", toml["city"], [])
        wanted = wanted_settings(toml["city"])
    except InvalidData as error:
        print(f"{folder} was not loaded:", *error.faults, sep="\n  ", file=sys.stderr)
        return 2
    for setting, value in wanted.items():
        if not os.environ.get(setting):
            print(f"{setting}={value}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
