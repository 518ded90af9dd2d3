"""Tables for people: what a narrow terminal leaves of them."""

import pytest
from rich.console import Console

from phoenix_re.cli import output

ROWS = [
    {"source": "county_open_data", "calls": 12, "429": 0, "retries": 0, "remark": "not needed"},
    {"source": "maricopa_assessor", "calls": 3, "429": 0, "retries": 0, "remark": "is due again"},
]


def shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], width: int) -> str:
    monkeypatch.setattr(output, "out", Console(width=width))
    output.show(ROWS, as_json=False, title="Sources", empty="")
    return capsys.readouterr().out


@pytest.mark.parametrize("width", [50, 60, 100])
def test_a_name_is_never_broken_while_other_columns_can_give_way(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], width: int
) -> None:
    printed = shown(monkeypatch, capsys, width)
    for row in ROWS:
        assert f"\n{row['source']} " in printed
    assert max(map(len, printed.splitlines())) <= width


def test_what_all_rows_share_is_said_once_only_where_room_is_short(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "Sources, 429 0, retries 0" in shown(monkeypatch, capsys, 50)
    assert shown(monkeypatch, capsys, 100).splitlines()[0].strip() == "Sources"
