"""The order of names: that of Vietnamese letters, and numbers by their size (gis_data/alphabet.py)."""

from django.contrib.postgres.operations import CreateCollation
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("gis_data", "0002_guards")]
    operations = [CreateCollation("alphabet", provider="icu", locale="vi-u-kn-true")]
