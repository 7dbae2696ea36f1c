"""Answers of neighbours to “Is it gone?” about a result, and how a result is proven."""

from django.contrib.gis.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from gis_data.models import Area
from incidents.models.catalogue import Category
from incidents.models.following import Follow
from incidents.models.incident import Event, Incident, Photo, Report

NEAR_M = 300  # metres from the place in which an answer counts


class NeighbourQuestion(models.Model):
    """A follower who was asked about a result; the reporters are asked by the message of the result."""

    result = models.ForeignKey(Event, models.PROTECT, related_name="neighbour_questions")
    follow = models.ForeignKey(Follow, models.CASCADE, related_name="questions")
    asked_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["result", "follow"], name="a_follower_is_asked_once")]

    def __str__(self):
        return f"{self.result_id}: {self.follow_id}"


class NeighbourAnswer(models.Model):
    """One person's answer about a result. It says how far away the person was, and not where."""

    class Word(models.TextChoices):
        GONE = "gone", _("It is gone")
        STILL = "still", _("It is still there")
        AWAY = "away", _("I do not go past there")

    result = models.ForeignKey(Event, models.PROTECT, related_name="neighbour_answers")
    word = models.CharField(max_length=5, choices=Word)
    at = models.DateTimeField(default=now)
    is_reporter = models.BooleanField(help_text="Reported it, or said “me too”, before the result")
    report = models.ForeignKey(Report, models.SET_NULL, null=True, related_name="+", help_text="Until it is erased")
    follow = models.ForeignKey(Follow, models.SET_NULL, null=True, related_name="+")
    metres = models.PositiveIntegerField(null=True, help_text="From the place to the device, or the photo")
    photo = models.OneToOneField(Photo, models.SET_NULL, null=True, related_name="neighbour_answer")

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["result", "word"], name="answers_to_a_result")]
        constraints = [
            models.CheckConstraint(
                condition=Q(word="away") | Q(is_reporter=True) | Q(metres__isnull=False, metres__lte=NEAR_M),
                name="who_answers_reported_it_or_is_near",
            ),
            models.CheckConstraint(condition=~Q(word="away") | Q(metres=None), name="who_was_not_there_was_nowhere"),
        ]

    def __str__(self):
        return f"{self.result_id} {self.word}"


class NeighbourKey(models.Model):
    """A digest of the result and something by which a person is known again: two answers never share one.

    Of a browser, a report, a follow, a contact, and of the place among those that one network may send. Deleted when
    no more answers are taken.
    """

    answer = models.ForeignKey(NeighbourAnswer, models.CASCADE, related_name="keys")
    digest = models.CharField(max_length=64, unique=True, help_text="With SECRET_KEY: of one result it says no more")

    def __str__(self):
        return f"{self.answer_id}"


class PhotoProof(models.Model):
    """What is known of a photo of a result: from where it was taken, and whether it shows what was there before."""

    photo = models.OneToOneField(Photo, models.CASCADE, primary_key=True, related_name="proof")
    metres = models.PositiveIntegerField(null=True, help_text="From the place to where it was taken")
    bearing = models.PositiveSmallIntegerField(null=True, help_text="Degrees from north, from the place to there")
    heading = models.PositiveSmallIntegerField(null=True, help_text="Degrees from north to where its camera faced")
    by_compass = models.BooleanField(db_default=False, default=False, help_text="`heading` is from magnetic north")
    before = models.ForeignKey(Photo, models.SET_NULL, null=True, related_name="+", help_text="The one compared with")
    same_view = models.BooleanField(default=False, help_text="Sure to show the same as `before`")
    compared_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(bearing=None) | Q(bearing__lt=360), name="a_bearing_is_of_a_circle"),
            models.CheckConstraint(condition=Q(heading=None) | Q(heading__lt=360), name="a_heading_is_of_a_circle"),
            models.CheckConstraint(
                condition=Q(same_view=False) | Q(compared_at__isnull=False), name="what_looks_alike_was_compared"
            ),
        ]

    def __str__(self):
        return f"{self.photo_id}"


class Proof(models.Model):
    """How the current result of an incident is proven. It counts while the incident is done.

    =============  ==============================================================================================
    reporter       a reporter said yes to it (`casework.verdicts.confirm_result`)
    neighbours     three neighbours said that it is gone (`casework.neighbours`)
    photo          its photo was taken at the place and at the time, by the rules of `result_checks`
    =============  ==============================================================================================
    """

    class How(models.TextChoices):
        REPORTER = "reporter", _("A reporter confirmed it")
        NEIGHBOURS = "neighbours", _("Neighbours confirmed it")
        PHOTO = "photo", _("A photo from the right place and time")

    incident = models.OneToOneField(Incident, models.CASCADE, primary_key=True, related_name="proof")
    result = models.ForeignKey(Event, models.PROTECT, related_name="+")
    how = models.CharField(max_length=10, choices=How)
    at = models.DateTimeField(default=now)
    # Of the incident, as it was then, so that years are counted by one index.
    received_at = models.DateTimeField(help_text="When the incident was reported")
    category = models.ForeignKey(Category, models.PROTECT, related_name="+", db_index=False)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["at"], include=["incident"], name="proofs_by_time"),
            models.Index(fields=["received_at"], include=["category", "area", "incident"], name="proofs_of_a_period"),
        ]

    def __str__(self):
        return f"{self.incident_id} {self.how}"
