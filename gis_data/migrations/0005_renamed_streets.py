from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("gis_data", "0004_street_names"),
    ]

    operations = [
        migrations.AddField(
            model_name="city",
            name="renamed_streets",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="Names that streets had, without diacritics: the former one → the names of its parts today",
            ),
        ),
    ]
