"""Which RDF store the service has: at home in memory or on disk, or a remote one."""

from __future__ import annotations

from pathlib import Path

from cim_models.errors import OptionError
from cim_models.store.port import TripleStore
from cim_models.store.remote import Endpoint, RemoteStore
from cim_models.store.store import RdfStore
from topogroup.settings import Settings


def store_of(settings: Settings, folder: Path) -> TripleStore:
    """Return the store that the settings name, not started yet.

    Args:
        settings: the settings.
        folder: where one at home keeps its files.

    Raises:
        OptionError: some addresses of a remote store are missing, or one is none.
    """
    query, update, graphs = settings.store_query_url, settings.store_update_url, settings.store_graphs_url
    if query is None and update is None and graphs is None:
        return RdfStore(disk=folder if settings.store_on_disk else None)
    if query is None or update is None or graphs is None:
        message = "A remote RDF store needs store_query_url, store_update_url and store_graphs_url, all three."
        raise OptionError("store_url", message, "store_query_url")
    return RemoteStore(Endpoint(query, update, graphs, settings.store_token_file))
