"""Tables written as text, so that a test's expectation reads like the rule it checks."""


def grid(text: str) -> dict[tuple[str, str], str]:
    """Read a table: column names in the first line, then a row's name and its cells.

    Returns ``{(row, column): cell}``; a dot is an empty cell.
    """
    lines = [line.split() for line in text.strip().splitlines() if line.strip()]
    columns, rows = lines[0], lines[1:]
    found: dict[tuple[str, str], str] = {}
    for name, *cells in rows:
        assert len(cells) == len(columns), f"{name}: {len(cells)} cells for {len(columns)} columns"
        assert (name, columns[0]) not in found, f"{name} stands in the table twice"
        for column, cell in zip(columns, cells, strict=True):
            found[name, column] = cell.strip(".")
    return found


def rows_of(table: dict[tuple[str, str], str]) -> list[str]:
    return list(dict.fromkeys(row for row, _column in table))


def columns_of(table: dict[tuple[str, str], str]) -> list[str]:
    return list(dict.fromkeys(column for _row, column in table))
