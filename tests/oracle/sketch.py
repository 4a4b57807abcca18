"""A pencil for small hand-made networks: writes plain CIM100 RDF/XML with readable ids."""

from __future__ import annotations

_HEAD = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:cim="http://iec.ch/TC57/CIM100#">'
)
_NS = "http://iec.ch/TC57/CIM100#"


class Sketch:
    """Objects are added one by one; nodes come into being by being named."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.nodes: set[str] = set()
        self.volts: set[int] = set()

    def add(self, cls: str, key: str, **props: object) -> None:
        """One object; `Class__attribute="text"`, references as "#id", enumerations as "@Kind.value"."""
        lines = [
            f'<cim:{cls} rdf:ID="{key}">',
            f"<cim:IdentifiedObject.name>{key}</cim:IdentifiedObject.name>",
        ]
        for prop, value in props.items():
            if value is None:
                continue
            for one in value if isinstance(value, (list, tuple)) else [value]:
                name, text = prop.replace("__", "."), str(one).lower() if isinstance(one, bool) else str(one)
                if text.startswith("#"):
                    lines.append(f'<cim:{name} rdf:resource="{text}"/>')
                elif text.startswith("@"):
                    lines.append(f'<cim:{name} rdf:resource="{_NS}{text[1:]}"/>')
                else:
                    lines.append(f"<cim:{name}>{text}</cim:{name}>")
        self.parts.append("".join(lines) + f"</cim:{cls}>")

    def terminals(
        self, key: str, *nodes: str, phases: str | None = None, connected: bool | None = None
    ) -> None:
        """Terminals key-1, key-2 ... at these nodes."""
        for number, node in enumerate(nodes, 1):
            self.nodes.add(node)
            self.add(
                "Terminal",
                f"{key}-{number}",
                Terminal__ConductingEquipment=f"#{key}",
                Terminal__ConnectivityNode=f"#{node}",
                ACDCTerminal__sequenceNumber=number,
                ACDCTerminal__connected=connected,
                Terminal__phases=f"@PhaseCode.{phases}" if phases else None,
            )

    def base(self, volts: int) -> str:
        """A BaseVoltage."""
        self.volts.add(volts)
        return f"#U{volts}"

    def one(
        self,
        cls: str,
        key: str,
        node: str,
        phases: str | None = None,
        connected: bool | None = None,
        **props: object,
    ) -> None:
        """Equipment with one terminal."""
        self.add(cls, key, **props)
        self.terminals(key, node, phases=phases, connected=connected)

    def source(self, key: str, node: str, volts: int = 110_000, phases: str | None = None) -> None:
        """A grid source."""
        self.one("EnergySource", key, node, phases, EnergySource__nominalVoltage=volts)

    def line(
        self, key: str, a: str, b: str, phases: str | None = None, volts: int = 20_000, **props: object
    ) -> None:
        """A line."""
        self.add("ACLineSegment", key, ConductingEquipment__BaseVoltage=self.base(volts), **props)
        self.terminals(key, a, b, phases=phases)

    def switch(
        self,
        key: str,
        a: str,
        b: str,
        cls: str = "Breaker",
        open: bool = False,
        normal: bool | None = None,
        phases: str | None = None,
        **props: object,
    ) -> None:
        """A switch; normal state as the current one unless said."""
        self.add(cls, key, Switch__open=open, Switch__normalOpen=open if normal is None else normal, **props)
        self.terminals(key, a, b, phases=phases)

    def transformer(self, key: str, *ends: tuple[str, int] | tuple[str, int, str], **props: object) -> None:
        """Ends (node, volts[, options]); options hold D for delta, U for ungrounded."""
        self.add("PowerTransformer", key, **props)
        self.terminals(key, *[end[0] for end in ends])
        for number, end in enumerate(ends, 1):
            option = end[2] if len(end) > 2 else ""
            self.add(
                "PowerTransformerEnd",
                f"{key}-E{number}",
                PowerTransformerEnd__PowerTransformer=f"#{key}",
                TransformerEnd__Terminal=f"#{key}-{number}",
                TransformerEnd__endNumber=number,
                TransformerEnd__BaseVoltage=self.base(end[1]),
                TransformerEnd__grounded=False if "U" in option else None,
                PowerTransformerEnd__connectionKind="@WindingConnection.D" if "D" in option else None,
            )

    def tanks(self, key: str, *tanks: list[tuple[str, int, str]], **props: object) -> None:
        """A transformer of tanks; each tank a list of (node, volts, phases)."""
        self.add("PowerTransformer", key, **props)
        self.terminals(key, *[end[0] for tank in tanks for end in tank])
        count = 0
        for letter, tank in enumerate(tanks):
            self.add("TransformerTank", f"{key}-K{letter}", TransformerTank__PowerTransformer=f"#{key}")
            for number, (_, volts, phases) in enumerate(tank, 1):
                count += 1
                self.add(
                    "TransformerTankEnd",
                    f"{key}-E{count}",
                    TransformerEnd__Terminal=f"#{key}-{count}",
                    TransformerTankEnd__TransformerTank=f"#{key}-K{letter}",
                    TransformerEnd__endNumber=number,
                    TransformerEnd__BaseVoltage=self.base(volts),
                    TransformerTankEnd__orderedPhases=f"@OrderedPhaseCodeKind.{phases}",
                )

    def pv(
        self,
        key: str,
        node: str,
        phases: str | None = None,
        connected: bool | None = None,
        unit: str = "PhotoVoltaicUnit",
        **props: object,
    ) -> None:
        """A PowerElectronicsConnection with one unit."""
        self.one("PowerElectronicsConnection", key, node, phases, connected, **props)
        self.add(unit, f"{key}-U", PowerElectronicsUnit__PowerElectronicsConnection=f"#{key}")

    def load(self, key: str, node: str, phases: str | None = None) -> None:
        """A load."""
        self.one("EnergyConsumer", key, node, phases)

    def text(self) -> str:
        """The whole document."""
        nodes = [f'<cim:ConnectivityNode rdf:ID="{node}"/>' for node in sorted(self.nodes)]
        bases = [
            f'<cim:BaseVoltage rdf:ID="U{volts}"><cim:BaseVoltage.nominalVoltage>{volts}'
            "</cim:BaseVoltage.nominalVoltage></cim:BaseVoltage>"
            for volts in sorted(self.volts)
        ]
        return _HEAD + "".join([*nodes, *bases, *self.parts]) + "</rdf:RDF>"
