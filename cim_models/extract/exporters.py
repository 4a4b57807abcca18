"""What the exporter of each file means by power: unit and sign, by header, by its marks, else by the values.

A header that names CGMES profiles fixes both: megawatts, and the load sign convention of IEC 61970-301. The coordinate
system of OpenDSS marks files of CIMHub and GridAPPS-D: watts, and positive p is given to the network. Other files are
judged by their values, and a finding says so; a setting of the user wins over all (`conventions`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from cim_models.conventions import Conventions
from cim_models.coordinates import is_local
from cim_models.extract.objects import Ints, Objects
from cim_models.extract.voltages import Floats

MEGAWATT_BELOW: Final = 2500.0
"""A largest value under this means that the values are megawatts and megavolt-amperes.

The largest generators ever built are rated about 2,000 MVA, so a file in megawatts stays below; a file in watts
stays above as soon as one of its DER is larger than a balcony panel, since a roof's inverter has 3,000 W and more.
"""

_UNKNOWN, _CGMES, _OPENDSS = 0, 1, 2

_BY: Final = {_CGMES: "the header names CGMES profiles", _OPENDSS: "the files are those of CIMHub or GridAPPS-D"}

_CGMES_PROFILE: Final = re.compile(r"https?://(entsoe\.eu/CIM/|iec\.ch/TC57/ns/CIM/|ap(-voc)?\.cim4\.eu/)")

_WORDS: Final = {1.0: ("W and VA", "watts", "W"), 1e6: ("MW and MVA", "megawatts", "MW")}

_MOST: Final = 0.5
"""Share of photovoltaics and wind that must speak for a sign before it counts."""


class Exporters:
    """The exporter of each bearer of values, by the file that declares it."""

    def __init__(self, objects: Objects, bearers: Ints, said: Conventions) -> None:
        """Look at the headers and marks of all files.

        Args:
            objects: the statements.
            bearers: int64[n_bearers]; the objects whose values are asked for.
            said: what the user says.
        """
        self._objects, self._said = objects, said
        files = objects.statements.files
        of_file = np.full(len(files) + 1, _UNKNOWN, np.int8)
        for obj, urn in objects.text("CoordinateSystem.crsUrn").items():
            if is_local(urn):
                of_file[objects.statements.file[obj]] = _OPENDSS
        for number, header in enumerate(files):
            if any(_CGMES_PROFILE.match(profile) for profile in header.profiles):
                of_file[number] = _CGMES
        # an object that no file declares has file -1 and finds the last entry
        of_file[-1] = _UNKNOWN
        self._of: npt.NDArray[np.int8] = of_file[objects.statements.file[bearers]]

    def power_factors(self, ratings: Sequence[Floats], others: Sequence[Floats]) -> Floats:
        """Return what powers are multiplied by to be watts, volt-amperes, watt-hours.

        Args:
            ratings: float64[n_bearers] each; rated powers as the files give them, NaN = not given.
            others: the same of operating values, which decide only where nothing is rated.

        Returns:
            float64[n_bearers].
        """
        factor = np.ones(self._of.size)
        if self._said.power_unit is not None:
            factor[:] = 1e6 if self._said.power_unit == "MW" else 1.0
            if _largest(ratings, np.ones(factor.size, np.bool_)) or _largest(others, np.ones(factor.size, np.bool_)):
                message = f"Powers are read as {_WORDS[float(factor[0])][0]}: the setting power_unit says so."
                self._objects.note("power_unit_decided", message)
            return factor
        for exporter in (_CGMES, _OPENDSS, _UNKNOWN):
            own = self._of == exporter
            rated = _largest(ratings, own)
            largest = rated or _largest(others, own)
            if not largest:
                continue
            looks = 1e6 if largest < MEGAWATT_BELOW else 1.0
            factor[own] = {_CGMES: 1e6, _OPENDSS: 1.0}.get(exporter, looks)
            self._note_unit(exporter, float(factor[own][0]), looks, largest, rated > 0)
        return factor

    def _note_unit(self, exporter: int, factor: float, looks: float, largest: float, rated: bool) -> None:
        both, word, _ = _WORDS[factor]
        if exporter == _UNKNOWN:
            what = "maxP and ratedS of what generates are" if rated else "p and q of what generates are"
            message = f"{what} read as {both}: their largest value is {largest:g}."
            self._objects.note("power_unit_assumed", message)
            return
        self._objects.note("power_unit_decided", f"Powers are read as {both}: {_BY[exporter]}.")
        if looks != factor and rated:
            message = (
                f"Powers are read as {both} because {_BY[exporter]}, but the largest rated value is {largest:g}, "
                f"which does not look like {word}; if they are not, set power_unit to {_WORDS[looks][2]}."
            )
            self._objects.note("power_unit_doubtful", message)

    def signs(self, p: Floats, generating: Ints, renewable: npt.NDArray[np.bool_]) -> Floats:
        """Return what operating values are multiplied by so that positive ones are given to the network.

        Args:
            p: float64[n_bearers]; active powers as the files give them, NaN = not given.
            generating: int64[n]; positions among the bearers of what generates.
            renewable: bool[n]; which of them is photovoltaics or wind alone, and never takes power worth speaking of.

        Returns:
            float64[n_bearers]; 1 or -1.
        """
        sign = np.full(self._of.size, -1.0)
        given = generating[~np.isnan(p[generating])]
        if self._said.p_sign is not None:
            sign[:] = 1.0 if self._said.p_sign == "generation" else -1.0
            if given.size:
                message = f"Positive p means {_MEANS[float(sign[0])]}: the setting p_sign says so."
                self._objects.note("p_sign_decided", message)
            return sign
        for exporter in (_CGMES, _OPENDSS, _UNKNOWN):
            own = self._of == exporter
            if not own[given].any():
                continue
            looks, evidence = _evidence(p, generating[renewable & own[generating]])
            known = {_CGMES: -1.0, _OPENDSS: 1.0}.get(exporter)
            sign[own] = known if known is not None else looks or -1.0
            self._note_sign(exporter, float(sign[own][0]), looks, evidence)
        return sign

    def _note_sign(self, exporter: int, sign: float, looks: float, evidence: str) -> None:
        note = self._objects.note
        if exporter == _CGMES:
            note("p_sign_decided", f"Positive p means {_MEANS[sign]}: {_BY[exporter]}.")
        elif exporter == _OPENDSS:
            note("p_sign_assumed", f"Positive p is read as {_MEANS[sign]}: {_BY[exporter]}, without a header.")
        else:
            why = evidence if looks else "no header says otherwise than IEC 61970-301"
            note("p_sign_assumed", f"Positive p is read as {_MEANS[sign]}: {why}.")
        if looks and looks != sign:
            other = "generation" if looks > 0 else "load"
            message = f"Positive p is read as {_MEANS[sign]}, but {evidence}; if that is right, set p_sign to {other}."
            note("p_sign_doubtful", message)


_MEANS: Final = {
    1.0: "power given to the network (generation convention)",
    -1.0: "power taken from the network (load convention)",
}


def _evidence(p: Floats, renewable: Ints) -> tuple[float, str]:
    """Return the sign that photovoltaics and wind show, 0 = none, and in words what they show."""
    values = p[renewable]
    values = values[~np.isnan(values) & (values != 0)]
    positive = int((values > 0).sum())
    negative = values.size - positive
    if max(positive, negative) <= values.size * _MOST:
        return 0.0, ""
    more, word = max(positive, negative), "positive" if positive > negative else "negative"
    return (1.0 if positive > negative else -1.0), f"p of {more} of {values.size} photovoltaics and wind is {word}"


def _largest(values: Sequence[Floats], own: npt.NDArray[np.bool_]) -> float:
    """Return the largest magnitude among values of some objects, 0 = none given."""
    found = (np.abs(some[own & ~np.isnan(some)]) for some in values)
    return max((float(given.max()) for given in found if given.size), default=0.0)
