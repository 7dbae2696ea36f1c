"""Keep all that is known of one camera from its own pictures, and judge each new picture by it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

import cv2

from cameras.analysis.cards import Cards
from cameras.analysis.inspection import BROKEN, Inspection, inspect_picture
from cameras.analysis.motion import RecentPictures, is_still
from cameras.analysis.usual import Baseline
from cameras.analysis.view_tracking import Alignment, Reference, ViewTracker

# Frozen from this sum of decades of unlikelihood. A repeated picture counts so many; three of them suffice.
DOUBTS, AGAIN = 6, 2
LONGEST_STEP_S = 300  # between two pictures nobody knows what moved: no more than that is counted as calm
UNSEEN_S = 1200  # a camera that nobody looked at for so long shows no rhythm of its own by that


class CameraInspector:
    """The analysis of one camera's pictures in their order; not thread-safe.

    `source`: where its pictures come from, by which Cards tell cameras apart.
    """

    def __init__(
        self, source: str = "", baseline: Baseline | None = None, references: Iterable[Reference] = ()
    ) -> None:
        self.source = source
        self.baseline = baseline or Baseline()
        self.tracker = ViewTracker(references)
        self.inspection: Inspection | None = None  # the last picture that could be read
        self.aligned: Inspection | None = None  # the last that was compared with the reference
        self.changed_at: datetime | None = None
        self.looked_at: datetime | None = None
        self.note_motion(None)

    @property
    def alignment(self) -> Alignment:
        return self.tracker.settled

    def forget_view(self) -> None:
        self.tracker, self.aligned = ViewTracker(), None

    def inspect(self, picture: bytes, at: datetime, cards: Cards | None = None) -> Inspection:
        inspection = inspect_picture(picture, self.inspection)
        if inspection.problem in BROKEN:
            return inspection
        if cards and cards.is_card(inspection.sha256, self.source, at):
            inspection = replace(inspection, problem="card")
        elif inspection.problem is None and not inspection.same:
            inspection = self.judge(inspection, at)
        self.inspection, self.looked_at = inspection, at
        return inspection

    def judge(self, inspection: Inspection, at: datetime) -> Inspection:
        small = inspection.small
        if small is None:
            return inspection
        hour, follows = at.astimezone(UTC).hour, self.inspection is not None and self.inspection.small is not None
        inspection = replace(inspection, frozen_since=self.frozen_since(inspection, at, hour))
        if inspection.still:
            return replace(inspection, alignment=self.alignment_of_same(small))
        self.note_change(at)
        if self.baseline.is_blurred(inspection, hour, self.inspection):
            return replace(inspection, problem="blurred")
        if inspection.frozen_since:
            return inspection
        self.tracker.track(small, at, hour, self.baseline.is_hazy(inspection, hour))
        inspection = self.aligned = replace(inspection, alignment=self.tracker.single)
        if self.tracker.has_moved:
            return replace(inspection, problem="moved")
        self.baseline.learn(inspection, hour, follows, str(at.date()), self.calm_s)
        return inspection

    def alignment_of_same(self, small):
        """Return the alignment of a picture that is an aligned one encoded anew."""
        last = self.aligned
        if last is None or last.small is None or not is_still(cv2.absdiff(last.small, small)):
            return Alignment()
        return last.alignment

    def note_change(self, at):
        if self.changed_at and at > self.changed_at and (at - self.looked_at).total_seconds() < UNSEEN_S:
            self.baseline.rhythm.learn((at - self.changed_at).total_seconds())
        self.changed_at = at

    def note_motion(self, at: datetime | None) -> None:
        self.calm_since, self.calm_s, self.doubts, self.again = at, 0.0, 0.0, 0
        self.recent = RecentPictures()

    def frozen_since(self, inspection: Inspection, at: datetime, hour: int) -> datetime | None:
        """Return when something last moved, if it ought to have moved again by now or this very picture came before;
        else None.
        """
        if not inspection.calm or self.calm_since is None or self.calm_since > at:
            if not self.again:
                self.baseline.note_motion(hour, self.calm_s)
            self.note_motion(at)
            return None
        if not inspection.still and inspection.small is not None:
            passed_s = (at - (self.changed_at or at)).total_seconds()
            self.calm_s += min(max(passed_s, 0), LONGEST_STEP_S)
            self.again += self.recent.shows_again(inspection.small)
        self.doubts += self.baseline.doubt(inspection, hour, self.calm_s)
        return self.calm_since if self.doubts + AGAIN * self.again >= DOUBTS else None
