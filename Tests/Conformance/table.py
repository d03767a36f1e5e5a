"""Turns a list of scenarios into a pytest test: `test = table.of([Scenario(...), ...])`."""

import os

import pytest


def of(scenarios):
    names = [scenario.name for scenario in scenarios]
    assert len(names) == len(set(names)), "two scenarios of one name"

    def marks(scenario):
        found = []
        if scenario.xfail:
            found.append(pytest.mark.xfail(strict=True, reason=scenario.xfail))
        if scenario.root:
            found.append(pytest.mark.skipif(os.getuid() != 0, reason="needs root"))
        return found

    @pytest.mark.parametrize(
        "scenario", [pytest.param(scenario, id=scenario.name, marks=marks(scenario)) for scenario in scenarios])
    def test(conform, scenario):
        conform(scenario)

    test.scenarios = scenarios
    return test
