from django.core.management.base import BaseCommand

from incidents.notify import push


class Command(BaseCommand):
    help = "Make the key that push messages are signed with. Who changes it later loses every browser there is."

    def handle(self, **options):
        self.stdout.write(f"VAPID_KEY={push.generate_key()}")
