"""Numbers as people read them, rounded half up: Django's own `number_format` cuts digits off."""

from decimal import ROUND_HALF_UP, Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _

WHOLE = 100  # %


def round_half_up(value: float, places: int = 0) -> Decimal:
    return Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def format_number(value: float, places: int = 0, *, grouped: bool = False) -> str:
    """`86,7` in the language being spoken; `grouped`: with the thousands set apart."""
    return number_format(round_half_up(value, places), places, use_l10n=True, force_grouping=grouped)


def round_percentage(value: float, places: int = 1) -> Decimal:
    """Of 100. What is less than all of it is never rounded up to 100, and what is more than nothing never down to 0."""
    rounded = round_half_up(value, places)
    least = Decimal(1).scaleb(-places)
    if rounded >= WHOLE > value:
        return WHOLE - least
    return least if rounded == 0 < value else rounded


def format_percentage(value: float, places: int = 1) -> str:
    """`86,7%` of 100, rounded by `round_percentage`."""
    return _("%(figure)s%%") % {"figure": number_format(round_percentage(value, places), places)}
