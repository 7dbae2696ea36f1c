"""Print the demo's accounts and their password."""

from django.core.management.base import BaseCommand

from demo.accounts import ACCOUNTS, demo_people, password
from incidents.views.staff.signing import home_address


class Command(BaseCommand):
    help = "Print the demo's accounts, where each begins, and their password."

    def handle(self, **options):
        users = {user.username: user for user in demo_people().prefetch_related("memberships__authority")}
        if not users:
            self.stdout.write("This is not a demo: there are no demo accounts.")
            return
        self.stdout.write(f"  Demo accounts; the password of all is  {password()}\n\n")
        for account in ACCOUNTS:
            if user := users.get(account.name):
                units = ", ".join(str(post.authority) for post in user.memberships.all())
                self.stdout.write(f"    {account.name:<12}{account.purpose:<28}{home_address(user):<18}{units}")
        self.stdout.write("\n  The same password is an api_key for /open311/v2/ (docs/open311.md).")
