"""Requests for API keys, and the use of keys."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from geoapp.crypto.fields import EncryptedEmailField
from incidents.models.people import ApiKey


class KeyRequest(models.Model):
    """A request for an API key: the system, its purpose and a contact.

    Its private link, sent to the confirmed address only, leads to the key once staff has agreed.
    """

    system = models.CharField(max_length=80)
    organisation = models.CharField(max_length=120, blank=True)
    purpose = models.TextField(max_length=1000)
    email = EncryptedEmailField(blank=True, help_text="Contact data of who asks; empty: erased")
    language = models.CharField(max_length=5)
    asked_at = models.DateTimeField(default=now)
    confirmed_at = models.DateTimeField(null=True, blank=True, help_text="When the address was confirmed")
    agreed = models.BooleanField(null=True, help_text="None: nobody has decided")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    why = models.CharField(max_length=300, blank=True, help_text="What who asked is told of a refusal")
    key = models.OneToOneField(ApiKey, models.SET_NULL, null=True, blank=True, related_name="request")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(agreed=None, decided_at=None)
                | Q(agreed__isnull=False, decided_at__isnull=False, confirmed_at__isnull=False),
                name="a_key_is_given_to_confirmed_addresses",
            ),
        ]
        indexes = [models.Index(fields=["-asked_at"], name="key_requests_newest_first")]

    def __str__(self):
        return self.system


class KeyUse(models.Model):
    """Requests with a key on a day, and how many were refused by the rate limit."""

    key = models.ForeignKey(ApiKey, models.CASCADE, related_name="uses")
    day = models.DateField()
    calls = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "day"], name="a_key_has_one_count_of_a_day")]

    def __str__(self):
        return f"{self.key_id} {self.day}: {self.calls}"
