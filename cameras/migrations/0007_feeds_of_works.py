"""Feeds of planned works, and tables as a format."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cameras", "0006_repair_promises"),
    ]

    operations = [
        migrations.AlterField(
            model_name="feed",
            name="form",
            field=models.CharField(
                choices=[
                    ("georss", "GeoRSS"),
                    ("cap", "CAP 1.2"),
                    ("geojson", "GeoJSON, OGC API Features"),
                    ("csv", "CSV"),
                ],
                max_length=10,
                verbose_name="format",
            ),
        ),
        migrations.AlterField(
            model_name="feed",
            name="kind",
            field=models.CharField(
                choices=[
                    ("rain", "Rain"),
                    ("tide", "Tide and water levels"),
                    ("alert", "Weather warnings"),
                    ("vehicles", "Own vehicles"),
                    ("works", "Planned works of a utility"),
                ],
                max_length=10,
                verbose_name="kind",
            ),
        ),
    ]
