"""What the map's ground is drawn of, kept for bands of zooms; until a pack is loaded again, the streets that are there."""

import django.contrib.gis.db.models.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

from gis_data import sql


class Migration(migrations.Migration):
    dependencies = [("gis_data", "0002_guards")]

    operations = [
        migrations.AddField(
            model_name="city",
            name="ground_attribution",
            field=models.CharField(blank=True, help_text="Whose data the ground is", max_length=200),
        ),
        migrations.AddField(
            model_name="city",
            name="ground_digest",
            field=models.CharField(
                blank=True, help_text="SHA-256 over what the map's ground was drawn of", max_length=64
            ),
        ),
        migrations.CreateModel(
            name="GroundShape",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "band",
                    models.PositiveSmallIntegerField(
                        help_text="For which zooms it is generalised: `ground.drawing.BANDS`"
                    ),
                ),
                (
                    "layer",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (1, "Green"),
                            (2, "Water"),
                            (3, "Waterway"),
                            (4, "Rail"),
                            (5, "Road"),
                            (6, "Building"),
                            (7, "Name"),
                        ]
                    ),
                ),
                (
                    "rank",
                    models.PositiveSmallIntegerField(
                        help_text="How weighty it is in its layer: 1 is drawn first and widest"
                    ),
                ),
                (
                    "first_zoom",
                    models.PositiveSmallIntegerField(help_text="The lowest zoom of tiles in which it is drawn"),
                ),
                ("name", models.CharField(blank=True, max_length=120)),
                ("shape", django.contrib.gis.db.models.fields.GeometryField(spatial_index=False, srid=3857)),
                (
                    "city",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="ground", to="gis_data.city"
                    ),
                ),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GistIndex(
                        fields=["band", "shape"], name="ground_of_a_band_by_place"
                    )
                ],
            },
        ),
        migrations.RunSQL(sql.statement("ground_of_streets"), migrations.RunSQL.noop),
    ]
