"""Sets Django up, and hands over to tests/simulation/command.py."""

import os
from importlib import import_module

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geoapp.settings")
django.setup()
import_module("tests.simulation.command").main()
