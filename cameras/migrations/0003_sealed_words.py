"""Encrypt the words of the control room's log and hand-overs at rest."""

from django.db import migrations

import geoapp.crypto.fields
from cameras import sql
from cameras.room import sealing
from geoapp.crypto.sealing import seal_plain_texts


def seal_words(apps, schema_editor):
    for texts in sealing.TEXTS:
        seal_plain_texts(texts)


class Migration(migrations.Migration):
    dependencies = [("cameras", "0002_guards")]
    operations = [
        migrations.AlterField(
            model_name="handover",
            name="note",
            field=geoapp.crypto.fields.SealedTextField(blank=True),
        ),
        migrations.AlterField(
            model_name="handoveritem",
            name="done",
            field=geoapp.crypto.fields.SealedTextField(blank=True),
        ),
        migrations.AlterField(
            model_name="handoveritem",
            name="then",
            field=geoapp.crypto.fields.SealedTextField(blank=True, max_length=200),
        ),
        migrations.AlterField(
            model_name="roomline",
            name="text",
            field=geoapp.crypto.fields.SealedTextField(blank=True),
        ),
        migrations.RunSQL(sql.statement("guards/room_log")),
        migrations.RunPython(seal_words, migrations.RunPython.noop),
    ]
