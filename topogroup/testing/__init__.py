"""Small networks for tests, written in a few words.

`NetworkBuilder` is shipped with the package so that users test their own code with it. It writes CIM100
RDF/XML, so that what it builds goes through the same reader as a file of a utility.
"""

from topogroup.testing.builder import NetworkBuilder
from topogroup.testing.spelling import Spelling
from topogroup.testing.transformers import TankEnd, Winding

__all__ = ["NetworkBuilder", "Spelling", "TankEnd", "Winding"]
