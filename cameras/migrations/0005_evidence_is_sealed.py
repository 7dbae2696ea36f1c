"""Evidence has seals, holds and tombstones, and PostgreSQL itself refuses to change what was kept or sealed."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

# The kind of what was kept before stands in its file's name.
KINDS = "UPDATE cameras_evidence SET kind = substring(file from '[^.]+$') WHERE file ~ '[.](jpg|png)$'"
# Finds the frames that are not sealed yet, and those of one seal.
FRAMES = "CREATE INDEX cameras_frame_seal ON cameras_frame (seal)"
GUARD = """
CREATE FUNCTION refuse_to_change_seals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'seals and tombstones are only ever added to' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER seals_are_append_only BEFORE UPDATE OR DELETE ON cameras_seal
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_seals();
CREATE TRIGGER seals_are_not_emptied BEFORE TRUNCATE ON cameras_seal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_seals();

-- What was kept says for ever what it said; it is sealed once, let go of by hand once, and checked again and again.
CREATE FUNCTION refuse_to_change_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    free text[] := '{seal_id,leaf,proof,frame_seal_id,frame_leaf,frame_proof,unpinned_at,unpinned_by_id,checked_at,fault}';
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'evidence is not deleted: it gets a tombstone' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (to_jsonb(OLD) - free) <> (to_jsonb(NEW) - free)
        OR (OLD.seal_id IS NOT NULL AND (OLD.seal_id, OLD.leaf, OLD.proof) IS DISTINCT FROM (NEW.seal_id, NEW.leaf, NEW.proof))
        OR (OLD.frame_seal_id IS NOT NULL AND (OLD.frame_seal_id, OLD.frame_leaf, OLD.frame_proof)
            IS DISTINCT FROM (NEW.frame_seal_id, NEW.frame_leaf, NEW.frame_proof))
        OR (OLD.unpinned_at IS NOT NULL AND (OLD.unpinned_at, OLD.unpinned_by_id)
            IS DISTINCT FROM (NEW.unpinned_at, NEW.unpinned_by_id))
    THEN
        RAISE EXCEPTION 'evidence does not change' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER evidence_does_not_change BEFORE UPDATE OR DELETE ON cameras_evidence
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_evidence();

CREATE FUNCTION refuse_to_change_tombstones() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.seal_id IS NOT NULL
        OR (OLD.id, OLD.evidence_id, OLD.sha256, OLD.why, OLD.at)
            IS DISTINCT FROM (NEW.id, NEW.evidence_id, NEW.sha256, NEW.why, NEW.at)
    THEN
        RAISE EXCEPTION 'seals and tombstones are only ever added to' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER tombstones_stay BEFORE UPDATE OR DELETE ON cameras_tombstone
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_tombstones();
"""
UNGUARD = """
DROP TRIGGER tombstones_stay ON cameras_tombstone;
DROP TRIGGER evidence_does_not_change ON cameras_evidence;
DROP TRIGGER seals_are_not_emptied ON cameras_seal;
DROP TRIGGER seals_are_append_only ON cameras_seal;
DROP FUNCTION refuse_to_change_tombstones();
DROP FUNCTION refuse_to_change_evidence();
DROP FUNCTION refuse_to_change_seals();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cameras", "0003_eyes_and_their_ring"),
        ("incidents", "0020_evidence_has_its_lines"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Hold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.TextField()),
                ("since", models.DateTimeField(default=django.utils.timezone.now)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_why", models.TextField(blank=True)),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("sealed_at", models.DateTimeField(db_index=True)),
                ("leaves", models.PositiveIntegerField()),
                ("root", models.BinaryField(help_text="Of the tree of SHA-256 over the leaves, as in RFC 6962")),
                (
                    "digest",
                    models.BinaryField(help_text="SHA-256 of the digest before, and of number, time, leaves and root"),
                ),
            ],
            options={
                "ordering": ["number"],
            },
        ),
        migrations.CreateModel(
            name="Tombstone",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("leaf", models.PositiveIntegerField(help_text="Its place among the seal's leaves, from 0", null=True)),
                ("proof", models.JSONField(null=True)),
                ("sha256", models.CharField(max_length=64)),
                ("why", models.CharField(max_length=200)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="evidence",
            name="a_frame_is_kept_once_for_a_moment",
        ),
        migrations.AddField(
            model_name="evidence",
            name="by",
            field=models.ForeignKey(
                blank=True,
                help_text="Who kept it by hand",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="evidence",
            name="checked_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="evidence",
            name="event",
            field=models.ForeignKey(
                help_text="The line of history around which it was kept",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="incidents.event",
            ),
        ),
        migrations.AddField(
            model_name="evidence",
            name="fault",
            field=models.CharField(blank=True, help_text="What the last check found wrong", max_length=200),
        ),
        migrations.AddField(
            model_name="evidence",
            name="frame_leaf",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="evidence",
            name="frame_proof",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="evidence",
            name="health",
            field=models.CharField(blank=True, help_text="How the camera was found by this picture", max_length=12),
        ),
        migrations.AddField(
            model_name="evidence",
            name="kept_at",
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AddField(
            model_name="evidence",
            name="kind",
            field=models.CharField(default="jpg", help_text="jpg or png, by its first bytes", max_length=4),
        ),
        migrations.AddField(
            model_name="evidence",
            name="leaf",
            field=models.PositiveIntegerField(help_text="Its place among the seal's leaves, from 0", null=True),
        ),
        migrations.AddField(
            model_name="evidence",
            name="proof",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="evidence",
            name="reason",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="evidence",
            name="received",
            field=models.JSONField(default=dict, help_text="What the source said of it, as in Frame"),
        ),
        migrations.AddField(
            model_name="evidence",
            name="register",
            field=models.JSONField(default=dict, help_text="The camera as the register had it then"),
        ),
        migrations.AddField(
            model_name="evidence",
            name="ring",
            field=models.BooleanField(default=False, help_text="Copied out of the ring: it was a leaf there before"),
        ),
        migrations.AddField(
            model_name="evidence",
            name="sees",
            field=models.BooleanField(
                default=False, help_text="The place lay in the camera's view; else it was the nearest"
            ),
        ),
        migrations.AddField(
            model_name="evidence",
            name="unpinned_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="evidence",
            name="unpinned_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="frame",
            name="seal",
            field=models.BigIntegerField(help_text="The number of the seal among whose leaves it is", null=True),
        ),
        migrations.AddField(
            model_name="hold",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="hold",
            name="ended_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="hold",
            name="incident",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="incidents.incident"
            ),
        ),
        migrations.AddField(
            model_name="evidence",
            name="frame_seal",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cameras.seal"
            ),
        ),
        migrations.AddField(
            model_name="evidence",
            name="seal",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="%(class)s_leaves",
                to="cameras.seal",
            ),
        ),
        migrations.AddIndex(
            model_name="evidence",
            index=models.Index(condition=models.Q(("seal", None)), fields=["id"], name="evidence_to_seal"),
        ),
        migrations.AddIndex(
            model_name="evidence",
            index=models.Index(fields=["sha256"], name="evidence_by_picture"),
        ),
        migrations.AddConstraint(
            model_name="evidence",
            constraint=models.UniqueConstraint(
                condition=models.Q(("unpinned_at", None)),
                fields=("incident", "camera", "moment", "event", "taken_at"),
                name="a_frame_is_kept_once_for_a_moment",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="evidence",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("moment", "pinned"), _negated=True),
                    models.Q(("by__isnull", False), models.Q(("reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="who_keeps_by_hand_says_why",
            ),
        ),
        migrations.AddField(
            model_name="tombstone",
            name="evidence",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="tombstone", to="cameras.evidence"
            ),
        ),
        migrations.AddField(
            model_name="tombstone",
            name="seal",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="%(class)s_leaves",
                to="cameras.seal",
            ),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)), fields=("incident",), name="an_incident_is_held_once_at_a_time"
            ),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("ended_by", None), ("ended_why", "")),
                    models.Q(
                        ("ended_at__isnull", False),
                        ("ended_by__isnull", False),
                        models.Q(("ended_why", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="who_ends_a_hold_says_why",
            ),
        ),
        migrations.AddIndex(
            model_name="tombstone",
            index=models.Index(condition=models.Q(("seal", None)), fields=["id"], name="tombstones_to_seal"),
        ),
        migrations.RunSQL(KINDS, migrations.RunSQL.noop),
        migrations.RunSQL(FRAMES, "DROP INDEX cameras_frame_seal"),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
