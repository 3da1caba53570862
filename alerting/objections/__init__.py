"""What is objected to in texts that go out: patterns with their source in law, and what could stand there instead.

Patterns are of normalised text (`streams.text.normalise`): simplified, half width, lower case, no symbols between characters.
"""
