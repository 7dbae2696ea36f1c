"""Answer the calls that an Asterisk passes to our application, until stopped."""

import asyncio
import signal

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from incidents.channels.voice.asterisk import AsteriskClient


class Command(BaseCommand):
    help = "Answer the calls of the Asterisk that VOICE_SOURCES names, by its REST interface, for ever."

    def handle(self, **options):
        sources = [name for name, kind in settings.VOICE_SOURCES.items() if kind == "asterisk"]
        if not sources:
            raise CommandError("VOICE_SOURCES names no asterisk.")
        if not (settings.VOICE_ASTERISK_URL and settings.VOICE_SAY_URL):
            raise CommandError("An asterisk needs VOICE_ASTERISK_URL and VOICE_SAY_URL.")
        asyncio.run(follow(sources[0]))


async def follow(source):
    client = AsteriskClient(
        source,
        url=settings.VOICE_ASTERISK_URL,
        app=settings.VOICE_ASTERISK_APP,
        key=settings.VOICE_SECRETS[source],
    )
    for end in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(end, client.stopping.set)
    await client.follow()
