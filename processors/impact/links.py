"""Where a text leads its reader: any address but the tenant's own and the known parties'.

A phishing link does no harm where it is written, but where it is read, and programs that show
texts make links of more than what begins with `https://`. So the text is read as they would read
it, and what cannot be told is counted: any dotted name but a file's is a host.
"""

import re
import unicodedata
from collections.abc import Iterator
from html import unescape

from pydantic import JsonValue

from processors.impact.parties import is_below, known_spellings, own_domains
from processors.pointers import leaves
from schemas.settings import TenantSettings

LONGEST = 100_000
"""Characters of a text that is searched for links; a longer one counts as if it held one."""

_FILES = """
txt rst doc docx docm dotx odt ods odp rtf pdf xls xlsx xlsm xlsb csv tsv ppt pptx pptm tex bib
jpg jpeg png gif svg webp heic bmp tif tiff ico psd mp3 mp4 m4a m4v wav flac ogg avi mkv webm
gz tgz tar rar xz jar json jsonl xml yaml yml toml ini cfg conf log env lock bak tmp
html htm xhtml css scss js jsx mjs ts tsx php asp aspx jsp java kt cpp hpp cs vb sql db sqlite
ipynb bat exe dll apk iso dmg msi eml msg ics vcf epub parquet avro proto
"""
_FILE_ENDINGS = frozenset(_FILES.split())
_FILES_OR_HOSTS = frozenset("md py sh rs pl ps zip mov".split())  # noqa: SIM905
"""Ends of files' names that are ends of hosts' names too: a file where nothing else tells."""

_INVISIBLE = frozenset("\u115f\u1160\u3164\uffa0")
_UNSEEN = frozenset({"Cf", "Mn", "Me"})
_HIDDEN = re.compile(
    r"\s?[\[({<]\s?(?:\.|dot)\s?[\])}>]\s?"
    r"|\s(?:dot|\.)\s(?=(?:com|net|org|info|biz|io|co|app|dev|xyz|top)\b)"
)
_BROKEN = re.compile(r"[\t\r\n]+(?=[.@:/\\])")
"""Browsers leave tabs and ends of lines out of an address."""
_BROKEN_TARGET = re.compile(
    r"(?:=\s?[\"']?|\]\(|<)[a-z0-9+.-]{0,32}:?[/\\]{2}[^\s\"'<>)]{0,256}[\t\r\n]"
)
_OPENS = re.compile(
    r"(?<![a-z])(?:(?:javascript|vbscript)\s?:|data:[a-z-]+/"
    r"|(?:magnet|intent|tel|sms|callto|facetime|view-source|whatsapp|skype|tg|ms-[a-z]{1,20}):\S)"
)
_NUMERIC = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])|\[[0-9a-f]{0,4}:[0-9a-f:.]+\]")
_OF_A_VERSION = re.compile(r"(?:\bv|versi[oó]n|release|build|chapter|section)\.?\s?$")
_OCTET = 255
_SLASHES = re.compile(r":\s?[/\\]{1,2}\s?([^\s<>\"']*)")
_SCHEME = re.compile(r"[a-z0-9+.-]{0,24}[a-z]\s?$")
_LONGEST_SCHEME = 26
_WEB = frozenset({"http", "https", "hxxp", "hxxps", "htxp", "htxps", "hxtp", "hxtps"})
_RELATIVE = re.compile(r"(?<![:\w/\\])[/\\]{2}[\d\[]")
_RUN = re.compile(r"[\w.@+%-]+")
_JOINTS = re.compile(r"[+%]|\.{2,}")
_AFTER = re.compile(r"[/\\]|:\d")
_PATH = re.compile(r"[/\\?#]")
_LAST_LABEL = re.compile(r"[^\W\d_]{2,24}|xn--[\w-]+")


def holds_link(value: JsonValue, tenant: TenantSettings) -> bool:
    """Whether a text of it leads anywhere but to the tenant's own domains and known parties."""
    texts = [leaf for leaf in leaves(value) if isinstance(leaf, str)]
    if not texts:
        return False
    domains, known = own_domains(tenant), known_spellings(tenant)
    return any(_leads_outside(text, domains, known) for text in texts)


def is_known_host(host: str, domains: frozenset[str], known: frozenset[str]) -> bool:
    return host in known or host.removeprefix("www.") in known or is_below(host, domains)


def _leads_outside(text: str, domains: frozenset[str], known: frozenset[str]) -> bool:
    if len(text) > LONGEST:
        return True
    plain = _HIDDEN.sub(".", as_read(text))
    if _BROKEN_TARGET.search(plain):
        return True
    plain = _BROKEN.sub("", plain)
    if _OPENS.search(plain) or _RELATIVE.search(plain) or any(_numeric_hosts(plain)):
        return True
    return any(
        place is None or (place not in known and not is_known_host(_host_of(place), domains, known))
        for place in _places(plain)
    )


def as_read(text: str) -> str:
    """What a reader sees: entities read, small letters of any width, one kind of dot, nothing
    invisible."""
    shown = unescape(text) if "&" in text else text
    if shown.isascii():
        return shown.lower()
    folded = unicodedata.normalize("NFKC", shown).casefold().replace("。", ".")
    return "".join(
        c for c in folded if c not in _INVISIBLE and unicodedata.category(c) not in _UNSEEN
    )


def _numeric_hosts(plain: str) -> Iterator[bool]:
    for found in _NUMERIC.finditer(plain):
        before = plain[max(0, found.start() - 12) : found.start()]
        numbers = [int(part) for part in found[0].split(".") if part.isdecimal()]
        yield max(numbers, default=0) <= _OCTET and _OF_A_VERSION.search(before) is None


def _places(plain: str) -> Iterator[str | None]:
    """Hosts and e-mail addresses; None for what is neither and leads somewhere all the same."""
    for found in _SLASHES.finditer(plain):
        scheme = _SCHEME.search(plain[max(0, found.start() - _LONGEST_SCHEME) : found.start()])
        if scheme is None:
            continue
        if scheme[0].strip() in _WEB:
            # Whoever stands before an `@` is a user, whatever that looks like.
            place = _PATH.split(found[1], maxsplit=1)[0].rpartition("@")[2]
            yield place.partition(":")[0].strip(".,;!)]}")
        elif found[0][1:].strip()[:2] in ("//", "\\\\", "/\\", "\\/"):
            yield None
    for run in _RUN.finditer(plain):
        if "." in run[0]:
            yield from _of_run(run[0], has_path=_AFTER.match(plain, run.end()) is not None)


def _of_run(run: str, *, has_path: bool) -> Iterator[str | None]:
    user, mark, host = run.rpartition("@")
    if mark and _is_host(bare := host.strip("._-%+"), has_path=True):
        yield None if "@" in user else f"{user}@{bare}"
        return
    for part in (piece for side in run.split("@") for piece in _JOINTS.split(side)):
        if _is_host(bare := part.strip("._-"), has_path=has_path):
            yield bare


def _is_host(name: str, *, has_path: bool) -> bool:
    rest, dot, last = name.rpartition(".")
    if not dot or _LAST_LABEL.fullmatch(last) is None or last in _FILE_ENDINGS:
        return False
    is_told = has_path or "." in rest
    return is_told or last not in _FILES_OR_HOSTS


def _host_of(place: str) -> str:
    return place.rpartition("@")[2]
