"""Kinds of matters that are complaints about people who work for the city."""

from django.db import migrations, models
from django.db.models import Q

from geoapp.db.online_migrations import LockTables


class Migration(migrations.Migration):
    dependencies = [("incidents", "0009_post_proposals")]
    operations = [
        LockTables({"incidents_category": "ACCESS EXCLUSIVE"}),
        migrations.AddField(
            "category",
            "about_staff",
            models.BooleanField(
                default=False,
                db_default=False,
                help_text="A complaint about city staff: like any enquiry of this type, only a few people can read it",
                verbose_name="about staff",
            ),
        ),
        migrations.AddConstraint(
            "category",
            models.CheckConstraint(
                condition=Q(about_staff=False) | Q(restricted=True), name="what_is_about_staff_is_never_public"
            ),
        ),
    ]
