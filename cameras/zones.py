"""Privacy zones: what lies over a picture of a camera for all who are not shown it as it came."""

from datetime import timedelta

from django.utils.timezone import now

from cameras import covering
from cameras.covering import NotCovered
from cameras.models import View

# What is known of the view now is true of a picture that is so old.
OF_NOW = timedelta(minutes=2)


def over(picture):
    """The zones as they lie in a Frame or an Evidence, in parts of it; none where the camera has none.

    Raises NotCovered where it is not known how they lie: then nobody is shown it but who sees what is behind them.
    """
    views = list(View.objects.filter(camera=picture.camera_id))
    if not any(view.zones for view in views):
        return []
    view, state, transform = way(picture, views)
    return covering.lying(view.zones, state, transform)


def way(picture, views=None):
    """The view that a picture shows, its state and transform in it. Raises NotCovered where the camera has none."""
    views = list(View.objects.filter(camera=picture.camera_id)) if views is None else views
    view = next((view for view in views if view.current), None)
    if view is None:
        raise NotCovered("nobody knows which way the camera looked")
    return view, *seen_in(picture, view, alone=len(views) == 1)


def seen_in(picture, view, alone):
    """State and transform of the view in this very picture: as the patrol found it then, as it was registered when the
    picture was kept, or as it is now for a picture of now. `alone`: the camera has no other view.
    """
    if not aimed_before(picture):
        return View.State.UNKNOWN, None
    told, registered = picture.received.get("view"), getattr(picture, "register", {}).get("view")
    if told:
        return (told["state"], told["transform"]) if told["key"] == view.pk else (View.State.UNKNOWN, None)
    if registered and alone:
        return registered["state"], registered["transform"]
    if now() - picture.taken_at <= OF_NOW:
        return view.state, view.transform
    return View.State.UNKNOWN, None


def aimed_before(picture):
    """Whether its camera was not turned on purpose since: its zones are those of what it sees now."""
    aimed_at = picture.camera.aimed_at
    return aimed_at is None or aimed_at < picture.taken_at


def hide(seen):
    """Mark what was kept by these sights and cannot be shown to who is not shown pictures as they came."""
    for sight in seen:
        for kept in sight.kept:
            kept.unsafe = not is_safe(kept)


def is_safe(picture):
    try:
        over(picture)
    except NotCovered:
        return False
    return True
