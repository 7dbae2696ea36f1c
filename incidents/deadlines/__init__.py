"""When something is due, and when somebody must look: working time, service levels, the escalation ladder.

Knows moments, calendars and targets; sends nothing.
"""
