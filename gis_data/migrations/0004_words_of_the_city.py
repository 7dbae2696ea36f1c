"""A city may do without a name of its own for the product, and may choose the words on the button."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("gis_data", "0003_ground")]

    operations = [
        migrations.AddField(
            model_name="city",
            name="button",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="The words on the button that leads to the form; empty: those that ship",
                max_length=40,
            ),
        ),
        migrations.AddField(
            model_name="city",
            name="button_en",
            field=models.CharField(blank=True, db_default="", default="", max_length=40),
        ),
        migrations.AlterField(
            model_name="city",
            name="product",
            field=models.CharField(
                blank=True,
                help_text="The name that stands in the bar of every page; empty: a neutral one",
                max_length=60,
            ),
        ),
    ]
