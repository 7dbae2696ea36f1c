"""Learn from drawn pictures of three days what is usual before the demo cameras with events.

A camera in a city needs three days for that.
"""

import re
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.timezone import localtime, now

from cameras.analysis import counting
from cameras.detection import crowds
from cameras.models import Camera, UsualTally
from demo.cameras.days import count_days
from demo.cameras.pictures import Pictures

# Such a camera's address says what happens before it.
ADDRESS = re.compile(r"^http://[^/]+/event/([a-z]+)/[^/]+$")


def learn_usual_counts(hours: int = 24) -> Iterator[tuple[int, int]]:
    """Learn so many hours of the day, the current one first, and yield (hour, cameras learnt) after each."""
    pictures = Pictures(ZoneInfo(settings.TIME_ZONE))
    shown = [(camera, ADDRESS.match(camera.url)) for camera in Camera.objects.filter(active=True).order_by("code")]
    for ahead in range(hours):
        hour = (localtime().hour + ahead) % 24
        waiting = [(camera, match[1]) for camera, match in shown if match and not is_known(camera, hour)]
        if waiting:
            with crowds.CountingProcess(settings.DETECTOR_MODEL) as counter:
                for camera, what in waiting:
                    keep_learnt(camera, hour, count_days(counter, pictures, camera.code, what, hour, localtime()))
        yield hour, len(waiting)


def is_known(camera, hour):
    learnt = counting.hours_from_json(crowds.usual_tally(camera, hour).usual)
    return all(count.is_known for count in learnt.values())


@transaction.atomic
def keep_learnt(camera, hour, learnt):
    """Store it, unless the patrol has learnt as much meanwhile."""
    camera = Camera.objects.select_for_update(of=("self",), no_key=True).get(pk=camera.pk)
    if not is_known(camera, hour):
        usual = {kind: count.as_json() for kind, count in learnt.items()}
        UsualTally.objects.update_or_create(camera=camera, hour=hour, defaults={"usual": usual, "learnt_at": now()})
