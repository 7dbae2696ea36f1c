"""Tell in which former district each area of an edition lies."""

from django.db import connection

from gis_data.models import Edition
from incidents.sql import statement


def former_districts(edition: Edition) -> dict[int, str]:
    """Return the district in which most of the former units of each area lay, by key of the area."""
    with connection.cursor() as cursor:
        cursor.execute(statement("statistics_districts"), [edition.pk])
        return dict(cursor.fetchall())
