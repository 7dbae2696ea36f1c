"""Confirm posts and replacements as the operator of the server, if there is no second administrator."""

from django.core.management.base import BaseCommand, CommandError

from geoapp.db import connections
from incidents.accounts import posts
from incidents.models import FactorReplacement, Membership, User


class Command(BaseCommand):
    help = "Say yes to the posts of a person, and to the replacement of a second factor, that wait for one."

    def add_arguments(self, parser):
        parser.add_argument("username")

    def handle(self, **options):
        with connections.as_owner():
            self.confirm(options["username"])

    def confirm(self, username: str) -> None:
        person = User.objects.filter(username=username).first()
        if person is None:
            raise CommandError(f"Nobody is called {username}.")
        waiting = Membership.objects.to_confirm().filter(user=person).select_related("user", "authority")
        for post in list(waiting):
            posts.decide_post(post, None, yes=True)
            self.stdout.write(f"{post} holds now.")
        for replacement in FactorReplacement.objects.filter(user=person):
            posts.decide_replacement(replacement, None, yes=True)
            self.stdout.write(f"The second factors of {person} are taken away.")
