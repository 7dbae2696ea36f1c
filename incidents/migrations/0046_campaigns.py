"""Campaigns: a promise by a day, what counts for it, and its questions."""

import django.db.models.deletion
from django.db import migrations, models

from geoapp.db.online_migrations import LockTables


class Migration(migrations.Migration):
    dependencies = [
        ("gis_data", "0008_site_pages"),
        ("incidents", "0045_pictures_of_pages"),
    ]

    operations = [
        LockTables(
            {
                "incidents_answer": "SHARE ROW EXCLUSIVE",
                "incidents_authority": "SHARE ROW EXCLUSIVE",
                "incidents_category": "SHARE ROW EXCLUSIVE",
                "gis_data_area": "SHARE ROW EXCLUSIVE",
            }
        ),
        migrations.CreateModel(
            name="Campaign",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=60, unique=True)),
                ("title", models.CharField(max_length=120)),
                ("title_en", models.CharField(blank=True, max_length=120)),
                ("text", models.CharField(max_length=600)),
                ("text_en", models.CharField(blank=True, max_length=600)),
                ("words", models.TextField(blank=True, help_text="Other words for it, one a line")),
                ("promised", models.PositiveIntegerField(help_text="How many")),
                ("unit", models.CharField(help_text="Of what: manholes cleared", max_length=60)),
                ("unit_en", models.CharField(blank=True, max_length=60)),
                ("starts_on", models.DateField()),
                ("due_on", models.DateField(help_text="The last day")),
                ("only_proven", models.BooleanField(default=False, help_text="Only results that are proven count")),
                (
                    "done_by_hand",
                    models.PositiveIntegerField(blank=True, help_text="What is no incident: how many", null=True),
                ),
                ("done_on", models.DateField(blank=True, help_text="The day of that number", null=True)),
                ("done_source", models.CharField(blank=True, max_length=200)),
                ("done_source_en", models.CharField(blank=True, max_length=200)),
                ("why_late", models.CharField(blank=True, help_text="And what bridges the gap", max_length=600)),
                ("why_late_en", models.CharField(blank=True, max_length=600)),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "Draft"), ("published", "Published")], default="draft", max_length=9
                    ),
                ),
                (
                    "answers",
                    models.ManyToManyField(
                        blank=True, help_text="Its own questions", related_name="campaigns", to="incidents.answer"
                    ),
                ),
                (
                    "areas",
                    models.ManyToManyField(
                        blank=True, help_text="Where; none: the whole city", related_name="+", to="gis_data.area"
                    ),
                ),
                (
                    "authority",
                    models.ForeignKey(
                        help_text="Which promises it",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="campaigns",
                        to="incidents.authority",
                    ),
                ),
                (
                    "categories",
                    models.ManyToManyField(
                        blank=True, help_text="Kinds or groups that count", related_name="+", to="incidents.category"
                    ),
                ),
            ],
            options={
                "ordering": ["-due_on", "slug"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("title", ""), _negated=True),
                            models.Q(("text", ""), _negated=True),
                            models.Q(("unit", ""), _negated=True),
                        ),
                        name="a_campaign_says_what_it_promises",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("promised__gt", 0)), name="a_campaign_promises_something"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("due_on__gte", models.F("starts_on"))),
                        name="a_campaign_ends_after_it_begins",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("done_by_hand", None), ("done_on", None)),
                            models.Q(
                                ("done_by_hand__isnull", False),
                                ("done_on__isnull", False),
                                models.Q(("done_source", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="a_number_by_hand_has_day_and_source",
                    ),
                ],
            },
        ),
    ]
