"""pandapower and pypowsybl: switches of their own networks, at the sizes that they are made for.

They answer less: what is joined, not who supplies it. Where they are not installed the rows are missing.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

import numpy as np

from benchmarks.made import made
from benchmarks.measuring import Report, interleaved, row, say
from benchmarks.scene import Scene
from topogroup.topology.arrays.components import components


def own_size(nodes: int, *, rounds: int) -> Report:
    """Operate one switch of each library's own network, and one of ours of as many nodes.

    Args:
        nodes: size of the network for pandapower.
        rounds: how often.
    """
    report = Report()
    for name, measure in (("pandapower", _pandapower), ("pypowsybl", _pypowsybl)):
        if importlib.util.find_spec(name) is None:
            say(f"{name} is not installed and left out")
        else:
            measure(report, nodes, rounds)
    return report


def _ours(nodes: int) -> tuple[Scene, Any]:
    scene = Scene(made(nodes, order="shuffled"))
    turns = iter(scene.there_and_back(scene.drawn("section", 1)[0]) * 100_000)
    return scene, lambda: scene.trace.operate(*next(turns))


def _pandapower(report: Report, nodes: int, rounds: int) -> None:
    """Build the network of nodes in pandapower, all switches between buses, and ask for its components."""
    pp = importlib.import_module("pandapower")
    topology = importlib.import_module("pandapower.topology")
    scene, ours = _ours(nodes)
    network = scene.network
    net = pp.create_empty_network()
    pp.create_buses(net, scene.nodes, 20.0)
    branch, pole, ends = network.branch, network.pole, network.end.node.reshape(-1, 2)
    one, other = np.concatenate([branch.node1, ends[:, 0]]), np.concatenate([branch.node2, ends[:, 1]])
    ones = {"r_ohm_per_km": 0.1, "x_ohm_per_km": 0.1, "c_nf_per_km": 1.0, "max_i_ka": 1.0}
    pp.create_lines_from_parameters(net, one, other, 1.0, **ones)
    pp.create_switches(net, pole.node1, pole.node2, "b", closed=~pole.normal_open)
    row_of = int(np.searchsorted(pole.equipment, scene.drawn("section", 1)[0]))

    def operate() -> None:
        net.switch.at[row_of, "closed"] = not net.switch.at[row_of, "closed"]
        list(topology.connected_components(topology.create_nxgraph(net)))

    used = ~pole.normal_open
    u, v = np.concatenate([one, pole.node1[used]]), np.concatenate([other, pole.node2[used]])
    found = len(list(topology.connected_components(topology.create_nxgraph(net))))
    expected = int(components(scene.nodes, u.astype(np.int64), v.astype(np.int64)).max()) + 1
    assert found == expected, "pandapower finds other components"
    times = interleaved({"topogroup": ours, "pandapower, graph and components": operate}, rounds)
    _tell(report, "one switch, as many nodes", scene.nodes, times, "components alone")


def _pypowsybl(report: Report, nodes: int, rounds: int) -> None:
    """Operate breakers of the four-substation network of pypowsybl and ask for the component of each bus."""
    pypowsybl = importlib.import_module("pypowsybl")
    network = pypowsybl.network.create_four_substations_node_breaker_network()
    switches = network.get_switches(all_attributes=True)
    breaker = switches.index[switches["kind"] == "BREAKER"][0]
    size = len(switches)
    _, ours = _ours(max(200, nodes // 20))

    def operate() -> None:
        opened = bool(network.get_switches().loc[breaker, "open"])
        network.update_switches(id=breaker, open=not opened)
        network.get_buses()["connected_component"].to_numpy()

    times = interleaved({"topogroup": ours, f"pypowsybl, {size} switches": operate}, rounds)
    _tell(report, "one switch, pypowsybl's own network", size, times, "components alone, a far smaller network")


def _tell(report: Report, workload: str, nodes: int, times: dict[str, list[float]], note: str) -> None:
    for name, seconds in times.items():
        beside = None if name == "topogroup" else times["topogroup"]
        report.rows.append(row(workload, nodes, name, seconds, beside, "" if beside is None else note))
