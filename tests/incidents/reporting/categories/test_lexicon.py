"""Categories of texts by the lexicon of the shipped city."""

import pytest

from incidents.reporting.categories.lexicon import rank_by_lexicon


def test_sentences_of_the_pack_name_their_category(unsaved_leaves, sentences):
    """Keywords were chosen with these sentences; those for measuring were written later (test_learned)."""
    known = [row for row in sentences if row["category"] and not row["measures"]]
    suggested = [[category.code for category in rank_by_lexicon(row["sentence"], unsaved_leaves)] for row in known]
    first, among = (
        sum(row["category"] in codes[:count] for row, codes in zip(known, suggested, strict=True)) for count in (1, 4)
    )
    assert (len(known), first, among) == (287, 272, 276)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("xin hỏi thủ tục làm khai sinh", ["PA.03"]),
        ("xin hoi thu tuc lam khai sinh", ["PA.03"]),
        ("Quán đổ nước ra đường", []),  # đổ is not đò, a ferry
        ("phà", ["TR.09"]),
        ("pha", ["TR.09"]),  # without marks it may be
        ("phá nhà", []),
        ("o ga truoc nha", ["RD.01"]),
        ("mat nap cong", ["RD.03"]),
        ("😀", []),
        ("", []),
    ],
)
def test_marks_tell_words_apart(unsaved_leaves, text, codes):
    assert [category.code for category in rank_by_lexicon(text, unsaved_leaves)] == codes
