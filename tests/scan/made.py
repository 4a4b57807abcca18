"""Made documents: CIM RDF/XML as odd as XML allows, and what became of it on its way.

Chance decides: either Hypothesis, which finds the smallest document that fails, or a generator of random numbers, which
makes a hundred documents in the time that Hypothesis takes for one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
CIM = "http://iec.ch/TC57/CIM100#"
MD = "http://iec.ch/TC57/61970-552/ModelDescription/1#"
EU = "http://iec.ch/TC57/CIM100-European#"
OTHER = "http://example.org/own#"

_UUIDS = (
    "3895f677-0000-4000-8000-00000000000a",
    "3895F677-0000-4000-8000-00000000000B",
    "276809DF-6493-4dae-a7bb-ad78",
)
_IDS = [
    *(
        start + core
        for start in ("urn:uuid:", "#_", "_", "", "urn:uuid:_", "URN:uuid:", "#", " _", "a#b#_")
        for core in _UUIDS
    ),
    *("fuse status", "FUS0001", "http://iec.ch/TC57/CIM100#PhaseCode.ABC", "x ", "__", "#", "urn:uuid:"),
]
_CLASSES = ["cim:Breaker", "cim:Equipment", "c2:Fuse", "eu:Thing", "own:Thing", "cim:Terminal"]
_PROPERTIES = [
    "cim:IdentifiedObject.name",
    "cim:Switch.open",
    "c2:Switch.open",
    "eu:Thing.a",
    "own:b",
    "cim:Terminal.Equipment",
]
_WORDS = [
    "true",
    "false",
    "1.5",
    "",
    " ",
    "Ä ö ü",
    "日本",
    "😀",
    "a > b",
    "]]",
    "] ]>",
    "&amp;",
    "&lt;x&gt;",
    "&quot;&apos;",
    "&#65;",
    "&#x1F600;",
    "&#13;",
    "&#xE4;",
    "&#10;",
    "\n",
    "a\nb",
    "\t",
    "\x7f",
    "\u2028",
    "\ufeff",
    "&#0065;",
]
_ODD_WORDS = [
    "<![CDATA[x]]>",
    "<!-- c -->",
    "a<!-- c -->b",
    "]]>",
    "&",
    "&no;",
    "&#0;",
    "&#xD800;",
    "&#xFFFE;",
    "&#x110000;",
    "&#;",
    "\x01",
    "\ufffe",
    "�",
    "<?pi x?>",
    "<cim:Fuse rdf:ID='n'/>",
    "&#x;",
    "&amp",
    "<",
    "<!DOCTYPE x>",
    "\x00",
    "\r",
    "&#xfffff;",
    "&#1114111;",
    "&#1114112;",
    "&#12345678901;",
    "&AMP;",
    "&#X41;",
]
_GAPS = ["", "\n", "\n  ", " ", "\t", "\n\n", "<!-- between -->", "\n<!-- a\n b - c -->\n", "<!---->"]
_ODD_GAPS = [
    "stray",
    "<!-- a -- b -->",
    "<!--->",
    "<!-- > <!DOCTYPE -->",
    "<?pi?>",
    "<!-- \x02 -->",
    "&#32;",
    "<!-- é -->",
    "<!- x ->",
    "<!-- a --->",
    "<![CDATA[ ]]>",
    "\r",
    "\xa0",
    "\x0c",
    "<!-- <!entity -->",
]
_SPACES = [" ", "\n", "  ", "\t", "\n\n "]
_MAYBE = ["", "", "", " ", "\n"]
_ODD_PROPERTIES = [
    "<rdf:type rdf:resource='http://iec.ch/TC57/CIM100#Fuse'/>",
    "<cim:Switch.open rdf:datatype='x'>true</cim:Switch.open>",
    "<cim:a rdf:parseType='Literal'><b/></cim:a>",
    "<cim:a rdf:resource='#x' rdf:resource='#y'/>",
    "<cim:a rdf:resource='#x'>text</cim:a>",
    "<cim:a rdf:resource='#x&amp;y'/>",
    "<cim:a rdf:resource='#é'/>",
    "<cim:a rdf:resource='#a<b'/>",
    "<cim:a rdf:resource='#a\nb'/>",
    "<cim:a rdf:resource=''/>",
    "<cim:a resource='#a'/>",
    "<cim:a rdf:resource=#a/>",
    "<cim:a rdf:resource='#a'cim:b='c'/>",
    "<no:a>1</no:a>",
    "<a>1</a>",
    "<cim:a:b>1</cim:a:b>",
    "<cim:>1</cim:>",
    "<cim:1a>1</cim:1a>",
    "<cim:é>1</cim:é>",
    "<cim:a>1</cim:b>",
    "<cim:a>1</cim:a x='1'>",
    "<cim:a>1</ cim:a>",
    "< cim:a>1</cim:a>",
    "<cim:a>1</cim:a",
    "<cim:a xmlns:cim='http://example.org/'>1</cim:a>",
    "<cim:a xml:lang='de'>1</cim:a>",
    "<cim:a><cim:Fuse rdf:about='#in'/></cim:a>",
    "<cim:a/ >",
    "<cim:a>1</cim:a>x",
    "<rdf:value>1</rdf:value>",
]
_ODD_NODES = [
    "<rdf:Description rdf:about='#d'><cim:Switch.open>true</cim:Switch.open></rdf:Description>",
    "<cim:Fuse/>",
    "<cim:Fuse rdf:about='#a' rdf:ID='b'/>",
    "<cim:Fuse rdf:about='#a' cim:Switch.open='true'/>",
    "<cim:Fuse rdf:about=''/>",
    "<cim:Fuse rdf:nodeID='n'/>",
    "<cim:Fuse rdf:about='#a' rdf:about='#b'/>",
    "<dm:DifferenceModel xmlns:dm='http://iec.ch/TC57/61970-552/DifferenceModel/1#' rdf:about='x'/>",
    "<rdf:RDF/>",
    "</rdf:RDF>",
    "</rdf:RDFs>",
    "<cim:Fuse rdf:abouts='a'/>",
    "<cim:Fuse rdf:about='#a'></cim:Fuses>",
    "<cim:Fuse rdf:about = '#a' ></cim:Fuse >",
    "<cim:Fuse\nrdf:about\n=\n'#multi'\n>\n</cim:Fuse\n>",
]


@dataclass(frozen=True)
class Made:
    """A document; `plain` = nothing is in it that the scanner leaves to the conforming reader."""

    data: bytes
    plain: bool


class Chance(Protocol):
    """Whatever decides."""

    def one_of(self, options: Sequence[T]) -> T:
        """Return one of some options."""

    def number(self, low: int, high: int) -> int:
        """Return a number, both ends included."""


class Drawn:
    """Hypothesis decides."""

    def __init__(self, draw: st.DrawFn) -> None:
        """Decide by a function of Hypothesis."""
        self._draw = draw

    def one_of(self, options: Sequence[T]) -> T:
        """Return one of some options."""
        return self._draw(st.sampled_from(options))

    def number(self, low: int, high: int) -> int:
        """Return a number, both ends included."""
        return self._draw(st.integers(low, high))


class Rolled:
    """Random numbers decide, the same for the same seed."""

    def __init__(self, seed: str) -> None:
        """Decide by a seed."""
        self._random = Random(seed)

    def one_of(self, options: Sequence[T]) -> T:
        """Return one of some options."""
        return self._random.choice(options)

    def number(self, low: int, high: int) -> int:
        """Return a number, both ends included."""
        return self._random.randint(low, high)


class _Writing:
    """Writes the parts of one document."""

    def __init__(self, chance: Chance, oddities: int) -> None:
        """Write so many odd parts, if the document becomes long enough."""
        self._chance = chance
        self._spots = [chance.number(0, 40) for _ in range(oddities)]
        self._place = -1

    def is_odd(self) -> bool:
        """Tell whether the next part is an odd one."""
        self._place += 1
        return self._place in self._spots

    def gap(self) -> str:
        """Return what stands between two elements."""
        return self._chance.one_of(_ODD_GAPS if self.is_odd() else _GAPS)

    def attribute(self, name: str) -> str:
        """Return an attribute with an id."""
        one_of = self._chance.one_of
        quote = one_of("'\"")
        return f"{name}{one_of(_MAYBE)}={one_of(_MAYBE)}{quote}{one_of(_IDS)}{quote}"

    def prop(self) -> str:
        """Return a property."""
        one_of = self._chance.one_of
        if self.is_odd():
            return one_of(_ODD_PROPERTIES)
        name, gap, end = one_of(_PROPERTIES), one_of(_MAYBE), one_of(_MAYBE)
        kind = one_of(["text", "text", "reference", "empty", "open reference"])
        if kind == "empty":
            return f"<{name}{gap}/>"
        if kind == "text":
            return f"<{name}{gap}>{one_of(_ODD_WORDS if self.is_odd() else _WORDS)}{one_of(_WORDS)}</{name}{end}>"
        start = f"<{name}{one_of(_SPACES)}{self.attribute('rdf:resource')}{gap}"
        return f"{start}/>" if kind == "reference" else f"{start}>{one_of(_MAYBE)}</{name}{end}>"

    def node(self) -> str:
        """Return a node."""
        one_of = self._chance.one_of
        if self.is_odd():
            return one_of(_ODD_NODES)
        name = one_of(_CLASSES)
        start = f"<{name}{one_of(_SPACES)}{self.attribute(one_of(['rdf:about', 'rdf:ID']))}{one_of(_MAYBE)}"
        if self._chance.number(0, 5) == 0:
            return f"{start}/>"
        inner = "".join(self.gap() + self.prop() for _ in range(self._chance.number(0, 4)))
        return f"{start}>{inner}{self.gap()}</{name}{one_of(_MAYBE)}>"

    def header(self) -> str:
        """Return what a document says of itself."""
        one_of = self._chance.one_of
        said = "<md:Model.profile>http://iec.ch/TC57/ns/CIM/CoreEquipment-EU/3.0</md:Model.profile>"
        said += f"<md:Model.description>{one_of(_WORDS)}</md:Model.description>"
        said += "<md:Model.DependentOn rdf:resource='urn:x'/>"
        return f"<md:FullModel {self.attribute('rdf:about')}>{one_of(_GAPS)}{said}{one_of(_GAPS)}</md:FullModel>"


def document_by(chance: Chance, *, odd: bool = True) -> Made:
    """Return a document; with `odd` most have something that few files have, or that is wrong."""
    oddities = chance.number(0, 3) if odd else 0
    writing = _Writing(chance, oddities)
    one_of = chance.one_of
    quote = one_of("'\"")
    declarations = [
        "",
        f"<?xml version={quote}1.0{quote}?>",
        f"<?xml version={quote}1.0{quote} encoding={quote}UTF-8{quote}?>",
    ]
    start = one_of(declarations) + one_of(_GAPS)
    names = {"rdf": RDF, "cim": CIM, "c2": CIM, "md": MD, "eu": EU, "own": OTHER}
    spaces = "".join(f"{one_of(_SPACES)}xmlns:{name}={quote}{uri}{quote}" for name, uri in names.items())
    nodes = [writing.gap() + writing.node() for _ in range(chance.number(1, 6))]
    if one_of([False, True]):
        nodes.insert(chance.number(0, len(nodes)), writing.header())
    known = "\n<cim:Breaker rdf:about='#known'/>"
    body = known + "".join(nodes) + one_of(_GAPS)
    text = f"{start}<rdf:RDF{spaces}{one_of(_MAYBE)}>{body}</rdf:RDF{one_of(_MAYBE)}>{one_of(_MAYBE)}"
    if one_of([False, True]):
        text = text.replace("\r", "").replace("\n", "\r\n")
    mark = "\ufeff" if one_of([False, True]) else ""
    return Made((mark + text).encode(), not oddities)


_INSERTED = [
    b"<",
    b">",
    b"&",
    b"/",
    b'"',
    b"'",
    b" ",
    b"\n",
    b"\r",
    b"-->",
    b"<!--",
    b"]]>",
    b"\x00",
    b"\xff",
    b"\xc0\x80",
    b"=",
    b":",
    b"\xed\xa0\x80",
    b"\xef\xbf\xbf",
    b"rdf:about",
    b"</cim:Fuse>",
    b"<cim:a/>",
    b"\xf4\x90\x80\x80",
    b"\xe2(\xa1",
    b"#",
]


def damaged_by(chance: Chance) -> Made:
    """Return a document that was damaged on its way."""
    data = bytearray(document_by(chance, odd=False).data)
    for _ in range(chance.one_of([1, 1, 1, 2, 3])):
        at = chance.number(0, max(0, len(data) - 1))
        match chance.one_of(["flip", "cut out", "put in", "truncate", "repeat"]):
            case "flip" if data:
                data[at] ^= chance.number(1, 255)
            case "cut out":
                del data[at : at + chance.number(1, 12)]
            case "put in":
                if chance.one_of([False, True]):  # where a text may be, which is a small part of a document
                    at = data.find(b">", at) + 1
                data[at:at] = chance.one_of(_INSERTED)
            case "truncate":
                del data[at:]
            case _:
                end = at + chance.number(1, 120)
                data[at:at] = data[at:end]
    return Made(bytes(data), False)


@st.composite
def documents(draw: st.DrawFn, odd: bool = True) -> Made:
    """Return documents by Hypothesis."""
    return document_by(Drawn(draw), odd=odd)


@st.composite
def damaged(draw: st.DrawFn) -> Made:
    """Return damaged documents by Hypothesis."""
    return damaged_by(Drawn(draw))
