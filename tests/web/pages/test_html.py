"""Whatever others wrote stays text."""

from __future__ import annotations

from exporter.web.pages.html import foreign, tag, text

HOSTILE = "<script>alert(\"1\")</script><img src=x onerror='x()'>&amp;"
ESCAPED = (
    "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&lt;img src=x onerror=&#x27;x()&#x27;&gt;&amp;amp;"
)


def test_texts_are_escaped_and_html_is_not() -> None:
    """Texts in an element, in its attributes and in lists of any depth are escaped once."""
    assert text(HOSTILE) == ESCAPED
    assert tag("p", HOSTILE, [HOSTILE, [tag("b", "1 < 2")]]) == f"<p>{ESCAPED * 2}<b>1 &lt; 2</b></p>"
    assert tag("a", "x", href='"><script>') == '<a href="&quot;&gt;&lt;script&gt;">x</a>'
    assert text(text(HOSTILE)) == ESCAPED


def test_html_in_an_attribute_is_escaped_too() -> None:
    """A piece of HTML has quotes of its own."""
    assert tag("a", title=tag("b", class_="x")) == '<a title="&lt;b class=&quot;x&quot;&gt;&lt;/b&gt;"></a>'


def test_attributes() -> None:
    """Names have hyphens, True stands alone, None and False not at all; some elements have no end."""
    assert tag("div", class_="x", data_live="1", hidden=True, id=None, open=False) == (
        '<div class="x" data-live="1" hidden></div>'
    )
    assert tag("meta", charset="utf-8") == '<meta charset="utf-8">'


def test_a_foreign_text_keeps_its_direction_to_itself() -> None:
    """It is isolated from what stands beside it."""
    assert foreign("\u202eabc<") == "<bdi>\u202eabc&lt;</bdi>"
