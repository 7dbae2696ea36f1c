"""The administration of cameras."""

from django.contrib import admin
from django.contrib.gis.db import models

from cameras.models import Camera, Evidence
from gis_data.admin import PlaceWidget, Seen


@admin.register(Camera)
class CameraAdmin(admin.ModelAdmin):
    list_display = ["code", "name", "active", "health", "health_since", "moved_at"]
    list_filter = ["health", "active"]
    search_fields = ["code", "name"]
    fields = ["code", "name", "place", "url", "period_s", "active", "health", "health_since", "moved_at"]
    readonly_fields = ["health", "health_since", "moved_at"]
    formfield_overrides = {models.PointField: {"widget": PlaceWidget}}


@admin.register(Evidence)
class EvidenceAdmin(Seen):
    list_display = ["incident", "camera", "moment", "taken_at", "distance_m"]
    list_filter = ["moment"]
    list_select_related = ["incident", "camera"]
    search_fields = ["incident__reference", "camera__code"]
