"""`/v1/network.geojson`: the network for maps and GIS, as it is switched now."""

from __future__ import annotations

from typing import Any

import numpy as np
from fastapi import APIRouter, Request
from starlette.responses import Response

from api.bodies import encoded
from api.parts import AttachedView, model_of
from cim_models import limits, phase_codes
from cim_models.errors import RefusedError
from cim_models.interop.to_geojson import to_geojson
from topogroup.engine.view import View
from topogroup.topology.supplying.attachment import Energisation

router = APIRouter(prefix="/v1/network.geojson", tags=["network"])


@router.get("")
def geojson(request: Request, view: AttachedView) -> Response:
    """Return the equipment with a place on earth: of a switch whether it is open, of a DER how it is fed."""
    tag = f'"{view.generation}-{view.revision}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(encoded(_document(view)), 200, headers, "application/geo+json")


def _document(view: View) -> dict[str, Any]:
    model, state, current, now = model_of(view), view.state, view.current, view.current_view
    assert state is not None and current is not None and now is not None
    network = model.network
    if network.position.equipment.size > limits.GEOJSON_FEATURES_MAX:
        most = limits.GEOJSON_FEATURES_MAX
        raise RefusedError("network_too_large", f"The network has more than {most} places; ask /v1/network instead.")
    found = to_geojson(network)
    # open = on all its phases, as /v1/switches says it
    phases, opened = np.zeros((2, len(network.equipment.id)), np.uint8)
    for masks, of_poles in ((phases, network.pole.side1), (opened, state.open)):
        np.bitwise_or.at(masks, network.pole.equipment, of_poles)
        masks[masks & phase_codes.ABC > 0] &= phase_codes.ABC
    is_open = opened == phases
    words = [one.name.lower() for one in Energisation]
    feeders, links = now.items("feeder"), now.links("feeder")
    for feature in found["features"]:
        said = feature["properties"]
        if "normal_open" in said:
            said["open"] = bool(is_open[network.equipment.id.find(feature["id"])])
        der = model.der_position.get(feature["id"])
        if der is not None:
            said["energisation"] = words[int(current.energisation[der])]
            said["feeders"] = [feeders[at].mrid for at in links.of(der).tolist()]
    return {**found, "revision": view.revision}
