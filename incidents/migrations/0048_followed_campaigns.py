"""Campaigns can be followed."""

import django.db.models.deletion
from django.db import migrations, models

from geoapp.db.online_migrations import LockTables

THINGS = ("incident", "idea", "campaign", "area", "reach")


def followed(thing, **more):
    """Return the condition that this one of THINGS is followed and no other."""
    fields = {name: None for name in THINGS if name != thing} | {f"{thing}__isnull": False} | more
    return models.Q(*sorted(fields.items()))


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0047_campaign_versions"),
    ]

    operations = [
        LockTables({"incidents_campaign": "SHARE ROW EXCLUSIVE", "incidents_follow": "ACCESS EXCLUSIVE"}),
        migrations.AddField(
            model_name="follow",
            name="campaign",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="follows", to="incidents.campaign"
            ),
        ),
        migrations.RemoveConstraint(model_name="follow", name="one_thing_is_followed"),
        migrations.AddConstraint(
            model_name="follow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    followed("incident"),
                    followed("idea"),
                    followed("campaign"),
                    followed("area"),
                    followed("reach", radius_m__isnull=False),
                    _connector="OR",
                ),
                name="one_thing_is_followed",
            ),
        ),
    ]
