"""Words that lie plain and may not are encrypted, in lots beside the traffic; one that was broken off goes on."""

from django.db import migrations

from geoapp.crypto.sealing import seal_plain_texts
from incidents.disclosure.sealing import TEXTS


def seal_words(apps, schema_editor):
    for texts in TEXTS:
        seal_plain_texts(texts)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("incidents", "0011_sealed_words")]
    operations = [migrations.RunPython(seal_words, migrations.RunPython.noop)]
