"""Made documents: CIM RDF/XML as odd as XML allows, and what became of it on its way."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

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
_IDS = st.sampled_from(
    [
        start + core
        for start in ("urn:uuid:", "#_", "_", "", "urn:uuid:_", "URN:uuid:", "#", " _", "a#b#_")
        for core in _UUIDS
    ]
    + ["fuse status", "FUS0001", "http://iec.ch/TC57/CIM100#PhaseCode.ABC", "x ", "__", "#", "urn:uuid:"]
)
_CLASSES = st.sampled_from(["cim:Breaker", "cim:Equipment", "c2:Fuse", "eu:Thing", "own:Thing", "cim:Terminal"])
_PROPERTIES = st.sampled_from(
    ["cim:IdentifiedObject.name", "cim:Switch.open", "c2:Switch.open", "eu:Thing.a", "own:b", "cim:Terminal.Equipment"]
)
_WORDS = st.sampled_from(
    [
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
)
_ODD_WORDS = st.sampled_from(
    [
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
)
_GAPS = st.sampled_from(["", "\n", "\n  ", " ", "\t", "\n\n", "<!-- between -->", "\n<!-- a\n b - c -->\n", "<!---->"])
_ODD_GAPS = st.sampled_from(
    [
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
)
_SPACES = st.sampled_from([" ", "\n", "  ", "\t", "\n\n "])
_MAYBE = st.sampled_from(["", "", "", " ", "\n"])
_ODD_PROPERTIES = st.sampled_from(
    [
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
)
_ODD_NODES = st.sampled_from(
    [
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
)


@dataclass(frozen=True)
class Made:
    """A document; `plain` = nothing is in it that the scanner leaves to the conforming reader."""

    data: bytes
    plain: bool


@st.composite
def documents(draw: st.DrawFn, odd: bool = True) -> Made:
    """Return documents; with `odd` most have something that few files have, or that is wrong."""
    oddities = draw(st.integers(0, 3)) if odd else 0
    spots = [draw(st.integers(0, 40)) for _ in range(oddities)]
    place = iter(range(1_000_000))

    def pick(usual: st.SearchStrategy[str], unusual: st.SearchStrategy[str]) -> str:
        return draw(unusual if next(place) in spots else usual)

    def prop() -> str:
        name, gap, end = draw(_PROPERTIES), draw(_MAYBE), draw(_MAYBE)
        kind = draw(st.sampled_from(["text", "text", "reference", "empty", "open reference"]))
        if kind == "empty":
            return f"<{name}{gap}/>"
        if kind == "text":
            return f"<{name}{gap}>{pick(_WORDS, _ODD_WORDS)}{draw(_WORDS)}</{name}{end}>"
        start = f"<{name}{draw(_SPACES)}{attribute('rdf:resource')}{gap}"
        return f"{start}/>" if kind == "reference" else f"{start}>{draw(_MAYBE)}</{name}{end}>"

    def attribute(name: str) -> str:
        quote = draw(st.sampled_from("'\""))
        return f"{name}{draw(_MAYBE)}={draw(_MAYBE)}{quote}{draw(_IDS)}{quote}"

    def node(name: str) -> str:
        start = f"<{name}{draw(_SPACES)}{attribute(draw(st.sampled_from(['rdf:about', 'rdf:ID'])))}{draw(_MAYBE)}"
        if draw(st.integers(0, 5)) == 0:
            return f"{start}/>"
        inner = "".join(
            pick(_GAPS, _ODD_GAPS) + pick(st.builds(prop), _ODD_PROPERTIES) for _ in range(draw(st.integers(0, 4)))
        )
        return f"{start}>{inner}{pick(_GAPS, _ODD_GAPS)}</{name}{draw(_MAYBE)}>"

    quote = draw(st.sampled_from("'\""))
    declaration = draw(
        st.sampled_from(
            [
                "",
                f"<?xml version={quote}1.0{quote}?>",
                f"<?xml version={quote}1.0{quote} encoding={quote}UTF-8{quote}?>",
            ]
        )
    )
    names = {"rdf": RDF, "cim": CIM, "c2": CIM, "md": MD, "eu": EU, "own": OTHER}
    spaces = "".join(f"{draw(_SPACES)}xmlns:{name}={quote}{uri}{quote}" for name, uri in names.items())
    nodes = [
        pick(_GAPS, _ODD_GAPS) + pick(st.builds(lambda: node(draw(_CLASSES))), _ODD_NODES)
        for _ in range(draw(st.integers(1, 6)))
    ]
    if draw(st.booleans()):
        header = "<md:Model.profile>http://iec.ch/TC57/ns/CIM/CoreEquipment-EU/3.0</md:Model.profile>"
        header += (
            f"<md:Model.description>{draw(_WORDS)}</md:Model.description><md:Model.DependentOn rdf:resource='urn:x'/>"
        )
        at = draw(st.integers(0, len(nodes)))
        nodes.insert(at, f"<md:FullModel {attribute('rdf:about')}>{draw(_GAPS)}{header}{draw(_GAPS)}</md:FullModel>")
    known = "\n<cim:Breaker rdf:about='#known'/>"
    body = known + "".join(nodes) + draw(_GAPS)
    text = f"{declaration}{draw(_GAPS)}<rdf:RDF{spaces}{draw(_MAYBE)}>{body}</rdf:RDF{draw(_MAYBE)}>{draw(_MAYBE)}"
    if draw(st.booleans()):
        text = text.replace("\r", "").replace("\n", "\r\n")
    mark = "\ufeff" if draw(st.booleans()) else ""
    return Made((mark + text).encode(), not oddities)


_INSERTED = st.sampled_from(
    [
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
)


@st.composite
def mutated(draw: st.DrawFn) -> Made:
    """Return documents that were damaged on their way."""
    data = bytearray(draw(documents(odd=False)).data)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        match draw(st.sampled_from(["flip", "cut out", "put in", "truncate", "repeat"])):
            case "flip" if data:
                data[at] ^= draw(st.integers(1, 255))
            case "cut out":
                del data[at : at + draw(st.integers(1, 12))]
            case "put in":
                data[at:at] = draw(_INSERTED)
            case "truncate":
                del data[at:]
            case _:
                end = at + draw(st.integers(1, 120))
                data[at:at] = data[at:end]
    return Made(bytes(data), False)
