"""PURE: whether a text has a link in it, or what people write instead of one.

Found are addresses with a scheme, ``www.``, bare domains of a known ending, e-mail addresses, IPv4 addresses with a
port or path, and the spellings that try to pass: full-width and Cyrillic letters, other dots, invisible letters, "dot"
in words and brackets, blanks around a dot. Not found are numbers, abbreviations, and sentences without a blank after
their full stop as long as the next word is no such ending: doubt is decided for the speaker, so endings that are
everyday words (``in``, ``it``, ``gg``) count only before a path. The work grows with the length of the text and no
faster, whatever is in it: hosts are read backwards from their endings, and blanks and ligatures have a bounded length.
"""

import re
import unicodedata

_SURE = (
    "com|net|org|edu|gov|mil|int|info|biz|xyz|io|tv|ly|dev|eu|uk|cn|jp|kr|tw|hk|sg|vn|th|ph|ru|su|fr|nl|cz|sk|pt|ua|br|mx"
    "|cl|ch|nz|za|tr|ae|sa|ng|ke|fm|cc|vip|icu|top|club|casino|porn"
)
_ALSO_WORDS = (
    "app|live|shop|site|store|online|link|click|fun|game|games|pro|website|space|tech|blog|news|work|world|life|today"
    "|stream|video|photo|art|chat|cam|bet|win|money|cash|bid|ai|de|us|ca|au|se|fi|dk|ro|gr|pl|es"
)

_DOTS = str.maketrans(dict.fromkeys("\u3002\uff0e\uff61\u2024\u00b7\u2022\u30fb\ufe52", "."))
_SLASHES = str.maketrans(dict.fromkeys("\u2044\u2215\u29f8", "/"))
# Cyrillic and Greek letters that look like Latin ones.
_LOOKALIKES = str.maketrans(
    "\u0430\u0435\u043e\u0441\u0440\u0445\u0443\u0456\u0455\u043c\u0442\u03bf\u03b1", "aeocpxyismtoa"
)
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_ENDS = r"(?![\w-])(?!\.\w)"
_CERTAIN = [
    re.compile(pattern)
    for pattern in (
        r"\b[a-z][a-z0-9+]{1,9}\s*:\s*/\s*/\s*\S|\bhxxps?\b|\b(?:mailto|magnet|tg):\S",
        r"\bwww\s*\.\s*\w",
        r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?::\d{2,5}|/)",
        r"(?<![\w-])xn--\w",
    )
]
# What follows a host. The host before it is sought from there, not from each letter that may begin one.
_PATH = re.compile(r"(?<=[^\W_])\.[a-z]{2,24}(?::\d{2,5})?/\w")
_BARE = re.compile(rf"(?<=[^\W_])\.(?:{_SURE}|{_ALSO_WORDS}){_ENDS}")
_HOST_BACKWARDS = re.compile(rf"{_LABEL}(?:\.{_LABEL})*(?![\w.])")
_SPACED = re.compile(rf"[^\W_](?:\s+\.\s*|\s*\.\s+(?=com\b))(?:{_SURE}){_ENDS}")
_WRAPPED_DOT = re.compile(r"\s*[\(\[\{<]\s*(?:\.|dot|punkt|\u70b9|\u9ede)\s*[\)\]\}>]\s*")
_SPELLED_DOT = re.compile(rf"(?<=\w)\s+(?:dot|punkt|\u70b9|\u9ede)\s+(?=(?:{_SURE})\b)")
_CHINESE_DOT = re.compile(rf"(?<=[a-z0-9])[\u70b9\u9ede](?=(?:{_SURE})(?![a-z0-9]))")


_LONGEST_FORM = 4
"""Of one letter, in letters: there are ligatures of whole sentences, and none of them is a part of an address."""


def has_link(text: str) -> bool:
    plain = _plain(text)
    if any(pattern.search(plain) for pattern in _CERTAIN) or _after_host(_PATH, plain):
        return True
    for disguise in (_WRAPPED_DOT, _SPELLED_DOT, _CHINESE_DOT):
        plain = disguise.sub(".", plain)
    return _after_host(_BARE, plain) or _SPACED.search(plain) is not None


def _after_host(ending: re.Pattern[str], plain: str) -> bool:
    backwards = plain[::-1]
    return any(_HOST_BACKWARDS.match(backwards, len(plain) - end.start()) for end in ending.finditer(plain))


def _plain(text: str) -> str:
    """In one spelling: compatibility forms and lookalikes replaced, invisible letters and accents out, lower case."""
    spelled = "".join(map(_compatible, text.translate(_DOTS).translate(_SLASHES)))
    folded = unicodedata.normalize("NFC", spelled).casefold()
    seen = "".join(letter for letter in folded if unicodedata.category(letter) not in ("Cf", "Mn"))
    return " ".join(seen.translate(_DOTS).translate(_LOOKALIKES).split())


def _compatible(letter: str) -> str:
    form = unicodedata.normalize("NFKC", letter)
    return form if len(form) <= _LONGEST_FORM else letter
