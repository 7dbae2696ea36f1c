"""Campaigns: what the city promises by a day, and how much of it is done."""
