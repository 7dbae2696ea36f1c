"""Versions of pages that answer, and questions that were answered in public."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from geoapp.db.online_migrations import LockTables
from incidents import sql


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0038_ideas"),
    ]

    operations = [
        LockTables(
            {
                "incidents_enquiry": "ACCESS EXCLUSIVE",
                "incidents_answer": "ACCESS EXCLUSIVE",
                "incidents_authority": "SHARE ROW EXCLUSIVE",
                "incidents_user": "SHARE ROW EXCLUSIVE",
            }
        ),
        migrations.CreateModel(
            name="AnswerLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("drafted", "Drafted"),
                            ("changed", "Changed"),
                            ("proposed", "Handed in"),
                            ("returned", "Returned"),
                            ("published", "Made public"),
                            ("withdrawn", "Withdrawn"),
                            ("dropped", "Discarded"),
                        ],
                        max_length=9,
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("note", models.CharField(blank=True, max_length=1000)),
                (
                    "content",
                    models.JSONField(blank=True, help_text="The text after this, where it was written", null=True),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="AnswerVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("content", models.JSONField(help_text="The fields of the page by their names")),
                (
                    "edit",
                    models.PositiveIntegerField(
                        default=1, help_text="Counts changes, so that two at once are told apart"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("proposed", "Waiting for a second person"),
                            ("published", "Public now"),
                            ("withdrawn", "Withdrawn"),
                            ("dropped", "Discarded"),
                        ],
                        default="draft",
                        max_length=9,
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.AddField(
            model_name="answer",
            name="answered_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="incidents.authority",
            ),
        ),
        migrations.AddField(
            model_name="answer",
            name="answered_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="answer",
            name="asked_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="answer",
            name="more",
            field=models.TextField(blank=True, db_default="", help_text="What follows the first sentence"),
        ),
        migrations.AddField(
            model_name="answer",
            name="more_en",
            field=models.TextField(blank=True, db_default=""),
        ),
        migrations.AddField(
            model_name="answer",
            name="question",
            field=models.CharField(blank=True, db_default="", max_length=1000),
        ),
        migrations.AddField(
            model_name="answer",
            name="question_en",
            field=models.CharField(blank=True, db_default="", max_length=1000),
        ),
        migrations.AddField(
            model_name="answer",
            name="review_by",
            field=models.DateField(blank=True, help_text="When it is to be compared with them again", null=True),
        ),
        migrations.AddField(
            model_name="enquiry",
            name="answer_page",
            field=models.ForeignKey(
                blank=True,
                help_text="The page that answered it",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="enquiries",
                to="incidents.answer",
            ),
        ),
        migrations.AddField(
            model_name="enquiry",
            name="public_agreed_at",
            field=models.DateTimeField(
                blank=True, help_text="When its sender agreed that it becomes a public question", null=True
            ),
        ),
        migrations.AlterField(
            model_name="enquiryline",
            name="kind",
            field=models.CharField(
                choices=[
                    ("received", "Received"),
                    ("held", "Being checked"),
                    ("let_through", "Release"),
                    ("refused", "Not accepted"),
                    ("passed_on", "Passed on"),
                    ("given_back", "Returned"),
                    ("answered", "Answered"),
                    ("closed", "Closed"),
                    ("incident", "Became an incident"),
                    ("reminded", "Reminded"),
                    ("viewed", "Contact details viewed"),
                    ("erased", "Personal data were erased"),
                    ("agreed", "The sender agreed to publication"),
                    ("revoked", "The sender no longer agrees to publication"),
                    ("published", "Published as a question and answer"),
                    ("withdrawn", "The public question was withdrawn"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="answer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("question", ""),
                    models.Q(("answered_by__isnull", False), ("answered_on__isnull", False)),
                    _connector="OR",
                ),
                name="a_public_question_says_who_answered",
            ),
        ),
        migrations.AddConstraint(
            model_name="enquiry",
            constraint=models.CheckConstraint(
                condition=models.Q(("public_agreed_at", None), ("kind", "question"), _connector="OR"),
                name="only_a_question_becomes_public",
            ),
        ),
        migrations.AddConstraint(
            model_name="enquiry",
            constraint=models.CheckConstraint(
                condition=models.Q(("answer_page", None), ("kind", "question"), _connector="OR"),
                name="a_page_answers_only_questions",
            ),
        ),
        migrations.AddField(
            model_name="answerline",
            name="by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="answerversion",
            name="answer",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="versions",
                to="incidents.answer",
            ),
        ),
        migrations.AddField(
            model_name="answerversion",
            name="authority",
            field=models.ForeignKey(
                help_text="The unit that writes it",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="incidents.authority",
            ),
        ),
        migrations.AddField(
            model_name="answerversion",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="answerversion",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="answerversion",
            name="enquiry",
            field=models.ForeignKey(
                blank=True,
                help_text="The question it is made of",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="versions",
                to="incidents.enquiry",
            ),
        ),
        migrations.AddField(
            model_name="answerline",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="incidents.answerversion"
            ),
        ),
        migrations.AddConstraint(
            model_name="answerversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["draft", "proposed"])),
                fields=("answer",),
                name="a_page_has_one_open_version",
            ),
        ),
        migrations.AddConstraint(
            model_name="answerversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["draft", "proposed"])),
                fields=("enquiry",),
                name="a_question_has_one_open_version",
            ),
        ),
        migrations.AddConstraint(
            model_name="answerversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("decided_at", None), ("decided_by", None), ("state__in", ["draft", "proposed", "dropped"])
                    ),
                    models.Q(
                        ("answer__isnull", False),
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        ("state__in", ["published", "withdrawn"]),
                    ),
                    _connector="OR",
                ),
                name="a_published_version_says_who_agreed",
            ),
        ),
        migrations.AddConstraint(
            model_name="answerversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by", None), models.Q(("decided_by", models.F("by")), _negated=True), _connector="OR"
                ),
                name="a_second_person_agrees_to_a_version",
            ),
        ),
        migrations.RunSQL(sql.statement("guards/answer_versions"), migrations.RunSQL.noop),
    ]
