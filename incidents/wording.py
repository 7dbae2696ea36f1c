"""Format durations, moments, shares and targets in the active language. No database."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.timezone import localtime, now
from django.utils.translation import get_language, ngettext, ngettext_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser


def duration_in_words(duration: timedelta) -> str:
    """Return at most two units: `2 h 15 min`, `3 days`."""
    minutes = max(int(duration.total_seconds() // 60), 0)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        words = ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
        return f"{words} {_('%(n)d h') % {'n': hours}}" if days < 3 and hours else words
    if hours:
        words = _("%(n)d h") % {"n": hours}
        return f"{words} {_('%(n)d min') % {'n': rest}}" if rest else words
    return _("%(n)d min") % {"n": rest}


NEAR = {0: _lazy("%(clock)s today"), -1: _lazy("%(clock)s yesterday"), 1: _lazy("%(clock)s tomorrow")}
WEEKDAYS = (_lazy("Mon"), _lazy("Tue"), _lazy("Wed"), _lazy("Thu"), _lazy("Fri"), _lazy("Sat"), _lazy("Sun"))


def day_and_time(moment: datetime) -> str:
    """Return `14:32 today`, `14:32 yesterday`, `Wed 25/11 08:40`, with the year if it is another one."""
    moment, today = localtime(moment), localtime(now()).date()
    clock, days = f"{moment:%H:%M}", (moment.date() - today).days
    if days in NEAR:
        return NEAR[days] % {"clock": clock}
    weekday = WEEKDAYS[moment.weekday()]
    return f"{weekday} {moment:%d/%m} {clock}" if moment.year == today.year else f"{moment:%d/%m/%Y} {clock}"


def day_in_words(moment: datetime) -> str:
    """Return `08:40 tomorrow`, `Wed 25/11`, with the year if it is another one: for future days."""
    moment, today = localtime(moment), localtime(now()).date()
    if (moment.date() - today).days in NEAR:
        return day_and_time(moment)
    return f"{WEEKDAYS[moment.weekday()]} {moment:%d/%m}" if moment.year == today.year else f"{moment:%d/%m/%Y}"


def clock_or_day(moment: datetime) -> str:
    """Return `14:32` for today, else `Wed 25/11`, with the year if it is another one: where there is little room."""
    moment, today = localtime(moment), localtime(now()).date()
    if moment.date() == today:
        return f"{moment:%H:%M}"
    return f"{WEEKDAYS[moment.weekday()]} {moment:%d/%m}" if moment.year == today.year else f"{moment:%d/%m/%Y}"


def in_spoken_language(reason: dict[str, str]) -> str:
    return reason.get(get_language()) or reason["vi"]


def kept_pictures_in_words(receipts: Sequence[dict | None]) -> str:
    """Sum up in words the pictures that cameras stored for these lines: `Pictures kept from 4 cameras`.

    `receipts`: of these lines; those of old lines do not name the cameras.
    """
    known = [receipt for receipt in receipts if receipt and "cameras" in receipt]
    if not known:
        return _("Camera pictures saved")
    number = len({camera for receipt in known for camera in receipt["cameras"]})
    if any(receipt["evidence"] for receipt in known):
        words = ngettext("Pictures saved from %(n)d camera", "Pictures saved from %(n)d cameras", number)
    else:
        words = ngettext("No picture from %(n)d camera", "No picture from %(n)d cameras", number)
    return words % {"n": number}


def percent(share: float) -> str:
    return _("%(n)d%%") % {"n": round(share * 100)}


LIKELY = (
    (0.8, _lazy("most likely")),
    (0.5, _lazy("probably")),
    (0.2, _lazy("perhaps")),
    (0, _lazy("less likely")),
)


def likelihood_in_words(share: float) -> str:
    return str(next(words for least, words in LIKELY if share >= least))


COUNTED = {
    "min": ngettext_lazy("%(n)d minute around the clock", "%(n)d minutes around the clock", "n"),
    "h": ngettext_lazy("%(n)d hour around the clock", "%(n)d hours around the clock", "n"),
    "d": ngettext_lazy("%(n)d day", "%(n)d days", "n"),
    "wmin": ngettext_lazy("%(n)d minute of working time", "%(n)d minutes of working time", "n"),
    "wh": ngettext_lazy("%(n)d hour of working time", "%(n)d hours of working time", "n"),
    "wd": ngettext_lazy("%(n)d working day", "%(n)d working days", "n"),
}


def target_in_words(target: str) -> str:
    """Return `4 hours around the clock`, `5 working days`."""
    [(amount, unit)] = re.findall(r"^(\d+)([a-z]+)$", target)
    return COUNTED[unit] % {"n": int(amount)}


def person_name(user: "AbstractUser | None") -> str:
    return (user.get_full_name() or user.get_username()) if user else ""
