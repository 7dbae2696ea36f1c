from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0022_deadlines_of_ended_incidents_stay"),
    ]

    operations = [
        migrations.AddField(
            model_name="category",
            name="cameras",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Cameras may look: only for things that are seen in the street",
            ),
        ),
        # Cameras looked at everything until now. What they kept is let go where somebody says no: a pack, or a person.
        migrations.RunSQL(
            "UPDATE incidents_category SET cameras = true WHERE parent_id IS NOT NULL", migrations.RunSQL.noop
        ),
    ]
