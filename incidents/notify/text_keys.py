"""List the texts of notices: key, places with examples, title, and which are sent in any case."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as w

from incidents.models import Notice

A_UNIT, A_WORD = w("Old Wharf Ward People's Committee"), w("The pump was replaced this morning.")
A_LINK, A_MOMENT = "https://example.vn/t/k3m9x2", "27/11/2026 16:30"
INCIDENT_PLACES = {
    "reference": "2611-40873",
    "category": w("Pothole"),
    "area": w("Old Wharf Ward"),
    "unit": A_UNIT,
    "link": A_LINK,
}
LETTER_PLACES = {
    "where": w("12 Harbour Road, Old Wharf Ward"),
    "received": "27/11/2026",
    "signature": w("For the People's Committee\nThe chair"),
}
A_GIVER = w("City Office")
DIRECTIVE_PLACES = {"what": w("Clear the drains of Harbour Road"), "unit": A_UNIT, "link": A_LINK}
OVERDUE_PLACES = {"what": w("Clear the drains of Harbour Road"), "unit": A_UNIT, "due": "16:30 27/11", "link": A_LINK}
URGENT_PLACES = {
    "reference": "2611-40873",
    "category": w("Pothole"),
    "where": w("12 Harbour Road, Old Wharf Ward"),
    "unit": A_UNIT,
    "link": A_LINK,
}
OUTAGE_PLACES = {"where": w("throughout the city"), "count": "120", "cameras": "640", "since": "14:32", "link": A_LINK}
COST_PLACES = {"day": "27/11/2026", "cap": "2.000.000", "link": A_LINK}
ENQUIRY_PLACES = {"reference": "H2611-40874", "kind": w("Question"), "unit": A_UNIT, "due": A_MOMENT, "link": A_LINK}
IDEA_PLACES = {"title": w("Benches with a roof at bus stops"), "unit": A_UNIT, "link": A_LINK}
STORAGE_PLACES = {"why": w("there is no space left on the disk"), "since": "14:32", "link": A_LINK}

# key → its places, in the order in which a provider's numbered template gets them, each with an example.
TEXTS: dict[str, dict] = {
    # To the reporter.
    "received": INCIDENT_PLACES | {"due": A_MOMENT},
    "joined": INCIDENT_PLACES,
    "asked": INCIDENT_PLACES | {"words": w("What is the house number?")},
    "accepted": INCIDENT_PLACES | {"due": A_MOMENT},
    "handed_over": INCIDENT_PLACES | {"words": w("The lamp is ours.")},
    "extended": INCIDENT_PLACES | {"due": A_MOMENT, "words": w("The part comes on Friday.")},
    "resolved": INCIDENT_PLACES | {"words": A_WORD},
    "resolved_letter": INCIDENT_PLACES | LETTER_PLACES | {"words": A_WORD},
    "rejected_letter": INCIDENT_PLACES | LETTER_PLACES | {"words": w("This is between two neighbours.")},
    "rejected": INCIDENT_PLACES | {"words": w("This is between two neighbours.")},
    "upheld": INCIDENT_PLACES | {"words": w("The hole is open again.")},
    "overruled": INCIDENT_PLACES | {"words": w("The hole is closed, see the picture.")},
    "closed": INCIDENT_PLACES,
    "new_link": INCIDENT_PLACES,
    "reopened": INCIDENT_PLACES | {"words": w("The hole is open again.")},
    "corrected": INCIDENT_PLACES | {"due": A_MOMENT, "words": w("The lamp stands behind the market.")},
    "merged": INCIDENT_PLACES | {"into": "2611-40866", "due": A_MOMENT},
    "split": INCIDENT_PLACES | {"due": A_MOMENT},
    "redrawn": INCIDENT_PLACES | {"words": w("As of today the place is in Middle Wharf.")},
    "enquiry_answered": ENQUIRY_PLACES | {"words": w("The office is also open on Saturday mornings.")},
    "enquiry_closed": ENQUIRY_PLACES | {"words": w("This is for the courts to decide.")},
    "enquiry_incident": ENQUIRY_PLACES | {"incident": "2611-40873"},
    "own_code": {"code": "204 817"},
    "idea_code": {"code": "204 817"},
    "idea_news": IDEA_PLACES | {"stage": w("Will be done"), "words": w("Building begins in January.")},
    "follow_confirm": {"what": w("Old Wharf Ward"), "link": A_LINK},
    "follow_news": {
        "what": w("Old Wharf Ward"),
        "first": w("Pothole, 12 Harbour Road: new"),
        "lines": w("- Pothole, 12 Harbour Road: new"),
        "link": A_LINK,
        "stop": A_LINK,
    },
    "is_it_gone": INCIDENT_PLACES | {"where": w("12 Harbour Road, Old Wharf Ward"), "stop": A_LINK},
    "confirm": {"code": "204 817", "reference": "2611-40873", "link": A_LINK},
    # To those who work here.
    "neighbour": INCIDENT_PLACES | {"metres": "120", "shares": w("- Old Wharf Ward: 61%\n- New Wharf Ward: 39%")},
    "new_here": INCIDENT_PLACES | {"due": A_MOMENT, "words": w("A wire hangs over the road.")},
    "given": INCIDENT_PLACES | {"who": "Lê An", "due": A_MOMENT},
    "part_asked": INCIDENT_PLACES | {"who": A_GIVER, "words": w("Close the valve in Harbour Road"), "due": A_MOMENT},
    "between_units": INCIDENT_PLACES
    | {
        "what": w("Old Wharf Office asks your unit"),
        "words": w("The barrier has fallen over. When will it be fixed?"),
        "due": A_MOMENT,
    },
    "part_answered": INCIDENT_PLACES | {"who": A_GIVER, "words": w("The valve is closed.")},
    "mentioned": INCIDENT_PLACES | {"who": "Lê An", "words": w("@minh can you look at it?")},
    "enquiry_here": ENQUIRY_PLACES,
    "enquiry_late": ENQUIRY_PLACES,
    "idea_here": IDEA_PLACES | {"words": w("It is about your parks.")},
    "idea_late": IDEA_PLACES | {"due": A_MOMENT},
    "pages_due": {"count": "12", "lines": w("- Register a birth (01/12/2026)"), "link": A_LINK},
    "reminder": {
        "what": w("2 items overdue"),
        "references": "2611-40873, 2611-40902",
        "lines": w("- 2611-40873 · Pothole · Old Wharf Ward: it should have been resolved by 14:30 24/11"),
        "link": A_LINK,
    },
    "prompt": {
        "who": "Lê An",
        "what": w("2 items overdue"),
        "references": "2611-40873, 2611-40902",
        "lines": w("- 2611-40873 · Pothole · Old Wharf Ward: it should have been resolved by 14:30 24/11"),
        "link": A_LINK,
    },
    "directive": DIRECTIVE_PLACES | {"giver": A_GIVER, "until": "16:30 27/11", "incidents": "2611-40873, 2611-40902"},
    "directive_reported": DIRECTIVE_PLACES | {"report": A_WORD},
    "directive_unread": OVERDUE_PLACES,
    "directive_late": OVERDUE_PLACES,
    "part_late": OVERDUE_PLACES,
    "dangerous": URGENT_PLACES,
    "many_reports": URGENT_PLACES | {"count": "12"},
    "digest": {
        "scope": w("Old Wharf Ward"),
        "day": "27/11",
        "summary": w("Old Wharf Ward, week to 27/11: received 120 (+8), done on time 97/101 (-3), overdue 5."),
        "lines": w("- Received: 120 (+8)\n- Done on time: 97/101 (-3)"),
        "asked": w("Questions and ideas:\n- Questions received: 12 (+3)"),
        "link": A_LINK,
    },
    "cameras_blind": OUTAGE_PLACES | {"why": w("there is no answer at their addresses")},
    "cameras_seeing": OUTAGE_PLACES,
    "pictures_unkept": {"machines": "camera-1"} | STORAGE_PLACES,
    "pictures_kept": STORAGE_PLACES,
    "unusual_looking": {
        "who": "Lê An",
        "what": w("one camera open for 3 hours in a day"),
        "day": "27/11/2026",
        "link": A_LINK,
    },
    "unusual_views": {
        "who": "Lê An",
        "what": w("contact details of more than 30 incidents in 10 minutes"),
        "day": "27/11/2026",
        "link": A_LINK,
    },
    "wrong_codes": {"link": A_LINK},
    "evidence_damaged": {"day": "27/11/2026", "what": "2611-40873, TTH 406, 1204: the bytes differ", "link": A_LINK},
    "over_the_cap": COST_PLACES,
    "half_the_cap": COST_PLACES,
    "outside_code": {"reference": "2611-40873", "unit": A_UNIT, "code": "407 313", "minutes": "10"},
    # To a unit outside the system: its work, by a signed link.
    "outside_work": URGENT_PLACES
    | {"due": A_MOMENT, "words": w("A wire hangs over the road."), "photos": A_LINK, "by": A_MOMENT},
    # Automatic replies to an SMS that came in.
    "reply": {
        "danger": "",
        "why": w("Nothing is waiting for your answer; your message was passed on."),
        "link": A_LINK,
    },
    "stranger": {"danger": "", "link": A_LINK},
    # Answers to an e-mail that came in.
    "mail_received": INCIDENT_PLACES | {"due": A_MOMENT, "confirm": A_LINK, "left_out": "2", "danger": ""},
    "mail_held": {"danger": "", "link": A_LINK},
    "mail_question": {
        "missing": w("Where is it? Write the street with a number, or the ward."),
        "danger": "",
        "understood": w("A hole in the road"),
    },
    "mail_person": {"danger": "", "link": A_LINK},
    "mail_enquiry": ENQUIRY_PLACES,
    "mail_state": {"state": w("2611-40873: A hole in the road, Old Wharf")},
    "mail_refused": {"why": w("Nothing is waiting for your answer; your message was passed on."), "link": A_LINK},
    "mail_by_person": {"words": w("What is the house number?"), "who": A_GIVER},
}
# What each is for, for who changes it; the others are called by their key.
TITLES = {
    "received": w("To the reporter: received and passed on"),
    "joined": w("To the reporter: merged with others"),
    "asked": w("To the reporter: the unit asks"),
    "accepted": w("To the reporter: accepted"),
    "handed_over": w("To the reporter: transferred"),
    "extended": w("To the reporter: takes longer"),
    "resolved": w("To the reporter: resolved"),
    "resolved_letter": w("To the reporter: resolved, as an official letter"),
    "rejected_letter": w("To the reporter: not accepted, as an official letter"),
    "rejected": w("To the reporter: not accepted"),
    "upheld": w("To the reporter: the objection was justified"),
    "overruled": w("To the reporter: the result stands"),
    "closed": w("To the reporter: closed"),
    "reopened": w("To the reporter: work resumed"),
    "corrected": w("To the reporter: the location or the type was corrected"),
    "merged": w("To the reporter: merged with another"),
    "split": w("To the reporter: separate again"),
    "redrawn": w("To the reporter: boundaries have changed"),
    "enquiry_answered": w("To anyone who asked, thanked or complained: the answer"),
    "enquiry_closed": w("To anyone who asked, thanked or complained: closed"),
    "enquiry_incident": w("To anyone who asked, thanked or complained: it became an incident"),
    "enquiry_here": w("To the unit: a question was passed on to it"),
    "idea_here": w("To the unit: an idea was passed on to it"),
    "idea_late": w("The answer to an idea is overdue"),
    "pages_due": w("Each week: pages due for review"),
    "enquiry_late": w("A question or a complaint has been waiting too long"),
    "neighbour": w("To the neighbouring unit: it may be yours"),
    "new_here": w("To the unit: urgent and new"),
    "given": w("To the person an incident is assigned to"),
    "part_asked": w("To the unit: asked to help with another unit's incident"),
    "between_units": w("Between the unit in charge and the ward that follows"),
    "part_answered": w("To the person who asked another unit for help: it has answered"),
    "mentioned": w("To anyone mentioned in a note"),
    "cameras_blind": w("To the technicians: many cameras failed"),
    "cameras_seeing": w("To the technicians: the cameras work again"),
    "pictures_unkept": w("To the technicians: camera pictures cannot be saved"),
    "pictures_kept": w("To the technicians: camera pictures are saved again"),
    "unusual_looking": w("To the supervisors: unusual camera views"),
    "unusual_views": w("To those responsible for personal data: unusual views"),
    "wrong_codes": w("To the account holder: many wrong codes were entered"),
    "outside_code": w("To a unit outside the system: the code that shows a reporter's contact"),
    "new_link": w("To the reporter: a new private link"),
    "evidence_damaged": w("To the administrators: saved camera pictures were altered"),
    "over_the_cap": w("To the supervisors: the cost limit is reached"),
    "half_the_cap": w("To the supervisors: half of the cost limit is reached"),
    "confirm": w("To the reporter: a code that confirms the address"),
    "own_code": w("To the reporter: a code that opens their reports"),
    "idea_code": w("To anyone who sends or supports an idea: a code that confirms the address"),
    "idea_news": w("To anyone who sent an idea: what became of it"),
    "follow_confirm": w("To anyone who wants to follow a place or an incident: confirm the address"),
    "follow_news": w("To followers of a place or an incident: what is new"),
    "is_it_gone": w("To followers of a place: is it gone?"),
    "outside_work": w("To a unit outside the system: its incident"),
    "reply": w("Automatic reply to an SMS: what can be answered"),
    "stranger": w("Automatic reply to an SMS from a phone that never reported"),
    "mail_received": w("Reply to an e-mail: it became a report"),
    "mail_held": w("Reply to an e-mail: its report is being checked"),
    "mail_question": w("Reply to an e-mail: what is missing"),
    "mail_person": w("Reply to an e-mail: a person reads it"),
    "mail_enquiry": w("Reply to an e-mail: it became a question, thanks or a complaint"),
    "mail_state": w("Reply to an e-mail: the state of a number"),
    "mail_refused": w("Reply to an e-mail: why nothing was done"),
    "mail_by_person": w("A person's answer to an e-mail"),
    "reminder": w("Deadline reminder"),
    "prompt": w("A leader's reminder to a unit"),
    "directive": w("To the unit: a directive"),
    "directive_reported": w("To the leader: a unit reported on a directive"),
    "directive_unread": w("To the leader: a directive was not read"),
    "directive_late": w("To the leader: a directive is overdue"),
    "part_late": w("A request to another unit is overdue"),
    "dangerous": w("To the leader: something dangerous"),
    "many_reports": w("To the leader: many reports of the same problem"),
    "digest": w("The week in figures, on Friday"),
}
CHAT = "chat"  # the template of an answer in a chat: its words are those of the conversation
# What may be answered to a text by one tap in a chat: what is sent then, and the button's words.
CHAT_CHOICES = {"resolved": (("xong", w("It is done")), ("chưa xong", w("It is not done")))}
# One-time needs: who wants no more messages gets them all the same, for the own act asked for them.
MAIL_ANSWERS = frozenset(
    (
        "mail_received",
        "mail_held",
        "mail_enquiry",
        "mail_question",
        "mail_state",
        "mail_person",
        "mail_refused",
        "mail_by_person",
    )
)
ALWAYS_SENT = frozenset({"reply", "stranger", "new_link", CHAT}) | MAIL_ANSWERS
# The answer to what the person just did: nobody is woken by it.
IGNORES_QUIET_HOURS = (
    frozenset({"confirm", "own_code", "idea_code", "follow_confirm", "received", "joined"}) | ALWAYS_SENT
)


def text_titles() -> list[tuple[str, str | Promise]]:
    return [(key, TITLES.get(key, key)) for key in TEXTS]


def named_values(notice: Notice) -> dict[str, str]:
    return dict(zip(TEXTS.get(notice.template, ()), notice.values, strict=False))
