"""What is answered to something said in the chat: a command, a word on an earlier report, or a new report that grows.

Of two things that may be meant the one that spoke last is: a question of a unit that came after the last step of a
draft is answered before the draft goes on.
"""

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _

from gis_data import city
from gis_data.words import plain
from incidents import notify, workflow
from incidents.casework import verdicts
from incidents.disclosure import privacy
from incidents.intake import sms_replies
from incidents.intake.chat import danger
from incidents.intake.chat import draft as drafts
from incidents.intake.chat.draft import ChatAnswer
from incidents.intake.zalo import ChatInput
from incidents.models import Draft, Event, Follower, Medium, OptOut, Report, SubjectRequest
from incidents.photos import Picture
from incidents.routing import rules

MIN_LETTERS = 3  # fewer begin no report


def answer_input(heard: ChatInput, pictures: list[Picture | None], *, cause: str) -> None:
    """Do what somebody asked in the chat, and answer it once.

    `pictures`: those that belong to it, None for each that could not be opened. `cause`: of the answer's notice.
    """
    language = settings.LANGUAGE_CODE
    follower, _new = Follower.objects.get_or_create(user=heard.user, defaults={"language": language})
    follower.heard_at = now()
    if heard.kind == "unfollow":
        handle_unfollow(follower)
        return
    follower.language = LANGUAGES.get(plain(heard.text), follower.language)
    with translation.override(follower.language):
        said = handle_follow(follower) if heard.kind == "follow" else answer_message(follower, heard, pictures)
        if said.text:
            send_answer(follower, said, cause)
    Follower.objects.filter(pk=follower.pk).update(
        language=follower.language, greeted_at=follower.greeted_at, heard_at=follower.heard_at
    )


def send_answer(follower, said, cause):
    """Send an answer, its choices with their numbers; before the first one stands what becomes of the person's data."""
    text = said.text
    if not follower.greeted_at:
        text, follower.greeted_at = f"{privacy_notice()}\n\n{text}", now()
    lines = [f"{number}. {title}" for number, (_value, title) in enumerate(said.choices, 1)]
    to = notify.Recipient(Medium.ZALO, follower.user, follower.language)
    if notify.is_medium_on(Medium.ZALO):
        notify.answer_in_chat(cause, to, "\n".join([text, *lines]), said.choices)


def privacy_notice():
    return _(
        "%(product)s: what you write here is used to deal with your report. Your name and account are shown to nobody; "
        "words, place and photos of a report may be public. %(months)d months after it has ended nothing says any more "
        "that it was yours. Send no identity papers. Write “my data” or “delete my data” at any time."
    ) % {"product": city.current().brand, "months": settings.KEEP_CONTACTS_MONTHS}


# ---- coming and going ----


def handle_unfollow(follower):
    """Send nothing more to a person who stopped following, and delete their draft."""
    OptOut.objects.get_or_create(medium=Medium.ZALO, address=follower.user)
    Draft.objects.filter(follower=follower).delete()
    Follower.objects.filter(pk=follower.pk).update(greeted_at=None, heard_at=follower.heard_at)


def handle_follow(follower):
    OptOut.objects.filter(medium=Medium.ZALO, address=follower.user).delete()
    return answer_guide(follower)


def stop_messages(follower):
    """No more messages of reports, here and to the phones that they gave here."""
    OptOut.objects.get_or_create(medium=Medium.ZALO, address=follower.user)
    for phone in set(reports_of_follower(follower).exclude(phone="").values_list("phone", flat=True)):
        OptOut.objects.get_or_create(medium=Medium.SMS, address=phone)
    Draft.objects.filter(follower=follower).delete()
    return ChatAnswer(_("You get no more messages. Write START to get them again."))


# ---- commands ----


def answer_guide(follower):
    """What can be done in this chat, or the question of a draft that waits."""
    if draft := open_draft(follower):
        return drafts.ask_next(draft)
    return ChatAnswer(
        _("Tell us what is wrong in the street: write a few words, send photos and share the location, in any order.")
        + " "
        + _("“Cancel” gives up, “English” or “Tiếng Việt” changes the language.")
        + "\n"
        + danger.emergency_numbers()
    )


def cancel_draft(follower):
    if draft := open_draft(follower):
        return drafts.choose_cancel(draft, "")
    return ChatAnswer(_("There is nothing to give up."))


def restart_draft(follower):
    Draft.objects.filter(follower=follower).delete()
    return drafts.ask_next(create_draft(follower))


def resume_messages(follower):
    OptOut.objects.filter(medium=Medium.ZALO, address=follower.user).delete()
    return answer_guide(follower)


def data_request(kind):
    """A command that records a request about the person's own data; one that waits already is enough."""

    def ask(follower):
        waiting = SubjectRequest.objects.filter(zalo=follower.user, kind=kind, done_at=None).first()
        request = waiting or privacy.record_request(kind, by=None, zalo=follower.user)
        day = date_format(localtime(request.done_by), "SHORT_DATE_FORMAT")
        return ChatAnswer(_("Your request was taken down. It is done by %(day)s.") % {"day": day})

    return ask


LANGUAGES = {"english": "en", "en": "en", "tieng viet": "vi", "vi": "vi", "vietnamese": "vi"}
PHRASES = {
    answer_guide: (
        *LANGUAGES,
        "xin chao",
        "chao",
        "hello",
        "hi",
        "alo",
        "help",
        "giup",
        "tro giup",
        "huong dan",
        "menu",
    ),
    cancel_draft: ("huy", "huy bo", "cancel", "thoat"),
    restart_draft: ("moi", "bao moi", "phan anh moi", "new", "new report"),
    resume_messages: ("start", "nhan lai", "nhan tin lai"),
    data_request("erase"): ("xoa du lieu", "xoa du lieu cua toi", "delete my data"),
    data_request("access"): ("du lieu cua toi", "my data"),
}
COMMANDS = {words: act for act, phrases in PHRASES.items() for words in phrases}


# ---- what is said ----


def answer_message(follower, heard, pictures):
    """The answer to something that was sent. Several readings are tried; the first that fits counts."""
    alone, draft = not pictures and not heard.place, open_draft(follower)
    if drafts.is_button(heard.text):
        return answer_button(draft, drafts.press_button(draft, heard.text) if draft else drafts.already_settled())
    if alone and (act := COMMANDS.get(plain(heard.text))):
        return act(follower)
    if (said := answer_to_notice(follower, draft, heard, pictures)) is not None:
        return said
    if alone and not draft and sms_replies.parse_reply(heard.text).meaning == "STOP":
        return stop_messages(follower)
    if heard.unsupported:
        words = _("We can take words, photos and locations here.")
        return join_answers(words, answer_guide(follower))
    if alone and not draft and not heard.phone and sum(letter.isalpha() for letter in heard.text) < MIN_LETTERS:
        return answer_guide(follower)
    return extend_draft(draft or create_draft(follower, about=discussed_report(follower)), heard, pictures)


def extend_draft(draft, heard, pictures):
    """Add words, photos, a place or a phone number to a draft, and ask for what is missing next."""
    remarks: list[str | None] = []
    phone = phone_in(heard)
    text = "" if phone == heard.text or (phone and not heard.phone) else heard.text
    if phone:
        draft.phone = phone
    if danger.mentions_danger(text):
        remarks.append(danger.emergency_numbers())
    if pictures:
        remarks.append(drafts.add_photos(draft, pictures))
    if heard.place:
        remarks.append(drafts.set_shared_place(draft, heard.place))
    if text:
        # Words beside photos or a place describe it, whatever was asked.
        beside = bool(pictures or heard.place) and not drafts.choice_value(draft, text)
        outcome = drafts.add_words(draft, text) if beside else drafts.answer_question(draft, text)
        if isinstance(outcome, ChatAnswer):
            return outcome
        remarks.append(outcome)
    return join_answers("\n".join(filter(None, remarks)), drafts.ask_next(draft))


def answer_button(draft, outcome):
    """The answer after a button: what ends the draft, or a remark and the next question."""
    if isinstance(outcome, ChatAnswer):
        return outcome
    return join_answers(outcome, drafts.ask_next(draft)) if draft else ChatAnswer(outcome)


def join_answers(words, said):
    return ChatAnswer("\n\n".join(filter(None, [words, said.text])), said.choices)


def phone_in(heard):
    """The phone number that the person agreed to share, or that is all they wrote; "" if there is none."""
    if heard.phone:
        return sms_replies.normalize_phone(heard.phone)
    digits = sum(letter.isdecimal() for letter in heard.text)
    only = digits >= 9 and all(letter.isdecimal() or letter in "+ .-()" for letter in heard.text)
    return sms_replies.normalize_phone(heard.text) if only else ""


def open_draft(follower):
    """The follower's open draft, or None; an expired one is deleted."""
    Draft.objects.filter(follower=follower, expires_at__lt=now()).delete()
    return Draft.objects.filter(follower=follower).select_related("category", "group", "join", "follower").first()


def create_draft(follower, about=None):
    return Draft.objects.create(follower=follower, about=about, expires_at=now() + drafts.DRAFT_LIFETIME)


def reports_of_follower(follower):
    return Report.objects.filter(zalo=follower.user, erased_at=None)


def discussed_report(follower):
    """The follower's last report, if words may be about it: it is open, or its result may still be disputed."""
    report = reports_of_follower(follower).select_related("incident__category").order_by("-pk").first()
    if report is None or report.incident.is_open:
        return report
    result = verdicts.current_result(report.incident)
    return report if result and now() <= verdicts.disputable_until(result) else None


# ---- a word on what a report was told ----


def answer_to_notice(follower, draft, heard, pictures):
    """The answer to a reply on a unit's question or on a result; None where the words are neither."""
    report, line = sms_replies.find_awaited_answer(reports_of_follower(follower), heard.at)
    if report is None or line is None or heard.unsupported or (draft and line.at <= draft.changed_at):
        return None
    words = heard.text or (f"{heard.place[1]:.6f}, {heard.place[0]:.6f}" if heard.place else drafts.WORDLESS)
    said = sms_replies.parse_reply(words) if heard.text else sms_replies.SmsReply(words=words)
    asked = line.kind == Event.Kind.ASKED
    if said.meaning == "STOP" or not (asked or said.stars or said.meaning in THANKED_MEANINGS):
        return None
    more = {"reasons": (rules.in_both_languages(drafts.BY_CHAT),), "at": max(min(heard.at, now()), line.at)}
    try:
        why = sms_replies.apply_answer(report, line, said, more)
    except workflow.NotAllowed as refused:
        return ChatAnswer(str(refused))
    drafts.attach_pictures(report, [picture for picture in pictures if picture])
    if why:
        return ChatAnswer(f"{_(why)}\n{settings.SITE_URL}{reverse('follow', args=[report.token])}")
    if asked:
        return ChatAnswer(_("Thank you, your answer was passed on. Write “new” to report something else."))
    return thank_reporter(report, line, said)


THANKED_MEANINGS = ("DONE", "NOT_DONE")
STAR_CHOICES = tuple([f"{n} sao", "★" * n] for n in range(5, 0, -1))


def thank_reporter(report, line, said):
    if said.meaning == "NOT_DONE":
        return ChatAnswer(_("Thank you. Somebody who did not work on it looks at it now."))
    if report.ratings.filter(result=line).exists():
        return ChatAnswer(_("Thank you for your rating."))
    return ChatAnswer(_("Thank you. How content are you, from one to five stars?"), STAR_CHOICES)
