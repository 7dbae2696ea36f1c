#!/usr/bin/env python
"""Django's command line for this project."""

import os
import secrets
import sys

FILE_ONLY = ("check_pack", "units_from_vietnamadminunits")  # these commands ask no database, and need none

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geoapp.settings")
    if sys.argv[1:2] and sys.argv[1] in FILE_ONLY:
        os.environ.setdefault("DATABASE_URL", "postgis:///none")
        os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(50))
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
