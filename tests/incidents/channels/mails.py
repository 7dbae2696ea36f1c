"""Helpers of e-mail tests: samples and plain mails."""

from email.message import EmailMessage
from pathlib import Path

from incidents.channels import mail
from incidents.models import Event, Notice, StoredMail
from incidents.notify import announce_event, deliver_notice

SAMPLES = Path(__file__).parents[2] / "samples" / "mail"
ADDRESS, LAN = "phananh@wharf.example", "lan@example.org"
WHERE = "Harbour Road, phường Old Wharf"


def sample(name, **changed):
    """A mail of a real program; `changed`: replacements of its words in capitals."""
    raw = (SAMPLES / f"{name}.eml").read_bytes()
    for written, value in changed.items():
        raw = raw.replace(written.encode(), value.encode())
    return raw


def letter(text, *, sender=LAN, to=ADDRESS, subject="", pictures=(), number=None, **headers):
    """A plain mail as bytes. `number`: its Message-ID, unique by default."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    letter.number += 1
    message["Message-ID"] = f"<{number or letter.number}@example.org>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    for body in pictures:
        message.add_attachment(body, maintype="image", subtype="jpeg", filename="a.jpg")
    return message.as_bytes()


letter.number = 0


def take(raw, **envelope):
    """Store and process a mail. Returns its row, None where it was stored before."""
    stored = mail.store_mail(raw, way="lmtp", **envelope)
    if stored is None:
        return None
    mail.process_mail(stored.pk)
    return StoredMail.objects.get(pk=stored.pk)


def work():
    """Announce and send as a worker does."""
    for event in Event.objects.order_by("pk"):
        announce_event(event.pk)
    for notice in Notice.objects.filter(state="waiting").order_by("pk"):
        deliver_notice(notice.pk)
