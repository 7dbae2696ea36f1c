"""Repair the packs of the ring and their index: `manage.py mend_ring`."""

from django.conf import settings
from django.core.management.base import BaseCommand

from cameras.patrol import tidying


class Command(BaseCommand):
    help = (
        "Read every pack: rows whose pictures are not there go, pictures without a row get one. A patrol does so by "
        "itself for one that died; this is for a ring that was brought back from a backup."
    )

    def handle(self, **options):
        removed, recovered = tidying.mend_packs(settings.MEDIA_ROOT)
        lost = tidying.forget_lost_packs(settings.MEDIA_ROOT)
        self.stdout.write(f"Rows without a picture  {removed + lost:8}\nPictures found again    {recovered:8}")
