"""Public pages: map, report form, a report's private page, verdicts, statistics, published history."""
