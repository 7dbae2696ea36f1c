"""Show emergency numbers before all else to people whose text mentions danger."""

from django.utils.translation import gettext as _

from gis_data import city
from gis_data.models import text_in_language
from incidents.reporting.dangers import find_dangers


def mentions_danger(text: str) -> bool:
    return bool(find_dangers(text))


def numbers_to_call(text: str = "") -> list[dict[str, str]]:
    """The city's emergency numbers with the service's name, those for this text first.

    None before a city is loaded.
    """
    dangers = find_dangers(text)
    here = city.find_city()
    lines = sorted(here.emergency if here else [], key=lambda line: not dangers & set(line.get("dangers", ())))
    return [{"number": line["number"], "what": text_in_language(line, "what")} for line in lines]


def emergency_numbers(text: str = "", *, spoken: bool = False) -> str:
    """Sentence with the city's emergency numbers; "" where it has none. `spoken`: digit by digit.

    Numbers for the dangers in `text` come first.
    """
    lines = numbers_to_call(text)
    if not lines:
        return ""
    if spoken:
        numbers = ", ".join(f"{' '.join(line['number'])} {line['what']}" for line in lines)
        return _("Is anyone in danger? Hang up now and call: %(numbers)s.") % {"numbers": numbers}
    return _("Is anyone in danger? Call now: %(numbers)s. This chat is not watched all the time.") % {
        "numbers": written_numbers(lines)
    }


def danger_notice(text: str) -> str:
    """Sentence for channels other than chats; "" where the text mentions no danger."""
    lines = numbers_to_call(text) if mentions_danger(text) else []
    if not lines:
        return ""
    notice = _("Is anyone in danger? Call now: %(numbers)s. A report here does not replace the call.")
    return notice % {"numbers": written_numbers(lines)}


def written_numbers(lines: list[dict[str, str]]) -> str:
    return ", ".join(f"{line['number']} ({line['what']})" for line in lines)
