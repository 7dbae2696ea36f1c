"""Phones, e-mail addresses, chat ids, links and the texts that hold them are encrypted from now on (adr/0025)."""

import secrets

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

from geoapp import encrypted
from geoapp.encrypting import EncryptField, RelockField


class Migration(migrations.Migration):
    dependencies = [("incidents", "0005_photo_masking")]

    operations = [
        migrations.RemoveConstraint(model_name="subjectrequest", name="a_request_names_an_address"),
        migrations.RemoveConstraint(model_name="subjectrequest", name="an_erased_request_says_nothing"),
        migrations.RemoveConstraint(model_name="chatevent", name="what_was_taken_keeps_no_words"),
        migrations.AddField(
            model_name="notice",
            name="mentioned",
            field=ArrayField(
                base_field=models.CharField(max_length=20),
                blank=True,
                db_default=models.Value([], ArrayField(base_field=models.CharField(), size=None)),
                default=list,
                help_text="References of incidents that the text names: by them it is found",
                size=None,
            ),
        ),
        migrations.RunSQL(
            "UPDATE incidents_notice SET mentioned ="
            " ARRAY(SELECT DISTINCT (regexp_matches(text, '[0-9]{4}-[0-9]{5,10}', 'g'))[1])",
            migrations.RunSQL.noop,
        ),
        migrations.RemoveConstraint(
            model_name="notice",
            name="nobody_hears_of_a_cause_twice",
        ),
        migrations.RemoveConstraint(
            model_name="optout",
            name="one_opts_out_once",
        ),
        migrations.RemoveIndex(
            model_name="chatevent",
            name="chat_to_be_taken",
        ),
        migrations.RemoveIndex(
            model_name="report",
            name="reports_by_phone",
        ),
        migrations.RemoveIndex(
            model_name="report",
            name="reports_by_zalo",
        ),
        RelockField(
            model_name="authority",
            name="georeport_key",
            field=encrypted.LockedField(blank=True, editable=False),
        ),
        RelockField(
            model_name="secondfactor",
            name="secret",
            field=encrypted.LockedField(blank=True, help_text="Of an app"),
        ),
        RelockField(
            model_name="signin",
            name="refresh_token",
            field=encrypted.LockedField(blank=True),
        ),
        RelockField(
            model_name="chataccount",
            name="access_token",
            field=encrypted.LockedField(),
        ),
        RelockField(
            model_name="chataccount",
            name="refresh_token",
            field=encrypted.LockedField(),
        ),
        EncryptField(
            model_name="chatevent",
            name="body",
            field=encrypted.EncryptedTextField(blank=True),
        ),
        EncryptField(
            model_name="chatevent",
            name="user",
            field=encrypted.EncryptedTextField(indexed=True, max_length=40),
        ),
        EncryptField(
            model_name="draft",
            name="phone",
            field=encrypted.EncryptedTextField(blank=True, indexed=True, max_length=20),
        ),
        EncryptField(
            model_name="follower",
            name="user",
            field=encrypted.EncryptedTextField(indexed=True, max_length=40),
        ),
        EncryptField(
            model_name="heldreport",
            name="email",
            field=encrypted.EncryptedEmailField(blank=True, indexed=True, max_length=254),
        ),
        EncryptField(
            model_name="heldreport",
            name="phone",
            field=encrypted.EncryptedTextField(blank=True, indexed=True, max_length=20),
        ),
        EncryptField(
            model_name="heldreport",
            name="token",
            field=encrypted.EncryptedTextField(
                default=secrets.token_urlsafe, index_chars=14, indexed=True, max_length=43
            ),
        ),
        EncryptField(
            model_name="heldreport",
            name="zalo",
            field=encrypted.EncryptedTextField(blank=True, indexed=True, max_length=40),
        ),
        EncryptField(
            model_name="notice",
            name="address",
            field=encrypted.EncryptedTextField(indexed=True, max_length=500),
        ),
        EncryptField(
            model_name="notice",
            name="text",
            field=encrypted.EncryptedTextField(help_text="With the links that stand in it"),
        ),
        EncryptField(
            model_name="notice",
            name="values",
            field=encrypted.EncryptedListField(
                blank=True, default=list, help_text="What stands in the text's places, in their order; links among them"
            ),
        ),
        EncryptField(
            model_name="optout",
            name="address",
            field=encrypted.EncryptedTextField(indexed=True, max_length=500),
        ),
        EncryptField(
            model_name="pushsubscription",
            name="auth",
            field=encrypted.EncryptedTextField(max_length=50),
        ),
        EncryptField(
            model_name="pushsubscription",
            name="endpoint",
            field=encrypted.EncryptedTextField(indexed=True, max_length=500),
        ),
        EncryptField(
            model_name="pushsubscription",
            name="p256dh",
            field=encrypted.EncryptedTextField(max_length=100),
        ),
        EncryptField(
            model_name="report",
            name="email",
            field=encrypted.EncryptedEmailField(blank=True, indexed=True, max_length=254),
        ),
        EncryptField(
            model_name="report",
            name="phone",
            field=encrypted.EncryptedTextField(blank=True, indexed=True, max_length=20),
        ),
        EncryptField(
            model_name="report",
            name="token",
            field=encrypted.EncryptedTextField(
                default=secrets.token_urlsafe,
                help_text="The private link to follow it",
                index_chars=14,
                indexed=True,
                max_length=43,
            ),
        ),
        EncryptField(
            model_name="report",
            name="zalo",
            field=encrypted.EncryptedTextField(
                blank=True,
                db_default="",
                help_text="The sender's id at the city's Zalo account: contact data",
                indexed=True,
                max_length=40,
            ),
        ),
        EncryptField(
            model_name="storedsms",
            name="phone",
            field=encrypted.EncryptedTextField(blank=True, help_text="Until it is taken", indexed=True, max_length=20),
        ),
        EncryptField(
            model_name="storedsms",
            name="text",
            field=encrypted.EncryptedTextField(blank=True, help_text="Until it is taken"),
        ),
        EncryptField(
            model_name="subjectrequest",
            name="email",
            field=encrypted.EncryptedEmailField(blank=True, indexed=True, max_length=254),
        ),
        EncryptField(
            model_name="subjectrequest",
            name="phone",
            field=encrypted.EncryptedTextField(blank=True, indexed=True, max_length=20),
        ),
        EncryptField(
            model_name="subjectrequest",
            name="zalo",
            field=encrypted.EncryptedTextField(
                blank=True, help_text="Who asked by chat: the id at the Zalo account", indexed=True, max_length=40
            ),
        ),
        migrations.AddIndex(
            model_name="chatevent",
            index=models.Index(
                encrypted.BlindIndex("user"),
                models.F("at"),
                condition=models.Q(("taken_at", None)),
                name="chat_to_be_taken",
            ),
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(
                encrypted.BlindIndex("phone"), condition=models.Q(("phone", ""), _negated=True), name="reports_by_phone"
            ),
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(
                encrypted.BlindIndex("email"), condition=models.Q(("email", ""), _negated=True), name="reports_by_email"
            ),
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(
                encrypted.BlindIndex("zalo"), condition=models.Q(("zalo", ""), _negated=True), name="reports_by_zalo"
            ),
        ),
        migrations.AddConstraint(
            model_name="follower",
            constraint=models.UniqueConstraint(encrypted.BlindIndex("user"), name="a_follower_is_known_once"),
        ),
        migrations.AddConstraint(
            model_name="heldreport",
            constraint=models.UniqueConstraint(encrypted.BlindIndex("token"), name="a_link_leads_to_one_held_report"),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.UniqueConstraint(
                models.F("cause"),
                models.F("medium"),
                encrypted.BlindIndex("address"),
                name="nobody_hears_of_a_cause_twice",
            ),
        ),
        migrations.AddConstraint(
            model_name="optout",
            constraint=models.UniqueConstraint(
                models.F("medium"), encrypted.BlindIndex("address"), name="one_opts_out_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="pushsubscription",
            constraint=models.UniqueConstraint(encrypted.BlindIndex("endpoint"), name="a_browser_subscribes_once"),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.UniqueConstraint(
                encrypted.BlindIndex("token"),
                condition=models.Q(("token", ""), _negated=True),
                name="a_link_leads_to_one_report",
            ),
        ),
        migrations.AddConstraint(
            model_name="subjectrequest",
            constraint=models.CheckConstraint(
                condition=~models.Q(phone="", email="", zalo="") | models.Q(erased_at__isnull=False),
                name="a_request_names_an_address",
            ),
        ),
        migrations.AddConstraint(
            model_name="subjectrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(erased_at=None)
                | models.Q(phone="", email="", zalo="", note="", outcome="", done_at__isnull=False),
                name="an_erased_request_says_nothing",
            ),
        ),
        migrations.AddConstraint(
            model_name="chatevent",
            constraint=models.CheckConstraint(
                condition=models.Q(taken_at=None) | models.Q(body=""), name="what_was_taken_keeps_no_words"
            ),
        ),
    ]
