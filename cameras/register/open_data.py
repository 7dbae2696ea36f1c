"""Publish cameras as open data: place, direction and health; neither pictures nor their addresses."""

from django.db.models import F, FloatField, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from cameras.models import Camera, View
from gis_data.services.open_data import BOOLEAN, NUMBER, TIME, Collection, Field, Filter, register, worded_choices

health_in = worded_choices("health", Camera.Health.choices)


def active_cameras():
    return Camera.objects.filter(active=True)


def present_view_column(column):
    views = View.objects.with_footprint().filter(camera=OuterRef("pk"))
    return lambda: Subquery(views.values(column), output_field=FloatField())


def owner_column(source):
    return lambda: Coalesce(F(f"{source}__owner"), Value(""))


def public_views():
    """Return the views of public cameras that a person compared with the picture."""
    return View.objects.with_footprint().filter(verified=True, camera__active=True, camera__public=True)


register(
    Collection(
        id="cameras",
        title=_("Traffic cameras"),
        description=_("Where cameras are and whether they work. Public pictures are redacted and delayed."),
        rows=active_cameras,
        shape="place",
        key="code",
        fields=(
            Field("code", _("Code"), "code"),
            Field("name", _("Name"), "name"),
            Field("road", _("Road"), "road"),
            Field("owner", _("Owner"), owner_column("source")),
            Field(
                "bearing",
                _("Direction of view, degrees clockwise from north"),
                present_view_column("bearing_deg"),
                NUMBER,
            ),
            Field("angle", _("Angle of view, degrees"), present_view_column("angle_deg"), NUMBER),
            Field("range", _("Range, metres"), present_view_column("range_m"), NUMBER),
            Field("health", _("Health"), "health"),
            Field("health_vi", _("Health in Vietnamese"), health_in("vi")),
            Field("health_en", _("Health in English"), health_in("en")),
            Field("health_since", _("Health since"), "health_since", TIME),
        ),
        filters={
            "health": Filter(
                _("Health"), lambda rows, health: rows.filter(health=health), choices=tuple(Camera.Health.choices)
            )
        },
    )
)

register(
    Collection(
        id="camera-views",
        title=_("What cameras see"),
        description=_("The fields of view of public cameras that were checked against the picture."),
        rows=public_views,
        shape="footprint",
        key="camera__code",
        many=False,
        fields=(
            Field("camera", _("Camera"), "camera__code"),
            Field("name", _("Name"), "camera__name"),
            Field("road", _("Road"), "camera__road"),
            Field("owner", _("Owner"), owner_column("camera__source")),
            Field("bearing", _("Direction of view, degrees clockwise from north"), "bearing_deg", NUMBER),
            Field("angle", _("Angle of view, degrees"), "angle_deg", NUMBER),
            Field("range", _("Range, metres"), "range_m", NUMBER),
            Field("drawn", _("Drawn by hand"), lambda: Q(drawn__isnull=False), BOOLEAN),
        ),
    )
)
