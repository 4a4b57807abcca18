"""The one way in which XML from outside is parsed: lxml, hardened. What is parsed has passed the screen before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from lxml import etree


class _Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


def xml_events(stream: _Readable) -> Iterator[tuple[str, Any]]:
    """Parse XML step by step.

    No network, no document type from elsewhere, the bounds of libxml2 on; comments and processing instructions are
    left out. Depth, attributes, namespaces and texts are bounded by whoever follows the events.

    Args:
        stream: screened bytes.

    Returns:
        `start-ns` with prefix and namespace, `start` and `end` with the element, in the order of the document.

    Raises:
        etree.XMLSyntaxError: while it is followed, where the document is ill-formed.
    """
    events: Iterator[tuple[str, Any]] = etree.iterparse(
        stream,
        events=("start-ns", "start", "end"),
        resolve_entities="internal",  # with False an unknown entity ends the document without an error
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    return events
