"""Sets Django up, and hands over to tests/simulation/command.py, or to watchers.py where these are named first."""

import os
import sys
from importlib import import_module

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geoapp.settings")
django.setup()
if sys.argv[1:2] == ["watchers"]:
    import_module("tests.simulation.watchers").main(sys.argv[2:])
else:
    import_module("tests.simulation.command").main()
