"""What texts lead their readers to, and what an address carries away."""

import time

import pytest
from pydantic import JsonValue

from processors.impact.contents import carries_data
from processors.impact.links import holds_link
from schemas.names import RiskLevel
from schemas.settings import TenantSettings
from tests.unit.impact.making import level

TENANT = TenantSettings(
    domains=["acme.example"], known_parties=["News.Example", "eva@evil.example"]
)
LOW, HIGH = RiskLevel.LOW, RiskLevel.HIGH


@pytest.mark.parametrize(
    "text",
    [
        "http://evil", "https://evil.example", "HTTPS://EVIL.EXAMPLE/", "hxxps://evil.example",
        "www.evil.example", "see www.evil.example.", "evil.com", "evil-252.com!", "bit.ly/x",
        "evil.co.uk", "(evil.org)", "evil.example/path", "evil.example:8080", "evil[.]com",
        "evil (dot) com", "ｅｖｉｌ．ｃｏｍ", "evil。com", "ev\u200bil.com", "10.0.0.1",
        "http://10.0.0.1/",
        "javascript:alert(1)", "data:text/html,x", "ftp://evil.example",
        "https:\\\\evil.example",
        "https://acme.example@evil.example/", "https://acme.example:x@evil.example/",
        "https://evil.example\\@acme.example/", "https://evil.example#@acme.example",
        "https://acme.example.evil.example", "https://notacme.example", "acme.example.evil.com",
        "[click](https://evil.example)", '<a href="https://evil.example">acme.example</a>',
        "пример.com", "x" * 200_000,
        "evil.trade", "evil.finance", "microsoft.support", "evil.co.in", "evil.is", "evil.in",
        "evil.so", "evil.me", "evil.md/x", "login.evil.sh", "a.b.c.d.e.f.g.h.i.j.k.l.evil.com",
        "xn--80ak6aa92e.xn--p1ai", "сбер.онлайн", "abcdef.onion", "_evil.com", "-evil.com",
        "@evil.com", ".evil.com", "evil_.com", "evil.com_", "ev\u034fil.com", "evil\ufe0f.com",
        "evil dot com", "evil . com", "evil<.>com", "[x](evil.trade)", "a..evil.trade",
        "x+evil.com",
        '<a href="&#104;ttps&#58;//evil&#46;com">', '<a href="&#x2f;&#x2f;evil&#x2e;com">',
        '<a href="//evil.trade">', '<a href="//2130706433/">', '<a href="//[::1]/">', 
        "[2001:db8::1]",
        "https:evil.trade", "xhttps://evil.trade", "xhttps://acme.example",
        "https://acme.example\n.evil.trade", "https://acme.example\t.evil.trade",
        "ht\ntps://evil.trade", '<a href="https://acme.ex\nample/x">', "whatsapp://send?phone=1",
        "intent://acme.example", "tg://resolve", "magnet:?xt=urn", "tel:600123123", "slack://open",
        "mailto:x@evil.com", "reply to x@evil.com", "acme.example@evil.trade",
        "x@evil.com@acme.example", "ana@example.com", "done.Next",
    ],
)  # fmt: skip
def test_a_link_leads_outside(text: str) -> None:
    assert holds_link({"a": ["fine", {"b": text}]}, TENANT)


@pytest.mark.parametrize(
    "value",
    [
        "", "Hi", "feedback.xlsx", "plan_v1.2.docx", "e.g. this", "i.e.", "v1.2.3", "3.5 %",
        "main.py", "Node.js", "photos.zip",
        "ana@acme.example", "mailto:ana@mail.acme.example", "eva@evil.example",
        "john.doe@acme.example",
        "wait...what", "Version 3.10.1.2", "1.200.300.400", "https://acme.example\nThanks",
        "Olivia: 4\n-Mia: 2", "a.tar.gz", "and // or", "R&D", "@ana", "10.30am", "2024.06.01",
        "U.S.", "1,000.50", "notes: at ten", "data: 5",
        "and/or", "https://acme.example/x", "wiki.acme.example/page", "http://news.example/a",
        "www.news.example", "see acme.example.", "12:30", "C-17", None, 7, True, [], {},
    ],
)  # fmt: skip
def test_everything_else_does_not(value: JsonValue) -> None:
    assert not holds_link(value, TENANT)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Please pay the rest", HIGH),
        ("PAY!", HIGH),
        ("Book a room", HIGH),
        ("Reminder: booking", HIGH),
        ("your password", HIGH),
        ("Paga la factura", HIGH),
        ("Envíame tu contraseña", HIGH),
        ("Lunch at two", LOW),
        ("The payload is heavy, the bookshelf too", LOW),
        ("", LOW),
    ],
)
def test_a_solicitation_is_told_by_its_words(text: str, expected: RiskLevel) -> None:
    assert level({"x": [text, 7, True]}, "solicitation", "/x") is expected


def test_words_of_its_own_take_the_place_of_the_shipped_ones() -> None:
    assert level({"x": "Please pay"}, "solicitation", "/x", words=["sign"]) is LOW
    assert level({"x": "Please sign"}, "solicitation", "/x", words=["sign"]) is HIGH


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("www.page.example", False),
        ("https://page.example/articles/today", False),
        ("https://page.example:8080/a-b_c", False),
        ("https://page.example/?", True),
        ("https://page.example/#x", True),
        ("https://me@page.example/", True),
        ("https://page.example/463820", True),
        ("https://page.example/a%20b", True),
        ("https://page.example/" + "Q" * 41, True),
        ("https://page.example/" + "a/" * 60, True),
        ("https://page.example/bob-is-fired/alice-earns-ninety-k", True),
        ("https://bob-is-fired.alice-earns-ninety-k.page.example/", True),
        ("https://page.example/a:hunter", True),
        ("https://page.example/my+password", True),
        ("https://page.example/mfrggzdfmztwq2lk", True),
        ("https://mfrggzdfmz.twqlknnwga.tpobyxeudd.uovhodzpif.page.example/", True),
        ("www.some-words-of-a-name.example/start", False),
        ("http://169.254.169.254/latest", True),
        ("http://2852039166/latest", True),
        ("http://0xa9fea9fe/", True),
        ("http://[::1]/", True),
        ("http://localhost:9200/", True),
        ("http://elastic/", True),
        ("http://db.internal/", True),
        ("file:///etc/shadow", True),
        ("ftp://page.example/", True),
        ("//page.example/x", True),
        ("https://wiki.acme.example/a/long/path/of/words?q=1", True),
        ("https://wiki.acme.example/a/long/path/of/words/463820", False),
        ("https://news.example/a/long/path/of/words", False),
        ("https://news.example.evil.example/a/long/path/of", True),
        ("https://news.example@evil.example/", True),
        ("https://p\u0430ge.example/", True),
        (7, True),
        (None, False),
        (["www.page.example", "www.page.example/?q"], True),
    ],
)
def test_an_address_with_room_for_data_carries_them(address: JsonValue, expected: bool) -> None:
    assert carries_data(address, TENANT) is expected


@pytest.mark.timing
@pytest.mark.parametrize(
    "text",
    [
        "a.",
        "a-",
        "www.",
        "http:",
        "http://",
        "[",
        "=//",
        "<//a",
        "a://",
        "@",
        "a@a.b",
        "v1.",
        "&#46;",
        "\n.",
        "[1:",
        "//1",
        "( dot ) ",
        "é.",
        "@a.b",
        "h t t p : ",
    ],
)
def test_time_is_linear_in_a_text(text: str) -> None:
    begun = time.process_time()
    holds_link((text * 100_000)[:99_999], TENANT)
    assert time.process_time() - begun < 1
