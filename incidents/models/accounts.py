"""Second factors, sessions, accounts at the city's identity provider, and the ledger of accounts."""

from django.contrib.gis.db import models
from django.db.models import F, Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from geoapp.crypto.fields import LockedField
from geoapp.ledger.heads import PublishedHead
from gis_data.models import Area
from incidents.models.people import Authority, Membership, User


class SecondFactor(models.Model):
    """A passkey or TOTP app beside the password."""

    class Kind(models.TextChoices):
        PASSKEY = "passkey", _("passkey")
        APP = "app", _("code from an app")

    user = models.ForeignKey(User, models.CASCADE, related_name="factors")
    kind = models.CharField(max_length=8, choices=Kind)
    name = models.CharField(max_length=60)
    secret = LockedField(blank=True, help_text="Of an app")
    # Of a passkey: credential id and public key, as encoded by WebAuthn.
    credential = models.BinaryField(null=True, unique=True, max_length=1023)
    credential_data = models.BinaryField(null=True)
    # Last used TOTP time step or signature counter, against replay.
    counter = models.BigIntegerField(default=0)
    added_at = models.DateTimeField(default=now)
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["added_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(kind="app"), name="a_person_has_one_app"),
            models.CheckConstraint(
                condition=Q(kind="app", credential=None) & ~Q(secret="")
                | Q(kind="passkey", credential__isnull=False, credential_data__isnull=False),
                name="a_factor_can_be_checked",
            ),
        ]

    def __str__(self):
        return f"{self.user}: {self.get_kind_display()} {self.name}"


class RecoveryCode(models.Model):
    """A one-time code on paper, stored as a digest."""

    user = models.ForeignKey(User, models.CASCADE, related_name="recovery_codes")
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "sha256"], name="a_recovery_code_is_kept_once")]


class WrongCodes(models.Model):
    """Number of wrong codes for a person's second factor from one network since the first of them."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    place = models.CharField(max_length=64, help_text="SHA-256 of the browser's or the network's name")
    count = models.PositiveSmallIntegerField(default=0)
    since = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "place"], name="wrong_codes_are_counted_by_place")]

    def __str__(self):
        return f"{self.user_id}: {self.count}"


class SignInQuerySet(models.QuerySet["SignIn"]):
    def running(self) -> "SignInQuerySet":
        return self.filter(session__expire_date__gt=now()).order_by("-seen_at", "-pk")


class SignIn(models.Model):
    """A session: on which device, from where, and how it began. Deleted with the session."""

    class Method(models.TextChoices):
        PASSWORD = "password", _("password")
        APP = "app", _("password and code")
        PASSKEY = "passkey", _("passkey")
        RECOVERY = "recovery", _("password and recovery code")
        CITY = "city", _("city account")

    session = models.OneToOneField("sessions.Session", models.CASCADE, related_name="sign_in")
    user = models.ForeignKey(User, models.CASCADE, related_name="sign_ins")
    method = models.CharField(max_length=8, choices=Method)
    agent = models.CharField(max_length=300, blank=True, help_text="What the browser says that it is")
    address = models.GenericIPAddressField(null=True)
    began_at = models.DateTimeField(default=now)
    seen_at = models.DateTimeField(default=now)
    # Of a city account: the provider's session id, the encrypted refresh token, and the time of the last check.
    provider_session = models.CharField(max_length=255, blank=True)
    refresh_token = LockedField(blank=True)
    checked_at = models.DateTimeField(null=True)

    objects = SignInQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["user", "-seen_at"], name="sign_ins_of_a_person")]


class FactorReplacement(models.Model):
    """An administrator's request to remove a lost second factor, which another one has to confirm."""

    user = models.OneToOneField(User, models.CASCADE, related_name="factor_replacement")
    asked_by = models.ForeignKey(User, models.CASCADE, related_name="+")
    asked_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(user=F("asked_by")), name="nobody_asks_for_the_own_replacement")
        ]


class SigningKey(models.Model):
    """The key of accounts/signed_rows.py in one row: locked for the service, ready for HMAC for the owner alone."""

    locked = LockedField()
    inner_pad = models.BinaryField()
    outer_pad = models.BinaryField()


class GroupPost(models.Model):
    """The post that members of a group at the city's identity provider get."""

    group = models.CharField(max_length=200, help_text=_("As the provider names it"), verbose_name=_("group"))
    authority = models.ForeignKey(Authority, models.CASCADE, related_name="+", verbose_name=_("unit"))
    role = models.CharField(max_length=12, choices=Membership.Role, verbose_name=_("role"))
    area = models.ForeignKey(
        Area,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Only what is in it"),
        verbose_name=_("area"),
    )
    category = models.ForeignKey(
        "incidents.Category",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Only this field"),
        verbose_name=_("type of incident"),
    )
    # Who wrote this here asks for each post that it gives; None: the operator of the server.
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", editable=False)

    class Meta:
        verbose_name = _("post of a group")
        verbose_name_plural = _("posts of groups")
        constraints = [
            models.UniqueConstraint(
                fields=["group", "authority", "role", "area", "category"],
                nulls_distinct=False,
                name="a_group_gives_a_post_once",
            )
        ]

    def __str__(self):
        return f"{self.group}: {self.get_role_display()}, {self.authority}"


class AccountLine(models.Model):
    """A line of the ledger of accounts: who gave, confirmed or ended a post, replaced a second factor, or switched
    emergency mode.

    Lines are numbered without gaps and each seal includes the one before (`audit.accounts.ACCOUNTS`). PostgreSQL
    refuses updates and deletes. People are stored by key and name, since accounts may be deleted.
    """

    class Kind(models.TextChoices):
        GIVEN = "given", _("assigned the post")
        ASKED = "asked", _("assigned the post, waiting for approval")
        CONFIRMED = "confirmed", _("approved the post")
        REFUSED = "refused", _("refused the post")
        ENDED = "ended", _("ended the post")
        LOST = "lost", _("asked to replace a lost second factor")
        REPLACED = "replaced", _("approved: the second factors were removed")
        KEPT = "kept", _("refused to replace the second factor")
        FACTOR = "factor", _("added a second factor")
        REMOVED = "removed", _("removed a second factor")
        PASSWORD = "password", _("set the password")
        LINKED = "linked", _("linked with the city account")
        OPENED = "opened", _("created the account")
        CHANGED = "changed", _("changed the account")
        LOCKED = "locked", _("locked the account")
        UNLOCKED = "unlocked", _("unlocked the account")
        SIGNED_OUT = "signed_out", _("signed the person out everywhere")
        EMERGENCY = "emergency", _("switched emergency mode")

    id = models.BigIntegerField(primary_key=True, help_text="From 1, without gaps")
    at = models.DateTimeField()
    kind = models.CharField(max_length=10, choices=Kind)
    person_key = models.BigIntegerField(help_text="Whose account it is")
    person = models.CharField(max_length=150)
    by_key = models.BigIntegerField(null=True, help_text="Nobody: the operator of the server, or the provider")
    by = models.CharField(max_length=150, blank=True)
    what = models.CharField(max_length=400, blank=True, help_text="Of a post: role, unit, area, field")
    digest = models.BinaryField(help_text="SHA-256 of the digest before and this line")

    class Meta:
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=Q(id__gte=1), name="account_lines_are_numbered_from_one")]
        indexes = [models.Index(fields=["person_key", "-id"], name="account_lines_of_a_person")]

    @property
    def seal(self) -> str:
        return bytes(self.digest).hex()[:12]


class AccountsHead(PublishedHead):
    """Last seal of a day in the ledger of accounts."""

    CHAIN = "accounts"

    line = models.BigIntegerField(help_text="The number of the last line")
