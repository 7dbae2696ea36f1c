"""E-mails that wait for a person: make a report or an enquiry of them, answer or dismiss them."""

from dataclasses import replace

from django.contrib.gis.geos import Point
from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from incidents import notify, reporting
from incidents.channels.mail import parsing, settling
from incidents.channels.mail.understanding import FoundPlace
from incidents.disclosure import register
from incidents.enquiries import receiving
from incidents.models import Category, Enquiry, Medium, Notice, PersonalDataView, Report, StoredMail, User
from incidents.models.mail import StoredMailQuerySet
from incidents.redaction import hide_private_links

MAX_WORDS = 4000
S = StoredMail.State


class SettledByAnother(Exception):
    """Somebody else has settled the mail."""


def mails_for_a_person() -> StoredMailQuerySet:
    return StoredMail.objects.for_a_person().defer("raw")


def show_mail(mail: StoredMail, *, by: User) -> parsing.ReadMail:
    register.record_views(PersonalDataView.How.MAIL, (), by=by)
    read = read_or_guess(mail)
    return replace(read, subject=hide_private_links(read.subject), words=hide_private_links(read.words))


def read_or_guess(mail: StoredMail) -> parsing.ReadMail:
    try:
        return parsing.read_mail(bytes(mail.raw))
    except parsing.Unreadable:
        # Show at least the decodable text.
        return parsing.ReadMail(words=parsing.clean_lines(parsing.as_text(bytes(mail.raw)[: parsing.MAX_TEXT], "")))


@transaction.atomic
def make_report(
    mail: StoredMail, *, category: Category, place: Point, by: User, accuracy_m: float | None = None, where: str = ""
) -> Report:
    """Make a report of a mail and answer its sender with the reference.

    `place` (EPSG:4326) is exact to `accuracy_m` metres; `where`: its name. Raises SettledByAnother,
    reporting.ReportRefused.
    """
    locked = lock_mail(mail)
    read = show_mail(locked, by=by)
    pictures = settling.open_pictures(read.pictures)
    words = settling.all_words(read.subject, read.words)
    found_place = FoundPlace(place, accuracy_m, named=where)
    incoming = settling.incoming_report(locked, category, found_place, words=words, pictures=pictures)
    incoming.by = by
    report = reporting.receive(incoming)
    # The operator did not hear the address from its owner: the answer asks to confirm it.
    Report.objects.filter(pk=report.pk).update(email_confirmed_at=None)
    report.refresh_from_db()
    if locked.sender:
        settling.settle_taken(locked, report)
    locked.report = report
    close_mail(locked, by)
    return report


@transaction.atomic
def make_enquiry(mail: StoredMail, *, kind: str, by: User) -> Enquiry:
    """Make an enquiry of a mail and answer its sender with the number.

    Raises SettledByAnother, reporting.ReportRefused.
    """
    locked = lock_mail(mail)
    read = show_mail(locked, by=by)
    incoming = settling.incoming_enquiry(locked, kind, settling.all_words(read.subject, read.words))
    enquiry = locked.enquiry = receiving.receive_enquiry(incoming)
    if locked.sender:
        settling.settle_enquiry(locked)
    close_mail(locked, by)
    return enquiry


@transaction.atomic
def answer_mail(mail: StoredMail, *, text: str, by: User) -> Notice:
    """Answer a mail. Raises SettledByAnother, and ValueError for text that cannot be sent."""
    words = text.strip()
    if not words or len(words) > MAX_WORDS:
        raise ValueError(_("Write an answer of at most %(limit)d characters.") % {"limit": MAX_WORDS})
    locked = lock_mail(mail)
    if not locked.sender:
        raise ValueError(_("This e-mail has no sender who can be answered."))
    to = notify.Recipient(Medium.EMAIL, locked.sender, locked.language)
    values = {"words": words, "who": ""}
    [notice] = notify.create_notices("mail_by_person", f"mail:{locked.pk}:person", [to], values, urgent=True)
    Notice.objects.filter(pk=notice.pk).update(written_by=by)
    locked.answer = notice
    close_mail(locked, by)
    return notice


@transaction.atomic
def dismiss_mail(mail: StoredMail, *, by: User) -> None:
    """Dismiss a mail. Raises SettledByAnother."""
    close_mail(lock_mail(mail), by)


def lock_mail(mail):
    locked = StoredMail.objects.select_for_update(of=("self",)).filter(pk=mail.pk, state=S.FOR_PERSON).first()
    if locked is None:
        raise SettledByAnother
    return locked


def close_mail(mail, by):
    mail.state, mail.settled_by, mail.settled_at = S.SETTLED, by, now()
    mail.save()
    return mail
