"""The rules of the schema of Common Alerting Protocol 1.2: order, number, values and patterns of its elements."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
MANY = 10**6
ANY, CODE = r"[\s\S]*", r"[^\s,<&]+"
MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-,+]\d\d:\d\d"
EARLIER = rf"({CODE},{CODE},{MOMENT})"
LANGUAGE = r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*"
NUMBER = r"[-+]?\d+(\.\d+)?"
PAIR = rf"{NUMBER},{NUMBER}"


def one_of(words: str) -> str:
    return "|".join(words.split())


# By parent, in the order of the schema: name, least, most, pattern (None: elements).
RULES: dict[str, list[tuple[str, int, int, str | None]]] = {
    "alert": [
        ("identifier", 1, 1, CODE), ("sender", 1, 1, CODE), ("sent", 1, 1, MOMENT),
        ("status", 1, 1, one_of("Actual Exercise System Test Draft")),
        ("msgType", 1, 1, one_of("Alert Update Cancel Ack Error")), ("source", 0, 1, ANY),
        ("scope", 1, 1, one_of("Public Restricted Private")), ("restriction", 0, 1, ANY), ("addresses", 0, 1, ANY),
        ("code", 0, MANY, ANY), ("note", 0, 1, ANY), ("references", 0, 1, rf"{EARLIER}( {EARLIER})*"),
        ("incidents", 0, 1, ANY), ("info", 0, MANY, None),
    ],
    "info": [
        ("language", 0, 1, LANGUAGE),
        ("category", 1, MANY, one_of("Geo Met Safety Security Rescue Fire Health Env Transport Infra CBRNE Other")),
        ("event", 1, 1, r"\S[\s\S]*"),
        ("responseType", 0, MANY, one_of("Shelter Evacuate Prepare Execute Avoid Monitor Assess AllClear None")),
        ("urgency", 1, 1, one_of("Immediate Expected Future Past Unknown")),
        ("severity", 1, 1, one_of("Extreme Severe Moderate Minor Unknown")),
        ("certainty", 1, 1, one_of("Observed Likely Possible Unlikely Unknown")), ("audience", 0, 1, ANY),
        ("eventCode", 0, MANY, None), ("effective", 0, 1, MOMENT), ("onset", 0, 1, MOMENT), ("expires", 0, 1, MOMENT),
        ("senderName", 0, 1, ANY), ("headline", 0, 1, ANY), ("description", 0, 1, ANY), ("instruction", 0, 1, ANY),
        ("web", 0, 1, r"https?://\S+"), ("contact", 0, 1, ANY), ("parameter", 0, MANY, None),
        ("resource", 0, MANY, None), ("area", 0, MANY, None),
    ],
    "parameter": [("valueName", 1, 1, ANY), ("value", 1, 1, ANY)],
    "area": [
        ("areaDesc", 1, 1, r"\S[\s\S]*"), ("polygon", 0, MANY, rf"{PAIR}( {PAIR}){{3,}}"),
        ("circle", 0, MANY, rf"{PAIR} {NUMBER}"), ("geocode", 0, MANY, None), ("altitude", 0, 1, NUMBER),
        ("ceiling", 0, 1, NUMBER),
    ],
}  # fmt: skip


def faults_of(element: Element) -> Iterator[str]:
    """Yield what the schema refuses in this element and below it."""
    name = element.tag.removeprefix(CAP)
    rules = RULES[name]
    names = [child.tag.removeprefix(CAP) for child in element]
    order = [rule for rule, _least, _most, _pattern in rules]
    if [other for other in names if other not in order]:
        yield f"{name}: an unknown element among {names}"
        return
    if names != sorted(names, key=order.index):
        yield f"{name}: order {names}"
    for rule, least, most, pattern in rules:
        if not least <= names.count(rule) <= most:
            yield f"{name}: {names.count(rule)} times {rule}"
        for child in element.findall(f"{CAP}{rule}"):
            if pattern is None:
                yield from faults_of(child)
            elif not re.fullmatch(pattern, child.text or ""):
                yield f"{name}: {rule} is {child.text!r}"
    for polygon in element.findall(f"{CAP}polygon"):
        corners = (polygon.text or "").split()
        if corners[0] != corners[-1]:
            yield f"{name}: an open polygon"
