"""The application has every command once, each in a panel and with a sentence of help."""

from __future__ import annotations

from apercu.cli import app


def test_every_command_is_there_once():
    names = [command.name for command in app.registered_commands]
    assert len(names) == len(set(names))
    assert {"run", "demo", "show", "predict", "explain", "evaluate", "forecast", "survive", "recommend", "collect", "clean", "serve"} <= set(names)
    assert all(command.callback.__doc__ and command.rich_help_panel for command in app.registered_commands)
