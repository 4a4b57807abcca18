"""What a user may ask in SPARQL: screened by its tokens before any parser sees it, since a parser can be made to crash.

Read-only forms alone, bounded in length, nesting and punctuation, without SERVICE, LOAD and FROM. Keywords need no
blank around them (`SERVICESILENT<…>`, `trueSERVICE`), so that no name may hold one; where a parser could read a token
in two ways, both are looked at or the query is refused. This is the outer fence: the store process has no socket, gives
the data set itself, and answers each query in a process of its own.
"""

from __future__ import annotations

import re
from typing import Final

from cim_models import limits
from cim_models.errors import RefusedError
from cim_models.store.port import QueryForm

_TOKEN: Final = re.compile(
    r"""(?P<blank>\s+|\#[^\n\r]*)
    |(?P<text>\"{3}(?:\"{0,2}(?:[^\"\\]|\\.))*\"{3}|'{3}(?:'{0,2}(?:[^'\\]|\\.))*'{3}
       |\"(?:[^\"\\\n\r]|\\.)*\"|'(?:[^'\\\n\r]|\\.)*')
    |(?P<iri><[^<>"{}|^`\\\x00-\x20]*>)
    |(?P<variable>[?$]\w+|@[A-Za-z]+(?:-[A-Za-z0-9]+)*|_:\w[\w.-]*)
    |(?P<word>[^\W\d][\w-]*(?::(?:[\w:%][\w.%:-]*)?)?|:(?:[\w:%][\w.%:-]*)?)
    |(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    |(?P<open>[({\[])|(?P<close>[)}\]])
    |(?P<mark>.)""",
    re.VERBOSE | re.DOTALL,
)
_FORMS: Final[dict[str, QueryForm]] = {"SELECT": "select", "ASK": "ask", "CONSTRUCT": "graph", "DESCRIBE": "graph"}
_PROLOGUE: Final = frozenset({"PREFIX", "BASE"})
_REACHES_OUT: Final = {
    "SERVICE": "asks other servers",
    "LOAD": "fetches files",
    "FROM": "names another data set; the active model is asked",
}
"""Words that no name outside IRIs, texts and comments may hold: a parser could read them as keywords of their own."""

_CHANGES: Final = frozenset({"INSERT", "DELETE", "DROP", "CLEAR", "CREATE", "COPY", "MOVE", "ADD"})
"""Words that no query has; a parser of queries knows none of them, wherever they stand."""

_IRI_FOR_CERTAIN: Final = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*://")
"""Nothing else can begin so: read as `less than` and a prefixed name, two divisions would follow one another."""

_HIDDEN: Final = re.compile(r"[(!&+*/=]")
"""What a query could hide in what looks like an IRI and is `less than` and `greater than` to a parser."""


def form_of_query(text: str) -> QueryForm:
    """Return the form of a query that may be asked.

    Args:
        text: SPARQL as a user wrote it.

    Raises:
        RefusedError: it is too long, nested too deep, has too much punctuation or an escape outside its place, can be
            read in two ways, is no query, or asks what is not allowed.
    """
    if len(text) > limits.SPARQL_CHARACTERS_MAX:
        raise RefusedError("query_too_long", f"A query has at most {limits.SPARQL_CHARACTERS_MAX} characters.", "query")
    if r"\u" in text.replace(r"\U", r"\u"):
        message = r"The query holds \u, which stands for a character anywhere in SPARQL; write the character itself."
        raise RefusedError("query_escape", message, "query")
    form: QueryForm | None = None
    depth = deepest = marks = 0
    before = ["", ""]
    """The last two tokens that are no blanks."""
    for found in _TOKEN.finditer(text):
        kind, token = found.lastgroup, found.group()
        depth += (kind == "open") - (kind == "close")
        marks += kind in ("open", "mark")
        deepest = max(deepest, depth)
        if token == "\\":
            message = r"The query holds \ outside a text, where parsers differ; write the name as an IRI in full."
            raise RefusedError("query_escape", message, "query")
        if kind == "iri" and not (form is None and _is_declared(before)) and not _IRI_FOR_CERTAIN.match(token):
            _check_doubtful(token)
            marks += len(_HIDDEN.findall(token))
            deepest = max(deepest, depth + token.count("("))
        elif kind == "word":
            word = token.partition(":")[0].upper()
            _check_word(word, token)
            if form is None and ":" not in token and word not in _PROLOGUE:
                form = _form(word, token)
        if kind != "blank":
            before = [before[1], token]
        if deepest > limits.SPARQL_DEPTH_MAX:
            raise RefusedError(
                "query_too_deep", f"A query has at most {limits.SPARQL_DEPTH_MAX} brackets open.", "query"
            )
        if marks > limits.SPARQL_OPERATORS_MAX:
            most = limits.SPARQL_OPERATORS_MAX
            raise RefusedError(
                "query_too_complex", f"A query has at most {most} brackets, dots and operators.", "query"
            )
    if form is None:
        raise RefusedError("not_a_query", "The text is no SPARQL query: it has no SELECT, ASK, CONSTRUCT or DESCRIBE.")
    return form


def _is_declared(before: list[str]) -> bool:
    """Tell whether an IRI follows BASE, or PREFIX and a prefix, where nothing but an IRI can stand."""
    return before[1].upper() == "BASE" or (before[0].upper() == "PREFIX" and before[1].endswith(":"))


def _check_doubtful(token: str) -> None:
    """Refuse what looks like an IRI where a parser that reads `less than` would read on differently from here.

    `?a<1#>` may be an IRI, or begin a comment; `<'>` may begin a text. Both would hide what follows.
    """
    if "#" in token or "'" in token or (")" in token and _held(token.upper()) is not None):
        message = (
            f"{token[:40]} can be read in two ways; write the IRI as <scheme://…> or by a prefix, and a blank after "
            "'less than'."
        )
        raise RefusedError("query_iri", message, token[:40])


def _held(word: str) -> str | None:
    """Return why a name in capitals is not allowed, None = it is."""
    for forbidden, why in _REACHES_OUT.items():
        if forbidden in word:
            return why
    return "changes data" if word in _CHANGES else None


def _check_word(word: str, token: str) -> None:
    if (why := _held(word)) is not None:
        raise RefusedError("query_forbidden", f"{token[:40]} is not allowed in a query: it {why}.", token[:40])


def _form(word: str, token: str) -> QueryForm:
    form = _FORMS.get(word)
    if form is None:
        message = f"A query begins with SELECT, ASK, CONSTRUCT or DESCRIBE, not with {token[:40]!r}."
        raise RefusedError("not_a_query", message, token[:40])
    return form
