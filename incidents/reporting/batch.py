"""Look up and store reports that arrive at once, in one transaction and few database round trips.

Each report passes the same functions as in `reporting.receive`, with the same rows. A report with more than rows of its
own (photos, an incident to join, several wards, a moderator's look) is stored alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, OperationalError, transaction

from geoapp.db import connections, planner
from geoapp.http import rate_limits
from gis_data.addresses import geocode
from incidents import rulebook, sql
from incidents.models import HeldReport, Report
from incidents.reporting import building, holding, receiving
from incidents.reporting.incoming import IncomingReport
from incidents.reporting.sender import Sender, is_only_received, reasons_to_hold
from incidents.reporting.storing import store_plain_reports

Outcome = Report | HeldReport | Exception


@dataclass
class Arrival:
    """An incoming report with its look-up. Outside the city it is not `located`."""

    incoming: IncomingReport
    sender: Sender | None
    facts: building.Facts


def look_up(reports: Sequence[tuple[IncomingReport, Sender | None]]) -> list[Arrival]:
    with planner.prepared_statements(), connections.open_pipeline() as pipeline:
        answers = [
            (
                incoming,
                sender,
                geocode.queue_location(pipeline, incoming.place),
                geocode.queue_name(pipeline, incoming.place) if incoming.address is None else None,
                pipeline.execute(sql.statement("comes_in"), receiving.fact_parameters(incoming, sender)),
            )
            for incoming, sender in reports
        ]
        return [arrival_of(*answer) for answer in answers]


def arrival_of(incoming, sender, where, name, facts):
    try:
        incoming.located = geocode.read_location(where)
    except geocode.OutsideTheCity:
        incoming.located = None
    if name is not None:
        incoming.named = geocode.read_name(name)
    return Arrival(incoming, sender, building.Facts(*facts.fetchone()))


def receive_together(arrivals: Sequence[Arrival]) -> list[Outcome]:
    """Store reports just looked up. Returns for each what `reporting.receive` would return or raise.

    Call it outside a transaction: all is committed when it returns.
    """
    outcomes: dict[int, Outcome] = {}
    plain, sendings = [], set()
    for number, arrival in enumerate(arrivals):
        if can_store_together(arrival) and arrival.incoming.sending not in sendings:
            sendings.add(arrival.incoming.sending)
            plain.append((number, arrival))
    news, received = [], []
    for (number, arrival), reasons in zip(plain, ask_limits([arrival for _n, arrival in plain]), strict=True):
        if reasons == ["surge"]:
            received.append((number, arrival))
            continue
        if reasons:
            outcomes[number] = outcome_of(receiving.receive_or_hold, arrival.incoming, arrival.sender, reasons)
            continue
        new_report = outcome_of(build_report, arrival)
        if isinstance(new_report, Exception):
            outcomes[number] = new_report
        else:
            news.append((number, arrival, new_report))
    outcomes |= store_all(news)
    outcomes |= keep_received(received)
    for number, arrival in enumerate(arrivals):
        if number not in outcomes:
            outcomes[number] = outcome_of(receiving.receive, arrival.incoming, arrival.sender)
    return [outcomes[number] for number in range(len(arrivals))]


def can_store_together(arrival):
    facts, incoming = arrival.facts, arrival.incoming
    known = facts.known or facts.held_report or facts.block or facts.watched
    return incoming.located is not None and not (known or incoming.has_more_rows or incoming.accuracy_m)


def ask_limits(arrivals):
    asks = [
        receiving.rate_limit_asks(arrival.incoming, arrival.sender) if arrival.sender else [] for arrival in arrivals
    ]
    return [
        reasons_to_hold(waits, puzzle_solved=arrival.sender.puzzle_solved)
        + ["surge"] * is_only_received(arrival.sender, arrival.incoming.category)
        if arrival.sender
        else []
        for waits, arrival in zip(rate_limits.take_each(asks), arrivals, strict=True)
    ]


def build_report(arrival):
    book = rulebook.read_rulebook(arrival.facts.marks)
    return building.build_report(arrival.incoming, book, arrival.facts, arrival.sender)


def store_all(news):
    """Store (number, arrival, NewReport) in one transaction. Returns {number: outcome}.

    Where PostgreSQL refuses one, such as a form sent twice at once, each is stored alone.
    """
    if not news:
        return {}
    try:
        with planner.prepared_statements(), connections.open_pipelined_transaction() as pipeline:
            store_plain_reports(pipeline, [new for _number, _arrival, new in news])
    except OperationalError as error:
        return dict.fromkeys((number for number, *_rest in news), error)
    except DatabaseError:
        return {
            number: outcome_of(receiving.receive_or_hold, arrival.incoming, arrival.sender, [])
            for number, arrival, _new in news
        }
    return {number: new.report for number, _arrival, new in news}


def keep_received(received):
    rows, outcomes = {}, {}
    for number, arrival in received:
        row = outcome_of(received_row, arrival)
        (outcomes if isinstance(row, Exception) else rows)[number] = row
    try:
        with transaction.atomic():
            HeldReport.objects.bulk_create(rows.values())
        return outcomes | rows
    except OperationalError as error:
        return outcomes | dict.fromkeys(rows, error)
    except DatabaseError:  # such as a form that was sent twice at once
        alone = {number: arrival for number, arrival in received if number in rows}
        return outcomes | {
            number: outcome_of(receiving.receive_or_hold, arrival.incoming, arrival.sender, ["surge"])
            for number, arrival in alone.items()
        }


def received_row(arrival):
    return holding.build_held_report(arrival.incoming, arrival.sender, reasons=["surge"])


def outcome_of(act: Callable[..., Any], *args: Any) -> Any:
    try:
        return act(*args)
    except Exception as error:
        return error
