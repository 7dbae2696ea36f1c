"""Run a patrol that fetches the cameras' pictures until it is stopped: `manage.py patrol`."""

import asyncio
import signal

import cv2
import uvloop
from django.conf import settings
from django.core.management.base import BaseCommand

from cameras.patrol.patrol import Patrol
from cameras.patrol.tidying import RingLimits
from geoapp import outbound


class Command(BaseCommand):
    help = (
        "Visit every active camera at its period, keep its last pictures and say how it is. Ends on SIGTERM or SIGINT."
    )
    requires_system_checks = ("keys",)  # others would read all pages, which take 90 MB and which it has none of

    def handle(self, **options):
        cv2.setNumThreads(1)  # its pictures are small; threads of its own would only wait for one another
        uvloop.run(patrol())


async def patrol():
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    await Patrol(settings.MEDIA_ROOT, outbound.allowed_networks("cameras"), RingLimits.from_settings()).run(stop)
