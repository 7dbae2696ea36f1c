"""Data from systems of external units and partners."""

from django.contrib.gis.db import models
from django.db.models import Q
from django.utils.timezone import now

from geoapp.crypto.fields import EncryptedTextField
from incidents.models.incident import Event, Incident, Report
from incidents.models.people import ApiKey, Authority, Contact


class PartnerUpdate(models.Model):
    """An update of an incident by a unit's own system, stored to make repeats idempotent."""

    authority = models.ForeignKey(Authority, models.CASCADE, null=True, blank=True, related_name="+")
    key = models.ForeignKey(
        ApiKey, models.CASCADE, null=True, blank=True, related_name="+",
        help_text="Of a system of no unit, which passes on what somebody wrote there",
    )  # fmt: skip
    update_id = models.CharField(max_length=100, help_text="As that system calls it")
    incident = models.ForeignKey(Incident, models.CASCADE, related_name="+")
    event = models.ForeignKey(Event, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["authority", "update_id"], name="a_unit_says_a_thing_once"),
            models.UniqueConstraint(fields=["key", "update_id"], name="a_system_says_a_thing_once"),
            models.CheckConstraint(
                condition=Q(authority=None) ^ Q(key=None), name="an_update_is_of_a_unit_or_of_a_system"
            ),
        ]

    def __str__(self):
        return f"{self.authority or self.key} {self.update_id}"


class TrialReport(models.Model):
    """A report to the test endpoint, served back for an hour; no incident."""

    reference = models.CharField(max_length=20, unique=True)
    key = models.ForeignKey(ApiKey, models.CASCADE, related_name="+")
    request = models.JSONField(help_text="In the words of GeoReport, as everybody reads it")
    sent_at = models.DateTimeField(default=now, db_index=True)

    def __str__(self):
        return self.reference


class RemotePhoto(models.Model):
    """A photo of a report at another system's address, to be fetched."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="+")
    url = EncryptedTextField(max_length=2000)
    public = models.BooleanField(default=True)
    tries = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField(default=now)

    def __str__(self):
        return f"{self.report_id} {self.tries}"


class ContactCode(models.Model):
    """A code sent to an external desk; entered at the letter's link it shows the reporters' contacts."""

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+")
    event = models.ForeignKey(Event, models.PROTECT, related_name="+", help_text="Of which the letter told")
    digest = models.BinaryField(help_text="Keyed: see `partners.codes`")
    sent_at = models.DateTimeField(default=now)
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["contact", "-sent_at"], name="codes_of_a_desk")]

    def __str__(self):
        return f"{self.contact_id} {self.sent_at}"
