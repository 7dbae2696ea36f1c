"""What the administration calls these tables, in Vietnamese and English: for Django only."""

from django.db import migrations

from geoapp.table_changes import NamesOnly


class Migration(NamesOnly):
    dependencies = [
        ("cameras", "0004_heads"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="camera",
            options={"verbose_name": "camera", "verbose_name_plural": "cameras"},
        ),
        migrations.AlterModelOptions(
            name="evidence",
            options={"verbose_name": "picture kept as evidence", "verbose_name_plural": "pictures kept as evidence"},
        ),
        migrations.AlterModelOptions(
            name="source",
            options={"verbose_name": "source of cameras", "verbose_name_plural": "sources of cameras"},
        ),
        migrations.AlterModelOptions(
            name="view",
            options={"verbose_name": "field of view", "verbose_name_plural": "fields of view"},
        ),
    ]
