"""Train and use the model of categories learned from the pack's sentences and the city's reports."""

import json
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import numpy as np

from incidents.models import Category, CategorySentence, LearnedCategories, Report
from incidents.redaction import without_contacts
from incidents.reporting.categories.lexicon import category_phrases, rank_by_lexicon
from incidents.reporting.categories.ngrams import MAX_CHARS, NOTHING, NgramModel

ROOT = Path(__file__).resolve().parents[3]
MAX_REPORTS = 50_000  # the newest
HELD_BACK = 5  # every fifth report measures what the others taught
KEPT = 12  # models, with their scores
PATIENCE_S = 1800
UNTAUGHT = NgramModel([], {}, rarity=np.empty(0), weights=np.empty((0, 0)), bias=np.empty(0))
TRAINING = "import django; django.setup(); from incidents.reporting.categories.training import main; main()"


def current_model() -> NgramModel:
    """Return the model in use; one that knows nothing where the lexicon is better, or nothing was learned."""
    key = LearnedCategories.objects.in_use()
    return load_model(key) if key else UNTAUGHT


@lru_cache(maxsize=1)
def load_model(key: int) -> NgramModel:
    return NgramModel.from_bytes(bytes(LearnedCategories.objects.values_list("model", flat=True).get(pk=key)))


def learn_categories() -> LearnedCategories | None:
    """Train a model and store it with its score; None where there is nothing to measure it by.

    Raises subprocess.CalledProcessError where the training process fails.
    """
    lessons = collect_lessons()
    if not lessons["measuring"]:
        return None
    done = subprocess.run(
        [sys.executable, "-c", TRAINING], check=True, cwd=ROOT, timeout=PATIENCE_S, input=json.dumps(lessons).encode(),
        capture_output=True,
    )  # fmt: skip
    scores = json.loads(done.stderr.splitlines()[-1])
    row = LearnedCategories.objects.create(
        reports=len(lessons["reports"]), measured=scores["measured"], right_by_lexicon=scores["lexicon"],
        right_by_model=scores["model"], model=done.stdout,
    )  # fmt: skip
    LearnedCategories.objects.delete_oldest(keep=KEPT)
    return row


def collect_lessons() -> dict[str, list]:
    """Input of `training.Lessons`: texts without contacts."""
    leaves = list(Category.objects.leaves())
    sentences = [
        (text, code or NOTHING, measures)
        for text, code, measures in CategorySentence.objects.values_list("text", "category__code", "measures").order_by(
            "pk"
        )
    ]
    pack = [(text, code) for text, code, measures in sentences if not measures]
    for leaf in leaves:
        phrases = category_phrases(leaf.name, leaf.name_en, leaf.keywords)
        pack += [(phrase.marked, leaf.code) for phrase in phrases]
    rows = Report.objects.with_settled_category().order_by("-pk").values_list("pk", "text", "incident__category__code")
    reports, measuring = [], [(text, code) for text, code, measures in sentences if measures]
    for key, text, code in rows[:MAX_REPORTS].iterator(chunk_size=2000):
        some = reports if key % HELD_BACK else measuring
        some.append((without_contacts(text[:MAX_CHARS]), code))
    return {
        "pack": pack,
        "reports": reports,
        "measuring": [
            (text, code, [category.code for category in rank_by_lexicon(text, leaves)]) for text, code in measuring
        ],
    }
