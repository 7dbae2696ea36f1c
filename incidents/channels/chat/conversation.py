"""Answer chat messages: commands, replies to earlier reports, and drafts of new reports.

Of two possible contexts the latest counts: a unit's question asked after the last step of a draft is answered first.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from geoapp.db import locks
from gis_data import city, policies
from gis_data.words import plain
from incidents import notify, workflow
from incidents.casework import verdicts
from incidents.channels import sms_replies
from incidents.channels.chat import asides, persons, phrases, unsent
from incidents.channels.chat import draft as drafts
from incidents.channels.chat.channels import channel_of
from incidents.channels.chat.draft import ChatAnswer
from incidents.channels.chat_input import ChatInput
from incidents.disclosure import subject_requests
from incidents.emergency.current import announcement_of, find_emergency
from incidents.models import Correspondent, Draft, Event, Medium, Notice, Report, SubjectRequest
from incidents.models.notices import medium_of_chat
from incidents.notify import opt_outs
from incidents.notify.transports import TRANSPORTS
from incidents.photos import Picture
from incidents.reporting import danger
from incidents.routing import rules
from incidents.understanding import Intent, Understanding, spoken_here, understand
from incidents.understanding.intents import LIKELY, SURE, is_idle
from incidents.understanding.languages import find_language, is_no_syllable
from incidents.understanding.spelling import pad_words

MIN_LETTERS = 3  # fewer begin no report
MAX_FAILURES = 2  # messages in a row that are not understood; then form and person are offered
MATTER_SHOWN = 80  # characters
SHOWN_PLACE_LASTS = timedelta(hours=1)


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
    writer.language = language_of(writer, heard)
    with translation.override(writer.language):
        answer = handle_follow(writer) if heard.kind == "follow" else answer_message(writer, heard, pictures)
        if answer.text:
            send_answer(writer, answer, cause, warning=danger_warning(heard))
    Correspondent.objects.filter(pk=writer.pk).update(
        language=writer.language, greeted_at=writer.greeted_at, heard_at=writer.heard_at, failures=writer.failures
    )


def language_of(writer: Correspondent, heard: ChatInput) -> str:
    """Return the language in which the message is answered: that of the sentence where it is plain."""
    if drafts.is_button(heard.text) or writer.asked_at:
        return writer.language
    return LANGUAGES.get(plain(heard.text)) or language_of_sentence(heard.text) or writer.language


def language_of_sentence(text: str) -> str:
    """Return "vi" or "en" where the text is plainly that, "en" for another language, "" where it cannot be known."""
    language = find_language(text)
    if spoken_here(language):
        return "en"
    words = [word for word in plain(text).split() if word.isalpha()]
    foreign = sum(is_no_syllable(word) for word in words)
    if language == "en":
        greets = len(words) == 2 and words[0] in ENGLISH_OPENINGS
        return "en" if greets or (len(words) >= 3 and foreign >= 0.3 * len(words)) else ""
    return "vi" if len(words) >= 3 and foreign <= 0.2 * len(words) else ""


ENGLISH_OPENINGS = frozenset(
    ("thank", "thanks", "hello", "hi", "please", "good", "no", "broken", "help", "dead", "big")
)


def describe_input(heard: ChatInput, pictures: int) -> str:
    draft = Draft.objects.filter(writer__user=heard.user).first() if heard.text.startswith("#") else None
    titles = dict(draft.choices) if draft else {}
    place = f"📍 {heard.place[1]:.6f}, {heard.place[0]:.6f}" if heard.place else ""
    lines = [titles.get(heard.text) or title_of_button(heard), place, drafts.WORDLESS * pictures, heard.phone]
    return "\n".join(filter(None, lines))


def title_of_button(heard):
    if not drafts.is_button(heard.text) or not (note := last_answer(heard.user)):
        return heard.text
    return dict(note.choices).get(heard.text, heard.text)


def last_answer(user):
    notes = Notice.objects.filter(medium=medium_of_chat(user), address=user)
    return notes.order_by("-pk").first()


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
        "%(product)s: we use what you write here to deal with your report. Your name and account are never shown; "
        "the text, location and photos of a report may be made public. %(months)d months after it is closed, nothing "
        "links it to you. Do not send identity papers. Write “my data” or “delete my data” at any time."
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
    for phone in set(asides.reports_of_writer(writer).exclude(phone="").values_list("phone", flat=True)):
        opt_outs.opt_out(Medium.SMS, phone)
    Draft.objects.filter(writer=writer).delete()
    return ChatAnswer(_("You will get no more messages. Write START to get them again."))


# ---- commands ----


def answer_guide(writer: Correspondent) -> ChatAnswer:
    if writer.asked_at:
        persons.release_chat(writer)
    if draft := open_draft(writer):
        return drafts.ask_next(draft)
    return ChatAnswer(
        _("Tell us what is wrong: write a few words, send photos and share the location, in any order.")
        + " "
        + _("“Cancel” stops, “English” or “Tiếng Việt” changes the language, “operator” connects you to a person.")
        + "\n"
        + danger.emergency_numbers()
    )


def cancel_draft(writer: Correspondent) -> ChatAnswer:
    if draft := open_draft(writer):
        return drafts.choose_cancel(draft, "")
    return ChatAnswer(_("There is nothing to cancel."))


def restore_draft(writer: Correspondent) -> ChatAnswer:
    draft = unsent.restore_draft(writer)
    if draft is None:
        return ChatAnswer(_("There is nothing to restore."))
    return join_answers(_("It has been restored."), drafts.ask_next(draft))


def drop_matters(writer: Correspondent) -> ChatAnswer:
    unsent.store_matters(writer, [])
    return cancel_draft(writer)


def restart_draft(writer: Correspondent) -> ChatAnswer:
    if (draft := open_draft(writer)) and not draft.is_blank:
        unsent.store_dropped_draft(draft)
    Draft.objects.filter(writer=writer).delete()
    return drafts.ask_next(create_draft(writer))


def resume_messages(writer):
    opt_outs.opt_in(medium_of_chat(writer.user), writer.user)
    return answer_guide(writer)


def request_person(writer):
    persons.ask_for_person(writer)
    return ChatAnswer(
        _("Someone from the city will answer here as soon as possible. Keep writing: everything is read.")
        + " "
        + _("Write “menu” to continue without.")
        + "\n"
        + danger.emergency_numbers()
    )


def data_request(kind):
    def ask(writer):
        waiting = SubjectRequest.objects.filter(chat=writer.user, kind=kind, done_at=None).first()
        request = waiting or subject_requests.record_request(kind, by=None, chat=writer.user)
        day = date_format(localtime(request.done_by), "SHORT_DATE_FORMAT")
        return ChatAnswer(_("Your request has been recorded. It will be done by %(day)s.") % {"day": day})

    return ask


LANGUAGES = {"english": "en", "en": "en", "tieng viet": "vi", "vi": "vi", "vietnamese": "vi"}
COMMAND_PHRASES = {
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
        "bo di",
        "never mind",
        "nevermind",
        "forget it",
    ),
    restart_draft: ("moi", "bao moi", "phan anh moi", "new", "new report"),
    restore_draft: phrases.UNDOING,
    drop_matters: ("bo het", "bo qua het", "drop all"),
    resume_messages: ("start", "nhan lai", "nhan tin lai"),
    data_request("erase"): ("xoa du lieu", "xoa du lieu cua toi", "delete my data"),
    data_request("access"): ("du lieu cua toi", "my data"),
}
COMMANDS = {words: act for act, texts in COMMAND_PHRASES.items() for words in texts}
# Without their diacritics they would be smoke and stench.
GIVEN_UP = frozenset({"thôi", "khỏi"})


def find_command(text: str) -> Callable[[Correspondent], ChatAnswer] | None:
    """Return the action that a message asks for, alone or, of a person, inside a sentence."""
    words = plain(text)
    if text.strip(" .!").lower() in GIVEN_UP:
        return cancel_draft
    return COMMANDS.get(words) or (request_person if phrases.WANTS_PERSON.search(words) else None)


# ---- enquiries that nobody confirms ----

ENQUIRY_WAITS = timedelta(minutes=10)  # for more words, or for another choice


def send_waiting_enquiries(at: datetime | None = None) -> None:
    """Send the question, thanks, idea or complaint of each writer who has said no more since; the chat hears it."""
    until = (at or now()) - ENQUIRY_WAITS
    for key, user in Draft.objects.filter(step="enquiry", changed_at__lt=until).values_list("pk", "writer__user"):
        with transaction.atomic():
            locks.hold(locks.Lock.CHAT, user)
            draft = Draft.objects.filter(pk=key, step="enquiry", changed_at__lt=until).select_related("writer").first()
            if draft is None or drafts.is_spoken(draft) or draft.writer.asked_at:
                continue
            writer, cause = draft.writer, f"enquiry:{draft.sending}"
            with translation.override(writer.language):
                if kind := drafts.enquiry_kind(draft):
                    answer = drafts.choose_ask(draft, str(kind))
                    if isinstance(answer, ChatAnswer):
                        send_answer(writer, answer, cause)


# ---- messages ----


def answer_message(writer: Correspondent, heard: ChatInput, pictures: Sequence[Picture | None]) -> ChatAnswer:
    draft = open_draft(writer)
    spoken = channel_of(writer.user).spoken
    warning = danger_warning(heard, spoken=draft is not None and spoken)
    answer = answer_reading(writer, heard, pictures)
    if not spoken:
        answer = offer_ways_on(writer, add_next_matter(writer, answer))
    answer = answer if answer.text.startswith(warning) else join_answers(warning, answer)
    return answer if spoken else join_answers(tell_emergency(writer), answer)


def tell_emergency(writer: Correspondent) -> str:
    """Return what the emergency mode that is on says, once for each writer; "" without one."""
    emergency = find_emergency()
    if emergency is None or writer.told_emergency_id == emergency.pk:
        return ""
    writer.told_emergency = emergency
    Correspondent.objects.filter(pk=writer.pk).update(told_emergency=emergency)
    return announcement_of(emergency)


def offer_ways_on(writer: Correspondent, answer: ChatAnswer) -> ChatAnswer:
    """Offer the form and a person after two messages in a row that were not understood."""
    writer.failures = writer.failures + 1 if answer.failed else 0
    if writer.failures < MAX_FAILURES:
        return answer
    words = f"{answer.text}\n\n{asides.ways_on()}".strip()
    return replace(answer, text=words, choices=(*answer.choices, asides.person_choice()))


def add_next_matter(writer: Correspondent, answer: ChatAnswer) -> ChatAnswer:
    """Begin with the next matter of an earlier message once the one before is sent or dropped."""
    if writer.asked_at or not answer.ends_draft or open_draft(writer):
        return answer
    if (following := unsent.next_matter(writer)) is None:
        return answer
    text, left = following
    opening = _("Next: “%(matter)s”.") % {"matter": short_matter(text)}
    if left:
        opening += " " + ngettext("%(n)d more after it.", "%(n)d more after it.", left) % {"n": left}
    begun = begin_draft(create_draft(writer), text, understand(text))
    answer_and_opening = "\n\n".join(filter(None, [answer.text, opening]))
    return replace(join_answers(answer_and_opening, begun), ends_draft=False)


def short_matter(text: str) -> str:
    return text if len(text) <= MATTER_SHOWN else f"{text[: MATTER_SHOWN - 1]}…"


def danger_warning(heard: ChatInput, *, spoken: bool = False) -> str:
    if drafts.is_button(heard.text) or not danger.mentions_danger(heard.text):
        return ""
    if phrases.has_called(heard.text) or phrases.is_no_emergency(heard.text):
        return ""
    return danger.emergency_numbers(heard.text, spoken=spoken)


def answer_reading(writer: Correspondent, heard: ChatInput, pictures: Sequence[Picture | None]) -> ChatAnswer:
    alone, draft = not pictures and not heard.place, open_draft(writer)
    if draft:
        draft.network = heard.network or draft.network
    if writer.asked_at and not (alone and plain(heard.text) in COMMANDS):
        return listen_for_person(writer, draft, heard, pictures)
    if drafts.is_button(heard.text):
        return press_button(writer, draft, heard)
    if alone and (act := find_command(heard.text)):
        return act(writer)
    if (answer := answer_to_notice(writer, draft, heard, pictures)) is not None:
        return answer
    if alone and not draft and sms_replies.parse_reply(heard.text).meaning == "STOP":
        return stop_messages(writer)
    if alone and (answer := answer_aside(writer, draft, heard)) is not None:
        return answer
    if heard.unsupported:
        words = _("We accept text, photos and locations here.")
        return join_answers(words, answer_guide(writer))
    if alone and not draft and not heard.phone and sum(letter.isalpha() for letter in heard.text) < MIN_LETTERS:
        return answer_guide(writer)
    return extend_draft(
        draft or create_draft(writer, about=discussed_report(writer), network=heard.network), heard, pictures
    )


def press_button(writer: Correspondent, draft: Draft | None, heard: ChatInput) -> ChatAnswer:
    if heard.text.startswith(drafts.HERE) and draft is None:
        try:
            draft = create_draft(writer, network=heard.network)
            return answer_button(draft, drafts.choose_spot(draft, heard.text.removeprefix(drafts.HERE)))
        except ValueError:
            return ChatAnswer(drafts.already_settled())
    return answer_button(draft, drafts.press_button(draft, heard.text) if draft else drafts.already_settled())


# ---- what is said beside a report ----


def answer_aside(writer: Correspondent, draft: Draft | None, heard: ChatInput) -> ChatAnswer | None:
    """Answer what is no part of a report; None for all else."""
    text, blank = heard.text, draft is None or draft.is_blank
    if not text or phone_in(heard):
        return None
    if draft is None and (title := chosen_by_number(writer, text)):
        return answer_reading(writer, replace(heard, text=title), [])
    if draft and drafts.choice_value(draft, text):
        return None
    if draft and (remark := drafts.reply_to_numbers(draft, text)):
        return join_answers(remark, drafts.ask_next(draft))
    if (rest := phrases.split_giving_up(text)) is not None:
        return give_up(writer, draft, heard, rest)
    if draft is None and phrases.is_agreement(text):
        return asides.answer_agreement(writer)
    if phrases.is_courtesy(text):
        return with_question(draft, asides.answer_courtesy())
    if draft and draft.step == "asked":
        return None
    understood = understand(text)
    if asides.wants_state(understood):
        return with_question(draft, asides.answer_state(writer, understood.reference))
    if channel_of(writer.user).spoken:
        return answer_with_draft(draft, text, understood) if draft and not blank else None
    if understood.intent == Intent.PERSON and understood.certainty >= LIKELY:
        return request_person(writer)
    if spoken_here(understood.language):
        return with_question(draft, asides.answer_foreign(understood.language))
    if understood.intent == Intent.UNKNOWN and is_idle(pad_words(text)):
        return with_question(draft, asides.answer_idle())
    if draft and not blank:
        return answer_with_draft(draft, text, understood)
    return answer_first(writer, heard, understood)


def chosen_by_number(writer: Correspondent, text: str) -> str:
    """Return what the number chooses of the last answer, where no draft is open; "" for nothing."""
    if not (text.isdecimal() and len(text) <= 2):
        return ""
    note = last_answer(writer.user)
    choices = note.choices if note else []
    return choices[int(text) - 1][0] if 1 <= int(text) <= len(choices) else ""


def give_up(writer: Correspondent, draft: Draft | None, heard: ChatInput, rest: str) -> ChatAnswer | None:
    if draft is None:
        return None
    dropped = drafts.choose_cancel(draft, "")
    if not rest:
        return dropped
    answer = answer_reading(writer, replace(heard, text=rest), [])
    return join_answers(dropped.text, answer)


def with_question(draft: Draft | None, answer: ChatAnswer) -> ChatAnswer:
    """Add the question that is still open in the draft."""
    if draft is None or draft.is_blank:
        return answer
    question = drafts.ask_next(draft)
    return replace(answer, text=f"{answer.text}\n\n{question.text}", choices=question.choices)


def answer_first(writer: Correspondent, heard: ChatInput, understood: Understanding) -> ChatAnswer | None:
    """Answer a message that begins nothing that the draft's own steps can take; None for all else."""
    if understood.intent == Intent.PLACE and drafts.places_named(understood):
        return asides.answer_place(understood)
    if discussed_report(writer):
        return None
    draft = open_draft(writer) or create_draft(writer, network=heard.network)
    if len(understood.matters) > 1 and understood.intent in (Intent.REPORT, Intent.UNKNOWN):
        return offer_matters(writer, draft, understood)
    return begin_draft(draft, heard.text, understood)


def offer_matters(writer: Correspondent, draft: Draft, understood: Understanding) -> ChatAnswer:
    first, *others = understood.matters
    unsent.store_matters(writer, list(others))
    count = len(understood.matters)
    opening = ngettext(
        "There is %(n)d problem in your message.",
        "There are %(n)d problems in your message; they are sent one by one.",
        count,
    )
    lines = [opening % {"n": count}, _("First: “%(matter)s”.") % {"matter": short_matter(first)}]
    own = understand(first)
    if own.place is None and not own.places:
        own = replace(own, places=understood.places, place=understood.place)
    answer = begin_draft(draft, first, own)
    return replace(
        join_answers("\n".join(lines), answer), choices=(*answer.choices, [_("drop all"), _("Send none of them")])
    )


def begin_draft(draft: Draft, text: str, understood: Understanding) -> ChatAnswer:
    """Fill a new draft with what the first message holds and ask for the rest."""
    remarks = [drafts.add_words(draft, text)]
    enquiry = drafts.fill_intent(draft, understood)
    if not enquiry and not remarks[0]:
        remarks.append(drafts.fill_from_words(draft, understood))
        if draft.place is None and understood.intent in (Intent.REPORT, Intent.DANGER):
            remarks.append(take_shown_place(draft))
    unclear = understood.intent == Intent.UNKNOWN and not understood.places
    if unclear:
        remarks.append(_("This is not clear to us yet."))
    answer = join_answers("\n".join(filter(None, remarks)), drafts.ask_next(draft))
    return replace(answer, failed=unclear)


def take_shown_place(draft: Draft) -> str | None:
    """Take the place that the last answer showed: the place came before what is wrong there."""
    note = last_answer(draft.writer.user)
    shown = [choice for choice in note.choices if choice[0].startswith(drafts.HERE)] if note else []
    if note is None or not shown or note.made_at < now() - SHOWN_PLACE_LASTS:
        return None
    if len(shown) == 1:
        shown[0][1] = note.text.split("\n\n")[-1].splitlines()[0]
    return drafts.offer_titled_spots(draft, [[value.removeprefix(drafts.HERE), title] for value, title in shown])


def answer_with_draft(draft: Draft, text: str, understood: Understanding) -> ChatAnswer | None:
    """Apply a correction or another place to the draft, or set it aside for a question; None for all else."""
    if draft.step == "about":
        return None
    spoken = drafts.is_spoken(draft)
    if phrases.names_wrong_place(text):
        drafts.BUTTON_ACTIONS["place"](draft, "")
        return drafts.ask_next(draft)
    if phrases.names_wrong_kind(text):
        drafts.BUTTON_ACTIONS["kinds"](draft, "")
        return drafts.ask_next(draft)
    if (right := phrases.corrected_words(text)) and drafts.correct(draft, understand(right), text):
        return replace(join_answers(_("Changed."), drafts.ask_next(draft)), settled=True)
    if understood.intent == Intent.PLACE and draft.place is not None and drafts.places_named(understood):
        drafts.take_places(draft, understood)
        return replace(join_answers(_("Changed."), drafts.ask_next(draft)), settled=True)
    aside = understood.intent in drafts.KIND_OF_INTENT and understood.certainty >= SURE
    if aside and not spoken and draft.step not in ("enquiry", "what") and not understood.kind:
        return set_aside(draft, text, understood)
    return None


def set_aside(draft: Draft, text: str, understood: Understanding) -> ChatAnswer:
    """Begin an enquiry; the report that is open can be taken up again."""
    writer = draft.writer
    unsent.store_dropped_draft(draft)
    draft.delete()
    answer = begin_draft(create_draft(writer), text, understood)
    return join_answers(_("Your report is waiting: write “bring it back” to continue with it."), answer)


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
        if (beside or draft.step in ("", "what")) and not drafts.reads_like_enquiry(draft):
            remarks.append(drafts.fill_from_words(draft, understand(draft.text)))
    answer = join_answers("\n".join(filter(None, remarks)), drafts.ask_next(draft))
    return replace(answer, failed=any(isinstance(remark, drafts.Unclear) for remark in remarks))


def answer_button(draft, outcome):
    if isinstance(outcome, ChatAnswer):
        return outcome
    return join_answers(outcome, drafts.ask_next(draft)) if draft else ChatAnswer(outcome)


def join_answers(words, answer):
    return replace(answer, text="\n\n".join(filter(None, [words, answer.text])))


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


def discussed_report(writer):
    report = asides.reports_of_writer(writer).select_related("incident__category").order_by("-pk").first()
    if report is None or report.incident.is_open:
        return report
    result = verdicts.current_result(report.incident)
    return report if result and now() <= verdicts.disputable_until(result) else None


# ---- replies to notices ----


def answer_to_notice(writer, draft, heard, pictures):
    """Answer to a reply to a unit's question or a result; None where the message is neither."""
    report, line = sms_replies.find_awaited_answer(asides.reports_of_writer(writer), heard.at)
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
        return ChatAnswer(_("Thank you. Somebody who did not work on it will now review it."))
    if report.ratings.filter(result=line).exists():
        return ChatAnswer(_("Thank you for your rating."))
    return ChatAnswer(_("Thank you. How satisfied are you, from one to five stars?"), STAR_CHOICES)
