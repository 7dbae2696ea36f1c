"""What work orders on paper say, in English, too."""

from django.db import migrations, models

from geoapp.table_changes import LockTables


class Migration(migrations.Migration):
    dependencies = [("incidents", "0052_announcements")]

    operations = [
        LockTables({"incidents_workordertext": "ACCESS EXCLUSIVE"}),
        migrations.AddField(
            model_name="workordertext",
            name="todo_en",
            field=models.TextField(blank=True, db_default="", verbose_name="what is to do, in English"),
        ),
        migrations.AddField(
            model_name="workordertext",
            name="bring_en",
            field=models.CharField(blank=True, db_default="", max_length=120, verbose_name="what to bring, in English"),
        ),
        migrations.AddField(
            model_name="workordertext",
            name="safety_en",
            field=models.CharField(
                blank=True, db_default="", max_length=120, verbose_name="how nobody is hurt, in English"
            ),
        ),
    ]
