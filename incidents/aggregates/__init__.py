"""Keep exact aggregates of ended incidents: triggers note each change, and a job folds the notes into the sums.

PostgreSQL notes each change beside its row (sql/guards/sums.sql); readers add the notes that are not folded yet, so
figures are exact at every moment. This package knows no filter, page or person.
"""

from incidents.aggregates.keeping import (
    SumsAreInUse,
    count_differences,
    fold_changes,
    hold_one_moment,
    place_months,
    place_open,
    rebuild_sums,
)

__all__ = [
    "SumsAreInUse",
    "count_differences",
    "fold_changes",
    "hold_one_moment",
    "place_months",
    "place_open",
    "rebuild_sums",
]
