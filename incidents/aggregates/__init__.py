"""Aggregates of incidents that have ended: kept exact by notes of each change, folded by a job.

PostgreSQL notes each change beside its row (sql/guards/sums.sql), a job folds what was noted into the sums, and who
reads them adds what is still noted: figures are exact at every moment. No filter, page or person is known here.
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
