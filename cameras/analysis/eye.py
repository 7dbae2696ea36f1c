"""All that is known of one camera from its own pictures, so that each new one is judged by what is usual for it."""

from dataclasses import replace
from datetime import UTC

import cv2

from cameras.analysis.looking import BROKEN, inspect_picture
from cameras.analysis.moved import Alignment, ViewTracker
from cameras.analysis.still import RecentPictures, is_still
from cameras.analysis.usual import Baseline

# So many decades of unlikelihood are called frozen. A picture that came before counts so many; three of them tell.
DOUBTS, AGAIN = 6, 2
LONGEST_STEP_S = 300  # between two pictures nobody knows what moved: no more than that is counted as calm
UNSEEN_S = 1200  # a camera that nobody looked at for so long shows no rhythm of its own by that


class CameraInspector:
    """Looks at the pictures of one camera, one after the other; not for two threads at once.

    `source`: where its pictures come from, as Cards tell cameras apart by that.
    """

    def __init__(self, source="", baseline=None, references=()):
        self.source = source
        self.baseline = baseline or Baseline()
        self.gaze = ViewTracker(references)
        self.glance = None  # the last picture that could be read
        self.laid = None  # the last that was laid over the reference
        self.changed_at = self.looked_at = None
        self.moves(None)

    @property
    def fit(self) -> Alignment:
        """How its picture lies over the reference, as far as that is sure."""
        return self.gaze.settled

    def aim(self):
        """Forget where it looked: it was turned on purpose."""
        self.gaze, self.laid = ViewTracker(), None

    def look(self, picture, at, cards=None):
        """A glance at a picture that came at a moment, judged by all that is known; never raises."""
        glance = inspect_picture(picture, self.glance)
        if glance.problem in BROKEN:
            return glance
        if cards and cards.is_card(glance.sha256, self.source, at):
            glance = replace(glance, problem="card")
        elif glance.problem is None and not glance.same:
            glance = self.judged(glance, at)
        self.glance, self.looked_at = glance, at
        return glance

    def judged(self, glance, at):
        hour, follows = at.astimezone(UTC).hour, self.glance is not None and self.glance.small is not None
        glance = replace(glance, frozen_since=self.frozen_since(glance, at, hour))
        if glance.still:
            return replace(glance, fit=self.lies_as(glance.small))
        self.changes(at)
        if self.baseline.is_blurred(glance, hour, self.glance):
            return replace(glance, problem="blurred")
        if glance.frozen_since:
            return glance
        self.gaze.follow(glance.small, at, hour, self.baseline.is_hazy(glance, hour))
        glance = self.laid = replace(glance, fit=self.gaze.own)
        if self.gaze.moved:
            return replace(glance, problem="moved")
        self.baseline.learn(glance, hour, follows, str(at.date()), self.calm_s)
        return glance

    def lies_as(self, small):
        """How a picture lies over the reference that only encodes one anew of which that is known."""
        return self.laid.fit if self.laid and is_still(cv2.absdiff(self.laid.small, small)) else Alignment()

    def changes(self, at):
        if self.changed_at and at > self.changed_at and (at - self.looked_at).total_seconds() < UNSEEN_S:
            self.baseline.rhythm.learn((at - self.changed_at).total_seconds())
        self.changed_at = at

    def moves(self, at):
        """Something moved at this moment."""
        self.calm_since, self.calm_s, self.doubts, self.again, self.lately = at, 0, 0, 0, RecentPictures()

    def frozen_since(self, glance, at, hour):
        """When something moved last, if by now it ought to have moved again, or this very picture came before."""
        if not glance.calm or self.calm_since is None or self.calm_since > at:
            if not self.again:
                self.baseline.stirs(hour, self.calm_s)
            self.moves(at)
            return None
        if not glance.still:
            passed_s = (at - (self.changed_at or at)).total_seconds()
            self.calm_s += min(max(passed_s, 0), LONGEST_STEP_S)
            self.again += self.lately.has(glance.small)
        self.doubts += self.baseline.doubt(glance, hour, self.calm_s)
        return self.calm_since if self.doubts + AGAIN * self.again >= DOUBTS else None
