"""Hide codes and private links in messages from staff, and erase them once the message has arrived or is not retried
any more.

Until then they are encrypted in the message, for it may have to be sent again (ADR 0012).
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext as _

from incidents.models import Medium, Notice
from incidents.models.notices import CODE_TEXTS
from incidents.notify import text_keys
from incidents.redaction import hide_private_links

CODE, LINK = "⟦code⟧", "⟦link⟧"
DOTS = "•••"
CODE_PLACE = "code"
KEEP = timedelta(days=3)  # after that nobody sends it again
KEEP_IN_CHAT = timedelta(days=7)  # the page of a chat shows its reader what was said: privacy.KEEP_CHAT
BATCH, AT_ONCE = 500, 20_000  # in one transaction, and by one job
GONE = (Notice.State.SENT, Notice.State.DELIVERED, Notice.State.FAILED, Notice.State.DROPPED)


def shown_words(notice: Notice) -> str:
    words = {CODE: f"[{_('confirmation code')}]", LINK: f"[{_('private link')}]"}
    text = hide(notice.text, codes_of(notice))
    for mark, kind in words.items():
        text = text.replace(mark, kind)
    return text


def hide(text: str, codes: Iterable[str] = (), *, code: str = CODE, link: str = LINK) -> str:
    text = hide_private_links(text, link)
    for secret in codes:
        for spelling in {secret, "".join(secret.split())} - {""}:
            text = re.sub(rf"(?<!\d){re.escape(spelling)}(?!\d)", code, text)
    return text


def codes_of(notice: Notice) -> list[str]:
    return [value for place, value in text_keys.named_values(notice).items() if place == CODE_PLACE and value != CODE]


# ---- erasing


def tells_code(notice: Notice) -> bool:
    return notice.template in CODE_TEXTS


def erase(notice: Notice) -> None:
    """Delete codes and private links of a message for good, in the caller's transaction."""
    codes = codes_of(notice)
    notice.text = hide(notice.text, codes)
    notice.subject = hide(notice.subject, codes, code=DOTS, link=DOTS)
    notice.values = [hide(str(value), codes) for value in notice.values]
    notice.secrets_erased_at = now()
    notice.save(update_fields=["text", "subject", "values", "secrets_erased_at"])


def erase_after_sending(notice: Notice) -> None:
    """Erase the secrets of an arrived message, and a code that was sent once or never will be."""
    arrived = notice.state in (Notice.State.DELIVERED, Notice.State.DROPPED)
    if notice.medium != Medium.WEBCHAT and (arrived or (tells_code(notice) and notice.state in GONE)):
        erase(notice)


def erase_old(at: datetime | None = None) -> int:
    moment, count = at or now(), 0
    chats = Q(medium=Medium.WEBCHAT)
    old = ~chats & Q(made_at__lt=moment - KEEP) | chats & Q(made_at__lt=moment - KEEP_IN_CHAT)
    rows = Notice.objects.filter(old, secrets_erased_at=None).exclude(state=Notice.State.WAITING).order_by("made_at")
    while count < AT_ONCE:
        with transaction.atomic():
            batch = list(rows.select_for_update(skip_locked=True)[:BATCH])
            for notice in batch:
                erase(notice)
        count += len(batch)
        if len(batch) < BATCH:
            break
    return count
