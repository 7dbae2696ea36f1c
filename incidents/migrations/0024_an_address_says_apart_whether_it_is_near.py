"""Whether an incident lies near its address is kept apart from it, so that each reads it in the own language."""

from django.db import migrations, models

PHRASES = ("gần ", "near ")  # as addresses began until now, by the city's language
APART = [
    (
        "UPDATE incidents_incident SET near = true, address = substr(address, %s) WHERE starts_with(address, %s)",
        [len(phrase) + 1, phrase],
    )
    for phrase in PHRASES
]
TOGETHER = [("UPDATE incidents_incident SET near = false, address = left(%s || address, 200) WHERE near", [PHRASES[0]])]


class Migration(migrations.Migration):
    dependencies = [("incidents", "0023_categories_say_whether_cameras_may_look")]
    operations = [
        migrations.AddField(
            model_name="incident",
            name="near",
            field=models.BooleanField(db_default=False, default=False, help_text="It lies near what `address` names"),
        ),
        migrations.AlterField(
            model_name="incident",
            name="address",
            field=models.CharField(blank=True, help_text="What names the place; see `address_title`", max_length=200),
        ),
        migrations.RunSQL(APART, TOGETHER),
    ]
