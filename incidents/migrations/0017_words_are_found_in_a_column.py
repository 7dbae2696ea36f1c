# PostgreSQL writes both tables anew, and nobody writes into them meanwhile: some 30 µs for each row.

import django.contrib.postgres.indexes
from django.db import migrations, models

import incidents.models.incident


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0016_new_columns_fill_themselves"),
    ]

    operations = [
        migrations.AddField(
            model_name="incident",
            name="said",
            field=models.GeneratedField(
                db_persist=True,
                expression=incidents.models.incident.Plain("reference", "address", "text"),
                output_field=models.TextField(),
            ),
        ),
        migrations.AddField(
            model_name="report",
            name="said",
            field=models.GeneratedField(
                db_persist=True, expression=incidents.models.incident.Plain("text"), output_field=models.TextField()
            ),
        ),
        migrations.AddIndex(
            model_name="report",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass("said", name="gin_trgm_ops"), name="reports_by_words"
            ),
        ),
    ]
