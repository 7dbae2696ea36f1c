"""What the administration calls the fields of histories, reports, photos, messages and reforms: for Django only."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from geoapp.table_changes import NamesOnly


class Migration(NamesOnly):
    dependencies = [
        ("gis_data", "0006_names_of_fields"),
        ("incidents", "0050_official_letters"),
    ]

    operations = [
        migrations.AlterField(
            model_name="event",
            name="at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="moment"),
        ),
        migrations.AlterField(
            model_name="event",
            name="authority",
            field=models.ForeignKey(
                blank=True,
                help_text="The unit that speaks",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="incidents.authority",
                verbose_name="unit",
            ),
        ),
        migrations.AlterField(
            model_name="event",
            name="by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="done by",
            ),
        ),
        migrations.AlterField(
            model_name="event",
            name="erased_at",
            field=models.DateTimeField(
                blank=True, help_text="When the note was erased: a subject's right", null=True, verbose_name="erased at"
            ),
        ),
        migrations.AlterField(
            model_name="event",
            name="incident",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="timeline",
                to="incidents.incident",
                verbose_name="incident",
            ),
        ),
        migrations.AlterField(
            model_name="event",
            name="kind",
            field=models.CharField(
                choices=[
                    ("received", "Received"),
                    ("joined", "One more report joined"),
                    ("assigned", "Assigned"),
                    ("passed_on", "Passed on outside"),
                    ("accepted", "Accepted"),
                    ("begun", "Work has begun"),
                    ("asked", "The unit asks"),
                    ("answered", "The reporter answered"),
                    ("handed_over", "Handed over"),
                    ("handed_back", "Handed back"),
                    ("more_time", "More time asked for"),
                    ("extended", "More time granted"),
                    ("no_more_time", "More time refused"),
                    ("resolved", "Resolved"),
                    ("rejected", "Not accepted"),
                    ("confirmed", "The reporter confirmed it"),
                    ("closed", "Closed"),
                    ("disputed", "The reporter does not agree"),
                    ("upheld", "The reporter is right: reopened"),
                    ("overruled", "The result stands"),
                    ("rated", "Rated"),
                    ("reopened", "Reopened"),
                    ("redrawn", "Boundaries changed"),
                    ("restored", "Boundary change taken back"),
                    ("claimed", "Taken over by another unit"),
                    ("reminded", "Reminded"),
                    ("directed", "Directive"),
                    ("task_asked", "Another unit was asked for a part"),
                    ("task_done", "A part was answered"),
                    ("merged", "Merged into another"),
                    ("gathered", "Another was merged into it"),
                    ("split", "Reports were taken apart"),
                    ("relocated", "The place was corrected"),
                    ("reclassified", "The kind of matter was corrected"),
                    ("given", "Given to a person"),
                    ("crewed", "Given to a crew"),
                    ("redated", "The deadline was calculated anew"),
                    ("graded", "The severity was changed"),
                    ("released", "Shown in public"),
                    ("hidden", "Taken out of the public"),
                    ("covered", "Parts were covered"),
                    ("erased", "Personal data were erased"),
                    ("evidence", "Camera pictures kept"),
                    ("pinned", "A picture was kept by hand"),
                    ("unpinned", "A picture is no longer kept by hand"),
                    ("exported", "Evidence was handed out"),
                    ("held", "Evidence must not be deleted"),
                    ("unheld", "Evidence may be deleted in its time"),
                    ("forgotten", "Evidence was deleted in its time"),
                    ("withdrawn", "Withdrawn by the reporter"),
                    ("note", "Note"),
                    ("inquired", "Another unit asks"),
                    ("urged", "Another unit reminds"),
                    ("remarked", "Another unit comments"),
                    ("replied", "The unit in charge answers"),
                    ("offered", "Another unit says it is theirs"),
                    ("declined", "It stays where it is"),
                    ("undone", "The last step was taken back"),
                    ("viewed", "Contact looked at"),
                ],
                max_length=12,
                verbose_name="what happened",
            ),
        ),
        migrations.AlterField(
            model_name="event",
            name="public",
            field=models.BooleanField(default=True, verbose_name="public"),
        ),
        migrations.AlterField(
            model_name="event",
            name="state",
            field=models.CharField(
                choices=[
                    ("received", "Received"),
                    ("assigned", "Assigned"),
                    ("passed_on", "Passed on outside"),
                    ("accepted", "Accepted"),
                    ("working", "In progress"),
                    ("extension", "More time asked for"),
                    ("waiting", "Waiting for reporter"),
                    ("disputed", "Disputed"),
                    ("resolved", "Resolved"),
                    ("closed", "Closed"),
                    ("rejected", "Not accepted"),
                    ("merged", "Merged into another"),
                ],
                help_text="The incident's state after this",
                max_length=10,
                verbose_name="state",
            ),
        ),
        migrations.AlterField(
            model_name="incident",
            name="accept_by",
            field=models.DateTimeField(verbose_name="to be accepted by"),
        ),
        migrations.AlterField(
            model_name="incident",
            name="accuracy_m",
            field=models.FloatField(
                blank=True,
                help_text="Radius in metres in which the reporter's device placed it",
                null=True,
                verbose_name="accuracy in metres",
            ),
        ),
        migrations.AlterField(
            model_name="incident",
            name="area",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="incidents",
                to="gis_data.area",
                verbose_name="ward",
            ),
        ),
        migrations.AlterField(
            model_name="incident",
            name="authority",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="incidents",
                to="incidents.authority",
                verbose_name="unit",
            ),
        ),
        migrations.AlterField(
            model_name="incident",
            name="category",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="incidents",
                to="incidents.category",
                verbose_name="kind of matter",
            ),
        ),
        migrations.AlterField(
            model_name="incident",
            name="changed_at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="changed at"),
        ),
        migrations.AlterField(
            model_name="incident",
            name="closed_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="closed at"),
        ),
        migrations.AlterField(
            model_name="incident",
            name="due_at",
            field=models.DateTimeField(verbose_name="due at"),
        ),
        migrations.AlterField(
            model_name="incident",
            name="published",
            field=models.BooleanField(default=True, verbose_name="everybody sees it"),
        ),
        migrations.AlterField(
            model_name="incident",
            name="received_at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="received at"),
        ),
        migrations.AlterField(
            model_name="incident",
            name="reference",
            field=models.CharField(max_length=20, unique=True, verbose_name="reference number"),
        ),
        migrations.AlterField(
            model_name="incident",
            name="reports_count",
            field=models.PositiveIntegerField(default=1, verbose_name="number of reports"),
        ),
        migrations.AlterField(
            model_name="incident",
            name="severity",
            field=models.CharField(
                choices=[("normal", "normal"), ("dangerous", "dangerous")],
                db_default="normal",
                default="normal",
                max_length=10,
                verbose_name="severity",
            ),
        ),
        migrations.AlterField(
            model_name="incident",
            name="state",
            field=models.CharField(
                choices=[
                    ("received", "Received"),
                    ("assigned", "Assigned"),
                    ("passed_on", "Passed on outside"),
                    ("accepted", "Accepted"),
                    ("working", "In progress"),
                    ("extension", "More time asked for"),
                    ("waiting", "Waiting for reporter"),
                    ("disputed", "Disputed"),
                    ("resolved", "Resolved"),
                    ("closed", "Closed"),
                    ("rejected", "Not accepted"),
                    ("merged", "Merged into another"),
                ],
                default="received",
                max_length=10,
                verbose_name="state",
            ),
        ),
        migrations.AlterField(
            model_name="incident",
            name="waiting_since",
            field=models.DateTimeField(blank=True, null=True, verbose_name="waiting since"),
        ),
        migrations.AlterField(
            model_name="membership",
            name="waiting",
            field=models.BooleanField(default=False, editable=False, verbose_name="waits for a second yes"),
        ),
        migrations.AlterField(
            model_name="notice",
            name="cause",
            field=models.CharField(
                default="",
                help_text="event:123, reminder:55, digest:2026-11-27:8 …",
                max_length=120,
                verbose_name="cause",
            ),
        ),
        migrations.AlterField(
            model_name="notice",
            name="cost",
            field=models.PositiveIntegerField(
                default=0, help_text="In the currency's smallest unit", verbose_name="cost"
            ),
        ),
        migrations.AlterField(
            model_name="notice",
            name="delivered_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="delivered at"),
        ),
        migrations.AlterField(
            model_name="notice",
            name="event",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="notices",
                to="incidents.event",
                verbose_name="line of the history",
            ),
        ),
        migrations.AlterField(
            model_name="notice",
            name="made_at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="made at"),
        ),
        migrations.AlterField(
            model_name="notice",
            name="medium",
            field=models.CharField(
                choices=[
                    ("email", "e-mail"),
                    ("sms", "SMS"),
                    ("zalo", "Zalo"),
                    ("messenger", "Messenger"),
                    ("webchat", "chat on our pages"),
                    ("push", "push message"),
                ],
                default="email",
                max_length=10,
                verbose_name="medium",
            ),
        ),
        migrations.AlterField(
            model_name="notice",
            name="segments",
            field=models.PositiveSmallIntegerField(default=0, help_text="Parts of an SMS", verbose_name="parts"),
        ),
        migrations.AlterField(
            model_name="notice",
            name="send_after",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="to be sent after"),
        ),
        migrations.AlterField(
            model_name="notice",
            name="sent_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="sent at"),
        ),
        migrations.AlterField(
            model_name="notice",
            name="state",
            field=models.CharField(
                choices=[
                    ("waiting", "waiting"),
                    ("unsure", "handed over, without an answer"),
                    ("sent", "accepted by the gateway"),
                    ("delivered", "delivered"),
                    ("failed", "failed"),
                    ("dropped", "not sent"),
                ],
                default="waiting",
                max_length=10,
                verbose_name="state",
            ),
        ),
        migrations.AlterField(
            model_name="notice",
            name="template",
            field=models.CharField(
                blank=True, help_text="The key of its text", max_length=40, verbose_name="text used"
            ),
        ),
        migrations.AlterField(
            model_name="notice",
            name="tries",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="tries"),
        ),
        migrations.AlterField(
            model_name="photo",
            name="event",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="photos",
                to="incidents.event",
                verbose_name="line of the history",
            ),
        ),
        migrations.AlterField(
            model_name="photo",
            name="held_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("no_model", "nothing that finds faces and number plates is installed"),
                    ("unread", "what finds faces and number plates could not look at it"),
                ],
                db_default="",
                max_length=10,
                verbose_name="why it is held",
            ),
        ),
        migrations.AlterField(
            model_name="photo",
            name="incident",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="photos",
                to="incidents.incident",
                verbose_name="incident",
            ),
        ),
        migrations.AlterField(
            model_name="photo",
            name="masking",
            field=models.CharField(
                choices=[
                    ("due", "faces and number plates are being covered"),
                    ("held", "somebody has to look at it first"),
                    ("done", "looked at"),
                ],
                db_default="done",
                default="done",
                help_text="Whether faces and number plates are covered: before that nobody but the desk sees it",
                max_length=4,
                verbose_name="faces and number plates",
            ),
        ),
        migrations.AlterField(
            model_name="photo",
            name="public",
            field=models.BooleanField(default=True, verbose_name="public"),
        ),
        migrations.AlterField(
            model_name="photo",
            name="report",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="photos",
                to="incidents.report",
                verbose_name="report",
            ),
        ),
        migrations.AlterField(
            model_name="reform",
            name="by",
            field=models.CharField(
                blank=True, help_text="Who set the day: a user name", max_length=150, verbose_name="done by"
            ),
        ),
        migrations.AlterField(
            model_name="reform",
            name="counts",
            field=models.JSONField(
                blank=True, default=dict, help_text="What it moved, and what stayed", verbose_name="counts"
            ),
        ),
        migrations.AlterField(
            model_name="reform",
            name="day",
            field=models.DateField(help_text="The first day on which the new edition is the law", verbose_name="day"),
        ),
        migrations.AlterField(
            model_name="reform",
            name="edition",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reforms",
                to="gis_data.edition",
                verbose_name="edition",
            ),
        ),
        migrations.AlterField(
            model_name="reform",
            name="enacted_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="enacted at"),
        ),
        migrations.AlterField(
            model_name="reform",
            name="ends",
            field=models.ManyToManyField(
                help_text="The editions that end on that day",
                related_name="ended_by",
                to="gis_data.edition",
                verbose_name="ends",
            ),
        ),
        migrations.AlterField(
            model_name="reform",
            name="planned_at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="planned at"),
        ),
        migrations.AlterField(
            model_name="reform",
            name="state",
            field=models.CharField(
                choices=[
                    ("planned", "planned"),
                    ("enacted", "in force"),
                    ("taken_back", "taken back"),
                    ("dropped", "given up before its day"),
                ],
                default="planned",
                max_length=10,
                verbose_name="state",
            ),
        ),
        migrations.AlterField(
            model_name="reform",
            name="taken_back_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="taken back at"),
        ),
        migrations.AlterField(
            model_name="report",
            name="accuracy_m",
            field=models.FloatField(blank=True, null=True, verbose_name="accuracy in metres"),
        ),
        migrations.AlterField(
            model_name="report",
            name="channel",
            field=models.CharField(
                choices=[
                    ("web", "Web"),
                    ("phone", "Phone"),
                    ("open311", "Open311"),
                    ("zalo", "Zalo"),
                    ("messenger", "Messenger"),
                    ("webchat", "Chat on our pages"),
                    ("email", "E-mail"),
                    ("camera", "Camera"),
                    ("api", "Another system"),
                    ("voice", "Callbot"),
                    ("officer", "Officer"),
                ],
                max_length=10,
                verbose_name="way in",
            ),
        ),
        migrations.AlterField(
            model_name="report",
            name="erased_at",
            field=models.DateTimeField(
                blank=True, help_text="When what tells of the person was taken out", null=True, verbose_name="erased at"
            ),
        ),
        migrations.AlterField(
            model_name="report",
            name="incident",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reports",
                to="incidents.incident",
                verbose_name="incident",
            ),
        ),
        migrations.AlterField(
            model_name="report",
            name="language",
            field=models.CharField(default="vi", max_length=5, verbose_name="language"),
        ),
        migrations.AlterField(
            model_name="report",
            name="received_at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="received at"),
        ),
    ]
