"""Store the progress of long work on a connection of its own, so that it is visible during the transaction."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection

from incidents import sql
from incidents.models import Reform


@contextmanager
def report_progress(reform: Reform) -> Iterator[Callable[..., None]]:
    """Context manager: yield `say(step, done=0, of=0)`, which stores the progress of a reform on its own connection.

    If the work fails, its fault is stored for the page, and raised.
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
