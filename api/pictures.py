"""Pictures: the layout of a model is made once, the document of a revision once, whoever asks for them."""

from __future__ import annotations

import threading

from api.bodies import encoded
from api.network_document import network_document
from topogroup.engine.view import View
from topogroup.topology.pictures.diagram import Layout, lay_out


class Pictures:
    """Keeps the layout of the newest model and the document of the newest revision."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._lock = threading.Lock()
        self._layout: tuple[str, Layout] | None = None
        self._document: tuple[tuple[int, int], bytes] | None = None

    def document(self, view: View) -> bytes:
        """Return the document of `GET /v1/network` as JSON; those who ask at the same time wait for one making."""
        place = (view.generation, view.revision)
        with self._lock:
            if self._document is not None and self._document[0] == place:
                return self._document[1]
            said = network_document(view, self._of(view))
            self._document = place, encoded(said)
            return self._document[1]

    def _of(self, view: View) -> Layout | None:
        model = view.model
        if model is None:
            return None
        if self._layout is None or self._layout[0] != model.id:
            self._layout = model.id, lay_out(model.grid)
        return self._layout[1]
