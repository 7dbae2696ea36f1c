"""What the administration calls these fields, in Vietnamese and English: for Django only."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import geoapp.encrypted
from geoapp.table_changes import NamesOnly


class Migration(NamesOnly):
    dependencies = [
        ("gis_data", "0005_names_in_the_administration"),
        ("incidents", "0043_names_in_the_administration"),
    ]

    operations = [
        migrations.AlterField(
            model_name="absence",
            name="deputy",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="stands_in",
                to=settings.AUTH_USER_MODEL,
                verbose_name="stand-in",
            ),
        ),
        migrations.AlterField(
            model_name="absence",
            name="ends",
            field=models.DateField(help_text="The last day", verbose_name="last day"),
        ),
        migrations.AlterField(
            model_name="absence",
            name="starts",
            field=models.DateField(verbose_name="first day"),
        ),
        migrations.AlterField(
            model_name="absence",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="absences",
                to=settings.AUTH_USER_MODEL,
                verbose_name="person",
            ),
        ),
        migrations.AlterField(
            model_name="answertemplate",
            name="category",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="answers",
                to="incidents.category",
                verbose_name="matter",
            ),
        ),
        migrations.AlterField(
            model_name="answertemplate",
            name="step",
            field=models.CharField(help_text="resolve, reject, ask …", max_length=20, verbose_name="step"),
        ),
        migrations.AlterField(
            model_name="answertemplate",
            name="text",
            field=models.TextField(verbose_name="text"),
        ),
        migrations.AlterField(
            model_name="answertemplate",
            name="title",
            field=models.CharField(max_length=80, verbose_name="title"),
        ),
        migrations.AlterField(
            model_name="apikey",
            name="active",
            field=models.BooleanField(default=True, verbose_name="key in use"),
        ),
        migrations.AlterField(
            model_name="apikey",
            name="authority",
            field=models.ForeignKey(
                blank=True,
                help_text="The unit whose own system works on its incidents with it",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="keys",
                to="incidents.authority",
                verbose_name="unit",
            ),
        ),
        migrations.AlterField(
            model_name="apikey",
            name="email",
            field=geoapp.encrypted.EncryptedEmailField(
                blank=True,
                db_default="",
                help_text="Who is told when something of it fails: contact data",
                max_length=254,
                verbose_name="e-mail address",
            ),
        ),
        migrations.AlterField(
            model_name="apikey",
            name="ends_at",
            field=models.DateTimeField(
                blank=True, help_text="Of those made before 0.5: never", null=True, verbose_name="works until"
            ),
        ),
        migrations.AlterField(
            model_name="apikey",
            name="name",
            field=models.CharField(
                help_text="The system that sends with it", max_length=80, unique=True, verbose_name="name"
            ),
        ),
        migrations.AlterField(
            model_name="authority",
            name="area",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="own_authority",
                to="gis_data.area",
                verbose_name="area",
            ),
        ),
        migrations.AlterField(
            model_name="authority",
            name="code",
            field=models.SlugField(max_length=40, unique=True, verbose_name="code"),
        ),
        migrations.AlterField(
            model_name="authority",
            name="duty_desk",
            field=models.BooleanField(
                default=False, help_text="Takes what no rule gives to anybody", verbose_name="duty desk"
            ),
        ),
        migrations.AlterField(
            model_name="authority",
            name="georeport_format",
            field=models.CharField(
                choices=[("json", "JSON"), ("xml", "XML")],
                db_default="json",
                default="json",
                help_text="What its own system speaks; XML is what every one must",
                max_length=4,
                verbose_name="format of its own system",
            ),
        ),
        migrations.AlterField(
            model_name="authority",
            name="georeport_jurisdiction",
            field=models.CharField(blank=True, max_length=80, verbose_name="jurisdiction in its own system"),
        ),
        migrations.AlterField(
            model_name="authority",
            name="georeport_services",
            field=models.TextField(
                blank=True,
                db_default="",
                help_text="What matters are called there, one a line: RD.01 = pothole",
                verbose_name="matters in its own system",
            ),
        ),
        migrations.AlterField(
            model_name="authority",
            name="georeport_url",
            field=models.URLField(
                blank=True,
                help_text="Of its own system: https://…/open311/v2",
                verbose_name="address of its own system",
            ),
        ),
        migrations.AlterField(
            model_name="authority",
            name="kind",
            field=models.CharField(
                help_text="The kind of unit in the category tree: WARD, TMIC, POWER …",
                max_length=20,
                verbose_name="kind",
            ),
        ),
        migrations.AlterField(
            model_name="authority",
            name="name",
            field=models.CharField(max_length=150, verbose_name="name"),
        ),
        migrations.AlterField(
            model_name="authority",
            name="name_en",
            field=models.CharField(blank=True, max_length=150, verbose_name="name in English"),
        ),
        migrations.AlterField(
            model_name="authority",
            name="office_hours",
            field=models.CharField(
                blank=True,
                help_text="Mon-Fri 07:30-11:30 13:00-17:00; Sat 07:30-11:30. Empty: the city's",
                max_length=200,
                verbose_name="office hours",
            ),
        ),
        migrations.AlterField(
            model_name="authority",
            name="parent",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="units",
                to="incidents.authority",
                verbose_name="unit above",
            ),
        ),
        migrations.AlterField(
            model_name="authority",
            name="works",
            field=models.CharField(
                choices=[
                    ("here", "at its desk here"),
                    ("email", "by e-mail with a signed link"),
                    ("georeport", "in its own system, by Open311"),
                ],
                default="here",
                max_length=10,
                verbose_name="way of working",
            ),
        ),
        migrations.AlterField(
            model_name="calendarday",
            name="day",
            field=models.DateField(unique=True, verbose_name="day"),
        ),
        migrations.AlterField(
            model_name="calendarday",
            name="name",
            field=models.CharField(max_length=100, verbose_name="name"),
        ),
        migrations.AlterField(
            model_name="calendarday",
            name="works",
            field=models.BooleanField(help_text="Whether the offices work on it", verbose_name="worked"),
        ),
        migrations.AlterField(
            model_name="category",
            name="accept_within",
            field=models.CharField(blank=True, max_length=8, verbose_name="accept within"),
        ),
        migrations.AlterField(
            model_name="category",
            name="cameras",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Cameras may look: only for things that are seen in the street",
                verbose_name="cameras may look",
            ),
        ),
        migrations.AlterField(
            model_name="category",
            name="check_photos",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Where no model covers faces and number plates, photos wait until somebody has looked at them",
                verbose_name="photos are checked first",
            ),
        ),
        migrations.AlterField(
            model_name="category",
            name="code",
            field=models.CharField(max_length=20, unique=True, verbose_name="code"),
        ),
        migrations.AlterField(
            model_name="category",
            name="confirm",
            field=models.CharField(
                choices=[
                    ("code", "confirmed by a code"),
                    ("person", "confirmed by a code, or once a person has taken it up"),
                    ("none", "at once"),
                ],
                db_default="person",
                default="person",
                help_text="When messages go to a phone or an e-mail address that somebody left",
                max_length=10,
                verbose_name="address is confirmed",
            ),
        ),
        migrations.AlterField(
            model_name="category",
            name="emergency",
            field=models.BooleanField(
                default=False, help_text="Shows the emergency numbers before anything else", verbose_name="emergency"
            ),
        ),
        migrations.AlterField(
            model_name="category",
            name="everyday",
            field=models.BooleanField(default=False, help_text="Offered first", verbose_name="often reported"),
        ),
        migrations.AlterField(
            model_name="category",
            name="icon",
            field=models.CharField(help_text="A symbol of icons.svg: c-flood", max_length=30, verbose_name="icon"),
        ),
        migrations.AlterField(
            model_name="category",
            name="keywords",
            field=models.TextField(blank=True, verbose_name="keywords"),
        ),
        migrations.AlterField(
            model_name="category",
            name="name",
            field=models.CharField(max_length=100, verbose_name="name"),
        ),
        migrations.AlterField(
            model_name="category",
            name="name_en",
            field=models.CharField(blank=True, max_length=100, verbose_name="name in English"),
        ),
        migrations.AlterField(
            model_name="category",
            name="parent",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="children",
                to="incidents.category",
                verbose_name="group of matters",
            ),
        ),
        migrations.AlterField(
            model_name="category",
            name="position",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="place in the list"),
        ),
        migrations.AlterField(
            model_name="category",
            name="publish",
            field=models.CharField(
                choices=[
                    ("at_once", "at once"),
                    ("accepted", "when the unit has accepted it"),
                    ("checked", "when somebody has looked at it"),
                    ("never", "never"),
                ],
                default="at_once",
                max_length=10,
                verbose_name="shown in public",
            ),
        ),
        migrations.AlterField(
            model_name="category",
            name="resolve_within",
            field=models.CharField(blank=True, max_length=8, verbose_name="resolve within"),
        ),
        migrations.AlterField(
            model_name="category",
            name="restricted",
            field=models.BooleanField(default=False, help_text="Never shown in public", verbose_name="never public"),
        ),
        migrations.AlterField(
            model_name="contact",
            name="authority",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="contacts",
                to="incidents.authority",
                verbose_name="unit",
            ),
        ),
        migrations.AlterField(
            model_name="contact",
            name="email",
            field=models.EmailField(blank=True, max_length=254, verbose_name="e-mail address"),
        ),
        migrations.AlterField(
            model_name="contact",
            name="label",
            field=models.CharField(max_length=80, verbose_name="label"),
        ),
        migrations.AlterField(
            model_name="contact",
            name="phone",
            field=models.CharField(blank=True, max_length=20, verbose_name="phone number"),
        ),
        migrations.AlterField(
            model_name="escalationstep",
            name="category",
            field=models.ForeignKey(
                blank=True,
                help_text="A leaf, a group, or any",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="escalation_steps",
                to="incidents.category",
                verbose_name="matter",
            ),
        ),
        migrations.AlterField(
            model_name="escalationstep",
            name="email",
            field=models.BooleanField(default=True, verbose_name="by e-mail"),
        ),
        migrations.AlterField(
            model_name="escalationstep",
            name="offset",
            field=models.CharField(
                help_text="-25% of the time, -4h, 0, +30min, +1d, +1wd: before or after the deadline",
                max_length=8,
                verbose_name="before or after it",
            ),
        ),
        migrations.AlterField(
            model_name="escalationstep",
            name="sms",
            field=models.BooleanField(default=False, verbose_name="by SMS"),
        ),
        migrations.AlterField(
            model_name="escalationstep",
            name="target",
            field=models.CharField(
                choices=[("accept", "to be accepted"), ("resolve", "to be resolved")],
                max_length=10,
                verbose_name="which deadline",
            ),
        ),
        migrations.AlterField(
            model_name="escalationstep",
            name="who",
            field=models.CharField(
                choices=[
                    ("handler", "the handling point"),
                    ("head", "the head of the unit"),
                    ("leader", "the leader of the area or field"),
                    ("city", "the city"),
                ],
                max_length=10,
                verbose_name="who is reminded",
            ),
        ),
        migrations.AlterField(
            model_name="grouppost",
            name="area",
            field=models.ForeignKey(
                blank=True,
                help_text="Only what lies in it",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="gis_data.area",
                verbose_name="area",
            ),
        ),
        migrations.AlterField(
            model_name="grouppost",
            name="authority",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="incidents.authority",
                verbose_name="unit",
            ),
        ),
        migrations.AlterField(
            model_name="grouppost",
            name="category",
            field=models.ForeignKey(
                blank=True,
                help_text="Only this field",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="incidents.category",
                verbose_name="matter",
            ),
        ),
        migrations.AlterField(
            model_name="grouppost",
            name="group",
            field=models.CharField(help_text="As the provider names it", max_length=200, verbose_name="group"),
        ),
        migrations.AlterField(
            model_name="grouppost",
            name="role",
            field=models.CharField(
                choices=[
                    ("officer", "officer"),
                    ("dispatcher", "dispatcher"),
                    ("leader", "leader"),
                    ("supervisor", "supervisor"),
                    ("operator", "hotline operator"),
                    ("control", "control room"),
                    ("technician", "camera technician"),
                    ("gis", "GIS officer"),
                    ("privacy", "data protection officer"),
                    ("admin", "administrator"),
                ],
                max_length=12,
                verbose_name="role",
            ),
        ),
        migrations.AlterField(
            model_name="membership",
            name="area",
            field=models.ForeignKey(
                blank=True,
                help_text="Only what lies in it",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="gis_data.area",
                verbose_name="area",
            ),
        ),
        migrations.AlterField(
            model_name="membership",
            name="authority",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="memberships",
                to="incidents.authority",
                verbose_name="unit",
            ),
        ),
        migrations.AlterField(
            model_name="membership",
            name="category",
            field=models.ForeignKey(
                blank=True,
                help_text="Only this field",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="incidents.category",
                verbose_name="matter",
            ),
        ),
        migrations.AlterField(
            model_name="membership",
            name="ends",
            field=models.DateField(blank=True, help_text="The last day", null=True, verbose_name="last day"),
        ),
        migrations.AlterField(
            model_name="membership",
            name="group",
            field=models.CharField(blank=True, editable=False, max_length=200, verbose_name="group"),
        ),
        migrations.AlterField(
            model_name="membership",
            name="role",
            field=models.CharField(
                choices=[
                    ("officer", "officer"),
                    ("dispatcher", "dispatcher"),
                    ("leader", "leader"),
                    ("supervisor", "supervisor"),
                    ("operator", "hotline operator"),
                    ("control", "control room"),
                    ("technician", "camera technician"),
                    ("gis", "GIS officer"),
                    ("privacy", "data protection officer"),
                    ("admin", "administrator"),
                ],
                max_length=12,
                verbose_name="role",
            ),
        ),
        migrations.AlterField(
            model_name="membership",
            name="starts",
            field=models.DateField(blank=True, null=True, verbose_name="first day"),
        ),
        migrations.AlterField(
            model_name="membership",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="memberships",
                to=settings.AUTH_USER_MODEL,
                verbose_name="person",
            ),
        ),
        migrations.AlterField(
            model_name="messagetemplate",
            name="key",
            field=models.CharField(help_text="resolved, reminder, digest …", max_length=40, verbose_name="key"),
        ),
        migrations.AlterField(
            model_name="messagetemplate",
            name="language",
            field=models.CharField(
                choices=[("vi", "Tiếng Việt"), ("en", "English")], max_length=5, verbose_name="language"
            ),
        ),
        migrations.AlterField(
            model_name="messagetemplate",
            name="medium",
            field=models.CharField(
                choices=[
                    ("email", "e-mail"),
                    ("sms", "SMS"),
                    ("zalo", "Zalo"),
                    ("messenger", "Messenger"),
                    ("webchat", "chat on our pages"),
                    ("push", "push message"),
                ],
                max_length=10,
                verbose_name="medium",
            ),
        ),
        migrations.AlterField(
            model_name="messagetemplate",
            name="provider_key",
            field=models.CharField(
                blank=True,
                help_text="Its number at the SMS provider",
                max_length=60,
                verbose_name="number at the provider",
            ),
        ),
        migrations.AlterField(
            model_name="messagetemplate",
            name="subject",
            field=models.CharField(blank=True, max_length=200, verbose_name="subject"),
        ),
        migrations.AlterField(
            model_name="messagetemplate",
            name="text",
            field=models.TextField(verbose_name="text"),
        ),
        migrations.AlterField(
            model_name="optout",
            name="address",
            field=geoapp.encrypted.EncryptedTextField(indexed=True, max_length=500, verbose_name="address"),
        ),
        migrations.AlterField(
            model_name="optout",
            name="at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="moment"),
        ),
        migrations.AlterField(
            model_name="optout",
            name="medium",
            field=models.CharField(
                choices=[
                    ("email", "e-mail"),
                    ("sms", "SMS"),
                    ("zalo", "Zalo"),
                    ("messenger", "Messenger"),
                    ("webchat", "chat on our pages"),
                    ("push", "push message"),
                ],
                max_length=10,
                verbose_name="medium",
            ),
        ),
        migrations.AlterField(
            model_name="question",
            name="category",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="questions",
                to="incidents.category",
                verbose_name="matter",
            ),
        ),
        migrations.AlterField(
            model_name="question",
            name="choices",
            field=models.JSONField(
                blank=True, default=list, help_text='[{"key": "deep", "vi": "…", "en": "…"}]', verbose_name="choices"
            ),
        ),
        migrations.AlterField(
            model_name="question",
            name="code",
            field=models.SlugField(max_length=40, verbose_name="code"),
        ),
        migrations.AlterField(
            model_name="question",
            name="datatype",
            field=models.CharField(
                choices=[
                    ("string", "a line"),
                    ("text", "several lines"),
                    ("number", "a number"),
                    ("datetime", "a day and time"),
                    ("singlevaluelist", "one of several"),
                    ("multivaluelist", "some of several"),
                    ("note", "shown, not asked"),
                ],
                max_length=20,
                verbose_name="kind of answer",
            ),
        ),
        migrations.AlterField(
            model_name="question",
            name="hint",
            field=models.CharField(blank=True, max_length=200, verbose_name="hint"),
        ),
        migrations.AlterField(
            model_name="question",
            name="hint_en",
            field=models.CharField(blank=True, max_length=200, verbose_name="hint in English"),
        ),
        migrations.AlterField(
            model_name="question",
            name="personal",
            field=models.BooleanField(
                default=False, help_text="Its answers are shown with the contact only", verbose_name="personal"
            ),
        ),
        migrations.AlterField(
            model_name="question",
            name="position",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="place in the list"),
        ),
        migrations.AlterField(
            model_name="question",
            name="required",
            field=models.BooleanField(
                default=False, help_text="On forms, and for other systems", verbose_name="must be answered"
            ),
        ),
        migrations.AlterField(
            model_name="question",
            name="text",
            field=models.CharField(max_length=200, verbose_name="text"),
        ),
        migrations.AlterField(
            model_name="question",
            name="text_en",
            field=models.CharField(blank=True, max_length=200, verbose_name="text in English"),
        ),
        migrations.AlterField(
            model_name="routingrule",
            name="area",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="rules",
                to="gis_data.area",
                verbose_name="area",
            ),
        ),
        migrations.AlterField(
            model_name="routingrule",
            name="authority",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="rules",
                to="incidents.authority",
                verbose_name="unit",
            ),
        ),
        migrations.AlterField(
            model_name="routingrule",
            name="category",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="rules",
                to="incidents.category",
                verbose_name="matter",
            ),
        ),
        migrations.AlterField(
            model_name="routingrule",
            name="reason",
            field=models.CharField(
                help_text="One plain sentence, shown to the citizen", max_length=200, verbose_name="reason"
            ),
        ),
        migrations.AlterField(
            model_name="routingrule",
            name="reason_en",
            field=models.CharField(blank=True, max_length=200, verbose_name="reason in English"),
        ),
        migrations.AlterField(
            model_name="servicelevel",
            name="accept_within",
            field=models.CharField(max_length=8, verbose_name="accept within"),
        ),
        migrations.AlterField(
            model_name="servicelevel",
            name="authority",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="levels",
                to="incidents.authority",
                verbose_name="unit",
            ),
        ),
        migrations.AlterField(
            model_name="servicelevel",
            name="category",
            field=models.ForeignKey(
                blank=True,
                help_text="A leaf, a group, or any",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="levels",
                to="incidents.category",
                verbose_name="matter",
            ),
        ),
        migrations.AlterField(
            model_name="servicelevel",
            name="resolve_within",
            field=models.CharField(max_length=8, verbose_name="resolve within"),
        ),
        migrations.AlterField(
            model_name="servicelevel",
            name="severity",
            field=models.CharField(
                blank=True,
                choices=[("normal", "normal"), ("dangerous", "dangerous")],
                help_text="Empty: any",
                max_length=10,
                verbose_name="severity",
            ),
        ),
        migrations.AlterField(
            model_name="user",
            name="language",
            field=models.CharField(
                choices=[("vi", "Tiếng Việt"), ("en", "English")], default="vi", max_length=5, verbose_name="language"
            ),
        ),
        migrations.AlterField(
            model_name="user",
            name="phone",
            field=models.CharField(
                blank=True,
                help_text="E.164, for messages about the own work",
                max_length=20,
                verbose_name="phone number",
            ),
        ),
    ]
