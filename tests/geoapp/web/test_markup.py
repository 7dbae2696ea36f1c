"""Test that texts with a few signs become HTML, and that nothing else in them does."""

import pytest
from django.templatetags.static import static

from geoapp.web import markup


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        ("One line\nand its end\n\nAnother", "<p>One line and its end</p>\n<p>Another</p>"),
        ("## Head\nText\n### Small", '<h2 id="part-1">Head</h2>\n<p>Text</p>\n<h3>Small</h3>'),
        ("## A\n\n## B", '<h2 id="part-1">A</h2>\n<h2 id="part-2">B</h2>'),
        ("- a\n- b\n\n1. c\n2. d", "<ul><li>a</li><li>b</li></ul>\n<ol><li>c</li><li>d</li></ol>"),
        ("- a\n\n- b", "<ul><li>a</li></ul>\n<ul><li>b</li></ul>"),
        ("Call **now**, or [ask](/ask/?kind=question)",
         '<p>Call <b>now</b>, or <a href="/ask/?kind=question">ask</a></p>'),
        ("[1022](tel:1022) [us](mailto:a@b.example) [out](https://c.example/x)",
         '<p><a href="tel:1022">1022</a> <a href="mailto:a@b.example">us</a> <a href="https://c.example/x">out</a></p>'),
        ("3 < 5 & 2 * 3 ** 4", "<p>3 &lt; 5 &amp; 2 * 3 ** 4</p>"),
        ("# no heading\n-no item\n1.no item", "<p># no heading -no item 1.no item</p>"),
    ],
)  # fmt: skip
def test_signs_become_elements(text, html):
    assert markup.render(text) == html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>", "**<img src=x onerror=alert(1)>**", "[<b>](/x)", "[a](javascript:alert(1))",
        "[a](//evil.example)", "[a](/\\evil.example)", "[a](http://plain.example)", '[a](/x" onclick="alert(1))',
        "[a](data:text/html,x)", "## <svg onload=alert(1)>", "- </li></ul><script>", "[a](mailto:a@b.c?bcc=d@e.f)",
        "![a](//evil.example/x.png)", "![a](javascript:alert(1))",
        '![a](help/x" onerror="alert(1).svg)', "![<img>](data:image/svg+xml,x)",
    ],
)  # fmt: skip
def test_nothing_written_becomes_code_or_leads_elsewhere(text):
    html = markup.render(text)
    for own in ("<p>", "</p>", "<b>", "</b>", "<ul>", "</ul>", "<li>", "</li>", '<h2 id="part-1">', "</h2>",
                '<a href="/x">', "</a>"):  # fmt: skip
        html = html.replace(own, "")
    assert "<" not in html
    assert ">" not in html


def test_picture_stands_on_a_line_of_its_own():
    picture = "![A hole, <b>deep</b>](help/send.svg)"
    address = static("incidents/public/help/send.svg")
    figure = f'<figure><img alt="A hole, &lt;b&gt;deep&lt;/b&gt;" src="{address}" loading="lazy"></figure>'
    assert markup.render(f"Before\n{picture}\nAfter") == f"<p>Before</p>\n{figure}\n<p>After</p>"
    assert "<img" not in markup.render(f"In a line {picture}")


def test_headings_are_listed_with_their_anchors():
    text = "## One\n### Not this\n## Two"
    assert [(heading.anchor, heading.words) for heading in markup.headings(text)] == [
        ("part-1", "One"),
        ("part-2", "Two"),
    ]
