"""Templates: one group for each object of a kind, or for each combination of several.

A template names its dimensions in the order in which they make up ids and names: `feeder,kind` makes one
group for each feeder and kind of DER.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cim_models import identifiers
from cim_models.errors import OptionError
from topogroup.topology.arrays.links import Item

KIND: Final = "kind"
"""The dimension that is a property of the DER and no object of the network."""

DIMENSIONS: Final = ("substation", "transformer", "feeder", "section", "service_transformer", KIND)
"""The words a template is made of."""


@dataclass(frozen=True, slots=True)
class Group:
    """A group made by a template: one item for each of its dimensions.

    Attributes:
        mrid: derived from the template and the key, the same on every machine.
        name: the names of the key's items, joined by a space.
        dimensions: the dimensions of its template.
        items: the item of each dimension; for a kind of DER mRID and name are its word.
    """

    mrid: str
    name: str
    dimensions: tuple[str, ...]
    items: tuple[Item, ...]

    @property
    def key(self) -> dict[str, Item]:
        """Return the item of each dimension, in the order of the template."""
        return dict(zip(self.dimensions, self.items, strict=True))

    @property
    def kind(self) -> str | None:
        """Return the kind of DER of all its members, or None where the template does not separate kinds."""
        return self.items[self.dimensions.index(KIND)].mrid if KIND in self.dimensions else None

    @property
    def description(self) -> str:
        """Return what the group stands for, in words: `feeder F1, kind pv`."""
        words = (f"{d.replace('_', ' ')} {item.name or item.mrid}" for d, item in self.key.items())
        return ", ".join(words)


@dataclass(frozen=True, slots=True)
class Template:
    """The dimensions by which DER are grouped; each combination of their items is one group.

    Raises:
        OptionError: there is no dimension, or one is unknown or repeated.
    """

    dimensions: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse what cannot be a template."""
        allowed = ", ".join(DIMENSIONS)
        if not self.dimensions:
            raise OptionError("template_empty", f"A template needs at least one of: {allowed}.", "")
        for position, word in enumerate(self.dimensions):
            if not word:
                message = f"The template '{self}' has an empty word; allowed are: {allowed}."
                raise OptionError("template_empty", message, str(self))
            if word not in DIMENSIONS:
                message = f"DER cannot be grouped by '{word}'; allowed are: {allowed}."
                raise OptionError("template_unknown_dimension", message, word)
            if word in self.dimensions[:position]:
                message = f"The template '{self}' names '{word}' twice; each word may stand once."
                raise OptionError("template_repeated_dimension", message, word)

    def __str__(self) -> str:
        """Return the template as a user writes it."""
        return ",".join(self.dimensions)

    def group(self, items: Iterable[Item]) -> Group:
        """Return the group of one combination.

        Args:
            items: the item of each dimension, in the order of the template.

        Returns:
            The group, with its derived mRID and its name.
        """
        items = tuple(items)
        mrid = identifiers.derived(f"group:{self}:{','.join(item.mrid for item in items)}")
        return Group(mrid, " ".join(item.name for item in items), self.dimensions, items)


def parse_template(text: str) -> Template:
    """Read a template as a user writes it.

    Args:
        text: dimensions joined by commas, such as `feeder,kind`; blanks around a word do not count.

    Returns:
        The template.

    Raises:
        OptionError: a word is empty, unknown or repeated.

    >>> parse_template("feeder,kind").dimensions
    ('feeder', 'kind')
    """
    return Template(tuple(word.strip() for word in text.split(",")))


def parse_templates(texts: Iterable[str]) -> tuple[Template, ...]:
    """Read several templates; one that is given again counts once.

    Args:
        texts: each as `parse_template` takes it.

    Returns:
        The templates in the order given.

    Raises:
        OptionError: a word is empty, unknown or repeated.
    """
    return tuple(dict.fromkeys(parse_template(text) for text in texts))
