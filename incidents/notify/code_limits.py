"""Limit the codes sent to a phone or an e-mail address by requester, so that nobody uses up another's.

| who asks | counted as | when it is reached |
| --- | --- | --- |
| a browser in which the address was confirmed before | `code:own`, by address | no more; strangers do not count |
| anybody else | `code:pair`, by both; `code:address`, by network; `code:to`, by address | a puzzle comes first |
| anybody else, with a puzzle solved | `code:puzzled`, by network; `code:to-puzzled`, by address | no more |

So three strangers who ask for codes to a victim's number leave it the codes behind the puzzle, and its own browser all
of its own; one who asks much from an address that thousands share makes the others solve a puzzle, and bars nobody.
"""

from django.utils.translation import gettext as _

from geoapp.http import rate_limits
from geoapp.http.rate_limits import Ask
from geoapp.mailbox import fold_mailbox


class CodeRefused(Exception):
    """No code is sent, or this one is wrong; the message says why. `again_s`: seconds until another try, or 0.

    `puzzle`: a code is sent after a puzzle is solved.
    """

    def __init__(self, message: str, again_s: float = 0, *, puzzle: bool = False) -> None:
        super().__init__(message)
        self.again_s, self.puzzle = again_s, puzzle


def take_code(address: str, *, network: str, is_own: bool = False, puzzle_solved: bool = False) -> None:
    """Take the tokens of a code to this address. Raises CodeRefused.

    `network`: as `rate_limits.network_of` returns it; `is_own`: this browser has confirmed the address before.
    """
    mailbox = fold_mailbox(address)
    if is_own:
        waits = rate_limits.take(Ask("code:own", mailbox))
    elif puzzle_solved:
        waits = rate_limits.take(Ask("code:puzzled", network)) or rate_limits.take(Ask("code:to-puzzled", mailbox))
    elif rate_limits.take(Ask("code:pair", f"{network} {mailbox}"), Ask("code:address", network)) or rate_limits.take(
        Ask("code:to", mailbox)
    ):
        raise CodeRefused(
            _("There have been many requests from here or for this address. Press once more to send it."), puzzle=True
        )
    else:
        return
    if waits:
        raise CodeRefused(_("No more codes can be sent today. Try again tomorrow."), max(waits.values()))
