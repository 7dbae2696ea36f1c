"""Sums of units are kept by 28 and 112 days too, and by week of all fields; those of weeks add up to them."""

from django.db import migrations, models

from geoapp.db.online_migrations import LockTables

ADD = """
    INSERT INTO incidents_unitsum (
        days, first_day, authority_id, category_id, received, done, in_time, in_time_first, ended_late, missed, stars,
        ratings
    )
    SELECT length, first_day - (first_day - date '1900-01-01') % length, authority_id, category_id, sum(received), sum(done),
           sum(in_time), sum(in_time_first), sum(ended_late), sum(missed), sum(stars), sum(ratings)
    FROM incidents_unitsum CROSS JOIN unnest('{28,112}'::int[]) AS length
    WHERE days = 7
    GROUP BY 1, 2, 3, 4
    UNION ALL
    SELECT 0, first_day, authority_id, 0, sum(received), sum(done), sum(in_time), sum(in_time_first), sum(ended_late),
           sum(missed), sum(stars), sum(ratings)
    FROM incidents_unitsum
    WHERE days = 7
    GROUP BY 2, 3
    ORDER BY 1, 2, 3, 4
"""
REMOVE = "DELETE FROM incidents_unitsum WHERE days NOT IN (1, 7)"


class Migration(migrations.Migration):
    dependencies = [("incidents", "0024_ended_of_a_unit")]
    operations = [
        # Who folds notes into the sums waits until these are whole.
        LockTables({"incidents_unitsum": "SHARE ROW EXCLUSIVE"}),
        migrations.AlterField(
            "unitsum",
            "days",
            models.SmallIntegerField(help_text="1, or 7, 28 or 112 from a Monday on; 0: a week of all fields"),
        ),
        migrations.AlterField(
            "unitsum", "category_id", models.BigIntegerField(help_text="0 where fields are not told apart")
        ),
        migrations.RunSQL(ADD, REMOVE),
    ]
