"""Whether all incidents are as the constraint says: looked at while the service goes on."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("incidents", "0037_merging")]
    atomic = False

    operations = [ValidateConstraint(model_name="incident", name="closed_at_says_when_it_was_closed")]
