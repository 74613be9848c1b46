"""Secrets: keys of well-known issuers, private keys, passwords in addresses, and random-looking
values of fields named like secrets.

The names of a field decide on values no prefix tells: after `password` anything is a secret,
after `token` or `key` what looks random. Within a text the word has a `:` or `=` behind it, and a
word of prose after it (`password: please reset it`) is none.
"""

import re
from collections.abc import Iterator

from processors.sensitive.hints import Hint

_SHORTEST = 16
"""Every known key has so many characters without a space."""
_KNOWN = re.compile(
    r"""(?<![A-Za-z0-9])(?:
      (?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])          # AWS
    | gh[pousr]_[A-Za-z0-9]{30,}+ | github_pat_[A-Za-z0-9_]{22,}+ # GitHub
    | glpat-[A-Za-z0-9_-]{20,}+                                   # GitLab
    | xox[abeoprs]-[A-Za-z0-9-]{10,}+ | xapp-[A-Za-z0-9-]{10,}+   # Slack
    | AIza[A-Za-z0-9_-]{35} | ya29\.[A-Za-z0-9_-]{20,}+           # Google
    | (?:sk|rk)_(?:live|test)_[A-Za-z0-9]{10,}+ | whsec_[A-Za-z0-9]{16,}+  # Stripe
    | sk-(?=[A-Za-z_-]{0,40}[0-9])[A-Za-z0-9_-]{20,}+              # of models' makers
    | hf_[A-Za-z0-9]{30,}+ | pypi-[A-Za-z0-9_-]{16,}+             # Hugging Face, PyPI
    | do[opr]_v1_[a-f0-9]{32,}+ | shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32} # DigitalOcean, Shopify
    | SK[0-9a-f]{32}(?![A-Za-z0-9])                               # Twilio
    | [0-9]{8,10}:AA[A-Za-z0-9_-]{30,}+ | AGE-SECRET-KEY-1[A-Z0-9]{20,}+ # Telegram, age
    | npm_[A-Za-z0-9]{36} | SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,}+
    | (?<![_-])eyJ[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]{4,}+(?:\.[A-Za-z0-9_-]*+)?  # JWT (RFC 7519)
    )""",
    re.VERBOSE,
)
_BEGINNINGS_TEXT = """
AKIA ASIA ABIA ACCA ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- xox xapp- AIza ya29. sk_ rk_ whsec_
sk- npm_ SG. eyJ hf_ pypi- doo_v1_ dop_v1_ dor_v1_ shpat_ shpca_ shppa_ shpss_ SK AGE-SECRET-KEY-
"""
_BEGINNINGS = tuple(_BEGINNINGS_TEXT.split())
"""One of these stands in each of them."""
_BLOCK = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY")
_BLOCK_ENDS = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_IN_ADDRESS = re.compile(r"://[^\s/:@]{0,128}+:([^\s/@]{1,256}+)@")
_ASSIGNED = re.compile(
    r"(?:secret|clave|token|bearer|"
    r"(?:api|access|account|secret|private|shared|signing|encryption|auth)"
    r"[_ -]?(?:access[_ -]?)?key)[\"']?"
    r"(?:[ ]{0,2}[:=]|(?<=bearer))[ ]{0,2}[\"']?([^\s\"',;]{8,256})",
    re.IGNORECASE,
)
_PASSWORD = re.compile(
    r"(?:passw(?:or)?d|passphrase|pwd|contrase[ñn]a)[\"']?"
    r"(?:[ ]{0,2}[:=][ ]{0,2}[\"']?([^\s\"',;]{4,256})([ ][^\W\d_])?|"
    r"[ ](?:is|es)[ ]{1,2}[\"']?([^\s\"',;]{4,256}))",
    re.IGNORECASE,
)
_BASIC = re.compile(
    r"authorization[\"']?[ ]{0,2}[:=][ ]{0,2}[\"']?basic[ ]{1,2}([A-Za-z0-9+/_-]{6,512}+={0,2})",
    re.IGNORECASE,
)
_STATES_TEXT = """
changed expired reset required optional missing unchanged unknown hidden removed redacted none null
true false empty invalid wrong incorrect correct weak strong updated rotated blank below above
cambiada caducada caducado requerida obligatoria incorrecta desconocida oculta ninguna vacía
"""
_STATES = frozenset(_STATES_TEXT.split())
"""What is said of a password, and is none."""
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_SCHEME = re.compile(r"(?:bearer|basic|token|apikey) +", re.IGNORECASE)
_JOINED_WORDS = re.compile(r"(?:[A-Z]?[a-z]{3,}+)(?:[A-Z][a-z]{3,}+)*+[0-9]{0,8}")
_PARTS = re.compile(r"[-_./:+=]+")


def may_hold_secrets(text: str) -> bool:
    """Whether it is worth looking, where the field's name says nothing: without these marks none of
    the patterns matches. A long word alone may be an address of e-mail."""
    if ":" in text or "=" in text or "earer " in text or "-----" in text:
        return True
    if "assw" in text or "ASSW" in text or "ontrase" in text:
        return True
    long = " ".join([word for word in text.split() if len(word) >= _SHORTEST])
    return bool(long) and (any(map(long.__contains__, _BEGINNINGS)) or "bearer" in text.lower())


def secrets(text: str, hint: Hint) -> Iterator[tuple[int, int]]:
    # Asked first, since `&` of two flags costs as much as all the rest of a short text.
    named = hint is not Hint.NONE
    if named and hint & Hint.PASSWORD and text.strip(" *"):
        yield 0, len(text)
        return
    if named and hint & Hint.KEY:
        scheme = _SCHEME.match(text)
        value = text[scheme.end() if scheme else 0 :].strip()
        if len(value) >= _SHORTEST and _random(value):
            yield 0, len(text)
            return
    if not may_hold_secrets(text):
        return
    if "-----BEGIN" in text:
        yield from _blocks(text)
    if "://" in text:
        yield from (found.span(1) for found in _IN_ADDRESS.finditer(text) if found[1].strip("*"))
    yield from _passwords(text)
    for found in _BASIC.finditer(text):
        if not found[1].islower() and not found[1].istitle():
            yield found.span(1)
    for found in _ASSIGNED.finditer(text):
        if _mixed(found[1]) and not _UUID.fullmatch(found[1]):
            yield found.span(1)
    yield from (found.span() for found in _KNOWN.finditer(text))


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """A private key from its first line to its last, or to the text's end."""
    begin = _BLOCK.search(text)
    while begin is not None:
        end = _BLOCK_ENDS.search(text, begin.end())
        yield begin.start(), end.end() if end else len(text)
        begin = _BLOCK.search(text, end.end()) if end else None


def _passwords(text: str) -> Iterator[tuple[int, int]]:
    for found in _PASSWORD.finditer(text):
        if found[3] is not None:
            if any(map(str.isdigit, found[3])) and any(map(str.isalpha, found[3])):
                yield found.span(3)
            continue
        value = found[1].strip(".!?)(]*")
        prose = value.isalpha() and (found[2] or value.lower() in _STATES)
        if value and not prose and not value.startswith(("http://", "https://")):
            yield found.span(1)


def _mixed(text: str) -> bool:
    """Letters and digits, and no word with a number behind: `Tr0ub4dor`, not `tarea-17`."""
    return any(map(str.isdigit, text)) and not all(map(_plain_part, _PARTS.split(text)))


def _random(text: str) -> bool:
    """Whether nobody would write it by hand: no words, no date, no UUID, no address."""
    if _UUID.fullmatch(text) or any(map(str.isspace, text)) or "://" in text:
        return False
    return len(set(text)) >= 8 and not all(map(_plain_part, _PARTS.split(text)))


def _plain_part(part: str) -> bool:
    """A word, words as in `VentasTrimestre2026`, a number that is not long, or `q4`."""
    if part.isalpha() and (part.islower() or part.isupper() or part.istitle()):
        return True
    if part.isdigit():
        return len(part) <= 20
    return len(part) <= 3 or _JOINED_WORDS.fullmatch(part) is not None
