"""For citizens: the map, reporting, following a report, the verdict, statistics, the published history."""
