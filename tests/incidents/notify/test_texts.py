"""What notices say: every text ships for every medium in both languages, fits, and a city's own takes its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from incidents.models import Medium, MessageTemplate
from incidents.notify import own_texts, sms, text_keys, texts

DRAFTS = [(key, code) for key in text_keys.TEXTS for code in texts.language_codes()]
CASES = [(key, medium) for key in text_keys.TEXTS for medium in Medium.values]
WILD = st.text(st.sampled_from("aạ😀 {}\n.…€x"), max_size=900)


@pytest.mark.usual_rows(30)
@pytest.mark.parametrize(("key", "medium"), CASES)
def test_every_text_ships_in_both_languages(db, key, medium):
    shipped = {
        code: texts.render_notice(key, medium, code, texts.example_values(key, code)) for code in texts.language_codes()
    }
    for subject, text in shipped.values():
        assert text
        assert (subject != "") == (medium in (Medium.EMAIL, Medium.PUSH))
        assert [sign for sign in ("{", "}", "%(", "&amp;", "&#", "None") if sign in subject + text] == []
        assert medium != Medium.SMS or sms.split_text(text).count <= 2
    assert shipped["vi"] != shipped["en"]


@pytest.mark.usual_rows(30)
@pytest.mark.parametrize(("key", "language"), DRAFTS)
def test_what_ships_can_be_made_ones_own(db, key, language):
    """The draft of every text is faultless, and says with the examples what the text that ships says."""
    for medium in (Medium.EMAIL, Medium.SMS):
        subject, text = own_texts.shipped_draft(key, medium, language)
        form = own_texts.OwnTextForm(
            {"subject": subject, "text": text}, instance=MessageTemplate(key=key, medium=medium, language=language)
        )
        assert form.errors == {}
        assert own_texts.preview_text(key, medium, language, form.instance)["text"].split() == (
            own_texts.preview_text(key, medium, language)["text"].split()
        )


def test_a_citys_own_text_takes_the_place_of_the_one_that_ships(db):
    values = {"reference": "2611-00001", "unit": "{link} Office", "link": "https://x"}
    rendered = lambda medium, language="en": texts.render_notice("closed", medium, language, values)  # noqa: E731
    ships = rendered("email")
    MessageTemplate.objects.create(key="closed", medium="sms", language="en", text="Over: {reference} {unit}\n{area}")
    assert rendered("sms") == ("", "Over: 2611-00001 {link} Office")  # what a value says is no place
    assert rendered("zalo") == rendered("sms")
    assert rendered("push") == ("2611-00001: closed", "Over: 2611-00001 {link} Office")
    assert rendered("email") == ships
    assert rendered("sms", "vi")[1].startswith("2611-00001: đã đóng")
    MessageTemplate.objects.create(key="closed", medium="email", language="en", text="By letter")
    assert rendered("email") == ("2611-00001: closed", "By letter")


@pytest.mark.parametrize(("ascii_only", "most"), [(True, 306), (False, 134)])
def test_an_sms_is_cut_where_it_says_most(db, settings, ascii_only, most):
    settings.SMS_ASCII = ascii_only
    unit, link = "UBND Phường Bến Cũ", "https://wharf.example/t/0123456789abcdef/"
    values = {"reference": "2611-00001", "unit": unit, "words": "Nhà số mấy? " * 60, "link": link}
    text = texts.render_notice("asked", "sms", "vi", values)[1]
    parts = sms.split_text(text)
    assert (parts.count, most - 15 < parts.units <= most) == (2, True)
    assert text.startswith(f"2611-00001: {unit} hỏi bạn: Nhà số mấy? Nhà")
    assert text.endswith(f"… {link}")


class AnySMS(TestCase):
    @given(words=WILD, unit=WILD, ascii_only=st.booleans())
    def test_fits_and_keeps_its_link(self, words, unit, ascii_only):
        with self.settings(SMS_ASCII=ascii_only):
            values = {"reference": "2611-00001", "unit": unit, "words": words, "link": "https://x/t/0123456789abcdef/"}
            text = texts.render_notice("asked", "sms", "en", values)[1]
            assert sms.split_text(text).count <= 2
            assert text.startswith("2611-00001: ")
            assert text.endswith("https://x/t/0123456789abcdef/")
