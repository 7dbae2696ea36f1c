"""Working time, service levels and the escalation ladder: when something is due, and when somebody must check it.

Knows moments, calendars and targets; sends nothing.
"""
