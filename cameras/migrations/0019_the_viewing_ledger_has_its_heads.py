"""The last seal of each day in the viewing ledger is published; lines before one may be deleted after a year."""

import django.utils.timezone
from django.db import migrations, models

GUARD = """
CREATE OR REPLACE FUNCTION refuse_to_change_looks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.at < now() - interval '12 months'
            AND OLD.id <= (SELECT line FROM cameras_lookshead ORDER BY day DESC LIMIT 1)
        THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'the viewing ledger is only ever added to' USING ERRCODE = 'restrict_violation';
END
$$;
"""
BEFORE = """
CREATE OR REPLACE FUNCTION refuse_to_change_looks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the viewing ledger is only ever added to' USING ERRCODE = 'restrict_violation';
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("cameras", "0018_a_patrol_says_that_it_cannot_keep_pictures")]

    operations = [
        migrations.CreateModel(
            name="LooksHead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(unique=True)),
                ("digest", models.BinaryField()),
                ("published_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("line", models.BigIntegerField(help_text="The number of the last line")),
            ],
            options={"ordering": ["-day"], "abstract": False},
        ),
        migrations.RunSQL(GUARD, BEFORE),
    ]
