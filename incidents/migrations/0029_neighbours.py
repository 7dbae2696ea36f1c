"""Neighbours say whether a result is gone, and results are proven."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from geoapp.db.online_migrations import LockTables


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0028_done_in_an_area"),
    ]

    operations = [
        LockTables(
            {
                "incidents_follow": "ACCESS EXCLUSIVE",
                "incidents_incident": "SHARE ROW EXCLUSIVE",
                "incidents_report": "SHARE ROW EXCLUSIVE",
                "incidents_event": "SHARE ROW EXCLUSIVE",
                "incidents_photo": "SHARE ROW EXCLUSIVE",
            }
        ),
        migrations.AddField(
            model_name="follow",
            name="may_ask",
            field=models.BooleanField(db_default=True, default=True, help_text="Whether it may be asked about results"),
        ),
        migrations.AlterField(
            model_name="event",
            name="kind",
            field=models.CharField(
                choices=[
                    ("received", "Received"),
                    ("joined", "One more report merged"),
                    ("assigned", "Assigned"),
                    ("passed_on", "Passed on outside the system"),
                    ("accepted", "Accepted"),
                    ("begun", "Work has begun"),
                    ("asked", "The unit asks"),
                    ("answered", "The reporter answered"),
                    ("handed_over", "Transferred"),
                    ("handed_back", "Handed back"),
                    ("more_time", "Extension requested"),
                    ("extended", "Extension granted"),
                    ("no_more_time", "Extension refused"),
                    ("resolved", "Resolved"),
                    ("rejected", "Not accepted"),
                    ("confirmed", "Confirmed by the reporter"),
                    ("closed", "Closed"),
                    ("disputed", "The reporter does not agree"),
                    ("upheld", "The reporter is right: work resumed"),
                    ("overruled", "The result stands"),
                    ("rated", "Rated"),
                    ("reopened", "Reopened"),
                    ("redrawn", "Boundaries changed"),
                    ("restored", "Boundary change revoked"),
                    ("claimed", "Taken over by another unit"),
                    ("reminded", "Reminded"),
                    ("directed", "Directive"),
                    ("task_asked", "Another unit was asked to help"),
                    ("task_done", "The unit asked to help has answered"),
                    ("merged", "Merged into another"),
                    ("gathered", "Another was merged into it"),
                    ("split", "Reports were separated"),
                    ("relocated", "The location was corrected"),
                    ("reclassified", "The type was corrected"),
                    ("given", "Assigned to a person"),
                    ("crewed", "Assigned to a crew"),
                    ("redated", "The deadline was recalculated"),
                    ("graded", "The severity was changed"),
                    ("released", "Made public"),
                    ("hidden", "No longer public"),
                    ("covered", "Parts were redacted"),
                    ("erased", "Personal data were erased"),
                    ("evidence", "Camera pictures saved"),
                    ("pinned", "A picture was saved by staff"),
                    ("unpinned", "A picture is no longer saved by staff"),
                    ("exported", "Evidence was exported"),
                    ("held", "Deletion of evidence was blocked"),
                    ("unheld", "Deletion of evidence was allowed again"),
                    ("forgotten", "Evidence was deleted on schedule"),
                    ("withdrawn", "Withdrawn by the reporter"),
                    ("note", "Note"),
                    ("inquired", "Another unit asks"),
                    ("urged", "Another unit reminds"),
                    ("remarked", "Another unit comments"),
                    ("replied", "The unit in charge answers"),
                    ("offered", "Another unit asks to take it over"),
                    ("declined", "The unit in charge keeps it"),
                    ("announced", "Announced to people nearby"),
                    ("checked", "Place and time of the result"),
                    ("undone", "The last step was undone"),
                    ("viewed", "Contact details viewed"),
                    ("digested", "Digests of older texts"),
                    ("witnessed", "A neighbour checked"),
                ],
                max_length=12,
                verbose_name="what happened",
            ),
        ),
        migrations.CreateModel(
            name="NeighbourAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "word",
                    models.CharField(
                        choices=[
                            ("gone", "It is gone"),
                            ("still", "It is still there"),
                            ("away", "I do not go past there"),
                        ],
                        max_length=5,
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("is_reporter", models.BooleanField(help_text="Reported it, or said “me too”, before the result")),
                (
                    "metres",
                    models.PositiveIntegerField(help_text="From the place to the device, or the photo", null=True),
                ),
                (
                    "follow",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="incidents.follow"
                    ),
                ),
                (
                    "photo",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="neighbour_answer",
                        to="incidents.photo",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        help_text="Until it is erased",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="incidents.report",
                    ),
                ),
                (
                    "result",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="neighbour_answers",
                        to="incidents.event",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="NeighbourKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "digest",
                    models.CharField(
                        help_text="With SECRET_KEY: of one result it says no more", max_length=64, unique=True
                    ),
                ),
                (
                    "answer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="keys", to="incidents.neighbouranswer"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="NeighbourQuestion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "follow",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="questions", to="incidents.follow"
                    ),
                ),
                (
                    "result",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="neighbour_questions",
                        to="incidents.event",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PhotoProof",
            fields=[
                (
                    "photo",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="proof",
                        serialize=False,
                        to="incidents.photo",
                    ),
                ),
                ("metres", models.PositiveIntegerField(help_text="From the place to where it was taken", null=True)),
                (
                    "bearing",
                    models.PositiveSmallIntegerField(
                        help_text="Degrees from north, from the place to there", null=True
                    ),
                ),
                ("same_view", models.BooleanField(default=False, help_text="Sure to show the same as `before`")),
                ("compared_at", models.DateTimeField(null=True)),
                (
                    "before",
                    models.ForeignKey(
                        help_text="The one compared with",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="incidents.photo",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Proof",
            fields=[
                (
                    "incident",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="proof",
                        serialize=False,
                        to="incidents.incident",
                    ),
                ),
                (
                    "how",
                    models.CharField(
                        choices=[
                            ("reporter", "A reporter confirmed it"),
                            ("neighbours", "Neighbours confirmed it"),
                            ("photo", "A photo from the right place and time"),
                        ],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "result",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="incidents.event"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="proof",
            index=models.Index(fields=["at"], include=["incident"], name="proofs_by_time"),
        ),
        migrations.AddIndex(
            model_name="neighbouranswer",
            index=models.Index(fields=["result", "word"], name="answers_to_a_result"),
        ),
        migrations.AddConstraint(
            model_name="neighbouranswer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("word", "away"),
                    ("is_reporter", True),
                    models.Q(("metres__isnull", False), ("metres__lte", 300)),
                    _connector="OR",
                ),
                name="who_answers_reported_it_or_is_near",
            ),
        ),
        migrations.AddConstraint(
            model_name="neighbouranswer",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("word", "away"), _negated=True), ("metres", None), _connector="OR"),
                name="who_was_not_there_was_nowhere",
            ),
        ),
        migrations.AddConstraint(
            model_name="neighbourquestion",
            constraint=models.UniqueConstraint(fields=("result", "follow"), name="a_follower_is_asked_once"),
        ),
        migrations.AddConstraint(
            model_name="photoproof",
            constraint=models.CheckConstraint(
                condition=models.Q(("bearing", None), ("bearing__lt", 360), _connector="OR"),
                name="a_bearing_is_of_a_circle",
            ),
        ),
        migrations.AddConstraint(
            model_name="photoproof",
            constraint=models.CheckConstraint(
                condition=models.Q(("same_view", False), ("compared_at__isnull", False), _connector="OR"),
                name="what_looks_alike_was_compared",
            ),
        ),
    ]
