"""The viewing ledger, to which PostgreSQL itself only lets lines be added."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

GUARD = """
CREATE FUNCTION refuse_to_change_looks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the viewing ledger is only ever added to' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER looks_are_append_only BEFORE UPDATE OR DELETE ON cameras_look
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_looks();
CREATE TRIGGER looks_are_not_emptied BEFORE TRUNCATE ON cameras_look
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_looks();
"""
UNGUARD = """
DROP TRIGGER looks_are_not_emptied ON cameras_look;
DROP TRIGGER looks_are_append_only ON cameras_look;
DROP FUNCTION refuse_to_change_looks();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cameras", "0005_evidence_is_sealed"),
        ("incidents", "0020_evidence_has_its_lines"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Look",
            fields=[
                ("id", models.BigIntegerField(help_text="From 1, without gaps", primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                (
                    "how",
                    models.CharField(
                        choices=[
                            ("wall", "on the wall"),
                            ("focus", "opened in the control room"),
                            ("live", "live stream"),
                            ("picture", "its picture alone"),
                            ("history", "earlier pictures"),
                            ("desk", "at the desk"),
                            ("evidence", "kept picture"),
                            ("export", "exported"),
                            ("pin", "kept by hand"),
                            ("health", "proof of its health"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "cameras",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                (
                    "evidence",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                ("hour", models.DateTimeField(help_text="Earlier pictures: those of which hour", null=True)),
                ("purpose", models.CharField(blank=True, help_text="As the person stated it", max_length=200)),
                ("pictures", models.PositiveIntegerField(help_text="How many were shown when it began")),
                ("digest", models.BinaryField(help_text="SHA-256 of the digest before and this line")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="looks", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="incidents.incident",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["by", "-at"], name="looks_of_a_person"),
                    models.Index(fields=["at"], name="looks_by_time"),
                    django.contrib.postgres.indexes.GinIndex(fields=["cameras"], name="looks_at_a_camera"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id__gte", 1)), name="looks_are_numbered_from_one"),
                    models.CheckConstraint(
                        condition=models.Q(("cameras", []), ("evidence", []), _negated=True),
                        name="a_look_is_at_something",
                    ),
                ],
            },
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
