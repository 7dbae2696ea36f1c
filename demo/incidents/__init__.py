"""Invent a month of incidents with their reports, history, photos, announcements and enquiries."""
