"""What the administration calls the fields of these tables: for Django only."""

import django.contrib.gis.db.models.fields
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from geoapp.table_changes import NamesOnly


class Migration(NamesOnly):
    dependencies = [
        ("gis_data", "0005_names_in_the_administration"),
    ]

    operations = [
        migrations.AlterField(
            model_name="area",
            name="code",
            field=models.CharField(help_text="The official code", max_length=20, verbose_name="code"),
        ),
        migrations.AlterField(
            model_name="area",
            name="declared_km2",
            field=models.FloatField(blank=True, null=True, verbose_name="official size, km²"),
        ),
        migrations.AlterField(
            model_name="area",
            name="edition",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="areas",
                to="gis_data.edition",
                verbose_name="edition",
            ),
        ),
        migrations.AlterField(
            model_name="area",
            name="full_name",
            field=models.CharField(
                help_text="With the kind: Ward of Old Wharf", max_length=120, verbose_name="full name"
            ),
        ),
        migrations.AlterField(
            model_name="area",
            name="full_name_en",
            field=models.CharField(blank=True, max_length=120, verbose_name="full name in English"),
        ),
        migrations.AlterField(
            model_name="area",
            name="kind",
            field=models.CharField(blank=True, max_length=40, verbose_name="kind"),
        ),
        migrations.AlterField(
            model_name="area",
            name="level",
            field=models.PositiveSmallIntegerField(
                choices=[(1, "city"), (2, "district"), (3, "ward")], verbose_name="level"
            ),
        ),
        migrations.AlterField(
            model_name="area",
            name="name",
            field=models.CharField(help_text="Without the kind: Old Wharf", max_length=100, verbose_name="name"),
        ),
        migrations.AlterField(
            model_name="area",
            name="parent",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="children",
                to="gis_data.area",
                verbose_name="lies in",
            ),
        ),
        migrations.AlterField(
            model_name="city",
            name="attribution",
            field=models.TextField(blank=True, verbose_name="source to be named"),
        ),
        migrations.AlterField(
            model_name="city",
            name="button",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="The words on the button that leads to the form; empty: those that ship",
                max_length=40,
                verbose_name="words on the button",
            ),
        ),
        migrations.AlterField(
            model_name="city",
            name="button_en",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=40, verbose_name="words on the button in English"
            ),
        ),
        migrations.AlterField(
            model_name="city",
            name="code",
            field=models.SlugField(unique=True, verbose_name="code"),
        ),
        migrations.AlterField(
            model_name="city",
            name="holidays",
            field=models.CharField(
                blank=True, help_text="Country of the public holidays: VN", max_length=10, verbose_name="holidays of"
            ),
        ),
        migrations.AlterField(
            model_name="city",
            name="name",
            field=models.CharField(max_length=100, verbose_name="name"),
        ),
        migrations.AlterField(
            model_name="city",
            name="name_en",
            field=models.CharField(blank=True, max_length=100, verbose_name="name in English"),
        ),
        migrations.AlterField(
            model_name="city",
            name="product",
            field=models.CharField(
                blank=True,
                help_text="The name that stands in the bar of every page; empty: a neutral one",
                max_length=60,
                verbose_name="name of the product",
            ),
        ),
        migrations.AlterField(
            model_name="city",
            name="product_en",
            field=models.CharField(blank=True, max_length=60, verbose_name="name of the product in English"),
        ),
        migrations.AlterField(
            model_name="city",
            name="zoom",
            field=models.PositiveSmallIntegerField(default=13, verbose_name="zoom at the beginning"),
        ),
        migrations.AlterField(
            model_name="edition",
            name="approximate",
            field=models.BooleanField(
                default=False, help_text="Cells around centre points, not true boundaries", verbose_name="approximate"
            ),
        ),
        migrations.AlterField(
            model_name="edition",
            name="attribution",
            field=models.TextField(blank=True, verbose_name="source to be named"),
        ),
        migrations.AlterField(
            model_name="edition",
            name="city",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="editions",
                to="gis_data.city",
                verbose_name="city",
            ),
        ),
        migrations.AlterField(
            model_name="edition",
            name="code",
            field=models.SlugField(verbose_name="code"),
        ),
        migrations.AlterField(
            model_name="edition",
            name="in_force",
            field=django.contrib.postgres.fields.ranges.DateRangeField(blank=True, null=True, verbose_name="in force"),
        ),
        migrations.AlterField(
            model_name="edition",
            name="level",
            field=models.PositiveSmallIntegerField(
                choices=[(1, "city"), (2, "district"), (3, "ward")], verbose_name="level"
            ),
        ),
        migrations.AlterField(
            model_name="edition",
            name="name",
            field=models.CharField(max_length=100, verbose_name="name"),
        ),
        migrations.AlterField(
            model_name="edition",
            name="name_en",
            field=models.CharField(blank=True, max_length=100, verbose_name="name in English"),
        ),
        migrations.AlterField(
            model_name="formerpart",
            name="area",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="former_parts",
                to="gis_data.area",
                verbose_name="area",
            ),
        ),
        migrations.AlterField(
            model_name="formerpart",
            name="how",
            field=models.CharField(
                choices=[("whole", "as a whole"), ("main", "the main part"), ("part", "a part")],
                max_length=5,
                verbose_name="how much of it",
            ),
        ),
        migrations.AlterField(
            model_name="formerunit",
            name="code",
            field=models.CharField(help_text="Its official code", max_length=20, verbose_name="code"),
        ),
        migrations.AlterField(
            model_name="formerunit",
            name="district",
            field=models.CharField(
                blank=True, help_text="The full name of the district it lay in", max_length=120, verbose_name="district"
            ),
        ),
        migrations.AlterField(
            model_name="formerunit",
            name="full_name",
            field=models.CharField(max_length=120, verbose_name="full name"),
        ),
        migrations.AlterField(
            model_name="formerunit",
            name="level",
            field=models.PositiveSmallIntegerField(
                choices=[(1, "city"), (2, "district"), (3, "ward")], verbose_name="level"
            ),
        ),
        migrations.AlterField(
            model_name="house",
            name="number",
            field=models.CharField(help_text="As written: 12/34/5", max_length=30, verbose_name="number"),
        ),
        migrations.AlterField(
            model_name="house",
            name="street",
            field=models.CharField(max_length=120, verbose_name="street"),
        ),
        migrations.AlterField(
            model_name="junction",
            name="one",
            field=models.CharField(help_text="The name that sorts first", max_length=120, verbose_name="one street"),
        ),
        migrations.AlterField(
            model_name="junction",
            name="other",
            field=models.CharField(max_length=120, verbose_name="other street"),
        ),
        migrations.AlterField(
            model_name="landmark",
            name="kind",
            field=models.CharField(help_text="market, roundabout, bus_stop …", max_length=30, verbose_name="kind"),
        ),
        migrations.AlterField(
            model_name="landmark",
            name="name",
            field=models.CharField(max_length=150, verbose_name="name"),
        ),
        migrations.AlterField(
            model_name="landmark",
            name="point",
            field=django.contrib.gis.db.models.fields.PointField(srid=4326, verbose_name="place"),
        ),
        migrations.AlterField(
            model_name="street",
            name="name",
            field=models.CharField(max_length=120, verbose_name="name"),
        ),
        migrations.AlterField(
            model_name="street",
            name="rank",
            field=models.PositiveSmallIntegerField(
                help_text="1 main road, 2 street, 3 lane or alley", verbose_name="rank"
            ),
        ),
        migrations.AlterField(
            model_name="succession",
            name="km2",
            field=models.FloatField(help_text="What the two have in common", verbose_name="in common, km²"),
        ),
        migrations.AlterField(
            model_name="succession",
            name="new",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="predecessors",
                to="gis_data.area",
                verbose_name="new area",
            ),
        ),
        migrations.AlterField(
            model_name="succession",
            name="old",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="successors",
                to="gis_data.area",
                verbose_name="old area",
            ),
        ),
        migrations.AlterField(
            model_name="succession",
            name="share_new",
            field=models.FloatField(help_text="As a part of the new one, 0 … 1", verbose_name="part of the new one"),
        ),
        migrations.AlterField(
            model_name="succession",
            name="share_old",
            field=models.FloatField(help_text="As a part of the old one, 0 … 1", verbose_name="part of the old one"),
        ),
        migrations.AlterField(
            model_name="upload",
            name="at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="brought at"),
        ),
        migrations.AlterField(
            model_name="upload",
            name="by",
            field=models.CharField(
                blank=True, help_text="Who brought it: a user name", max_length=150, verbose_name="brought by"
            ),
        ),
        migrations.AlterField(
            model_name="upload",
            name="edition",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="uploads",
                to="gis_data.edition",
                verbose_name="edition",
            ),
        ),
        migrations.AlterField(
            model_name="upload",
            name="name",
            field=models.CharField(
                help_text="As the file was called where it came from", max_length=200, verbose_name="name of the file"
            ),
        ),
        migrations.AlterField(
            model_name="upload",
            name="options",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="code, name, name_en, level, crs, layer, attributes of the edition",
                verbose_name="what was said of it",
            ),
        ),
        migrations.AlterField(
            model_name="upload",
            name="report",
            field=models.JSONField(
                blank=True, default=dict, help_text="What the check found", verbose_name="report of the check"
            ),
        ),
        migrations.AlterField(
            model_name="upload",
            name="state",
            field=models.CharField(
                choices=[
                    ("waiting", "waiting to be read"),
                    ("reading", "being read"),
                    ("unmapped", "asks which attribute is what"),
                    ("faulty", "refused"),
                    ("drafted", "a draft edition"),
                ],
                default="waiting",
                max_length=10,
                verbose_name="state",
            ),
        ),
    ]
