"""Sessions are kept under digests of their keys (`geoapp.session_store`); those that run go on."""

from django.db import migrations

DIGEST = "left(encode(sha256(convert_to({column}, 'UTF8')), 'hex'), 40)"


class Migration(migrations.Migration):
    dependencies = [("incidents", "0009_held_report_views"), ("sessions", "0001_initial")]

    operations = [
        migrations.RunSQL(
            [
                f"UPDATE incidents_signin SET session_id = {DIGEST.format(column='session_id')}",
                f"UPDATE django_session SET session_key = {DIGEST.format(column='session_key')}",
                "SET CONSTRAINTS ALL IMMEDIATE",
            ],
            # The keys cannot be had back: after a way back everybody signs in anew.
            ["DELETE FROM incidents_signin", "DELETE FROM django_session"],
        )
    ]
