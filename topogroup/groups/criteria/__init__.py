"""Criteria of rule groups, in OGC CQL2.

    text -> words, within limits -> CQL2-JSON -> checked tree -> mask over all DER

docs/criteria.md says what users can write.
"""

from topogroup.groups.criteria.attributes import CriteriaState, CriteriaView
from topogroup.groups.criteria.evaluate import mask
from topogroup.groups.criteria.parse import Criteria, parse_criteria

__all__ = ["Criteria", "CriteriaState", "CriteriaView", "mask", "parse_criteria"]
