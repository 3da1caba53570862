"""The benchmark measures what it says: records that the gateway takes, no two alike, and honest percentiles."""

from pathlib import Path

import pytest

from alerting.rules import SeverityRule
from services.gateway.records import read_record
from tests.bench import setting
from tests.bench.figures import Figure, percentile
from tests.bench.ingest_speed import loaded
from tests.bench.material import ADDRESSED_EVERY, lines, templates


def test_records_to_measure_with_are_good_and_all_different() -> None:
    count = len(templates()[1]) + 2_000
    records = [read_record(line) for line in lines(count)]
    assert len({(record.platform, record.id) for record in records}) == count
    assert sum(record.account is not None for record in records) == -(-count // ADDRESSED_EVERY)


def test_the_configuration_to_measure_with_has_no_errors(tmp_path: Path) -> None:
    setting.write(tmp_path, alarm_brands=3)
    config = loaded(tmp_path)
    assert len(config.intake.monitors) == setting.MONITORS
    alarms = [brand for brand in config.desk.brands if isinstance(brand.rules[0], SeverityRule)]
    assert [brand.name for brand in alarms] == [setting.alarm_brand(number) for number in range(3)]


@pytest.mark.parametrize(("share", "value"), [(0.5, 75), (0.99, 149), (1.0, 150)])
def test_a_percentile_is_a_value_that_was_measured(share: float, value: float) -> None:
    assert percentile([float(number) for number in range(150, 0, -1)], share) == value


def test_an_aim_is_met_from_the_side_that_is_better() -> None:
    fast = Figure(value=10, unit="items/s", what="", aim=9)
    slow = Figure(value=10, unit="ms", what="", aim=9, better="less")
    assert (fast.meets_aim, slow.meets_aim, Figure(value=1, unit="", what="").meets_aim) == (
        True,
        False,
        None,
    )
