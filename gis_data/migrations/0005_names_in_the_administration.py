"""What the administration calls these tables, in Vietnamese and English: for Django only."""

from django.db import migrations

from geoapp.table_changes import NamesOnly


class Migration(NamesOnly):
    dependencies = [
        ("gis_data", "0004_words_of_the_city"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="area",
            options={"verbose_name": "area", "verbose_name_plural": "areas"},
        ),
        migrations.AlterModelOptions(
            name="city",
            options={"verbose_name": "city", "verbose_name_plural": "cities"},
        ),
        migrations.AlterModelOptions(
            name="edition",
            options={"verbose_name": "edition of boundaries", "verbose_name_plural": "editions of boundaries"},
        ),
        migrations.AlterModelOptions(
            name="formerunit",
            options={"verbose_name": "former unit", "verbose_name_plural": "former units"},
        ),
        migrations.AlterModelOptions(
            name="house",
            options={"verbose_name": "house number", "verbose_name_plural": "house numbers"},
        ),
        migrations.AlterModelOptions(
            name="junction",
            options={"verbose_name": "junction", "verbose_name_plural": "junctions"},
        ),
        migrations.AlterModelOptions(
            name="landmark",
            options={"verbose_name": "landmark", "verbose_name_plural": "landmarks"},
        ),
        migrations.AlterModelOptions(
            name="street",
            options={"verbose_name": "street", "verbose_name_plural": "streets"},
        ),
        migrations.AlterModelOptions(
            name="succession",
            options={"verbose_name": "succession of areas", "verbose_name_plural": "successions of areas"},
        ),
        migrations.AlterModelOptions(
            name="upload",
            options={"ordering": ["-pk"], "verbose_name": "boundary file", "verbose_name_plural": "boundary files"},
        ),
    ]
