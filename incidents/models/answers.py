"""Pages that answer one need of a citizen each, by subject and life event, and whether they helped. Data of the city's
pack.
"""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import CombinedExpression
from django.utils.timezone import localdate, now
from django.utils.translation import gettext_lazy as _

from geoapp.crypto.fields import EncryptedTextField
from gis_data.models import in_language
from incidents.models.catalogue import Plain
from incidents.models.people import Authority

TITLE_MAX = 120
TEXT_MAX = 400
FACT_MAX = 120  # a fact and its note
WHY_MAX = 300
QUESTION_MAX = 1000
MORE_MAX = 4000


def weighted_words(title: Plain, words: Plain, text: Plain, *, config: str) -> CombinedExpression:
    """Return the SQL of words for full text search: those of a title weigh most (A), then other words for it, its text.

    `config`: whether words are reduced to their stems (`english`) or stay as they are (`simple`).
    """
    parts = {"A": title, "B": words, "C": text}
    first, second, third = (SearchVector(part, config=config, weight=weight) for weight, part in parts.items())
    return first + second + third


class AnswerGroup(models.Model):
    """A group by which answers are listed."""

    code = models.SlugField(unique=True, max_length=40)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80, blank=True)
    position = models.PositiveSmallIntegerField(default=0, help_text="Its place in the file")

    class Meta:
        abstract = True
        ordering = ["position", "code"]

    def __str__(self):
        return self.code

    @property
    def title(self) -> str:
        return in_language(self, "name")


class Subject(AnswerGroup):
    """A subject of answers: papers, health, traffic."""

    class Meta(AnswerGroup.Meta):
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="a_subject_has_a_name")]


class LifeEvent(AnswerGroup):
    """An event of a person's life that several answers are about: a birth, a move, a lost wallet."""

    class Meta(AnswerGroup.Meta):
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="a_life_event_has_a_name")]


class AnswerQuerySet(models.QuerySet["Answer"]):
    def public(self) -> "AnswerQuerySet":
        """Filter answers that everybody may read today: the only door for pages, search, chat and site map."""
        today = localdate()
        valid = Q(valid_until=None) | Q(valid_until__gte=today)
        return self.filter(valid, state=Answer.State.PUBLISHED, valid_from__lte=today)


class AnswerPicture(models.Model):
    """A picture of a page, re-encoded without EXIF. It is never replaced: a new one gets a row of its own."""

    large = models.FileField(upload_to="answers/%Y/%m/")
    small = models.FileField(upload_to="answers/%Y/%m/")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=now)

    def __str__(self):
        return f"{self.pk}"


class Answer(models.Model):
    """A page that answers one need: its first sentence answers, then facts, what to bring, steps."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")

    slug = models.SlugField(unique=True, max_length=60)
    title = models.CharField(max_length=TITLE_MAX)
    title_en = models.CharField(max_length=TITLE_MAX, blank=True)
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="answers")
    life_events = models.ManyToManyField(LifeEvent, blank=True, related_name="answers")
    words = models.TextField(blank=True, help_text="Other words for it, one a line")
    words_en = models.TextField(blank=True)
    text = models.CharField(max_length=TEXT_MAX, help_text="The first sentence answers; **what matters most**")
    text_en = models.CharField(max_length=TEXT_MAX, blank=True)
    # Of a question that was answered in public: what was asked, without personal data, and the rest of the answer.
    question = models.CharField(max_length=QUESTION_MAX, blank=True, db_default="")
    question_en = models.CharField(max_length=QUESTION_MAX, blank=True, db_default="")
    more = models.TextField(blank=True, db_default="", help_text="What follows the first sentence")
    more_en = models.TextField(blank=True, db_default="")
    answered_by = models.ForeignKey(Authority, models.PROTECT, null=True, blank=True, related_name="+")
    asked_on = models.DateField(null=True, blank=True)
    answered_on = models.DateField(null=True, blank=True)
    how_long = models.CharField(max_length=FACT_MAX, blank=True, help_text="A fact, and after a dash a note")
    how_long_en = models.CharField(max_length=FACT_MAX, blank=True)
    cost = models.CharField(max_length=FACT_MAX, blank=True)
    cost_en = models.CharField(max_length=FACT_MAX, blank=True)
    place = models.CharField(max_length=FACT_MAX, blank=True, help_text="Where it is done")
    place_en = models.CharField(max_length=FACT_MAX, blank=True)
    bring = models.TextField(blank=True, help_text="What to bring, one a line, each with a note after a dash")
    bring_en = models.TextField(blank=True)
    steps = models.TextField(blank=True, help_text="One a line")
    steps_en = models.TextField(blank=True)
    online = models.URLField(blank=True, help_text="Where it is done on-line")
    online_note = models.CharField(max_length=FACT_MAX, blank=True)
    online_note_en = models.CharField(max_length=FACT_MAX, blank=True)
    office = models.CharField(max_length=150, blank=True, help_text="ward, police-ward, or the name of an authority")
    rule = models.CharField(max_length=400, blank=True, help_text="The laws it rests on")
    source = models.CharField(max_length=200, blank=True)
    to_check = models.CharField(max_length=400, blank=True, help_text="What may have changed, and whom to ask")
    to_check_en = models.CharField(max_length=400, blank=True)
    picture = models.ForeignKey(AnswerPicture, models.PROTECT, null=True, blank=True, related_name="answers")
    picture_words = models.CharField(
        max_length=FACT_MAX, blank=True, db_default="", help_text="What the picture shows, for those who do not see it"
    )
    picture_words_en = models.CharField(max_length=FACT_MAX, blank=True, db_default="")
    related = models.ManyToManyField("self", blank=True, symmetrical=False, related_name="related_from")
    reviewed_on = models.DateField(help_text="When it was last compared with the rules")
    review_by = models.DateField(null=True, blank=True, help_text="When it is to be compared with them again")
    valid_from = models.DateField(default=localdate)
    valid_until = models.DateField(null=True, blank=True, help_text="The last day on which it is public")
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    # What is searched, without diacritics: titles weigh most, then other words for it, then the text.
    search = models.GeneratedField(
        expression=weighted_words(Plain("title"), Plain("words"), Plain("text", "steps", "bring"), config="simple"),
        output_field=SearchVectorField(),
        db_persist=True,
    )
    search_en = models.GeneratedField(
        expression=weighted_words(
            Plain("title_en"), Plain("words_en"), Plain("text_en", "steps_en", "bring_en"), config="english"
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = AnswerQuerySet.as_manager()

    class Meta:
        ordering = ["slug"]
        indexes = [
            GinIndex(fields=["search"], name="answers_by_words"),
            GinIndex(fields=["search_en"], name="answers_by_english_words"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(title="") & ~Q(text=""), name="an_answer_has_a_title_and_a_text"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="an_answer_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(online="") | Q(online__startswith="https://"), name="an_answer_links_https"
            ),
            models.CheckConstraint(
                condition=Q(picture=None) | ~Q(picture_words=""), name="a_picture_of_an_answer_is_described"
            ),
            models.CheckConstraint(
                condition=Q(question="") | Q(answered_by__isnull=False, answered_on__isnull=False),
                name="a_public_question_says_who_answered",
            ),
        ]

    def __str__(self):
        return self.slug

    @property
    def is_public(self) -> bool:
        return Answer.objects.public().filter(pk=self.pk).exists()

    @property
    def heading(self) -> str:
        return in_language(self, "title")


class AnswerWord(models.Model):
    """A word of public answers and in how many it stands: rare words weigh more, misspelt ones are compared with these.

    Written anew by `incidents.answers.vocabulary` when answers change.
    """

    language = models.CharField(max_length=2)
    word = models.CharField(max_length=60)
    pages = models.PositiveIntegerField()

    class Meta:
        indexes = [GinIndex(OpClass(F("word"), name="gin_trgm_ops"), name="answer_words_by_trigrams")]
        constraints = [
            models.UniqueConstraint(fields=["language", "word"], name="a_word_of_answers_is_counted_once"),
            models.CheckConstraint(condition=Q(pages__gt=0), name="a_word_of_answers_stands_somewhere"),
        ]

    def __str__(self):
        return f"{self.language} {self.word}: {self.pages}"


class AnswerVote(models.Model):
    """A visitor's vote on an answer: helpful or not, with a reason."""

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="votes")
    helpful = models.BooleanField()
    why = EncryptedTextField(max_length=WHY_MAX, blank=True)
    visitor = models.CharField(max_length=64, help_text="A digest of who voted, with SECRET_KEY; of one answer only")
    at = models.DateTimeField(default=now)

    class Meta:
        indexes = [
            models.Index(fields=["answer", "helpful"], name="votes_of_an_answer"),
            models.Index(fields=["at"], name="votes_by_day"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["answer", "visitor"], name="a_visitor_votes_once_on_an_answer"),
            models.CheckConstraint(condition=Q(helpful=False) | Q(why=""), name="only_who_was_not_helped_says_why"),
        ]

    def __str__(self):
        return f"{self.answer_id} {self.helpful}"
