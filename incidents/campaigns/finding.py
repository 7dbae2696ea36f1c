"""Find public campaigns by their words."""

from gis_data.words import plain
from incidents.models import Campaign

READ = 100  # the newest


def find_campaigns(words: list[str]) -> list[Campaign]:
    """Return the public campaigns in whose title or words each of these begins one. `words`: as `plain` writes."""
    if not words:
        return []
    rows = Campaign.objects.public().only("slug", "title", "title_en", "words", "text", "text_en")[:READ]
    return [row for row in rows if fits(words, plain(f"{row.title} {row.title_en} {row.words}").split())]


def fits(words: list[str], own: list[str]) -> bool:
    return all(any(own_word.startswith(word) for own_word in own) for word in words)
