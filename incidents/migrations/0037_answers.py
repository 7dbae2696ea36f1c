"""Pages that answer one need each, their words and votes."""

import django.db.models.deletion
import django.utils.timezone
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import CombinedSearchVector, SearchConfig, SearchVector, SearchVectorField
from django.db import migrations, models

from geoapp.crypto.fields import EncryptedTextField
from incidents.models.catalogue import Plain


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0036_calls_that_go_on_from_a_chat"),
    ]

    operations = [
        migrations.CreateModel(
            name="AnswerWord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("language", models.CharField(max_length=2)),
                ("word", models.CharField(max_length=60)),
                ("pages", models.PositiveIntegerField()),
            ],
            options={
                "indexes": [GinIndex(OpClass(models.F("word"), name="gin_trgm_ops"), name="answer_words_by_trigrams")],
                "constraints": [
                    models.UniqueConstraint(fields=("language", "word"), name="a_word_of_answers_is_counted_once"),
                    models.CheckConstraint(
                        condition=models.Q(("pages__gt", 0)), name="a_word_of_answers_stands_somewhere"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LifeEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=40, unique=True)),
                ("name", models.CharField(max_length=80)),
                ("name_en", models.CharField(blank=True, max_length=80)),
                ("position", models.PositiveSmallIntegerField(default=0, help_text="Its place in the file")),
            ],
            options={
                "ordering": ["position", "code"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="a_life_event_has_a_name"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Subject",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=40, unique=True)),
                ("name", models.CharField(max_length=80)),
                ("name_en", models.CharField(blank=True, max_length=80)),
                ("position", models.PositiveSmallIntegerField(default=0, help_text="Its place in the file")),
            ],
            options={
                "ordering": ["position", "code"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="a_subject_has_a_name")
                ],
            },
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=60, unique=True)),
                ("title", models.CharField(max_length=120)),
                ("title_en", models.CharField(blank=True, max_length=120)),
                ("words", models.TextField(blank=True, help_text="Other words for it, one a line")),
                ("words_en", models.TextField(blank=True)),
                (
                    "text",
                    models.CharField(help_text="The first sentence answers; **what matters most**", max_length=400),
                ),
                ("text_en", models.CharField(blank=True, max_length=400)),
                ("how_long", models.CharField(blank=True, help_text="A fact, and after a dash a note", max_length=120)),
                ("how_long_en", models.CharField(blank=True, max_length=120)),
                ("cost", models.CharField(blank=True, max_length=120)),
                ("cost_en", models.CharField(blank=True, max_length=120)),
                ("place", models.CharField(blank=True, help_text="Where it is done", max_length=120)),
                ("place_en", models.CharField(blank=True, max_length=120)),
                (
                    "bring",
                    models.TextField(blank=True, help_text="What to bring, one a line, each with a note after a dash"),
                ),
                ("bring_en", models.TextField(blank=True)),
                ("steps", models.TextField(blank=True, help_text="One a line")),
                ("steps_en", models.TextField(blank=True)),
                ("online", models.URLField(blank=True, help_text="Where it is done on-line")),
                ("online_note", models.CharField(blank=True, max_length=120)),
                ("online_note_en", models.CharField(blank=True, max_length=120)),
                (
                    "office",
                    models.CharField(
                        blank=True, help_text="ward, police-ward, or the name of an authority", max_length=150
                    ),
                ),
                ("rule", models.CharField(blank=True, help_text="The laws it rests on", max_length=400)),
                ("source", models.CharField(blank=True, max_length=200)),
                (
                    "to_check",
                    models.CharField(blank=True, help_text="What may have changed, and whom to ask", max_length=400),
                ),
                ("to_check_en", models.CharField(blank=True, max_length=400)),
                ("reviewed_on", models.DateField(help_text="When it was last compared with the rules")),
                ("valid_from", models.DateField(default=django.utils.timezone.localdate)),
                (
                    "valid_until",
                    models.DateField(blank=True, help_text="The last day on which it is public", null=True),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "Draft"), ("published", "Published")], default="draft", max_length=9
                    ),
                ),
                (
                    "search",
                    models.GeneratedField(
                        db_persist=True,
                        expression=CombinedSearchVector(
                            CombinedSearchVector(
                                SearchVector(Plain("title"), config="simple", weight="A"),
                                "||",
                                SearchVector(Plain("words"), config="simple", weight="B"),
                                SearchConfig("simple"),
                            ),
                            "||",
                            SearchVector(Plain("text", "steps", "bring"), config="simple", weight="C"),
                            SearchConfig("simple"),
                        ),
                        output_field=SearchVectorField(),
                    ),
                ),
                (
                    "search_en",
                    models.GeneratedField(
                        db_persist=True,
                        expression=CombinedSearchVector(
                            CombinedSearchVector(
                                SearchVector(Plain("title_en"), config="english", weight="A"),
                                "||",
                                SearchVector(Plain("words_en"), config="english", weight="B"),
                                SearchConfig("english"),
                            ),
                            "||",
                            SearchVector(Plain("text_en", "steps_en", "bring_en"), config="english", weight="C"),
                            SearchConfig("english"),
                        ),
                        output_field=SearchVectorField(),
                    ),
                ),
                ("related", models.ManyToManyField(blank=True, related_name="related_from", to="incidents.answer")),
                ("life_events", models.ManyToManyField(blank=True, related_name="answers", to="incidents.lifeevent")),
                (
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="answers", to="incidents.subject"
                    ),
                ),
            ],
            options={
                "ordering": ["slug"],
            },
        ),
        migrations.CreateModel(
            name="AnswerVote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("helpful", models.BooleanField()),
                ("why", EncryptedTextField(blank=True, max_length=300)),
                (
                    "visitor",
                    models.CharField(
                        help_text="A digest of who voted, with SECRET_KEY; of one answer only", max_length=64
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "answer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="votes", to="incidents.answer"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["answer", "helpful"], name="votes_of_an_answer")],
                "constraints": [
                    models.UniqueConstraint(fields=("answer", "visitor"), name="a_visitor_votes_once_on_an_answer"),
                    models.CheckConstraint(
                        condition=models.Q(("helpful", False), ("why", ""), _connector="OR"),
                        name="only_who_was_not_helped_says_why",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="answer",
            index=GinIndex(fields=["search"], name="answers_by_words"),
        ),
        migrations.AddIndex(
            model_name="answer",
            index=GinIndex(fields=["search_en"], name="answers_by_english_words"),
        ),
        migrations.AddConstraint(
            model_name="answer",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("title", ""), _negated=True), models.Q(("text", ""), _negated=True)),
                name="an_answer_has_a_title_and_a_text",
            ),
        ),
        migrations.AddConstraint(
            model_name="answer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_until", None), ("valid_until__gte", models.F("valid_from")), _connector="OR"
                ),
                name="an_answer_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="answer",
            constraint=models.CheckConstraint(
                condition=models.Q(("online", ""), ("online__startswith", "https://"), _connector="OR"),
                name="an_answer_links_https",
            ),
        ),
    ]
