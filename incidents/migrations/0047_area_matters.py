"""Of which matters a camera near by tells, too, though it does not see the very place."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0046_enquiries")]

    operations = [
        migrations.AddField(
            model_name="category",
            name="area_matter",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="It fills an area, as a flood does: a camera near by that does not see the place tells of it, too",
                verbose_name="cameras near by tell of it",
            ),
        ),
    ]
