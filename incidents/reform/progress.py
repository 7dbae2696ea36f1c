"""How far long work is, written on a connection of its own: everybody sees it while the transaction is under way."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection

from incidents import sql
from incidents.models import Reform


@contextmanager
def report_progress(reform: Reform) -> Iterator[Callable[..., None]]:
    """Give a function `say(step, done=0, of=0)` that writes how far a reform is, on a connection of its own.

    If the work fails, its fault is written for the page, and raised.
    """
    aside, last = connection.copy(), "start"

    def say(step, done=0, of=0, fault=""):
        nonlocal last
        with aside.cursor() as cursor:
            here = {"reform": reform.pk, "step": step, "done": done, "of": of, "fault": fault}
            cursor.execute(sql.statement("progress"), here)
        last = step

    try:
        say("start")
        yield say
    except Exception as error:
        say(last, fault=str(error) or type(error).__name__)
        raise
    finally:
        aside.close()
