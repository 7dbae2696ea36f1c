"""The privacy notices shown before anything is sent: what is stored, why, for how long, and by whom.

A change of these words needs a new version: each report stores the version that its sender agreed to (Law 91/2025/QH15,
Decree 356/2025/NĐ-CP).
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from gis_data import policies

VERSION = "2026-12-02"
# (question, answer) of a report: the first ones stand on its form, all of them on the page of the notice.
SENTENCES = (
    (
        gettext_noop("What is kept?"),
        gettext_noop(
            "What you write, the location, the photos (without the data that phones add), and a phone number or "
            "e-mail address only if you leave one."
        ),
    ),
    (
        gettext_noop("What for?"),
        gettext_noop(
            "So that the unit in charge can deal with it, ask you, and tell you the result. For nothing else; "
            "nothing is sold or given to advertisers."
        ),
    ),
    (
        gettext_noop("Who can see it?"),
        gettext_noop(
            "Everyone can read the text and see the location, and the photos if you allow it. Only the unit in "
            "charge can see your phone number and e-mail address; each view of them is recorded."
        ),
    ),
    (
        gettext_noop("For how long?"),
        gettext_noop(
            "Your phone number and e-mail address are erased %(months)d months after the incident is closed. If a "
            "person checks a report first, the network it came from is kept for 30 days."
        ),
    ),
    (
        gettext_noop("What can you ask for?"),
        gettext_noop(
            "To see what is kept about you, to have it corrected or erased, and to get no more messages. Ask the "
            "duty desk: it answers within 2 working days."
        ),
    ),
)
# Of a question, thanks or a complaint, which nobody reads in public.
ENQUIRY_SENTENCES = (
    (
        SENTENCES[0][0],
        gettext_noop("What you write, and a phone number or e-mail address only if you leave one."),
    ),
    (
        SENTENCES[1][0],
        gettext_noop(
            "So that we can answer. For nothing else; nothing is sold or given to advertisers. If it turns out to be "
            "a problem in the street, it becomes a report and you are told."
        ),
    ),
    (
        SENTENCES[2][0],
        gettext_noop(
            "Only those who answer, and those who supervise them; nothing is shown in public. Each view of your "
            "phone number and e-mail address is recorded."
        ),
    ),
    (
        SENTENCES[3][0],
        gettext_noop(
            "What you wrote, your phone number and e-mail address are erased %(months)d months after the answer."
        ),
    ),
    SENTENCES[4],
)
FORM_LINES = 4


def notice_lines(sentences: tuple[tuple[str, str], ...] = SENTENCES) -> list[tuple[str, str]]:
    values = {"months": policies.current().keep_contacts_months}
    return [(_(question), _(answer) % values) for question, answer in sentences]
