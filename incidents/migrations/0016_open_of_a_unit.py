"""The index of what is open of a unit holds what a leader's figures read of it. Built beside the work, which goes on."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("incidents", "0015_count_unit_sums")]

    operations = [
        AddIndexConcurrently(
            model_name="incident",
            index=models.Index(
                condition=models.Q(("closed_at", None)),
                fields=["authority", "due_at"],
                include=["state", "received_at", "area", "category"],
                name="open_of_a_unit",
            ),
        ),
        RemoveIndexConcurrently(model_name="incident", name="open_at_a_desk"),
    ]
