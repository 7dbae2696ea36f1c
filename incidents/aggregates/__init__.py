"""What is kept counted of the incidents that have ended, so that nobody counts two million of them when asked.

PostgreSQL notes each change beside its row (sql/guards/sums.sql), a job folds what was noted into the sums, and who
reads them adds what is still noted: figures are exact at every moment. No filter, page or person is known here.
"""

from incidents.aggregates.boxes import KeysInBox, are_months_at_hand, read_keys_in_box, spots_of_box
from incidents.aggregates.columns import KeysQuery
from incidents.aggregates.days import ACCEPTED, DONE, Durations, medians, read_durations
from incidents.aggregates.keeping import (
    SumsAreInUse,
    count_differences,
    fold_changes,
    hold_one_moment,
    place_months,
    place_open,
    rebuild_map,
    rebuild_sums,
    rebuild_units,
)
from incidents.aggregates.months import CATEGORIES, REJECTED, STATES, EndedIncidents, packed_query, unpack
from incidents.aggregates.places import (
    EVER,
    STATE_NAMES,
    STEPS,
    Bounds,
    Places,
    PlacesQuery,
    SquareSums,
    TileGrid,
    choose_places,
    count_by_area,
    count_by_state,
    count_by_step,
    read_places,
)
from incidents.aggregates.squares import DEPTH, LEVELS, WORLD, bits_below, cover_box, level_for, spots_of_tile
from incidents.aggregates.texts import EVERYTHING, ONLY_OPEN, KnownText, find_text
from incidents.aggregates.units import MEASURES, parts_query, weeks_query

__all__ = [
    "ACCEPTED",
    "CATEGORIES",
    "DEPTH",
    "DONE",
    "EVER",
    "EVERYTHING",
    "LEVELS",
    "MEASURES",
    "ONLY_OPEN",
    "REJECTED",
    "STATES",
    "STATE_NAMES",
    "STEPS",
    "WORLD",
    "Bounds",
    "Durations",
    "EndedIncidents",
    "KeysInBox",
    "KeysQuery",
    "KnownText",
    "Places",
    "PlacesQuery",
    "SquareSums",
    "SumsAreInUse",
    "TileGrid",
    "are_months_at_hand",
    "bits_below",
    "choose_places",
    "count_by_area",
    "count_by_state",
    "count_by_step",
    "count_differences",
    "cover_box",
    "find_text",
    "fold_changes",
    "hold_one_moment",
    "level_for",
    "medians",
    "packed_query",
    "parts_query",
    "place_months",
    "place_open",
    "read_durations",
    "read_keys_in_box",
    "read_places",
    "rebuild_map",
    "rebuild_sums",
    "rebuild_units",
    "spots_of_box",
    "spots_of_tile",
    "unpack",
    "weeks_query",
]
