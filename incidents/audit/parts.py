"""Add partitions of the history's table, by line number (sql/guards/history_parts.sql)."""

from functools import partial

from geoapp.db.online_migrations import do_without_waiting
from incidents import sql


def add_history_part() -> str | None:
    """Create the next partition unless it exists. Returns its name if one was created.

    It is created before it is needed and never delays a request: raises TablesAreBusy if that was not possible, and the
    next hour tries again. Lines without a partition go into the default one.
    """
    ((name,),) = do_without_waiting(partial(sql.execute, "add_history_part"))
    return name


def renew_figures() -> None:
    """Analyze the parent table: PostgreSQL's autovacuum analyzes only its partitions."""
    sql.execute("analyze_history")


def lines_ahead() -> int:
    return sql.execute("history_lines_ahead")[0][0]
