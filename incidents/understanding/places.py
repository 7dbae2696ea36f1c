"""Find the places that a sentence names."""

from gis_data.addresses import map_links
from gis_data.addresses.sentences import place_in_sentence
from gis_data.addresses.suggest import Candidate, only_sure_candidate, suggest


def find_places(text: str, near: tuple[float, float] | None = None) -> tuple[Candidate, ...]:
    """Return the places that the text names, likeliest first; () where it names none."""
    if map_links.places_in_text(text):
        return tuple(suggest(text, near))
    words = place_in_sentence(text)
    return tuple(suggest(words, near)) if words else ()


def sure_place(places: tuple[Candidate, ...]) -> Candidate | None:
    return only_sure_candidate(list(places))
