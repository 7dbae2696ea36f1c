"""Answer chat messages: commands, replies to earlier reports, and drafts of new reports.

Of two possible contexts the latest counts: a unit's question asked after the last step of a draft is answered first.
"""

import re
from collections.abc import Callable, Sequence

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _

from gis_data import city, policies
from gis_data.words import plain
from incidents import access, notify, workflow
from incidents.casework import verdicts
from incidents.channels import sms_replies
from incidents.channels.chat import draft as drafts
from incidents.channels.chat import persons
from incidents.channels.chat.channels import channel_of
from incidents.channels.chat.draft import ChatAnswer
from incidents.channels.chat_input import ChatInput
from incidents.disclosure import subject_requests
from incidents.models import Correspondent, Draft, Event, Incident, Medium, Report, SubjectRequest
from incidents.models.notices import medium_of_chat
from incidents.notify import opt_outs
from incidents.notify.transports import TRANSPORTS
from incidents.photos import Picture
from incidents.reporting import danger
from incidents.routing import rules
from incidents.understanding import Intent, understand

MIN_LETTERS = 3  # fewer begin no report


def answer_input(heard: ChatInput, pictures: list[Picture | None], *, cause: str) -> None:
    """Apply an input and answer it once.

    `pictures`: those of the input, None for each that could not be opened. `cause`: of the answer's notice.
    """
    language = settings.LANGUAGE_CODE
    writer, _new = Correspondent.objects.get_or_create(user=heard.user, defaults={"language": language})
    writer.heard_at = now()
    if heard.kind == "unfollow":
        handle_unfollow(writer)
        return
    writer.language = LANGUAGES.get(plain(heard.text), writer.language)
    with translation.override(writer.language):
        answer = handle_follow(writer) if heard.kind == "follow" else answer_message(writer, heard, pictures)
        if answer.text:
            send_answer(writer, answer, cause, warning=danger_warning(heard))
    Correspondent.objects.filter(pk=writer.pk).update(
        language=writer.language, greeted_at=writer.greeted_at, heard_at=writer.heard_at
    )


def describe_input(heard: ChatInput, pictures: int) -> str:
    draft = Draft.objects.filter(writer__user=heard.user).first() if heard.text.startswith("#") else None
    titles = dict(draft.choices) if draft else {}
    place = f"📍 {heard.place[1]:.6f}, {heard.place[0]:.6f}" if heard.place else ""
    lines = [titles.get(heard.text, heard.text), place, drafts.WORDLESS * pictures, heard.phone]
    return "\n".join(filter(None, lines))


def send_answer(writer, answer, cause, *, warning=""):
    """Send an answer with its numbered choices; the first answer to a person begins with the privacy notice.

    `warning`: emergency numbers, which come before all else.
    """
    text = answer.text
    if not writer.greeted_at:
        rest = text.removeprefix(warning).lstrip("\n")
        text, writer.greeted_at = "\n\n".join(filter(None, [warning, privacy_notice(), rest])), now()
    to = notify.Recipient(medium_of_chat(writer.user), writer.user, writer.language)
    numbered = answer.choices if TRANSPORTS[to.medium].numbers_choices else ()
    lines = [f"{number}. {title}" for number, (_value, title) in enumerate(numbered, 1)]
    if TRANSPORTS[to.medium].is_configured():
        notify.answer_in_chat(cause, to, "\n".join([text, *lines]), answer.choices)


def privacy_notice():
    return _(
        "%(product)s: what you write here is used to deal with your report. Your name and account are shown to nobody; "
        "words, place and photos of a report may be public. %(months)d months after it has ended nothing says any more "
        "that it was yours. Send no identity papers. Write “my data” or “delete my data” at any time."
    ) % {"product": city.current().brand, "months": policies.current().keep_contacts_months}


# ---- following and unfollowing ----


def handle_unfollow(writer):
    opt_outs.opt_out(medium_of_chat(writer.user), writer.user)
    Draft.objects.filter(writer=writer).delete()
    Correspondent.objects.filter(pk=writer.pk).update(greeted_at=None, heard_at=writer.heard_at)


def handle_follow(writer):
    opt_outs.opt_in(medium_of_chat(writer.user), writer.user)
    return answer_guide(writer)


def stop_messages(writer):
    opt_outs.opt_out(medium_of_chat(writer.user), writer.user)
    for phone in set(reports_of_writer(writer).exclude(phone="").values_list("phone", flat=True)):
        opt_outs.opt_out(Medium.SMS, phone)
    Draft.objects.filter(writer=writer).delete()
    return ChatAnswer(_("You get no more messages. Write START to get them again."))


# ---- commands ----


def answer_guide(writer: Correspondent) -> ChatAnswer:
    if writer.asked_at:
        persons.release_chat(writer)
    if draft := open_draft(writer):
        return drafts.ask_next(draft)
    return ChatAnswer(
        _("Tell us what is wrong in the street: write a few words, send photos and share the location, in any order.")
        + " "
        + _("“Cancel” gives up, “English” or “Tiếng Việt” changes the language, “operator” lets a person answer.")
        + "\n"
        + danger.emergency_numbers()
    )


def cancel_draft(writer: Correspondent) -> ChatAnswer:
    if draft := open_draft(writer):
        return drafts.choose_cancel(draft, "")
    return ChatAnswer(_("There is nothing to give up."))


def restart_draft(writer: Correspondent) -> ChatAnswer:
    Draft.objects.filter(writer=writer).delete()
    return drafts.ask_next(create_draft(writer))


def resume_messages(writer):
    opt_outs.opt_in(medium_of_chat(writer.user), writer.user)
    return answer_guide(writer)


def request_person(writer):
    persons.ask_for_person(writer)
    return ChatAnswer(
        _("Somebody of the city answers here as soon as one is free. Go on writing: it is all read.")
        + " "
        + _("Write “menu” to go on without.")
        + "\n"
        + danger.emergency_numbers()
    )


def data_request(kind):
    def ask(writer):
        waiting = SubjectRequest.objects.filter(chat=writer.user, kind=kind, done_at=None).first()
        request = waiting or subject_requests.record_request(kind, by=None, chat=writer.user)
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
    request_person: (
        "gap nguoi",
        "gap nhan vien",
        "gap tong dai vien",
        "gap dien thoai vien",
        "noi chuyen voi nguoi",
        "nguoi that",
        "tong dai vien",
        "human",
        "agent",
        "operator",
        "talk to a person",
    ),
    cancel_draft: (
        "huy",
        "huy bo",
        "cancel",
        "thoat",
        "thoi khoi",
        "khoi can",
        "thoi khoi can",
        "khong can nua",
        "thoi khong can nua",
        "thoi bo di",
        "never mind",
        "nevermind",
        "forget it",
    ),
    restart_draft: ("moi", "bao moi", "phan anh moi", "new", "new report"),
    resume_messages: ("start", "nhan lai", "nhan tin lai"),
    data_request("erase"): ("xoa du lieu", "xoa du lieu cua toi", "delete my data"),
    data_request("access"): ("du lieu cua toi", "my data"),
}
COMMANDS = {words: act for act, phrases in PHRASES.items() for words in phrases}
# Without their diacritics they would be smoke and stench.
GIVEN_UP = frozenset({"thôi", "khỏi"})
# "cho em gặp tổng đài viên" inside a sentence, as `plain` writes it.
WANTS_PERSON = re.compile(
    r"\b(?:(?:(?:cho(?: \w+)?|muon|xin|can)(?: duoc)? gap|noi chuyen voi)(?: mot| 1)?"
    r" (?:nguoi that|nhan vien|tong dai vien|dien thoai vien|tu van vien)"
    r"|(?:talk|speak|chat) (?:to|with) (?:an? )?(?:real )?(?:person|human|agent|operator))\b"
)


def find_command(text: str) -> Callable[[Correspondent], ChatAnswer] | None:
    """Return the action that a message asks for, alone or, of a person, inside a sentence."""
    words = plain(text)
    if text.strip(" .!").lower() in GIVEN_UP:
        return cancel_draft
    return COMMANDS.get(words) or (request_person if WANTS_PERSON.search(words) else None)


# ---- messages ----


def answer_message(writer: Correspondent, heard: ChatInput, pictures: Sequence[Picture | None]) -> ChatAnswer:
    draft = open_draft(writer)
    warning = danger_warning(heard, spoken=draft is not None and drafts.is_spoken(draft))
    answer = answer_reading(writer, heard, pictures)
    return answer if answer.text.startswith(warning) else join_answers(warning, answer)


def danger_warning(heard: ChatInput, *, spoken: bool = False) -> str:
    if drafts.is_button(heard.text) or not danger.mentions_danger(heard.text):
        return ""
    return danger.emergency_numbers(heard.text, spoken=spoken)


def answer_reading(writer: Correspondent, heard: ChatInput, pictures: Sequence[Picture | None]) -> ChatAnswer:
    alone, draft = not pictures and not heard.place, open_draft(writer)
    if draft:
        draft.network = heard.network or draft.network
    if writer.asked_at and not (alone and plain(heard.text) in COMMANDS):
        return listen_for_person(writer, draft, heard, pictures)
    if drafts.is_button(heard.text):
        return answer_button(draft, drafts.press_button(draft, heard.text) if draft else drafts.already_settled())
    if alone and (act := find_command(heard.text)):
        return act(writer)
    if (answer := answer_to_notice(writer, draft, heard, pictures)) is not None:
        return answer
    if alone and not draft and sms_replies.parse_reply(heard.text).meaning == "STOP":
        return stop_messages(writer)
    if alone and not draft and (answer := answer_status(writer, heard.text)) is not None:
        return answer
    if heard.unsupported:
        words = _("We can take words, photos and locations here.")
        return join_answers(words, answer_guide(writer))
    if alone and not draft and not heard.phone and sum(letter.isalpha() for letter in heard.text) < MIN_LETTERS:
        return answer_guide(writer)
    return extend_draft(
        draft or create_draft(writer, about=discussed_report(writer), network=heard.network), heard, pictures
    )


def answer_status(writer: Correspondent, text: str) -> ChatAnswer | None:
    """Answer with the state of the number in the text; None where it has none or is about more than its state.

    Of the reports of other people only what is public.
    """
    understood = understand(text)
    if not understood.reference or understood.dangers or understood.intent not in (Intent.STATUS, Intent.QUESTION):
        return None
    own = Incident.objects.filter(pk__in=reports_of_writer(writer).values("incident"))
    reachable = own if own.filter(reference=understood.reference).exists() else access.incidents_for(AnonymousUser())
    incident = reachable.filter(reference=understood.reference).select_related("category", "area").first()
    if incident is None:
        words = _("We know no public report %(reference)s. Check the number, or write “operator” to ask a person.")
        return ChatAnswer(words % {"reference": understood.reference})
    state = str(Incident.State(incident.state).label)
    if incident.is_open and incident.due_at and incident.state != Incident.State.WAITING:
        due = date_format(localtime(incident.due_at), "SHORT_DATETIME_FORMAT")
        state = _("%(state)s, due %(when)s") % {"state": state, "when": due}
    report = reports_of_writer(writer).filter(incident=incident).first()
    page = reverse("follow", args=[report.token]) if report else reverse("incident", args=[incident.reference])
    title = f"{incident.reference}: {incident.category.title}, {incident.area.title}"
    return ChatAnswer(f"{title}\n{state}\n{settings.SITE_URL}{page}")


def listen_for_person(writer, draft, heard, pictures):
    if pictures or heard.place:
        draft = draft or create_draft(writer, network=heard.network)
        drafts.add_photos(draft, pictures)
        if heard.place:
            drafts.set_shared_place(draft, heard.place)
        draft.save()
    return ChatAnswer("")


def extend_draft(draft, heard, pictures):
    remarks: list[str | None] = []
    phone = phone_in(heard)
    text = "" if phone == heard.text or (phone and not heard.phone) else heard.text
    if phone:
        draft.phone = phone
    if pictures:
        remarks.append(drafts.add_photos(draft, pictures))
    if heard.place:
        remarks.append(drafts.set_shared_place(draft, heard.place))
    if text:
        # Text sent with photos or a place is description, whatever the question was.
        beside = bool(pictures or heard.place) and not drafts.choice_value(draft, text)
        outcome = drafts.add_words(draft, text) if beside else drafts.answer_question(draft, text)
        if isinstance(outcome, ChatAnswer):
            return outcome
        remarks.append(outcome)
        if not draft.step and draft.place is None and not drafts.reads_like_enquiry(draft):
            place = understand(draft.text).place
            remarks.append(drafts.set_written_place(draft, place) if place else None)
    return join_answers("\n".join(filter(None, remarks)), drafts.ask_next(draft))


def answer_button(draft, outcome):
    if isinstance(outcome, ChatAnswer):
        return outcome
    return join_answers(outcome, drafts.ask_next(draft)) if draft else ChatAnswer(outcome)


def join_answers(words, answer):
    return ChatAnswer("\n\n".join(filter(None, [words, answer.text])), answer.choices)


def phone_in(heard):
    if heard.phone:
        return sms_replies.normalize_phone(heard.phone)
    digits = sum(letter.isdecimal() for letter in heard.text)
    only = digits >= 9 and all(letter.isdecimal() or letter in "+ .-()" for letter in heard.text)
    return sms_replies.normalize_phone(heard.text) if only else ""


def open_draft(writer: Correspondent) -> Draft | None:
    """The sender's open draft, or None; deletes an expired one."""
    Draft.objects.filter(writer=writer, expires_at__lt=now()).delete()
    return Draft.objects.filter(writer=writer).select_related("category", "group", "join", "writer").first()


def create_draft(writer: Correspondent, about: Report | None = None, network: str = "") -> Draft:
    return Draft.objects.create(writer=writer, about=about, network=network, expires_at=now() + drafts.DRAFT_LIFETIME)


def reports_of_writer(writer):
    return Report.objects.filter(chat=writer.user, erased_at=None)


def discussed_report(writer):
    report = reports_of_writer(writer).select_related("incident__category").order_by("-pk").first()
    if report is None or report.incident.is_open:
        return report
    result = verdicts.current_result(report.incident)
    return report if result and now() <= verdicts.disputable_until(result) else None


# ---- replies to notices ----


def answer_to_notice(writer, draft, heard, pictures):
    """Answer to a reply to a unit's question or a result; None where the message is neither."""
    report, line = sms_replies.find_awaited_answer(reports_of_writer(writer), heard.at)
    if report is None or line is None or heard.unsupported or (draft and line.at <= draft.changed_at):
        return None
    words = heard.text or (f"{heard.place[1]:.6f}, {heard.place[0]:.6f}" if heard.place else drafts.WORDLESS)
    reply = sms_replies.parse_reply(words) if heard.text else sms_replies.SmsReply(words=words)
    is_question = line.kind == Event.Kind.ASKED
    if reply.meaning == "STOP" or not (is_question or reply.stars or reply.meaning in THANKED_MEANINGS):
        return None
    more = {
        "reasons": (rules.in_both_languages(channel_of(report.chat).source),),
        "at": max(min(heard.at, now()), line.at),
    }
    try:
        why = sms_replies.apply_answer(report, line, reply, more)
    except workflow.NotAllowed as refused:
        return ChatAnswer(str(refused))
    drafts.attach_pictures(report, [picture for picture in pictures if picture])
    if why:
        return ChatAnswer(f"{_(why)}\n{settings.SITE_URL}{reverse('follow', args=[report.token])}")
    if is_question:
        return ChatAnswer(_("Thank you, your answer was passed on. Write “new” to report something else."))
    return thank_reporter(report, line, reply)


THANKED_MEANINGS = ("DONE", "NOT_DONE")
STAR_CHOICES = tuple([f"{n} sao", "★" * n] for n in range(5, 0, -1))


def thank_reporter(report, line, reply):
    if reply.meaning == "NOT_DONE":
        return ChatAnswer(_("Thank you. Somebody who did not work on it looks at it now."))
    if report.ratings.filter(result=line).exists():
        return ChatAnswer(_("Thank you for your rating."))
    return ChatAnswer(_("Thank you. How content are you, from one to five stars?"), STAR_CHOICES)
