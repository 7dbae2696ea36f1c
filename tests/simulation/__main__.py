"""Set Django up and run tests/simulation/command.py, or watchers.py if named first."""

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
