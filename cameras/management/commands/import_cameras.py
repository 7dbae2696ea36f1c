"""Take cameras over from a CSV or GeoJSON file (docs/cameras.md): says what would change; --commit keeps it."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from cameras.register import registry
from gis_data.pack import InvalidData


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--commit", action="store_true", help="keep it; without this nothing is written")
        parser.add_argument(
            "--whole", action="store_true", help="cameras that are not in the file are no longer active"
        )

    def handle(self, *, file, commit, whole, **options):
        try:
            data = file.read_bytes()
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}.") from error

        def make():
            return registry.plan_file(data, file.name, whole)

        try:
            plan = registry.carry_out_plan(make) if commit else make()
        except InvalidData as error:
            faults = "\n".join(f"  {fault}" for fault in error.faults)
            raise CommandError(f"Nothing of {file} was kept:\n{faults}") from error
        for sign, changes in (("+", plan.new), ("~", plan.changed), ("-", plan.retired)):
            for change in changes:
                text = "; ".join(f"{name}: {before or '–'} → {after or '–'}" for name, before, after in change.lines)
                self.stdout.write(f"{sign} {change.code} {change.name}" + (f" ({text})" if sign == "~" else ""))
        self.stdout.write(
            f"{len(plan.new)} new, {len(plan.changed)} changed, {len(plan.retired)} gone, {plan.same} as before."
            + ("" if commit else " Nothing was written: --commit keeps it.")
        )
