"""References of incidents and enquiries, never reused."""

from datetime import date

from django.db import connection


def next_reference(day: date) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('incident_serial')")
        return format_reference(day, cursor.fetchone()[0])


def next_enquiry_reference(day: date) -> str:
    """Reference of a new enquiry, `H2611-40874`; no incident has its number."""
    return f"H{next_reference(day)}"


def format_reference(day: date, number: int) -> str:
    """`2611-40873`: year, month, and a number that is never reused."""
    return f"{day:%y%m}-{number:05d}"
