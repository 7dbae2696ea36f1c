"""Which camera pictures a person may see. Every picture is asked for here; `incidents.access` decides."""

from django.utils.timezone import now

from cameras import stills
from cameras.models import Camera, Evidence, Frame
from incidents import access


def cameras_for(user):
    """The cameras whose picture of now this person may see."""
    return Camera.objects.all() if access.does(user, "cameras") else Camera.objects.none()


def frames_for(user):
    """The pictures of the ring that this person may see."""
    return Frame.objects.all() if access.does(user, "cameras") else Frame.objects.none()


def evidence_for(user):
    """The kept pictures of the incidents whose evidence this person may see."""
    return Evidence.objects.there().filter(incident__in=access.incidents_for(user, "evidence"))


def sees_as_it_came(user):
    """Whether this person is shown pictures without privacy zones over them."""
    return access.does(user, "control")


def stills_for(user, **which):
    """The covered, delayed pictures that everybody may see, one of each camera; `which` narrows the cameras."""
    return stills.shown(now(), **which)
