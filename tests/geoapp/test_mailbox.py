"""Test which spellings of an address are one mailbox."""

import pytest

from geoapp.mailbox import fold_mailbox


@pytest.mark.parametrize(
    ("spelled", "mailbox"),
    [
        ("victim+1@gmail.com", "victim@gmail.com"),
        ("V.i.c.t.i.m+abc+def@GoogleMail.com", "victim@gmail.com"),
        (" Victim@Gmail.COM. ", "victim@gmail.com"),
        ("victim+7@outlook.com", "victim@outlook.com"),
        ("vic.tim@outlook.com", "vic.tim@outlook.com"),
        ("victim+x@hotmail.com", "victim@hotmail.com"),
        ("victim+x@yahoo.com.vn", "victim@yahoo.com.vn"),
        ("victim-shop@yahoo.com", "victim@yahoo.com"),
        ("victim+a@me.com", "victim@icloud.com"),
        ("victim@mac.com", "victim@icloud.com"),
        ("victim+a@fastmail.com", "victim@fastmail.com"),
        ("anything@victim.fastmail.com", "victim@fastmail.com"),
        ("v.i-c_tim+9@pm.me", "victim@proton.me"),
        ("victim@protonmail.com", "victim@proton.me"),
        ("victim+n@company.example", "victim@company.example"),
        ("vic-tim@company.example", "vic-tim@company.example"),
        ("victim@Bücher.example", "victim@xn--bcher-kva.example"),
        ("victim@xn--bcher-kva.example", "victim@xn--bcher-kva.example"),
        ("ｖictim@gmail.com", "victim@gmail.com"),
        ("+tag@gmail.com", "+tag@gmail.com"),
        ("...@gmail.com", "...@gmail.com"),
        ("+84901234567", "+84901234567"),
        ("zalo:12345", "zalo:12345"),
        ("", ""),
        ("@", "@"),
        ("a@" + "x" * 300, "a@" + "x" * 300),
    ],
)
def test_spellings_of_a_mailbox(spelled, mailbox):
    assert fold_mailbox(spelled) == mailbox
    assert fold_mailbox(mailbox) == mailbox
