"""The numbers of incidents and enquiries: references, which are never given twice."""

from datetime import date

from django.db import connection


def next_reference(day: date) -> str:
    """The reference of one more incident; numbers are never given twice."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('incident_serial')")
        return format_reference(day, cursor.fetchone()[0])


def next_enquiry_reference(day: date) -> str:
    """The reference of one more enquiry, `H2611-40874`: its number is that of no incident."""
    return f"H{next_reference(day)}"


def format_reference(day: date, number: int) -> str:
    """`2611-40873`: year, month, and a number that is never given twice."""
    return f"{day:%y%m}-{number:05d}"
