"""The picture of what a graph says of one thing."""

import pytest

from apercu.deploy.neighbourhood import MOST, Edge, around


def test_each_neighbour_stands_once_with_all_its_relations() -> None:
    picture = around("a", [Edge("a", "owns", "b"), Edge("a", "runs", "b", "inferred"), Edge("c", "knows", "a", "predicted"), Edge("b", "in", "c")])
    assert picture is not None
    assert [(s["whole"], s["relation"], s["mark"], s["out"]) for s in picture["spokes"]] == [
        ("b", "owns, runs", "stated", True),
        ("c", "knows", "predicted", False),
    ]
    assert picture["more"] == 0


def test_everything_lies_inside_and_no_two_neighbours_in_one_place() -> None:
    picture = around("a", [Edge("a", "r", f"n{k:02}" * 12) for k in range(30)])
    assert picture is not None
    assert (len(picture["spokes"]), picture["more"]) == (MOST, 30 - MOST)
    places = {(s["x"], s["y"]) for s in picture["spokes"]}
    assert len(places) == MOST
    assert all(0 < x < picture["width"] and 0 < y < picture["height"] for x, y in places)
    assert all(len(s["other"]) <= 24 and s["other"].endswith("…") for s in picture["spokes"])


@pytest.mark.parametrize("edges", [[], [Edge("b", "r", "c")], [Edge("a", "r", "a")]])
def test_a_thing_that_nothing_is_said_of_has_no_picture(edges: list[Edge]) -> None:
    assert around("a", edges) is None


def test_the_order_of_facts_changes_nothing() -> None:
    edges = [Edge("a", "r", "b"), Edge("a", "q", "c"), Edge("d", "r", "a")]
    assert around("a", edges) == around("a", edges[::-1])
