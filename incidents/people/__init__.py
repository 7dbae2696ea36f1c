"""Manage staff: absences, departures, and what becomes of their work.

Sign-in and its pages are in `accounts` and `views/staff`.
"""
