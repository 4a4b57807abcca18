"""Reading the body of `POST /v1/switching`, whatever its form."""

from __future__ import annotations

from typing import Final

from api.bodies import parsed, request_key
from api.feeds.batch import Asked, Batch
from api.feeds.csv_states import read_csv
from api.feeds.gridappsd import is_message, read_message
from api.feeds.rdf_bodies import read_rdf_body
from api.requests import SwitchingRequest
from cim_models.errors import OptionError
from topogroup.engine.commands import SwitchOperation
from topogroup.engine.model import ActiveModel

XML_TYPES: Final = ("application/rdf+xml", "application/xml", "text/xml")
CSV_TYPE: Final = "text/csv"
MEDIA_TYPES: Final = ("application/json", *XML_TYPES, CSV_TYPE)


def read_batch(media_type: str, data: bytes, asked: Asked, model: ActiveModel | None) -> Batch:
    """Read switch states.

    Args:
        media_type: the content type without parameters; what is neither XML nor CSV is JSON.
        data: the body.
        asked: what the address says.
        model: the active model: measurements are told apart by it.

    Returns:
        The batch.

    Raises:
        TopogroupError: the body is not as it must be; nothing of it counts then.
    """
    if media_type in XML_TYPES:
        return read_rdf_body(data, asked)
    if media_type == CSV_TYPE:
        return read_csv(data, asked)
    try:
        said = parsed(data, SwitchingRequest)
    except OptionError as error:
        if error.code != "bad_body" or (message := is_message(data)) is None:
            raise
        return read_message(message, asked, model)
    operations = tuple(
        SwitchOperation(one.switch, one.open, one.phases or "", one.at, one.quality or "good")
        for one in said.operations
    )
    return Batch(operations, said.atomic, request_key(said.source, str(said.sequence), said))
