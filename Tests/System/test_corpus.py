"""Configurations of all kinds mean the same as in supervisord 4.3.0, or are rejected in the same words:
Tests/Corpus."""

import sys

import pytest

import supervised

sys.path.insert(0, str(supervised.ROOT / "Tests" / "Corpus"))

import corpus  # noqa: E402

DUMP = supervised.DIST / "config-dump"


@pytest.fixture
def case(request, folder):
    return corpus.Case(request.param, folder)


@pytest.mark.parametrize("case", corpus.names(), indirect=True)
def test_the_same_as_supervisord(case):
    assert case.answer(DUMP) == case.expected


@pytest.mark.parametrize("case", corpus.names(), indirect=True)
def test_the_answer_is_supervisords(case):
    assert case.oracle() == case.expected


def test_each_configuration_has_an_answer():
    assert corpus.names() == sorted(path.stem for path in corpus.EXPECTED.glob("*.json"))
    assert len(corpus.names()) > 90
