"""What the administration calls these tables, in Vietnamese and English: for Django only."""

from django.db import migrations

from geoapp.table_changes import NamesOnly


class Migration(NamesOnly):
    dependencies = [
        ("incidents", "0042_undoable_steps"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="absence",
            options={"verbose_name": "absence", "verbose_name_plural": "absences"},
        ),
        migrations.AlterModelOptions(
            name="answertemplate",
            options={"ordering": ["title"], "verbose_name": "ready answer", "verbose_name_plural": "ready answers"},
        ),
        migrations.AlterModelOptions(
            name="apikey",
            options={"verbose_name": "key of another system", "verbose_name_plural": "keys of other systems"},
        ),
        migrations.AlterModelOptions(
            name="authority",
            options={"verbose_name": "unit", "verbose_name_plural": "units"},
        ),
        migrations.AlterModelOptions(
            name="calendarday",
            options={
                "ordering": ["day"],
                "verbose_name": "day off or worked",
                "verbose_name_plural": "days off or worked",
            },
        ),
        migrations.AlterModelOptions(
            name="category",
            options={"ordering": ["position", "code"], "verbose_name": "matter", "verbose_name_plural": "matters"},
        ),
        migrations.AlterModelOptions(
            name="contact",
            options={"verbose_name": "contact", "verbose_name_plural": "contacts"},
        ),
        migrations.AlterModelOptions(
            name="escalationstep",
            options={"verbose_name": "step of reminders", "verbose_name_plural": "steps of reminders"},
        ),
        migrations.AlterModelOptions(
            name="event",
            options={
                "ordering": ["pk"],
                "verbose_name": "line of the history",
                "verbose_name_plural": "lines of the history",
            },
        ),
        migrations.AlterModelOptions(
            name="grouppost",
            options={"verbose_name": "post of a group", "verbose_name_plural": "posts of groups"},
        ),
        migrations.AlterModelOptions(
            name="incident",
            options={"verbose_name": "incident", "verbose_name_plural": "incidents"},
        ),
        migrations.AlterModelOptions(
            name="membership",
            options={"verbose_name": "post", "verbose_name_plural": "posts"},
        ),
        migrations.AlterModelOptions(
            name="messagetemplate",
            options={
                "ordering": ["key", "medium", "language"],
                "verbose_name": "text of messages",
                "verbose_name_plural": "texts of messages",
            },
        ),
        migrations.AlterModelOptions(
            name="notice",
            options={"verbose_name": "message", "verbose_name_plural": "messages"},
        ),
        migrations.AlterModelOptions(
            name="optout",
            options={"verbose_name": "address without messages", "verbose_name_plural": "addresses without messages"},
        ),
        migrations.AlterModelOptions(
            name="photo",
            options={"ordering": ["pk"], "verbose_name": "photo", "verbose_name_plural": "photos"},
        ),
        migrations.AlterModelOptions(
            name="question",
            options={"ordering": ["position", "pk"], "verbose_name": "question", "verbose_name_plural": "questions"},
        ),
        migrations.AlterModelOptions(
            name="reform",
            options={
                "ordering": ["-pk"],
                "verbose_name": "change of boundaries",
                "verbose_name_plural": "changes of boundaries",
            },
        ),
        migrations.AlterModelOptions(
            name="report",
            options={"verbose_name": "report of a citizen", "verbose_name_plural": "reports of citizens"},
        ),
        migrations.AlterModelOptions(
            name="routingrule",
            options={"verbose_name": "routing rule", "verbose_name_plural": "routing rules"},
        ),
        migrations.AlterModelOptions(
            name="servicelevel",
            options={"verbose_name": "target", "verbose_name_plural": "targets"},
        ),
        migrations.AlterModelOptions(
            name="user",
            options={"verbose_name": "account", "verbose_name_plural": "accounts"},
        ),
    ]
