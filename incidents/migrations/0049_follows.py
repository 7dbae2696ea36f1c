"""What people without an account follow, and that a browser may get messages for that alone."""

import secrets

import django.contrib.gis.db.models.fields
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import geoapp.encrypted
from geoapp.table_changes import LockTables


class Migration(migrations.Migration):
    dependencies = [
        ("gis_data", "0005_names_in_the_administration"),
        ("incidents", "0048_z_what_crews_have"),
    ]

    operations = [
        LockTables(
            {
                "gis_data_area": "ACCESS EXCLUSIVE",
                "incidents_incident": "ACCESS EXCLUSIVE",
                "incidents_category": "ACCESS EXCLUSIVE",
                "incidents_browser": "ACCESS EXCLUSIVE",
                "incidents_pushsubscription": "ACCESS EXCLUSIVE",
            }
        ),
        migrations.CreateModel(
            name="Follow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "token",
                    geoapp.encrypted.EncryptedTextField(default=secrets.token_urlsafe, indexed=True, max_length=43),
                ),
                (
                    "medium",
                    models.CharField(
                        choices=[
                            ("email", "e-mail"),
                            ("sms", "SMS"),
                            ("zalo", "Zalo"),
                            ("messenger", "Messenger"),
                            ("webchat", "chat on our pages"),
                            ("push", "push message"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "address",
                    geoapp.encrypted.EncryptedTextField(
                        blank=True,
                        help_text="Of a push message: the browser's, once it has agreed",
                        indexed=True,
                        max_length=500,
                    ),
                ),
                ("language", models.CharField(default="vi", max_length=5)),
                ("reach", django.contrib.gis.db.models.fields.PolygonField(help_text="A circle", null=True, srid=4326)),
                ("radius_m", models.PositiveIntegerField(null=True)),
                (
                    "place_name",
                    models.CharField(blank=True, help_text="What the middle of the circle is called", max_length=200),
                ),
                ("since", models.DateTimeField(default=django.utils.timezone.now)),
                ("until", models.DateTimeField(help_text="When it ends by itself")),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("told_at", models.DateTimeField(help_text="When something was told last", null=True)),
                (
                    "tell_at",
                    models.DateTimeField(help_text="When what waits is to be told; empty: nothing waits", null=True),
                ),
            ],
            options={
                "verbose_name": "followed place or incident",
            },
        ),
        migrations.CreateModel(
            name="FollowedEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event", models.BigIntegerField(help_text="The key of the line; a history outlives who follows it")),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="pushsubscription",
            name="a_browser_is_somebodys",
        ),
        migrations.AddField(
            model_name="pushsubscription",
            name="follows",
            field=models.BooleanField(
                db_default=False, default=False, help_text="Somebody follows by it, be it a reporter's, too, or not"
            ),
        ),
        migrations.AddConstraint(
            model_name="pushsubscription",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("person", None), ("report__isnull", False)),
                    models.Q(("person__isnull", False), ("report", None)),
                    models.Q(("follows", True), ("person", None), ("report", None)),
                    _connector="OR",
                ),
                name="a_browser_is_somebodys",
            ),
        ),
        migrations.AddField(
            model_name="follow",
            name="area",
            field=models.ForeignKey(
                help_text="As it was drawn when it was chosen",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="gis_data.area",
            ),
        ),
        migrations.AddField(
            model_name="follow",
            name="browser",
            field=models.ForeignKey(
                help_text="In which it is listed",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="follows",
                to="incidents.browser",
            ),
        ),
        migrations.AddField(
            model_name="follow",
            name="categories",
            field=models.ManyToManyField(
                blank=True,
                help_text="The groups that count in a ward or a circle; none: all",
                related_name="+",
                to="incidents.category",
            ),
        ),
        migrations.AddField(
            model_name="follow",
            name="incident",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="follows", to="incidents.incident"
            ),
        ),
        migrations.AddField(
            model_name="followedevent",
            name="follow",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="waiting", to="incidents.follow"
            ),
        ),
        migrations.AddIndex(
            model_name="follow",
            index=models.Index(
                condition=models.Q(("tell_at__isnull", False)), fields=["tell_at"], name="follows_to_tell"
            ),
        ),
        migrations.AddConstraint(
            model_name="follow",
            constraint=models.UniqueConstraint(geoapp.encrypted.BlindIndex("token"), name="a_link_leads_to_one_follow"),
        ),
        migrations.AddConstraint(
            model_name="follow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("area", None), ("incident__isnull", False), ("reach", None)),
                    models.Q(("area__isnull", False), ("incident", None), ("reach", None)),
                    models.Q(("area", None), ("incident", None), ("radius_m__isnull", False), ("reach__isnull", False)),
                    _connector="OR",
                ),
                name="one_thing_is_followed",
            ),
        ),
        migrations.AddConstraint(
            model_name="followedevent",
            constraint=models.UniqueConstraint(fields=("follow", "event"), name="a_line_waits_once_for_a_follower"),
        ),
    ]
