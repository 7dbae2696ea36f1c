"""The parts of the history's table, by its numbers (sql/guards/history_parts.sql)."""

from functools import partial

from geoapp.db.online_migrations import do_without_waiting
from incidents import sql


def add_history_part() -> str | None:
    """Make the part that will be written next, unless it is there. Returns its name, if one was made.

    It is made while nobody needs it yet, and never in the way of a request: raises TablesAreBusy where that was not
    possible, and the next hour tries again. Lines for which no part is there go into the one for the rest.
    """
    ((name,),) = do_without_waiting(partial(sql.execute, "add_history_part"))
    return name


def renew_figures() -> None:
    """What the planner knows of the whole: PostgreSQL by itself renews only what it knows of each part."""
    sql.execute("analyze_history")


def lines_ahead() -> int:
    """How many more lines there is a part for."""
    return sql.execute("history_lines_ahead")[0][0]
