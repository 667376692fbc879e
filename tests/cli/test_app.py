"""The application has every command once, each in a panel, the whole trip first."""

from __future__ import annotations

from apercu.cli import app


def test_every_command_is_there_once():
    names = [command.name for command in app.registered_commands]
    assert len(names) == len(set(names))
    assert {"run", "demo", "show", "predict", "explain", "evaluate", "forecast", "survive", "recommend", "collect", "clean", "serve"} <= set(names)
    panels = dict.fromkeys(command.rich_help_panel for command in app.registered_commands)
    assert list(panels) == ["The whole trip", "A study", "Steps on their own", "Answers"]
