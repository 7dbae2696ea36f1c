import django.contrib.gis.db.models.fields
import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.utils.timezone
from django.contrib.postgres.operations import BtreeGistExtension, CreateExtension, TrigramExtension
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        # Written by hand: what the tables below stand on.
        CreateExtension("postgis"),
        BtreeGistExtension(),
        TrigramExtension(),
        migrations.CreateModel(
            name="City",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(unique=True, verbose_name="code")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("name_en", models.CharField(blank=True, max_length=100, verbose_name="name in English")),
                (
                    "product",
                    models.CharField(
                        blank=True,
                        help_text="The name at the top of every page; empty: a neutral one",
                        max_length=60,
                        verbose_name="name of the product",
                    ),
                ),
                (
                    "product_en",
                    models.CharField(blank=True, max_length=60, verbose_name="name of the product in English"),
                ),
                (
                    "metric_srid",
                    models.PositiveIntegerField(
                        help_text="EPSG code of a projected system in metres that fits the city"
                    ),
                ),
                ("centre", django.contrib.gis.db.models.fields.PointField(help_text="Where the map opens", srid=4326)),
                ("zoom", models.PositiveSmallIntegerField(default=13, verbose_name="zoom at the beginning")),
                (
                    "emergency",
                    models.JSONField(default=list, help_text='[{"number": "113", "what": "…", "what_en": "…"}]'),
                ),
                ("attribution", models.TextField(blank=True, verbose_name="attribution")),
                (
                    "holidays",
                    models.CharField(
                        blank=True,
                        help_text="Country of the public holidays: VN",
                        max_length=10,
                        verbose_name="holidays of",
                    ),
                ),
                (
                    "abbreviations",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="Short ways of writing names, without diacritics: the short one → the name",
                    ),
                ),
                (
                    "elsewhere",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text='Provinces and cities that are not this one: [{"names": […], "namesake": false}]',
                    ),
                ),
                (
                    "pack_digest",
                    models.CharField(blank=True, help_text="SHA-256 over all that was loaded", max_length=64),
                ),
                (
                    "extract",
                    models.CharField(
                        blank=True,
                        help_text="SHA-256 of the file of load_streets in the place of the pack's streets",
                        max_length=200,
                    ),
                ),
                (
                    "extract_attribution",
                    models.CharField(blank=True, help_text="Whose data that file holds", max_length=200),
                ),
                (
                    "ground_attribution",
                    models.CharField(blank=True, help_text="Whose data the ground is", max_length=200),
                ),
                (
                    "ground_digest",
                    models.CharField(
                        blank=True, help_text="SHA-256 over what the map's ground was drawn of", max_length=64
                    ),
                ),
                (
                    "button",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="The text on the button that leads to the form; empty: the default text",
                        max_length=40,
                        verbose_name="text on the button",
                    ),
                ),
                (
                    "button_en",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        max_length=40,
                        verbose_name="text on the button in English",
                    ),
                ),
            ],
            options={
                "verbose_name": "city",
                "verbose_name_plural": "cities",
            },
        ),
        migrations.CreateModel(
            name="GeocoderUsage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(unique=True)),
                ("asked", models.PositiveIntegerField(default=0)),
                ("next_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name="Edition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "level",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "city"), (2, "district"), (3, "ward")], verbose_name="level"
                    ),
                ),
                ("code", models.SlugField(verbose_name="code")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("name_en", models.CharField(blank=True, max_length=100, verbose_name="name in English")),
                (
                    "in_force",
                    django.contrib.postgres.fields.ranges.DateRangeField(
                        blank=True, null=True, verbose_name="in force"
                    ),
                ),
                (
                    "approximate",
                    models.BooleanField(
                        default=False,
                        help_text="Cells around centre points, not true boundaries",
                        verbose_name="approximate",
                    ),
                ),
                ("attribution", models.TextField(blank=True, verbose_name="attribution")),
                ("report", models.JSONField(blank=True, default=dict, help_text="What the check of its file found")),
                (
                    "city",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="editions",
                        to="gis_data.city",
                        verbose_name="city",
                    ),
                ),
            ],
            options={
                "verbose_name": "edition of boundaries",
                "verbose_name_plural": "editions of boundaries",
                "constraints": [
                    models.UniqueConstraint(fields=("city", "code"), name="an_edition_has_its_own_code"),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[("city", "="), ("level", "="), ("in_force", "&&")],
                        name="one_edition_of_a_level_on_any_day",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Area",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "level",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "city"), (2, "district"), (3, "ward")], verbose_name="level"
                    ),
                ),
                ("code", models.CharField(help_text="The official code", max_length=20, verbose_name="code")),
                (
                    "name",
                    models.CharField(help_text="Without the type: Old Wharf", max_length=100, verbose_name="name"),
                ),
                (
                    "full_name",
                    models.CharField(
                        help_text="With the type: Ward of Old Wharf", max_length=120, verbose_name="full name"
                    ),
                ),
                ("full_name_en", models.CharField(blank=True, max_length=120, verbose_name="full name in English")),
                ("kind", models.CharField(blank=True, max_length=40, verbose_name="kind")),
                ("declared_km2", models.FloatField(blank=True, null=True, verbose_name="official size, km²")),
                (
                    "shape",
                    django.contrib.gis.db.models.fields.MultiPolygonField(
                        help_text="The boundary as loaded (EPSG:4326)", srid=4326
                    ),
                ),
                (
                    "outline",
                    django.contrib.gis.db.models.fields.MultiPolygonField(
                        help_text="Simplified together with its neighbours, for small scales", srid=4326
                    ),
                ),
                (
                    "label_point",
                    django.contrib.gis.db.models.fields.PointField(
                        help_text="A point inside, where the name may stand", srid=4326
                    ),
                ),
                ("search", models.TextField(editable=False, help_text="The names without diacritics, for look-ups")),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="children",
                        to="gis_data.area",
                        verbose_name="lies in",
                    ),
                ),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="areas",
                        to="gis_data.edition",
                        verbose_name="edition",
                    ),
                ),
            ],
            options={
                "verbose_name": "area",
                "verbose_name_plural": "areas",
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.indexes.OpClass(models.F("search"), name="gin_trgm_ops"),
                        name="area_search_trigrams",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("edition", "code"), name="a_code_stands_once_in_an_edition")
                ],
            },
        ),
        migrations.CreateModel(
            name="AreaPiece",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("shape", django.contrib.gis.db.models.fields.PolygonField(srid=4326)),
                (
                    "area",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="pieces", to="gis_data.area"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FormerUnit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "level",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "city"), (2, "district"), (3, "ward")], verbose_name="level"
                    ),
                ),
                ("code", models.CharField(help_text="Its official code", max_length=20, verbose_name="code")),
                ("full_name", models.CharField(max_length=120, verbose_name="full name")),
                (
                    "district",
                    models.CharField(
                        blank=True,
                        help_text="The full name of the district it lay in",
                        max_length=120,
                        verbose_name="district",
                    ),
                ),
                (
                    "search",
                    models.TextField(editable=False, help_text="Its name and its district's without diacritics"),
                ),
                (
                    "city",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="former_units", to="gis_data.city"
                    ),
                ),
            ],
            options={
                "verbose_name": "former unit",
                "verbose_name_plural": "former units",
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.indexes.OpClass(models.F("search"), name="gin_trgm_ops"),
                        name="former_search_trigrams",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("city", "level", "code"), name="a_former_unit_stands_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="FormerPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "how",
                    models.CharField(
                        choices=[("whole", "as a whole"), ("main", "the main part"), ("part", "a part")],
                        max_length=5,
                        verbose_name="how much of it",
                    ),
                ),
                (
                    "area",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="former_parts",
                        to="gis_data.area",
                        verbose_name="area",
                    ),
                ),
                (
                    "former",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="parts", to="gis_data.formerunit"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("former", "area"), name="a_former_part_stands_once")],
            },
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
        migrations.CreateModel(
            name="House",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(help_text="As written: 12/34/5", max_length=30, verbose_name="number")),
                ("street", models.CharField(max_length=120, verbose_name="street")),
                ("point", django.contrib.gis.db.models.fields.PointField(srid=4326)),
                ("search", models.TextField(editable=False, help_text="The street without diacritics")),
                (
                    "city",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="houses", to="gis_data.city"
                    ),
                ),
            ],
            options={
                "verbose_name": "house number",
                "verbose_name_plural": "house numbers",
                "indexes": [models.Index(fields=["search", "number"], name="a_house_by_its_street")],
            },
        ),
        migrations.CreateModel(
            name="Junction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "one",
                    models.CharField(help_text="The name that sorts first", max_length=120, verbose_name="one street"),
                ),
                ("other", models.CharField(max_length=120, verbose_name="other street")),
                ("point", django.contrib.gis.db.models.fields.PointField(srid=4326)),
                ("search_one", models.TextField(editable=False)),
                ("search_other", models.TextField(editable=False)),
                (
                    "city",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="junctions", to="gis_data.city"
                    ),
                ),
            ],
            options={
                "verbose_name": "junction",
                "verbose_name_plural": "junctions",
                "indexes": [
                    models.Index(fields=["search_one", "search_other"], name="a_junction_by_its_streets"),
                    models.Index(fields=["search_other"], name="a_junction_by_the_other"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Landmark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(help_text="market, roundabout, bus_stop …", max_length=30, verbose_name="kind"),
                ),
                ("name", models.CharField(max_length=150, verbose_name="name")),
                ("point", django.contrib.gis.db.models.fields.PointField(srid=4326, verbose_name="place")),
                ("search", models.TextField(editable=False)),
                (
                    "extract",
                    models.BooleanField(default=False, help_text="From a file of load_streets, not from the pack"),
                ),
                (
                    "city",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="landmarks", to="gis_data.city"
                    ),
                ),
            ],
            options={
                "verbose_name": "landmark",
                "verbose_name_plural": "landmarks",
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.indexes.OpClass(models.F("search"), name="gin_trgm_ops"),
                        name="landmark_search_trigrams",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Street",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "rank",
                    models.PositiveSmallIntegerField(
                        help_text="1 main road, 2 street, 3 lane or alley", verbose_name="rank"
                    ),
                ),
                ("line", django.contrib.gis.db.models.fields.LineStringField(srid=4326)),
                ("search", models.TextField(editable=False)),
                (
                    "city",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="streets", to="gis_data.city"
                    ),
                ),
            ],
            options={
                "verbose_name": "street",
                "verbose_name_plural": "streets",
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.indexes.OpClass(models.F("search"), name="gin_trgm_ops"),
                        name="street_search_trigrams",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Succession",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("km2", models.FloatField(help_text="What the two have in common", verbose_name="in common, km²")),
                (
                    "share_old",
                    models.FloatField(help_text="As a part of the old one, 0 … 1", verbose_name="part of the old one"),
                ),
                (
                    "share_new",
                    models.FloatField(help_text="As a part of the new one, 0 … 1", verbose_name="part of the new one"),
                ),
                (
                    "new",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="predecessors",
                        to="gis_data.area",
                        verbose_name="new area",
                    ),
                ),
                (
                    "old",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="successors",
                        to="gis_data.area",
                        verbose_name="old area",
                    ),
                ),
            ],
            options={
                "verbose_name": "succession of areas",
                "verbose_name_plural": "successions of areas",
                "constraints": [
                    models.UniqueConstraint(fields=("old", "new"), name="a_succession_stands_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("share_new__gt", 0), ("share_new__lte", 1), ("share_old__gt", 0), ("share_old__lte", 1)
                        ),
                        name="shares_are_parts_of_one",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("file", models.FileField(upload_to="boundaries/%Y/%m/")),
                (
                    "name",
                    models.CharField(
                        help_text="Name of the file where it came from",
                        max_length=200,
                        verbose_name="name of the file",
                    ),
                ),
                (
                    "by",
                    models.CharField(
                        blank=True, help_text="Who uploaded it: a user name", max_length=150, verbose_name="uploaded by"
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="uploaded at")),
                (
                    "options",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="code, name, name_en, level, crs, layer, attributes of the edition",
                        verbose_name="accompanying data",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting to be read"),
                            ("reading", "being read"),
                            ("unmapped", "column meanings needed"),
                            ("faulty", "refused"),
                            ("drafted", "a draft edition"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "progress",
                    models.JSONField(blank=True, default=dict, help_text='{"step": "…", "done": 3, "of": 168}'),
                ),
                (
                    "columns",
                    models.JSONField(
                        blank=True, default=list, help_text='The attributes: [{"name": "…", "samples": […]}]'
                    ),
                ),
                (
                    "report",
                    models.JSONField(
                        blank=True, default=dict, help_text="What the check found", verbose_name="report of the check"
                    ),
                ),
                (
                    "city",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="uploads", to="gis_data.city"
                    ),
                ),
                (
                    "edition",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="uploads",
                        to="gis_data.edition",
                        verbose_name="edition",
                    ),
                ),
            ],
            options={
                "verbose_name": "boundary file",
                "verbose_name_plural": "boundary files",
                "ordering": ["-pk"],
            },
        ),
    ]
