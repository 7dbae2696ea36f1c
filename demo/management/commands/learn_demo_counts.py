"""Learn at once for the demo what a camera of a city learns in three days: how many people and vehicles are usual."""

import os
import signal
import sys

from django.core.management.base import BaseCommand

from cameras.detection import crowds
from demo.cameras import learning
from geoapp.media.sandboxed_process import Stopped

NICE = 15


class Command(BaseCommand):
    help = "Learn what is usual before the demo's cameras at which something happens, this hour of the day first."

    def handle(self, **options):
        if not crowds.has_model():
            self.stdout.write("· Nothing is counted: there is no model.")
            return
        os.nice(NICE)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # and so the process that counts is ended, too
        try:
            for hour, cameras in learning.learn_usual_counts():
                if cameras:
                    self.stdout.write(f"· Counted what is usual before {cameras} cameras at {hour:02}:00")
        except Stopped:
            self.stderr.write("Counting ended: what finds people and vehicles cannot be used.")
