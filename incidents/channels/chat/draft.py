"""Ask for the parts of a report in a chat, and apply the answers to the draft.

Text, photos and a place are accepted at any time; STEPS says what is asked next. An answer is a button, its number, its
title, or free text.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.gis.geos import Point
from django.db import transaction
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gis_data.addresses import geocode
from gis_data.addresses.suggest import Candidate
from gis_data.words import plain
from incidents import access, photos, reporting
from incidents.answers.sentences import find_sure_answer, names_matter, page_address, split_text
from incidents.channels import sms_replies
from incidents.channels.chat import media, phrases, unsent
from incidents.channels.chat.channels import channel_of
from incidents.channels.chat.unsent import DRAFT_LIFETIME
from incidents.deadlines import service_levels
from incidents.enquiries import receiving
from incidents.enquiries.words import kind_in_words
from incidents.ideas import notices as idea_notices
from incidents.ideas.receiving import IncomingIdea, Person, receive_idea, title_of
from incidents.models import (
    Answer,
    Category,
    Draft,
    DraftPhoto,
    Enquiry,
    HeldReport,
    Medium,
    Question,
    Report,
    Severity,
)
from incidents.models.notices import medium_of_chat, way_of_chat
from incidents.notify import opt_outs
from incidents.photos import Picture, stored_fields
from incidents.reporting import IncomingReport, address_candidates, categories, danger, questions, surge
from incidents.reporting.categories import MAX_SUGGESTIONS
from incidents.reporting.incoming import REPORT_FIELDS
from incidents.reporting.sender import Sender
from incidents.routing import rules
from incidents.understanding import Intent, Understanding, may_be_wish, understand
from incidents.wording import day_and_time

KEYWORD_MAX_WORDS = 3  # words at most that only name a kind
WORDLESS = "📷"  # what is written of a picture without words
LIKELY = 0.8  # an intent less certain than this does not make an enquiry
WHERE_MAX = 200  # characters
MAX_SPOTS, MAX_NEARBY, MAX_OFFERED = 4, 3, 300
HERE = "#here "  # before the value of a spot: a report is begun there
# What an enquiry is stored as; an idea, too, where its writer does not confirm who that is.
KIND_OF_INTENT = {
    Intent.QUESTION: Enquiry.Kind.QUESTION,
    Intent.IDEA: Enquiry.Kind.QUESTION,
    Intent.THANKS: Enquiry.Kind.THANKS,
    Intent.COMPLAINT: Enquiry.Kind.COMPLAINT,
}


class Unclear(str):
    """A remark that the last words were not understood."""


@dataclass(frozen=True)
class ChatAnswer:
    """Text and choices ([payload, title]) of an answer; nothing is sent without text.

    `failed`: the message was not understood. `settled`: it was answered, though it may have changed no draft.
    `ends_draft`: the draft was sent or dropped.
    """

    text: str = ""
    choices: tuple = ()
    failed: bool = False
    settled: bool = False
    ends_draft: bool = False


@dataclass(frozen=True)
class DraftStep:
    """A part of a report. `answer` applies text and returns None, a remark, or a ChatAnswer that ends the draft."""

    is_missing: Callable
    ask: Callable
    answer: Callable


def is_spoken(draft: Draft) -> bool:
    return channel_of(draft.writer.user).spoken


# ---- is it about an earlier report? ----


def ask_about(draft):
    incident = draft.about.incident
    question = _("Is this about your report %(reference)s (%(category)s)?")
    question %= {"reference": incident.reference, "category": incident.category.title}
    return ChatAnswer(question, (["#about", _("Yes, it is")], ["#new", _("No, something new")]))


def answer_about(draft, text):
    if phrases.is_agreement(text):
        return choose_about(draft, "")
    return choose_new(draft, "") if phrases.is_refusal(text) else add_words(draft, text)


def add_words(draft: Draft, text: str) -> str | None:
    whole = f"{draft.text}\n{text}".strip()
    if len(whole) > reporting.TEXT_MAX:
        return _("Please shorten the text to %(limit)d characters; it has %(length)d.") % {
            "limit": reporting.TEXT_MAX,
            "length": len(whole),
        }
    draft.text = whole
    return None


def choose_about(draft, _rest):
    if draft.about is None:
        return None
    report, words, pictures = draft.about, draft.text or WORDLESS, media.read_waiting_photos(draft)
    draft.delete()
    sms_replies.record_note(
        report,
        sms_replies.SmsReply(words=words),
        {"reasons": (rules.in_both_languages(channel_of(report.chat).source),)},
        "",
    )
    attach_pictures(report, pictures)
    return ChatAnswer(_("Thank you. Your message was passed on to the unit working on it."))


def attach_pictures(report: Report, pictures: list[Picture]) -> None:
    photos.store_photos(
        pictures, incident=report.incident, event=report.incident.timeline.last(), public=False, from_citizen=True
    )


def choose_new(draft, _rest):
    draft.about = None


# ---- description ----


def ask_what(draft):
    if is_spoken(draft):
        return ChatAnswer(_("What is the problem? Say it in one sentence."))
    return ChatAnswer(_("What is the problem? Describe it in a few words, or send a photo."))


# ---- is it no matter of the street at all? ----


def reads_like_enquiry(draft: Draft) -> bool:
    if draft.of_street or draft.place is not None or draft.category_id is not None:
        return False
    return bool(enquiry_kind(draft))


def enquiry_kind(draft: Draft) -> str:
    """Kind of enquiry that the draft's words read like; "" for none."""
    if draft.intent is None and draft.text:
        fill_intent(draft, understand(draft.text))
    return KIND_OF_INTENT.get(Intent(draft.intent or Intent.UNKNOWN), "") or kind_in_words(draft.text)


def fill_intent(draft: Draft, understood: Understanding) -> bool:
    """Remember the intent where it is that of an enquiry and likely enough; whether it is."""
    likely = understood.intent in KIND_OF_INTENT and understood.certainty >= LIKELY and not understood.dangers
    if not likely and not is_spoken(draft) and may_be_wish(understood) and names_matter(understood.text):
        draft.intent, likely = Intent.QUESTION, True
    else:
        draft.intent = understood.intent if likely else Intent.UNKNOWN
    return likely or bool(kind_in_words(draft.text))


def page_for_question(draft: Draft) -> Answer | None:
    """Return the page that answers the question of a written chat; callers hear none."""
    asks = not is_spoken(draft) and draft.intent != Intent.IDEA and enquiry_kind(draft) == Enquiry.Kind.QUESTION
    return find_sure_answer(draft.text) if asks else None


def put_answer_first(answer: Answer, offer: ChatAnswer) -> ChatAnswer:
    """Add what a page says before the offer to ask an office."""
    path = page_address(answer)
    lines = [split_text(answer)[0], *([f"{settings.SITE_URL}{path}"] if path else [])]
    text = "\n".join([*lines, "", _("Not what you asked? An office answers."), offer.text])
    first, *_kinds, street = offer.choices  # few enough for each channel's buttons
    return replace(offer, text=text, choices=(first, ["#cancel", _("That answers my question")], street))


def ask_enquiry(draft):
    first = enquiry_kind(draft)
    kinds = sorted(Enquiry.Kind, key=lambda kind: kind != first)
    if draft.intent == Intent.IDEA:
        question = _("This looks like an idea for the city. Shall we send it, so that everyone can support it?")
        choices = [["#idea", _("Send the idea")]]
    else:
        question = _("This looks like a question, thanks or a complaint. These do not need a location. What is it?")
        choices = [[f"#ask {kind}", str(kind.label)] for kind in kinds]
    if not is_spoken(draft):
        question += " " + (
            _("If you choose nothing, an office gets it in ten minutes as a question.")
            if draft.intent == Intent.IDEA
            else _("If you choose nothing, it is sent in ten minutes as the first of these.")
        )
    offer = ChatAnswer(question, (*choices, ["#street", _("A problem in the street")]))
    page = page_for_question(draft)
    return put_answer_first(page, offer) if page else offer


def answer_enquiry(draft, text):
    if phrases.is_agreement(text):
        return choose_idea(draft, "") if draft.intent == Intent.IDEA else choose_ask(draft, str(enquiry_kind(draft)))
    return choose_cancel(draft, "") if phrases.is_refusal(text) else add_words(draft, text)


def choose_street(draft, _rest):
    draft.of_street = True


def choose_ask(draft: Draft, kind: str) -> ChatAnswer | str | None:
    user, reached = draft.writer.user, channel_of(draft.writer.user).is_reached
    incoming = receiving.IncomingEnquiry(
        channel=way_of_chat(user),
        kind=kind,
        text=draft.text,
        phone=draft.phone,
        chat=user if reached else "",
        language=draft.writer.language,
        sending=draft.sending,
    )
    try:
        with transaction.atomic():
            enquiry = receiving.receive_enquiry(incoming, sender_of_draft(draft))
            draft.delete()
    except reporting.ReportRefused as refused:
        return str(refused)
    if reached:
        # Answer by this chat.
        opt_outs.opt_in(medium_of_chat(user), user)
    return ChatAnswer(enquiry_confirmation(enquiry), ends_draft=True)


def choose_idea(draft: Draft, _rest: str) -> ChatAnswer | str | None:
    """Store the idea of who calls from a proven number; writers of a chat confirm who they are on its form."""
    user = draft.writer.user
    if is_spoken(draft):
        is_proven = draft.phone in channel_of(user).known_phones(user)
        return send_idea(draft) if draft.phone and is_proven else choose_ask(draft, str(Enquiry.Kind.QUESTION))
    link = idea_notices.form_link(draft.text)
    unsent.store_dropped_draft(draft)
    draft.delete()
    sentence = _("Send it here; your phone or e-mail is confirmed by a code, and you get its number: %(link)s")
    return ChatAnswer(sentence % {"link": link}, ends_draft=True)


def send_idea(draft: Draft) -> ChatAnswer | str:
    incoming = IncomingIdea(
        title_of(draft.text),
        draft.text,
        Person(Medium.SMS, draft.phone),
        language=draft.writer.language,
        sending=draft.sending,
    )
    try:
        with transaction.atomic():
            receive_idea(incoming, sender_of_draft(draft))
            draft.delete()
    except reporting.ReportRefused as refused:
        return str(refused)
    return ChatAnswer(ends_draft=True)


def enquiry_confirmation(enquiry: Enquiry) -> str:
    if enquiry.state == Enquiry.State.HELD:
        sentence = _("Thank you. Its number is %(reference)s; a person checks it first.")
    else:
        sentence = _("Thank you. Its number is %(reference)s; %(unit)s answers by %(due)s.")
    due = date_format(localtime(enquiry.due_at), "SHORT_DATETIME_FORMAT")
    return sentence % {"reference": enquiry.reference, "unit": enquiry.authority.title, "due": due}


# ---- place ----


def ask_where(draft):
    if draft.choices and draft.step == "where" and draft.where:
        return ChatAnswer(_("Which of these places is it?"), tuple(draft.choices))
    return ChatAnswer(" ".join([_("Where is it?"), str(channel_of(draft.writer.user).share_place)]))


def answer_where(draft, text):
    if draft.choices and phrases.is_agreement(text):
        return press_button(draft, draft.choices[0][0])
    spots, understood = spots_named(text), understand(text)
    if understood.intent in (Intent.REPORT, Intent.DANGER) and (spots or understood.places):
        if fault := add_words(draft, text):
            return fault
        fill_kind(draft, understood)
    if understood.place is not None and len(spots) != 1:
        return take_places(draft, understood)
    spots = spots or address_candidates.spots_from_candidates(places_named(understood))[:MAX_SPOTS]
    if not spots:
        draft.choices, draft.where = [], ""
        plain_matter = understood.certainty >= LIKELY or len(text.split()) > KEYWORD_MAX_WORDS
        if understood.intent == Intent.REPORT and plain_matter and not is_spoken(draft):
            fill_kind(draft, understood)
            return add_words(draft, text)
        if is_spoken(draft):
            return _("We cannot find this place. Say a street with a number, a crossing, or the name of the ward.")
        return Unclear(_("We cannot find this place. Write a house number and street, or the name of the ward."))
    return offer_spots(draft, spots, text)


def spots_named(text: str) -> list[address_candidates.Spot]:
    """Return the spots for an answer, without those that share no word with it."""
    words = set(plain(text).split())
    return [spot for spot in address_candidates.find_spots(text) if words & set(plain(spot.title).split())][:MAX_SPOTS]


def offer_spots(draft, spots, text):
    """Set the only spot. Of several the likeliest, and offer the others beside it; a call asks which it is."""
    draft.choices, draft.where = [], text[:WHERE_MAX]
    if len(spots) == 1:
        return choose_spot(draft, spots[0].value)
    if is_spoken(draft):
        titled = [[f"#spot {spot.value}", spot_title(spot)[:100]] for spot in spots]
        draft.choices = [*titled, ["#place", _("None of these")]]
        return None
    return offer_titled_spots(draft, [[spot.value, spot_title(spot)[:100]] for spot in spots])


def offer_titled_spots(draft: Draft, spots: list[list[str]]) -> str | None:
    """Set the first of the spots ([value, title]), and offer the others beside it."""
    (value, title), *others = spots
    draft.where = title[:WHERE_MAX]
    if remark := choose_spot(draft, value):
        return remark
    draft.other_spots = [[f"#spot {value}", title] for value, title in others]
    if not others:
        return None
    return _("The place is not certain: %(place)s? Choose another one, or write it.") % {"place": title}


def places_named(understood: Understanding) -> list[Candidate]:
    """Return the places of which the text has half of the name at least: đèn hư is not Hưng Hóa."""
    words = set(plain(understood.text).split())
    names = [(place, plain(place.title.split(",")[0]).split()) for place in understood.places]
    return [place for place, name in names if place.kind == "point" or 2 * len(words & set(name)) >= len(name)]


def take_places(draft: Draft, understood: Understanding) -> str | None:
    """Set the place that the words name surely; else offer those that they may mean."""
    named = places_named(understood)
    if understood.place is not None and understood.place in named:
        return set_written_place(draft, understood.place)
    spots = address_candidates.spots_from_candidates(named)[:MAX_SPOTS]
    if not spots:
        return None
    choose_place(draft, "")
    draft.step = "where"
    return offer_spots(draft, spots, understood.text)


def fill_from_words(draft: Draft, understood: Understanding) -> str | None:
    """Take place and kind that the words name; several places are offered."""
    fill_kind(draft, understood)
    return take_places(draft, understood) if draft.place is None else None


def fill_kind(draft: Draft, understood: Understanding) -> None:
    """Take the kind that the words name plainly; the last question says it, in a call too."""
    if draft.category is None and understood.kind is not None and understood.intent != Intent.UNKNOWN:
        draft.category = understood.kind


def correct(draft: Draft, understood: Understanding, text: str) -> bool:
    """Set right what a correction names, place or kind; whether it names one."""
    named = bool(understood.places) or understood.place is not None
    plainly = understood.kind is not None or (not named and understood.certainty >= LIKELY)
    kinds = [kind for kind in understood.kinds if kind != draft.category] if plainly else []
    if named:
        draft.choices = []
        take_places(draft, understood)
    if understood.kind is not None:
        set_fields(draft, category=understood.kind, group=None, join=None, apart=False, answers=danger_answers(draft))
    elif kinds:
        set_fields(draft, category=None, group=None, join=None, apart=False, answers=danger_answers(draft))
        draft.suggested = kinds
    if understood.kind is not None or kinds:
        add_words(draft, text)
    return named or bool(kinds) or understood.kind is not None


def set_written_place(draft: Draft, candidate: Candidate) -> str | None:
    """Set the place that a first message names surely; the summary offers another one."""
    where, ward = candidate.name, address_candidates.named_ward_code(candidate)
    return set_place(draft, candidate.point, accuracy_m=candidate.accuracy_m, where=where, ward=ward)


def spot_title(spot: address_candidates.Spot) -> str:
    return ", ".join([spot.title, *(fact for fact in spot.facts[1:2] if fact not in spot.title)])


def choose_spot(draft: Draft, rest: str) -> str | None:
    spot = address_candidates.parse_spot(rest)
    if not is_spoken(draft):
        draft.where = dict(draft.choices).get(f"#spot {rest}", draft.where)[:WHERE_MAX]
    return set_place(draft, spot.point, accuracy_m=spot.accuracy_m, where=draft.where, ward=spot.area)


def choose_place(draft: Draft, _rest: str) -> None:
    set_fields(draft, place=None, accuracy_m=None, where="", ward="", join=None, apart=False, choices=[])


def set_place(draft, place, *, accuracy_m=None, where="", ward=""):
    try:
        located = geocode.locate(place)
    except geocode.OutsideTheCity:
        draft.choices, draft.where = [], ""
        if is_spoken(draft):
            return _("This place is outside the city. Say another one.")
        return _("This place is outside the city. Send another one.")
    ward = ward if ward == located.area.code else ""
    set_fields(draft, place=place, accuracy_m=accuracy_m, where=where, ward=ward, join=None, apart=False, choices=[])
    return None


# ---- category ----


def leaf_categories() -> list[Category]:
    return list(Category.objects.leaves().in_menu_order())


def ask_kind(draft):
    if draft.every:
        return ask_group(draft)
    if draft.group:
        offered = [category for category in leaf_categories() if category.parent_id == draft.group_id]
        return ChatAnswer(_("What exactly?"), (*map(kind_choice, offered), ["#kinds", _("Something else")]))
    offered = draft.suggested or kinds_in_words(draft.text)
    if dict(draft.answers).get(DANGER) == [CALM]:
        offered = [category for category in offered if not category.emergency]
    if offered:
        choices = (*map(kind_choice, offered), ["#kinds", _("Something else")], *draft.other_spots)
        return ChatAnswer(_("What is it about?"), choices)
    return ask_group(draft)


def kinds_in_words(text: str) -> Sequence[Category]:
    """Return the kinds that the text may be about; that it is beside a block of flats does not make it one of flats."""
    return understand(text).kinds[:MAX_SUGGESTIONS] if text else ()


def ask_group(draft):
    groups = [[f"#group {group.code}", group.title[:100]] for group in categories.category_groups(leaf_categories())]
    if is_spoken(draft):
        return ChatAnswer(_("What is it about? Say a word for it."), tuple(groups))
    return ChatAnswer(_("What is it about? Send the number, or a word for it."), tuple(groups))


def kind_choice(category):
    return [f"#kind {category.code}", category.title[:100]]


def answer_kind(draft, text):
    if phrases.is_agreement(text) and draft.choices and draft.choices[0][0].startswith("#kind "):
        return press_button(draft, draft.choices[0][0])
    fill_kind(draft, understand(text))
    draft.group, draft.suggested = None, categories.suggest_categories(text, leaf_categories())
    if not draft.text or not draft.suggested or len(text.split()) > KEYWORD_MAX_WORDS:
        return add_words(draft, text)
    return None


def choose_kind(draft, code):
    category = Category.objects.leaves().filter(code=code).first()
    set_fields(draft, category=category, group=None, join=None, apart=False)


def choose_group(draft, code):
    set_fields(draft, category=None, group=Category.objects.filter(code=code, parent=None).first())


def choose_kinds(draft: Draft, _rest: str) -> None:
    set_fields(draft, category=None, group=None, join=None, apart=False)
    draft.every = True


# ---- is it one of those close by? ----


def incidents_nearby(draft):
    public = access.incidents_for(AnonymousUser())
    return reporting.incidents_close_by(public, draft.category, draft.place).select_related("category")[:MAX_NEARBY]


def lacks_join_decision(draft):
    return draft.join is None and not draft.apart and incidents_nearby(draft).exists()


def answer_same(draft, text):
    if draft.choices and phrases.is_agreement(text):
        return press_button(draft, draft.choices[0][0])
    if phrases.is_refusal(text):
        return choose_apart(draft, "")
    return add_words(draft, text)


def ask_same(draft):
    choices = [
        [f"#same {incident.reference}", nearby_title(draft, incident)[:100]] for incident in incidents_nearby(draft)
    ]
    return ChatAnswer(
        _("Something nearby has been reported. Is it the same?"), (*choices, ["#apart", _("No, something else")])
    )


def nearby_title(draft, incident):
    title = f"{incident.category.title}, {incident.distance.m:.0f} m"
    return title if is_spoken(draft) else f"{incident.reference}: {title}"


def choose_same(draft, reference):
    incident = access.incidents_for(AnonymousUser()).filter(reference=reference).first()
    set_fields(draft, join=incident, apart=incident is None)


def choose_apart(draft, _rest):
    set_fields(draft, join=None, apart=True)


# ---- questions of the category ----


def next_question(draft):
    if draft.category is None or draft.join is not None:
        return None
    answered = dict(draft.answers)
    questions_asked = questions.questions_of(draft.category)
    return next((question for question in questions_asked if question.required and question.code not in answered), None)


def ask_question(draft):
    question = next_question(draft)
    words = " ".join(filter(None, [question.title, question.explanation]))
    if question.datatype == Question.Datatype.SEVERAL:
        known = "; ".join(f"{n} {title}" for n, (_key, title) in enumerate(question.titled_choices, 1))
        return ChatAnswer(
            _("%(question)s Send the numbers, as 1, 3: %(choices)s") % {"question": words, "choices": known}
        )
    choices = [[f"#answer {question.code} {key}", title[:100]] for key, title in question.titled_choices]
    return ChatAnswer(words, tuple(choices))


def answer_asked(draft, text):
    question = next_question(draft)
    if question is None:
        return add_words(draft, text)
    values = [text]
    if question.choices:
        keys = [key for key, _title in question.titled_choices]
        numbers = [word for word in plain(text).replace(",", " ").split() if word.isdecimal() and len(word) <= 2]
        values = [keys[int(number) - 1] for number in numbers if 1 <= int(number) <= len(keys)]
    return keep_answer(draft, question, values)


def keep_answer(draft, question, values):
    try:
        if not questions.read_answers([question], {question.code: values}):
            return _("Please answer: %(question)s") % {"question": question.title}
    except questions.BadAnswers as bad:
        return str(bad)
    draft.answers = [*(answer for answer in draft.answers if answer[0] != question.code), [question.code, values]]
    return None


def choose_answer(draft, rest):
    code, _blank, key = rest.partition(" ")
    question = next((candidate for candidate in questions.questions_of(draft.category) if candidate.code == code), None)
    return keep_answer(draft, question, [key]) if question else None


# ---- send it ----


def ask_send(draft):
    pictures, spoken = draft.photos.count(), is_spoken(draft)
    located = geocode.locate(draft.place)
    lines = [
        danger.emergency_numbers(draft.text, spoken=spoken) if is_urgent(draft) else "",
        _("Please check:"),
        f"- {draft.category.title}",
        f"- {where_in_words(draft, located)}",
        f"- {draft.text[:500]}" if draft.text else "",
        "- " + ngettext("%(n)d photo", "%(n)d photos", pictures) % {"n": pictures} if pictures else "",
        f"- {draft.phone}" if draft.phone and not spoken else "",
        sms_number_text(draft.phone) if draft.phone and spoken else "",
        _("It is merged into %(reference)s.") % {"reference": draft.join.reference} if draft.join else "",
        "" if spoken or draft.join else promise_line(draft, located),
        "" if spoken else _("You can still add text, photos or a phone number."),
    ]
    choices = (
        ["#send", _("Send the report")],
        ["#kinds", _("It is about something else")],
        ["#place", _("It is somewhere else")],
        *([] if spoken else [["#photo", _("Add a photo")]]),
        *draft.other_spots,
        *([["#nosms", _("No text messages")]] if spoken and draft.phone else []),
        ["#cancel", _("Cancel")],
    )
    return ChatAnswer("\n".join(filter(None, lines)), choices)


def where_in_words(draft, located):
    named = draft.where or geocode.nearest_address(draft.place)
    ward = "" if located.area.title in named else located.area.title
    return ", ".join(filter(None, [named, ward]))


def promise_line(draft, located):
    """Return who deals with the report and until when; "" where nobody answers for its kind there."""
    promise = promise_of(draft.category, located)
    return "- " + _("%(unit)s deals with it by %(when)s") % promise if promise else ""


def promise_of(category: Category, located: geocode.Located) -> dict[str, str] | None:
    """Return `unit` and `when` as words; None where nobody answers for this kind there."""
    if not rules.is_served(category, located):
        return None
    authority = rules.find_route(category, located).authority
    times = service_levels.current_rules()
    _accept_by, due_at, _target = times.deadlines(category, Severity.NORMAL, authority.pk, localtime(now()))
    return {"unit": authority.title, "when": day_and_time(due_at)}


def summary_of(draft: Draft) -> dict[str, Any]:
    """Return what was understood of a draft, for a page; {} before it has place and kind."""
    place, category = draft.place, draft.category
    if place is None or category is None:
        return {}
    located = geocode.locate(place)
    named = draft.where or geocode.nearest_address(place)
    return {
        "title": f"{category.title}, {named}." if named else f"{category.title}.",
        "where": where_in_words(draft, located),
        "place": place,
        "accuracy_m": draft.accuracy_m,
        "kind": category.title,
        "icon": category.icon,
        "photos": draft.photos.count(),
    } | (promise_of(category, located) or {})


def choose_photo(draft, _rest):
    return _("Send the photos here, as many as you like; then send the report.")


def is_urgent(draft: Draft) -> bool:
    """Whether the numbers to call stand in the summary; not once the writer has called or says it is no emergency."""
    if DANGER in dict(draft.answers):
        return False
    urgent_kind = draft.category is not None and draft.category.emergency
    return urgent_kind or danger.mentions_danger(draft.text)


# ---- after the numbers to call ----

DANGER = "#danger"  # among a draft's answers: what was said after the numbers to call, CALLED or CALM
CALLED, CALM = "called", "calm"


def asks_whether_called(draft: Draft) -> bool:
    if is_spoken(draft) or DANGER in dict(draft.answers):
        return False
    return danger.mentions_danger(draft.text) and bool(danger.numbers_to_call(draft.text))


def danger_answers(draft: Draft) -> list:
    return [answer for answer in draft.answers if answer[0] == DANGER]


def danger_choices(draft: Draft) -> tuple[list[str], ...]:
    if not asks_whether_called(draft):
        return ()
    return [f"#{CALLED}", _("I have called")], [f"#{CALM}", _("Not an emergency")]


def reply_to_numbers(draft: Draft, text: str) -> str:
    """Apply words that answer the numbers to call, and return the remark; "" for other words."""
    if not asks_whether_called(draft):
        return ""
    if phrases.has_called(text):
        return choose_called(draft, "")
    return choose_calm(draft, "") if phrases.is_no_emergency(text) else ""


def choose_called(draft: Draft, _rest: str) -> str:
    draft.answers = [*draft.answers, [DANGER, [CALLED]]]
    return _("Thank you for calling. Let us go on with the report.")


def choose_calm(draft: Draft, _rest: str) -> str:
    """Go on as with an ordinary report. Its text says so, for those who work on it."""
    if DANGER not in dict(draft.answers):
        add_words(draft, _("Not an emergency"))
    draft.answers = [*(answer for answer in draft.answers if answer[0] != DANGER), [DANGER, [CALM]]]
    if draft.category is not None and draft.category.emergency:
        choose_kinds(draft, "")
    return _("It is handled as an ordinary report.")


def sms_number_text(phone):
    return _("Text messages go to the number that ends in %(digits)s.") % {"digits": " ".join(phone[-3:])}


def choose_no_sms(draft, _rest):
    draft.phone = ""


def repeats_place(draft: Draft, text: str) -> bool:
    """Whether the text agrees by naming the place again: "đúng ngã tư Hàng Xanh luôn"."""
    rest = set(plain(text).split()) - set(plain(draft.where).split())
    return bool(rest) and phrases.is_agreement(" ".join(word for word in text.split() if plain(word) in rest))


def answer_send(draft, text):
    if phrases.is_agreement(text) or repeats_place(draft, text):
        return choose_send(draft, "")
    return choose_cancel(draft, "") if phrases.is_refusal(text) else add_words(draft, text)


# Step to repeat where `reporting.receive` refuses a field.
RESET_FIELDS: dict[str, dict] = {
    "place": {"place": None, "accuracy_m": None, "where": "", "ward": ""},
    "category": {"category": None, "group": None},
    "join": {"join": None, "apart": True},
    "text": {"text": ""},
}


def choose_send(draft: Draft, _rest: str) -> ChatAnswer | str | None:
    """Send the draft by `reporting.receive`; reference, unit, due date and link follow as notices."""
    if any(step.is_missing(draft) for name, step in DRAFT_STEPS.items() if name != "send"):
        return None
    try:
        with transaction.atomic():
            incoming, sender = report_from_draft(draft), sender_of_draft(draft)
            draft.delete()
            outcome = reporting.receive(incoming, sender)
    except reporting.ReportRefused as refused:
        draft.refresh_from_db()
        set_fields(draft, **RESET_FIELDS.get(refused.field, {}))
        return str(refused)
    if not channel_of(draft.writer.user).is_reached:
        return ChatAnswer(ends_draft=True)
    # Notices go to this chat.
    opt_outs.opt_in(medium_of_chat(draft.writer.user), draft.writer.user)
    if isinstance(outcome, HeldReport):
        link = settings.SITE_URL + reverse("follow", args=[outcome.token])
        return ChatAnswer(f"{surge.sentence_of(outcome)} {_('Follow it here:')} {link}", ends_draft=True)
    return ChatAnswer(ends_draft=True)


def answers_of(draft):
    values_by_code = dict(draft.answers)
    fitting = [question for question in questions.questions_of(draft.category) if question.code in values_by_code]
    try:
        return questions.read_answers(fitting, values_by_code)
    except questions.BadAnswers:
        return []


def sender_of_draft(draft):
    return Sender(network=draft.network, confirmed=channel_of(draft.writer.user).known_phones(draft.writer.user))


# Fields of a draft copied to the report; answers are validated first.
COPIED_FIELDS = REPORT_FIELDS.keys() & ({column.name for column in Draft._meta.concrete_fields} - {"answers"})


def report_from_draft(draft):
    return IncomingReport(
        **{name: getattr(draft, name) for name in COPIED_FIELDS},
        channel=way_of_chat(draft.writer.user),
        ward_named=bool(draft.ward),
        address=draft.where or None,
        chat=draft.writer.user if channel_of(draft.writer.user).is_reached else "",
        language=draft.writer.language,
        pictures=media.read_waiting_photos(draft),
        answers=answers_of(draft),
    )


def choose_cancel(draft: Draft, _rest: str) -> ChatAnswer:
    if is_spoken(draft) or draft.is_blank:
        draft.delete()
        return ChatAnswer(_("Cancelled; nothing was sent."), ends_draft=True)
    unsent.store_dropped_draft(draft)
    draft.delete()
    choices = ([_("bring it back"), _("Bring it back")],)
    return ChatAnswer(_("Cancelled; nothing was sent."), choices, ends_draft=True)


# ---- order of the steps ----

DRAFT_STEPS = {
    "about": DraftStep(lambda draft: draft.about_id is not None, ask_about, answer_about),
    "what": DraftStep(lambda draft: not draft.text and not draft.photos.exists(), ask_what, add_words),
    "enquiry": DraftStep(reads_like_enquiry, ask_enquiry, answer_enquiry),
    "where": DraftStep(lambda draft: draft.place is None, ask_where, answer_where),
    "kind": DraftStep(lambda draft: draft.category_id is None, ask_kind, answer_kind),
    "same": DraftStep(lacks_join_decision, ask_same, answer_same),
    "asked": DraftStep(lambda draft: next_question(draft) is not None, ask_question, answer_asked),
    "send": DraftStep(lambda _draft: True, ask_send, answer_send),
}
# Handlers of button payloads such as "#kind RD.01" by their first word; they get the rest.
BUTTON_ACTIONS = {
    "about": choose_about,
    "new": choose_new,
    "ask": choose_ask,
    "idea": choose_idea,
    "street": choose_street,
    "spot": choose_spot,
    "place": choose_place,
    "kind": choose_kind,
    "group": choose_group,
    "kinds": choose_kinds,
    "same": choose_same,
    "apart": choose_apart,
    "answer": choose_answer,
    "send": choose_send,
    "nosms": choose_no_sms,
    "photo": choose_photo,
    CALLED: choose_called,
    CALM: choose_calm,
    "cancel": choose_cancel,
}


def already_settled() -> str:
    return _("That question has already been settled.")


def set_fields(draft, **fields):
    for name, value in fields.items():
        setattr(draft, name, value)


def answer_question(draft: Draft, text: str) -> ChatAnswer | str | None:
    """Apply text to the last question, as one of its choices or as words."""
    if value := choice_value(draft, text):
        return press_button(draft, value)
    return DRAFT_STEPS[draft.step].answer(draft, text) if draft.step else add_words(draft, text)


def choice_value(draft: Draft, text: str) -> str:
    """Payload of the choice with this number or title; "" for none."""
    words = plain(text)
    if words.isdecimal() and len(words) <= 3 and 1 <= int(words) <= len(draft.choices):
        return draft.choices[int(words) - 1][0]
    return next((value for value, title in draft.choices if plain(title) == words), "")


def is_button(text: str) -> bool:
    return text.startswith(HERE) or (text.startswith("#") and text[1:].partition(" ")[0] in BUTTON_ACTIONS)


def press_button(draft: Draft, value: str) -> ChatAnswer | str | None:
    """Apply the payload of a button of this or an earlier question; only offered payloads are accepted."""
    if value not in draft.offered:
        return already_settled()
    act, _blank, rest = value[1:].partition(" ")
    return BUTTON_ACTIONS[act](draft, rest)


def set_shared_place(draft: Draft, place: tuple[float, float]) -> str | None:
    """Set the place by longitude and latitude; a remark for one outside the city."""
    lon, lat = place
    return set_place(draft, Point(lon, lat, srid=4326))


def add_photos(draft: Draft, pictures: list[Picture | None]) -> str | None:
    good = [picture for picture in pictures if picture]
    room = max(settings.PHOTOS_MAX - draft.photos.count(), 0)
    DraftPhoto.objects.bulk_create(DraftPhoto(draft=draft, **stored_fields(picture)) for picture in good[:room])
    if len(good) < len(pictures):
        return _("A picture could not be opened. Send it again as a photo.")
    if len(good) > room:
        return _("A report takes up to %(limit)d photos; the others were left out.") % {"limit": settings.PHOTOS_MAX}
    return None


def ask_next(draft: Draft) -> ChatAnswer:
    step = next(name for name, step in DRAFT_STEPS.items() if step.is_missing(draft))
    answer = DRAFT_STEPS[step].ask(draft)
    at = 1 if step == "send" else len(answer.choices)  # some ways show five choices at most
    answer = replace(answer, choices=(*answer.choices[:at], *danger_choices(draft), *answer.choices[at:]))
    draft.step, draft.choices = step, [list(choice) for choice in answer.choices]
    offered = [*draft.offered, *(value for value, _title in draft.choices)]
    draft.offered = list(dict.fromkeys(reversed(offered)))[:MAX_OFFERED][::-1]
    draft.changed_at = now()
    draft.expires_at = draft.changed_at + DRAFT_LIFETIME
    draft.save()
    return answer
