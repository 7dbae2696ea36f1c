"""Follows of incidents, ideas, campaigns, wards or circles by confirmed addresses, without an account."""

import secrets

from django.contrib.gis.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from geoapp.crypto.fields import BlindIndex, EncryptedTextField
from gis_data.models import Area
from incidents.models.browsers import Browser
from incidents.models.campaigns import Campaign
from incidents.models.catalogue import Category
from incidents.models.ideas import Idea
from incidents.models.incident import Incident
from incidents.models.notices import Medium


class FollowQuerySet(models.QuerySet["Follow"]):
    def active(self) -> "FollowQuerySet":
        return self.filter(confirmed_at__isnull=False, ended_at=None, until__gt=now())


class Follow(models.Model):
    """A subscription of an address to news. Its token confirms and ends it."""

    token = EncryptedTextField(max_length=43, indexed=True, default=secrets.token_urlsafe)
    browser = models.ForeignKey(
        Browser, models.SET_NULL, null=True, related_name="follows", help_text="In which it is listed"
    )
    medium = models.CharField(max_length=10, choices=Medium)
    address = EncryptedTextField(
        max_length=500, indexed=True, blank=True, help_text="Of a push message: the browser's, once it has agreed"
    )
    language = models.CharField(max_length=5, default="vi")
    incident = models.ForeignKey(Incident, models.PROTECT, null=True, related_name="follows")
    idea = models.ForeignKey(Idea, models.CASCADE, null=True, related_name="follows")
    campaign = models.ForeignKey(Campaign, models.CASCADE, null=True, related_name="follows")
    area = models.ForeignKey(
        Area, models.CASCADE, null=True, related_name="+", help_text="As it was drawn when it was chosen"
    )
    reach = models.PolygonField(null=True, help_text="A circle")
    radius_m = models.PositiveIntegerField(null=True)
    place_name = models.CharField(max_length=200, blank=True, help_text="What the middle of the circle is called")
    categories = models.ManyToManyField(
        Category, related_name="+", blank=True, help_text="The groups that count in a ward or a circle; none: all"
    )
    since = models.DateTimeField(default=now)
    until = models.DateTimeField(help_text="When it ends by itself")
    confirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    may_ask = models.BooleanField(default=True, db_default=True, help_text="Whether it may be asked about results")
    told_at = models.DateTimeField(null=True, help_text="When something was told last")
    tell_at = models.DateTimeField(null=True, help_text="When what waits is to be told; empty: nothing waits")

    objects = FollowQuerySet.as_manager()

    class Meta:
        verbose_name = _("followed place or incident")
        indexes = [
            models.Index(fields=["tell_at"], condition=Q(tell_at__isnull=False), name="follows_to_tell"),
        ]
        constraints = [
            models.UniqueConstraint(BlindIndex("token"), name="a_link_leads_to_one_follow"),
            models.CheckConstraint(
                condition=Q(incident__isnull=False, idea=None, campaign=None, area=None, reach=None)
                | Q(incident=None, idea__isnull=False, campaign=None, area=None, reach=None)
                | Q(incident=None, idea=None, campaign__isnull=False, area=None, reach=None)
                | Q(incident=None, idea=None, campaign=None, area__isnull=False, reach=None)
                | Q(incident=None, idea=None, campaign=None, area=None, reach__isnull=False, radius_m__isnull=False),
                name="one_thing_is_followed",
            ),
        ]

    def __str__(self):
        return f"{self.pk} {self.medium}"


class FollowedEvent(models.Model):
    """An event that waits for a follower's next digest."""

    follow = models.ForeignKey(Follow, models.CASCADE, related_name="waiting")
    event = models.BigIntegerField(help_text="The key of the line; a history outlives who follows it")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["follow", "event"], name="a_line_waits_once_for_a_follower")]

    def __str__(self):
        return f"{self.follow_id}: {self.event}"
