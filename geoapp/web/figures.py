"""Numbers as people read them, rounded half up: Django's own `number_format` cuts digits off."""

from decimal import ROUND_HALF_UP, Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _

WHOLE = 100  # %


def round_half_up(value: float, places: int = 0) -> Decimal:
    return Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def format_number(value: float, places: int = 0, *, grouped: bool = False) -> str:
    """Format a number in the active language, `86,7`; `grouped`: with thousands separators."""
    return number_format(round_half_up(value, places), places, use_l10n=True, force_grouping=grouped)


def round_percentage(value: float, places: int = 1) -> Decimal:
    """Round a percentage so that less than 100 never becomes 100, and more than 0 never 0."""
    rounded = round_half_up(value, places)
    least = Decimal(1).scaleb(-places)
    if rounded >= WHOLE > value:
        return WHOLE - least
    return least if rounded == 0 < value else rounded


def format_percentage(value: float, places: int = 1) -> str:
    return _("%(figure)s%%") % {"figure": number_format(round_percentage(value, places), places)}
