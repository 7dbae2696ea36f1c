from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0002_guards")]

    operations = [
        migrations.CreateModel(
            name="PlacedMonth",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "edition_id", "month", "own_area_id", "area_id",
                        blank=True, editable=False, primary_key=True, serialize=False,
                    ),
                ),
                ("edition_id", models.BigIntegerField()),
                ("month", models.DateField(help_text="Its first day, by the city's clock")),
                ("own_area_id", models.BigIntegerField(help_text="Of the EndedMonth")),
                ("area_id", models.BigIntegerField(help_text="Of the edition; 0: in none of them")),
                ("packed", models.BinaryField(help_text="Eight bytes of each, as EndedMonth has them")),
            ],
            options={
                "indexes": [models.Index(fields=["month", "own_area_id"], name="placed_months_by_own_area")],
            },
        ),
        migrations.RunSQL(
            "ALTER TABLE incidents_placedmonth ALTER packed SET STORAGE EXTERNAL", migrations.RunSQL.noop
        ),
    ]  # fmt: skip
