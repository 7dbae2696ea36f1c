from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cameras", "0022_who_is_refused_says_nothing_of_its_source")]

    operations = [
        migrations.AddField(
            model_name="spell",
            name="received",
            field=models.JSONField(
                db_default=models.Value({}, models.JSONField()),
                default=dict,
                help_text="How that picture lay over its view, as Frame.received has it; empty where nobody wrote it down",
            ),
        ),
    ]
