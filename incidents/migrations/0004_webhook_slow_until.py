from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0003_placed_months")]

    operations = [
        migrations.AddField(
            model_name="webhook",
            name="slow_until",
            field=models.DateTimeField(
                blank=True, help_text="Until when it is called beside those that answer quickly", null=True
            ),
        ),
    ]
