"""Ask neighbours whether what a unit resolved is gone, and let their answers close or open the incident.

Witnesses are those who reported it or said “me too” before the result, and those who followed it, or a place within
NEAR_M of it, before the result. See docs/adr/0073.

=====================  =====================================================================================
who is asked           reporters by the message of the result; followers by a message of its own, PER_WEEK
what counts            one answer a person, in WINDOW after the result: a reporter's; a follower's from within
                       NEAR_M; PER_NETWORK of one network
what closes            NEEDED times “it is gone”
what opens             one “it is still there” with a photo, or NEEDED without: by the rules of the verdict
=====================  =====================================================================================
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.gis.geos import Point
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.timezone import now
from django.utils.translation import gettext as _

from incidents import access, photos, proofs, public_text, timeline, workflow
from incidents.casework import verdicts
from incidents.models import (
    Browser,
    Event,
    Follow,
    Incident,
    NeighbourAnswer,
    NeighbourKey,
    NeighbourQuestion,
    Photo,
    PhotoProof,
    Proof,
    Report,
)
from incidents.models.neighbours import NEAR_M
from incidents.photos import Picture
from incidents.result_checks import VAGUE_M, metres_apart

W, S, E = NeighbourAnswer.Word, Incident.State, Event.Kind
WINDOW, WEEK = timedelta(hours=48), timedelta(days=7)
NEEDED, PER_NETWORK, PER_WEEK = 3, 2, 2
KEEP_KEYS = timedelta(days=3)  # longer than answers are taken


class TooLate(workflow.NotAllowed):
    """The result is no longer the current one, or WINDOW is over."""


class NotNear(workflow.NotAllowed):
    """A follower who is not known to be near."""


class AnsweredAlready(workflow.NotAllowed):
    """This person has answered about this result."""


class TooManyFromNetwork(workflow.NotAllowed):
    """PER_NETWORK answers came from this network."""


@dataclass(frozen=True)
class Witness:
    """Somebody who may be asked: by a report, a follow, or a browser that holds one of them."""

    report: Report | None = None
    follow: Follow | None = None
    browser: Browser | None = None

    @property
    def language(self) -> str:
        known = self.report or self.follow
        return known.language if known else settings.LANGUAGE_CODE

    def traits(self) -> Iterator[tuple[str, object]]:
        """Yield all by which this person is known again."""
        if self.browser:
            yield "browser", self.browser.pk
            yield from (("report", key) for key in access.own_reports(self.browser).values_list("pk", flat=True))
            for follow in self.browser.follows.all():
                yield from follow_traits(follow)
        if self.report:
            yield "report", self.report.pk
            yield from (("address", address) for address in addresses_of(self.report))
            yield from (("browser", key) for key in self.report.kept_in.values_list("browser", flat=True))
        if self.follow:
            yield from follow_traits(self.follow)


def follow_traits(follow: Follow) -> Iterator[tuple[str, object]]:
    yield "follow", follow.pk
    if follow.address:
        yield "address", follow.address.casefold()
    if follow.browser_id:
        yield "browser", follow.browser_id


def addresses_of(report: Report) -> list[str]:
    return [address.casefold() for address in (report.phone, report.email, report.chat) if address]


# ---- who is asked ----


def asked_result(incident: Incident) -> Event | None:
    """The result that is asked about; None where the incident is not held to be done."""
    result = verdicts.current_result(incident)
    return result if result and result.kind == E.RESOLVED else None


def is_open_for_answers(result: Event, at: datetime | None = None) -> bool:
    return (at or now()) <= result.at + WINDOW


def followers_near(result: Event) -> list[Follow]:
    """Followers of the incident, or of a circle whose middle is within NEAR_M, from before the result."""
    incident = result.incident
    active = Follow.objects.active().filter(may_ask=True, since__lte=result.at, confirmed_at__lte=result.at)
    around = active.filter(Q(incident=incident) | Q(reach__intersects=incident.place)).select_related("browser")
    return [follow for follow in around.order_by("pk") if follows_near(follow, incident)]


def follows_near(follow: Follow, incident: Incident) -> bool:
    if follow.incident_id == incident.pk:
        return True
    return follow.reach is not None and metres_apart(follow.reach.centroid, incident.place) <= NEAR_M


def followers_to_ask(result: Event) -> list[Follow]:
    """Store who is asked about a result, each person once and PER_WEEK times a week. Idempotent."""
    if not result.incident.published or asked_result(result.incident) != result:
        return []
    earlier = {question.follow_id for question in result.neighbour_questions.all()}
    chosen, persons = [], set()
    for follow in followers_near(result):
        person = follow.browser_id or follow.address.casefold()
        if person in persons:
            continue
        if follow.pk in earlier or questions_in_week(follow, result.at) < PER_WEEK:
            persons.add(person)
            chosen.append(follow)
    questions = [NeighbourQuestion(result=result, follow=follow) for follow in chosen]
    NeighbourQuestion.objects.bulk_create(questions, ignore_conflicts=True)
    return chosen


def questions_in_week(follow: Follow, at: datetime) -> int:
    same = Q(follow__address=follow.address) if follow.address else Q(follow=follow)
    if follow.browser_id:
        same |= Q(follow__browser=follow.browser_id)
    return NeighbourQuestion.objects.filter(same, asked_at__gt=at - WEEK).count()


def stop_asking(follow: Follow) -> None:
    """Ask nobody any more by the follows of this person."""
    same = Q(pk=follow.pk)
    if follow.address:
        same |= Q(address=follow.address)
    if follow.browser_id:
        same |= Q(browser=follow.browser_id)
    Follow.objects.filter(same).update(may_ask=False)


def asked_count(result: Event) -> int:
    """How many were asked: reports of the incident that stand, and followers."""
    reports = result.incident.reports.filter(received_at__lte=result.at, withdrawn_at=None)
    return reports.count() + result.neighbour_questions.count()


# ---- the way to the question ----


def link_slug(witness: Witness, result: Event) -> str:
    """A private link of one person to one result, signed like `verdicts.short_link_slug`."""
    kind, owner = ("r", witness.report) if witness.report else ("f", witness.follow)
    if owner is None:
        return ""
    event = verdicts.to_base36(result.pk)
    return f"{verdicts.sign_line(owner.token, result.pk)}{event}-{kind}{verdicts.to_base36(owner.pk)}"


def link(witness: Witness, result: Event) -> str:
    return reverse("is-it-gone", args=[link_slug(witness, result)])


def open_link(slug: str) -> tuple[Witness, Event]:
    """The person and the result of a link. Raises Event.DoesNotExist."""
    signed, _dash, owner = slug.rpartition("-")
    signature, line = signed[: verdicts.SHORT_TOKEN], verdicts.from_base36(signed[verdicts.SHORT_TOKEN :])
    result = Event.objects.select_related("authority", "incident").get(pk=line, kind=E.RESOLVED)
    kind, key = owner[:1], verdicts.from_base36(owner[1:])
    witness = Witness()
    if kind == "r":
        reports = Report.objects.with_lasting_link().filter(pk=key, incident=result.incident_id, erased_at=None)
        witness = Witness(report=reports.first())
    elif kind == "f":
        witness = Witness(follow=Follow.objects.active().filter(pk=key).first())
    token = getattr(witness.report or witness.follow, "token", "")
    if not token or not constant_time_compare(verdicts.sign_line(token, line), signature):
        raise Event.DoesNotExist
    return witness, result


def witness_of_browser(browser: Browser | None, result: Event) -> Witness | None:
    """The person of a browser that reported it, or follows it or a place near by; None for a stranger."""
    if browser is None:
        return None
    incident = result.incident
    report = access.own_reports(browser).filter(incident=incident, withdrawn_at=None, received_at__lte=result.at)
    if own := report.order_by("pk").first():
        return Witness(report=own, browser=browser)
    follows = [follow for follow in followers_near(result) if follow.browser_id == browser.pk]
    return Witness(follow=follows[0], browser=browser) if follows else None


# ---- answers ----


def consequence(*, yes: int, no: int, with_photo: int) -> str:
    """The step that so many answers take: "confirm", "dispute" or none (""). `with_photo`: of `no`."""
    if with_photo or no >= NEEDED:
        return "dispute"
    return "confirm" if yes >= NEEDED else ""


def find_answer(witness: Witness, result: Event) -> NeighbourAnswer | None:
    digests = [trait_digest(result, *trait) for trait in witness.traits()]
    key = NeighbourKey.objects.filter(digest__in=digests).select_related("answer__photo").first()
    if key:
        return key.answer
    own = Q(report=witness.report) if witness.report else Q(follow=witness.follow)
    known = witness.report or witness.follow
    return result.neighbour_answers.filter(own).select_related("photo").first() if known else None


@transaction.atomic
def answer_question(
    witness: Witness,
    result: Event,
    word: str,
    *,
    network: str,
    place: Point | None = None,
    accuracy_m: float = 0,
    picture: Picture | None = None,
    at: datetime | None = None,
) -> NeighbourAnswer:
    """Store the answer of a person, and close or open the incident where it decides.

    `place` (EPSG:4326), `accuracy_m`: of the device; without them the place of the photo counts. `network`: as
    `rate_limits.network_of` returns it. Raises TooLate, NotNear, AnsweredAlready, TooManyFromNetwork.
    """
    moment = at or now()
    incident = Incident.objects.lock(result.incident_id)
    if asked_result(incident) != result or not is_open_for_answers(result, moment):
        raise TooLate(_("The question has closed: we ask for 48 hours after the unit reports that it is done."))
    metres = None if word == W.AWAY else metres_from(incident, place, accuracy_m, picture)
    is_reporter = bool(witness.report)
    if word != W.AWAY and not is_reporter and (metres is None or metres > NEAR_M):
        raise NotNear(
            _("Your answer counts if you are within 300 m of the place: allow your device to share its location.")
        )
    answer = store_answer(witness, result, word, at=moment, metres=metres, network=network)
    if word != W.AWAY:
        record_answer(incident, answer, witness, picture)
        take_consequence(incident, result, moment)
    return answer


def metres_from(incident: Incident, place: Point | None, accuracy_m: float, picture: Picture | None) -> int | None:
    known = place if place is not None and accuracy_m <= VAGUE_M else picture.taken_place if picture else None
    return None if known is None else math.ceil(metres_apart(known, incident.place))


def store_answer(
    witness: Witness, result: Event, word: str, *, at: datetime, metres: int | None, network: str
) -> NeighbourAnswer:
    if find_answer(witness, result):
        raise AnsweredAlready(_("You have already answered. Thank you."))
    near = metres if metres is not None and (metres <= NEAR_M or witness.report) else None
    answer = NeighbourAnswer.objects.create(
        result=result, word=word, at=at, metres=near, is_reporter=bool(witness.report), report=witness.report,
        follow=witness.follow,
    )  # fmt: skip
    try:
        with transaction.atomic():
            keys = {trait_digest(result, *trait) for trait in witness.traits()}
            NeighbourKey.objects.bulk_create(NeighbourKey(answer=answer, digest=digest) for digest in sorted(keys))
    except IntegrityError:
        raise AnsweredAlready(_("You have already answered. Thank you.")) from None
    if word != W.AWAY:
        take_place_of_network(answer, network)
    return answer


def take_place_of_network(answer: NeighbourAnswer, network: str) -> None:
    for number in range(PER_NETWORK):
        digest = trait_digest(answer.result, "network", f"{network}#{number}")
        if not NeighbourKey.objects.filter(digest=digest).exists():
            NeighbourKey.objects.create(answer=answer, digest=digest)
            return
    raise TooManyFromNetwork(_("Your network has already sent enough answers. Thank you for checking."))


def trait_digest(result: Event, kind: str, value: object) -> str:
    return salted_hmac("incidents.neighbour", f"{result.pk}:{kind}:{value}", algorithm="sha256").hexdigest()


def record_answer(incident: Incident, answer: NeighbourAnswer, witness: Witness, picture: Picture | None) -> None:
    """Write the answer into the history, without a name, and store its photo with that line."""
    author = public_text.reporter_receipt(witness.report) if witness.report else {}
    receipt = {"word": answer.word, "result": answer.result_id} | author
    event = timeline.record(incident, E.WITNESSED, at=answer.at, receipt=receipt)
    if picture is None:
        return
    photos.store_photos([picture], incident=incident, report=witness.report, event=event, from_citizen=True)
    answer.photo = Photo.objects.get(event=event)
    answer.save(update_fields=["photo"])


def take_consequence(incident: Incident, result: Event, at: datetime) -> None:
    counts = count_answers(result)
    step = consequence(yes=counts[W.GONE], no=counts[W.STILL], with_photo=counts["with_photo"])
    receipt = {"neighbours": counts[W.GONE if step == "confirm" else W.STILL]}
    if step == "confirm" and incident.state == S.RESOLVED:
        workflow.move(incident, "confirm", at=at, receipt=receipt)
        proofs.store_proof(incident, result, Proof.How.NEIGHBOURS)
    elif step == "dispute" and incident.state in Incident.DONE and verdicts.may_dispute(incident, result, at):
        with translation.override(settings.LANGUAGE_CODE):
            note = _("Neighbours checked: it is still there.")
        workflow.move(incident, "dispute", note=note, at=at, receipt=receipt)


def count_answers(result: Event) -> Counter[str]:
    """How many gave each answer; "with_photo": those to whom it is still there, with a photo."""
    rows = result.neighbour_answers.values_list("word", "photo")
    counts = Counter(word for word, _photo in rows)
    counts["with_photo"] = sum(word == W.STILL and photo is not None for word, photo in rows)
    return counts


# ---- what the pages of the incident say ----


def answer_span(result: Event) -> tuple[datetime, datetime] | None:
    """When the first and the last said that it is gone."""
    moments = list(result.neighbour_answers.filter(word=W.GONE).order_by("at").values_list("at", flat=True))
    return (moments[0], moments[-1]) if moments else None


def shown_pictures(result: Event) -> list[Photo]:
    return list(Photo.objects.shown().filter(neighbour_answer__result=result).select_related("neighbour_answer"))


def placed_photo(result: Event) -> PhotoProof | None:
    """Of the photo of the result that was taken nearest to the place; None where no photo says where."""
    placed = PhotoProof.objects.filter(photo__in=Photo.objects.shown().filter(event=result), metres__isnull=False)
    return placed.order_by("metres").first()


def is_alike(result: Event) -> bool:
    """Whether a photo of the result is sure to show what the photo before shows."""
    return PhotoProof.objects.filter(photo__in=Photo.objects.shown().filter(event=result), same_view=True).exists()


# ---- taking back and forgetting ----


def remove_photo(answer: NeighbourAnswer) -> None:
    """Take the photo of an answer out of the public; the answer stands."""
    if answer.photo:
        Photo.objects.filter(pk=answer.photo.pk).update(public=False)


def forget_keys(at: datetime | None = None) -> int:
    """Delete by what neighbours are known again, once no more answers are taken. Returns how many."""
    return NeighbourKey.objects.filter(answer__at__lt=(at or now()) - KEEP_KEYS).delete()[0]


def photos_of_follows(follows: Iterable[Follow]) -> list[int]:
    answers = NeighbourAnswer.objects.filter(follow__in=[follow.pk for follow in follows], photo__isnull=False)
    return list(answers.values_list("photo", flat=True))
