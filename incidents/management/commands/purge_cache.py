"""Tell the shared caches which map tiles have changed, until stopped."""

import signal

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from incidents.map.purging import CachePurger


class Command(BaseCommand):
    help = "Have the caches of CACHE_PURGE_URLS drop the tiles that have changed, for ever."

    def handle(self, **options):
        if not settings.CACHE_PURGE_URLS:
            raise CommandError("CACHE_PURGE_URLS names no cache.")
        purger = CachePurger(settings.CACHE_PURGE_URLS)
        signal.signal(signal.SIGTERM, purger.stop)
        purger.run()
