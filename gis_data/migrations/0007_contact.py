from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("gis_data", "0006_policies"),
    ]

    operations = [
        migrations.AddField(
            model_name="city",
            name="contact",
            field=models.JSONField(
                blank=True,
                db_default=models.Value({}, models.JSONField()),
                default=dict,
                help_text='The hotline and the office behind this site: {"number": "…", "words": "…", "office": "…"}',
            ),
        ),
    ]
