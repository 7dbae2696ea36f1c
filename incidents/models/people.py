"""Who works here: users, authorities, their contacts, and who may act for which authority."""

import hashlib

from django.contrib.auth.models import AbstractUser
from django.contrib.gis.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gis_data.models import Area, in_language


class User(AbstractUser):
    """A person who signs in. What they may do follows from their memberships."""


class Authority(models.Model):
    """A unit that answers: a ward's People's Committee, a department, a utility, the duty desk."""

    code = models.SlugField(unique=True, max_length=40)
    kind = models.CharField(max_length=20, help_text="The kind of unit in the category tree: WARD, TMIC, POWER …")
    name = models.CharField(max_length=150)
    name_en = models.CharField(max_length=150, blank=True)
    # The area whose own authority this is; a department answers for the whole city and has none.
    area = models.OneToOneField(Area, models.PROTECT, null=True, blank=True, related_name="own_authority")
    duty_desk = models.BooleanField(default=False, help_text="Takes what no rule gives to anybody")

    class Meta:
        verbose_name_plural = "authorities"
        constraints = [
            models.UniqueConstraint(fields=["duty_desk"], condition=Q(duty_desk=True), name="there_is_one_duty_desk")
        ]

    def __str__(self):
        return self.name

    @property
    def title(self):
        return in_language(self, "name")


class Contact(models.Model):
    """A handling point of an authority: a desk, never a person's name."""

    authority = models.ForeignKey(Authority, models.CASCADE, related_name="contacts")
    label = models.CharField(max_length=80)
    phone = models.CharField(max_length=20, blank=True)
    email = models.EmailField(blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(phone="", email=""), name="a_contact_can_be_reached")]

    def __str__(self):
        return f"{self.authority}: {self.label}"


class Membership(models.Model):
    """A person's post at an authority."""

    class Role(models.TextChoices):
        OFFICER = "officer", _("officer")
        SUPERVISOR = "supervisor", _("supervisor")
        OPERATOR = "operator", _("hotline operator")
        CONTROL = "control", _("control room")
        GIS = "gis", _("GIS officer")

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    authority = models.ForeignKey(Authority, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "authority", "role"], name="a_post_is_held_once")]

    def __str__(self):
        return f"{self.user}: {self.get_role_display()}, {self.authority}"


class ApiKeyQuerySet(models.QuerySet):
    def opened_by(self, secret):
        """The keys in use that are this secret: one or none."""
        return self.filter(active=True, sha256=hashlib.sha256(secret.encode()).hexdigest())


class ApiKey(models.Model):
    """Lets another system send reports. What is kept tells whether a key is right, not what it is."""

    name = models.CharField(max_length=80, unique=True, help_text="The system that sends with it")
    sha256 = models.CharField(max_length=64, unique=True)
    active = models.BooleanField(default=True)

    objects = ApiKeyQuerySet.as_manager()

    def __str__(self):
        return self.name
