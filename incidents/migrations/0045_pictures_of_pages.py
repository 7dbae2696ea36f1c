"""A page that answers has at most one picture, with words for those who do not see it."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from geoapp.db.online_migrations import LockTables


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0044_unanswered_questions"),
    ]

    operations = [
        LockTables({"incidents_answer": "ACCESS EXCLUSIVE", "incidents_user": "SHARE ROW EXCLUSIVE"}),
        migrations.AddField(
            model_name="answer",
            name="picture_words",
            field=models.CharField(
                blank=True,
                db_default="",
                help_text="What the picture shows, for those who do not see it",
                max_length=120,
            ),
        ),
        migrations.AddField(
            model_name="answer",
            name="picture_words_en",
            field=models.CharField(blank=True, db_default="", max_length=120),
        ),
        migrations.CreateModel(
            name="AnswerPicture",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("large", models.FileField(upload_to="answers/%Y/%m/")),
                ("small", models.FileField(upload_to="answers/%Y/%m/")),
                ("width", models.PositiveIntegerField()),
                ("height", models.PositiveIntegerField()),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="answer",
            name="picture",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="answers",
                to="incidents.answerpicture",
            ),
        ),
        migrations.AddConstraint(
            model_name="answer",
            constraint=models.CheckConstraint(
                condition=models.Q(("picture", None), models.Q(("picture_words", ""), _negated=True), _connector="OR"),
                name="a_picture_of_an_answer_is_described",
            ),
        ),
    ]
