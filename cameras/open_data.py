"""Cameras as open data: where they stand and how they are. Neither pictures nor where these are fetched."""

from django.utils.translation import gettext_lazy as _

from cameras.models import Camera
from gis_data.open_data import TIME, Collection, Field, Filter, in_words, register

health_in = in_words("health", Camera.Health.choices)


def in_use():
    return Camera.objects.filter(active=True)


register(
    Collection(
        id="cameras",
        title=_("Traffic cameras"),
        description=_("Where cameras stand and whether they work. Their pictures are not public."),
        rows=in_use,
        shape="place",
        key="code",
        fields=(
            Field("code", _("Code"), "code"),
            Field("name", _("Name"), "name"),
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
