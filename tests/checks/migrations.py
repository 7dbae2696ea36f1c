"""Says which changes of models have no migration, without asking a database."""

import os
import sys

import django
from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.utils.translation import deactivate_all


def missing_migrations() -> list[str]:
    """What `makemigrations` would write, as "app: operation"; and apps whose migrations have more than one end."""
    loader = MigrationLoader(None)
    changes = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps)).changes(graph=loader.graph)
    return [
        f"{app}: {operation.describe()}"
        for app, migrations in changes.items()
        for migration in migrations
        for operation in migration.operations
    ] + [f"{app}: more than one last migration: {', '.join(names)}" for app, names in loader.detect_conflicts().items()]


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geoapp.settings")
    django.setup()
    deactivate_all()  # names of models in no language, as `makemigrations` reads them
    missing = missing_migrations()
    for line in missing:
        print(line)
    sys.exit(bool(missing))
