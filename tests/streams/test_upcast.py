from streams.upcast import Shape, upcast


def renamed(event: Shape) -> Shape:
    return {**{key: value for key, value in event.items() if key != "who"}, "by": event["who"]}


def split(event: Shape) -> Shape:
    return {**event, "by": event["by"].split(",")}


STEPS = {1: {"noted": renamed}, 2: {"noted": split}}


def test_an_old_event_goes_through_every_step() -> None:
    old = [{"type": "noted", "who": "lin,su"}, {"type": "closed", "who": "he"}]
    assert upcast(old, 1, STEPS) == [{"type": "noted", "by": ["lin", "su"]}, {"type": "closed", "who": "he"}]


def test_a_younger_event_goes_through_the_steps_after_it() -> None:
    assert upcast([{"type": "noted", "by": "lin"}], 2, STEPS) == [{"type": "noted", "by": ["lin"]}]


def test_todays_event_stays() -> None:
    assert upcast([{"type": "noted", "by": ["lin"]}], 3, STEPS) == [{"type": "noted", "by": ["lin"]}]
