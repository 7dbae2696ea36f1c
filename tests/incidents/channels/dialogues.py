"""Play written dialogues by the web chat's own code, and measure whether each reaches its right end.

A row: language | end | kinds | place | turn ;; turn ;; …; the first lines of the files say what the ends mean. Kinds
are alternatives by commas; of a place the parts, by `+`, and alternatives, by `|` or commas, are written folded.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from django.contrib.gis.geos import Point
from django.db import transaction
from django.utils.timezone import now

from geoapp.http import rate_limits
from gis_data.models import Area
from gis_data.words import plain
from incidents.channels import chat
from incidents.channels.chat import conversation
from incidents.models import Category, ChatEvent, Correspondent, Draft, Enquiry, HeldReport, Incident, Notice, Report
from incidents.reporting import IncomingReport, danger, receive
from incidents.understanding.languages import count_common_words
from incidents.understanding.references import find_reference
from tests import factories
from tests.incidents.understanding.measure import Figures

FOLDER = Path(__file__).parent
USER = "webchat:" + "a" * 32
NUMBER = "2611-40529"
PLACEHOLDER = re.compile(r"[{<\[](?:\w|-)+[}>\]]", re.ASCII)
ENQUIRIES = {"question": "question", "thanks": "thanks", "complaint": "complaint", "idea": "question"}


@dataclass(frozen=True)
class Dialogue:
    language: str
    end: str
    kinds: tuple[str, ...]
    place: str
    turns: tuple[str, ...]


def read_dialogues(name: str) -> list[Dialogue]:
    rows = []
    for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            language, end, kinds, place, turns = (part.strip() for part in line.split("|", 4))
            codes = tuple(code for code in re.split(r"[,|/ ]+", kinds) if code)
            rows.append(Dialogue(language, end, codes, place, tuple(turn.strip() for turn in turns.split(";;"))))
    return rows


def play(dialogue: Dialogue) -> list[str]:
    """Send the turns; returns the text of the answer to each, "" for none."""
    answers = []
    reference = make_known_report(dialogue) if dialogue.end == "status" else NUMBER
    for turn in dialogue.turns:
        before = Notice.objects.count()
        chat.store_written(
            USER,
            sending=uuid4(),
            text=PLACEHOLDER.sub(reference, turn),
            place=None,
            pictures=[],
            language="vi",
            network="",
        )
        assert not ChatEvent.objects.filter(taken_at=None).exists(), turn
        notes = Notice.objects.filter(address=USER).order_by("pk")[before:]
        answers.append("\n".join(note.text for note in notes if note.cause.startswith("chat:")))
    conversation.send_waiting_enquiries(now() + timedelta(hours=1))
    return answers


def make_known_report(dialogue: Dialogue) -> str:
    """Store the report whose state is asked for; the writer's own where no turn names its number."""
    reference = next(filter(None, map(find_reference, dialogue.turns)), "")
    named = reference or any(PLACEHOLDER.search(turn) for turn in dialogue.turns)
    area = Area.objects.current().order_by("code").first() if hasattr(Area.objects, "current") else None
    area = area or Area.objects.exclude(label_point=None).order_by("code").first()
    kind = Category.objects.leaves().filter(restricted=False, emergency=False).order_by("code").first()
    incident = receive(
        IncomingReport(
            channel="web",
            category=kind,
            place=Point(*area.label_point.coords, srid=4326),
            text="",
            chat="" if named else USER,
        )
    ).incident
    if not reference.startswith("H"):
        factories.change(incident, reference=reference or NUMBER, published=True)
    return reference or NUMBER


def reaches_end(dialogue: Dialogue, answers: list[str]) -> bool:
    end, last = dialogue.end, answers[-1]
    sent = Report.objects.filter(channel="webchat").select_related("incident__category", "incident__area").first()
    nothing_sent = not Report.objects.filter(channel="webchat").exists() and not HeldReport.objects.exists()
    if end == "sent":
        return sent is not None and sent.incident.category.code in dialogue.kinds and lies_at(sent, dialogue.place)
    if end == "idea" and "/ideas/new/?text=" in last:
        return nothing_sent and not Enquiry.objects.exists()
    if end in ENQUIRIES:
        return Enquiry.objects.filter(kind=ENQUIRIES[end]).exists() and nothing_sent
    if end == "status":
        incident = Incident.objects.order_by("pk").first()
        return any(incident.reference in answer and "\n" in answer for answer in answers)
    if end == "person":
        return Correspondent.objects.exclude(asked_at=None).exists()
    if end == "danger":
        numbers = [line["number"] for line in danger.numbers_to_call()]
        return any(answer.split("\n")[0].count(numbers[0]) for answer in answers) and nothing_sent
    if end == "dropped":
        return nothing_sent and not Draft.objects.exists() and not Enquiry.objects.exists()
    if end == "offered":
        return any("/report/" in answer and ("tổng đài viên" in answer or "operator" in answer) for answer in answers)
    if end == "place":
        return any(names(plain(answer), dialogue.place) for answer in answers) and nothing_sent
    if end == "language":
        counts = count_common_words(last.rsplit("\n\n", 1)[-1])
        return counts["en"] > counts["vi"]
    raise ValueError(end)


def lies_at(report: Report, place: str) -> bool:
    incident = report.incident
    title = plain(" ".join([incident.address, incident.area.title, getattr(report, "address", "") or ""]))
    return not place or names(title, place)


def names(folded: str, place: str) -> bool:
    return any(all(plain(part) in folded for part in way.split("+")) for way in re.split(r"[|,]", place))


def ends_nowhere(answers: list[str]) -> bool:
    """Whether a turn was answered by nothing, and nothing was sent or asked for by it."""
    if all(answers):
        return False
    silent_by_right = Report.objects.filter(channel="webchat").exists() or Correspondent.objects.exclude(asked_at=None)
    return not silent_by_right


def measure(dialogues: list[Dialogue]) -> Figures:
    figures = Figures()
    for dialogue in dialogues:
        rate_limits.buckets.clear()
        with transaction.atomic():
            answers = play(dialogue)
            fault = f"{' ;; '.join(dialogue.turns)} → {answers}"
            right = reaches_end(dialogue, answers)
            figures.count("all", right, "")
            figures.count(dialogue.end, right, fault)
            figures.count("answered", not ends_nowhere(answers), fault)
            transaction.set_rollback(True)
    return figures
